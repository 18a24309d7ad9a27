/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the store agree with a naive model after every one of thousands of random steps? */
#include <selvage/store.h>

#include "make.h"

/*
 * The naive model.  A cell is one (kind, namespace, name) and holds a number that says everything about its object; 0
 * is no object.  The object of a number is made anew whenever it is needed.
 */
enum {
	N_KINDS = OBJECT_WATCHED_COUNT,
	N_NS = 3,
	N_NAMES = 5,
	N_CELLS = N_KINDS * N_NS * N_NAMES,
	N_IPS = 4,
	STEPS = 6000
};

struct model {
	unsigned now[N_CELLS], settled[N_CELLS];
};

static const char *const spaces[N_NS] = {"prod", "shop", "test"};
static const char *const names[N_NAMES] = {"a", "b", "c", "d", "e"};
static const char *const addresses[N_IPS] = {"10.0.0.1", "10.0.0.2", "fd00::1", "192.168.0.1"};

static enum object_kind cell_kind(size_t cell)
{
	return (enum object_kind)(cell / (N_NS * N_NAMES));
}

/* NULL for Namespaces, whose cells have names of their own in every namespace. */
static const char *cell_ns(size_t cell)
{
	return cell_kind(cell) == OBJECT_NAMESPACE ? NULL : spaces[cell / N_NAMES % N_NS];
}

static const char *cell_name(size_t cell)
{
	static const char *const all[N_NS * N_NAMES] = {"a", "b", "c", "d", "e", "f", "g", "h",
							"i", "j", "k", "l", "m", "n", "o"};

	return cell_kind(cell) == OBJECT_NAMESPACE ? all[cell % (N_NS * N_NAMES)] : names[cell % N_NAMES];
}

static struct pod *cell_pod(size_t cell, unsigned dna)
{
	struct pod *pod = make_pod(cell_ns(cell), cell_name(cell));

	pod->host_network = dna & 1 << 1;
	pod->finished = dna & 1 << 2;
	pod->terminating = dna & 1 << 3;
	pod->created = dna >> 4 & 1;
	make_pod_ip(pod, addresses[dna >> 5 & 3]);
	make_pod_ip(pod, addresses[dna >> 7 & 3]);
	make_pod_host(pod, dna & 1 << 9 ? "n1" : "n2", addresses[dna >> 10 & 3]);
	return pod;
}

/* Bit 0 says that there is an object; every other bit counts, so that different numbers are different objects. */
static struct object *cell_object(size_t cell, unsigned dna)
{
	struct namespace *ns;
	struct policy *policy;

	switch (object_type(cell_kind(cell))->shape) {
	case SHAPE_NAMESPACE:
		ns = make_namespace(cell_name(cell));
		ns->terminating = dna & 1 << 1;
		ns->object.source.line = dna >> 2;
		return &ns->object;
	case SHAPE_POLICY:
		policy = make_policy(cell_ns(cell), cell_name(cell));
		policy->broken = dna & 1 << 1;
		make_rule(policy)->source.line = dna >> 2;
		return &policy->object;
	case SHAPE_POD:
	case SHAPE_WORKLOAD:
	case SHAPE_SERVICE:
	case SHAPE_ENDPOINTS:
	case SHAPE_ROUTE:
	case SHAPE_HOOK:
	case SHAPE_NODE:
		break;
	}
	return &cell_pod(cell, dna)->object;
}

static bool cell_says(size_t cell, unsigned dna, const struct object *object)
{
	struct object *expected;
	bool same;

	if (!dna || !object)
		return !dna && !object;
	expected = cell_object(cell, dna);
	same = object_same(expected, object);
	object_free(expected);
	return same;
}

static size_t cell_of(const struct object *object)
{
	for (size_t cell = 0; cell < N_CELLS; cell++) {
		const char *ns = cell_ns(cell);

		if (cell_kind(cell) == object->kind && !strcmp(object->name, cell_name(cell)) &&
		    !strcmp(ns ? ns : "", object->ns ? object->ns : ""))
			return cell;
	}
	cr_assert_fail("the store has an object that nobody put");
	return 0;
}

static void assert_objects(const struct store *store, const struct model *model)
{
	for (size_t cell = 0; cell < N_CELLS; cell++) {
		const struct object *object = store_find(store, cell_kind(cell), cell_ns(cell), cell_name(cell));

		cr_assert(cell_says(cell, model->now[cell], object), "cell %zu", cell);
	}
}

static void assert_walk(const struct store *store, const struct model *model, enum object_kind kind)
{
	bool seen[N_CELLS] = {0};
	size_t n = 0;

	for (const struct object *object = NULL; (object = store_walk(store, kind, object)); n++) {
		size_t cell = cell_of(object);

		cr_assert(model->now[cell] && !seen[cell]);
		seen[cell] = true;
	}
	cr_assert_eq(n, store_count(store, kind));
	for (size_t cell = 0; cell < N_CELLS; cell++)
		cr_assert_eq(seen[cell], model->now[cell] && cell_kind(cell) == kind);
}

static void assert_walk_ns(const struct store *store, const struct model *model, enum object_kind kind, const char *ns)
{
	const char *ns_atom = atom(ns);
	size_t n = 0, expected = 0;

	for (const struct object *object = NULL; (object = store_walk_ns(store, kind, ns_atom, object)); n++) {
		cr_assert(object->kind == kind && object->ns == ns_atom);
		cr_assert(model->now[cell_of(object)]);
	}
	for (size_t cell = 0; cell < N_CELLS; cell++)
		expected += model->now[cell] && cell_kind(cell) == kind && cell_ns(cell) && !strcmp(cell_ns(cell), ns);
	cr_assert_eq(n, expected);
	atom_put(ns_atom);
}

static bool pod_claims(const struct pod *pod, const struct ip *ip)
{
	return pod_live(pod) && (!ip_cmp(&pod->ips[0], ip) || !ip_cmp(&pod->ips[1], ip));
}

static int pod_reports(const struct pod *pod, const struct ip *ip)
{
	int n = !ip_cmp(&pod->host_ips[0], ip);

	if (pod->host_network && !pod->finished)
		n += !ip_cmp(&pod->ips[0], ip) + !ip_cmp(&pod->ips[1], ip);
	return n;
}

static void assert_address(const struct store *store, const struct ip *ip)
{
	const struct pod *owner = NULL;
	size_t claims = 0, found = 0;
	int n1 = 0, n2 = 0;

	for (const struct object *object = NULL; (object = store_walk(store, OBJECT_POD, object));) {
		const struct pod *pod = (const void *)object;

		*(strcmp(pod->node, "n1") ? &n2 : &n1) += pod_reports(pod, ip);
		if (!pod_claims(pod, ip))
			continue;
		claims++;
		if (!owner || pod_newer(pod, owner))
			owner = pod;
	}
	for (const struct pod *pod = NULL; (pod = store_claim(store, ip, pod)); found++)
		cr_assert(pod_claims(pod, ip));
	cr_assert_eq(found, claims);
	cr_assert_eq(store_owner(store, ip), owner);
	if (n1 || n2)
		cr_assert_str_eq(store_node(store, ip), n1 >= n2 ? "n1" : "n2");
	else
		cr_assert_null(store_node(store, ip));
}

static void assert_model_changes(const struct store *store, const struct model *model)
{
	bool seen[N_CELLS] = {0};
	size_t n;
	const struct change *changes = store_changes(store, &n);

	for (size_t i = 0; i < n; i++) {
		size_t cell = cell_of(changes[i].before ? changes[i].before : changes[i].after);

		cr_assert_not(seen[cell], "one object, one change");
		seen[cell] = true;
		cr_assert(cell_says(cell, model->settled[cell], changes[i].before));
		cr_assert(cell_says(cell, model->now[cell], changes[i].after));
	}
	for (size_t cell = 0; cell < N_CELLS; cell++)
		cr_assert_eq(seen[cell], model->now[cell] != model->settled[cell], "cell %zu", cell);
}

static void assert_agrees(const struct store *store, const struct model *model)
{
	assert_objects(store, model);
	assert_model_changes(store, model);
	for (size_t kind = 0; kind < N_KINDS; kind++) {
		assert_walk(store, model, (enum object_kind)kind);
		for (size_t i = 0; i < N_NS; i++)
			assert_walk_ns(store, model, (enum object_kind)kind, spaces[i]);
	}
	for (size_t i = 0; i < N_IPS; i++) {
		struct ip ip = make_ip(addresses[i]);

		assert_address(store, &ip);
	}
}

/* One random put, delete or settle, on both. */
static void random_step(struct store *store, struct model *model, unsigned *seed)
{
	size_t cell = (size_t)rand_r(seed) % N_CELLS;
	unsigned width = cell_kind(cell) == OBJECT_POD ? 12 : 4;
	unsigned dna = ((unsigned)rand_r(seed) & ((1u << width) - 1)) | 1;

	if (rand_r(seed) % 40 == 0) {
		store_settle(store);
		memcpy(model->settled, model->now, sizeof model->settled);
	} else if (rand_r(seed) % 3 == 0) {
		store_del(store, cell_kind(cell), cell_ns(cell), cell_name(cell));
		model->now[cell] = 0;
	} else {
		if (rand_r(seed) % 4 == 0 && model->settled[cell])
			dna = model->settled[cell];
		store_put(store, cell_object(cell, dna));
		model->now[cell] = dna;
	}
}

UNIT(store_random, thousands_of_random_steps_agree_with_the_naive_model)
{
	struct store *store = store_new();
	struct model model = {0};
	unsigned seed = 1704067200;

	for (size_t step = 0; step < STEPS; step++) {
		random_step(store, &model, &seed);
		if (step % 7 == 0)
			assert_agrees(store, &model);
	}
	store_free(store);
}
