/* Does the store know what is there, who has which address, and what changed?  By hand and against a naive model. */
#include <selvage/store.h>

#include "make.h"

static void assert_changes(const struct store *store, size_t expected)
{
	size_t n;

	store_changes(store, &n);
	cr_assert_eq(n, expected, "%zu changes", n);
}

static const struct change *only_change(const struct store *store)
{
	size_t n;
	const struct change *changes = store_changes(store, &n);

	cr_assert_eq(n, 1, "%zu changes", n);
	return changes;
}

static struct pod *put_pod(struct store *store, const char *name, const char *ip)
{
	struct pod *pod = make_pod("shop", name);

	make_pod_ip(pod, ip);
	store_put(store, &pod->object);
	return pod;
}

static const char *owner_name(const struct store *store, const char *text)
{
	struct ip ip = make_ip(text);
	const struct pod *pod = store_owner(store, &ip);

	return pod ? pod->object.name : "";
}

static const char *node_name(const struct store *store, const char *text)
{
	struct ip ip = make_ip(text);
	const char *name = store_node(store, &ip);

	return name ? name : "";
}

UNIT(store, an_empty_store_has_nothing)
{
	struct store *store = store_new();
	struct ip ip = make_ip("10.0.0.1");

	cr_assert_null(store_find(store, OBJECT_POD, "shop", "db"));
	cr_assert_null(store_namespace(store, "shop"));
	cr_assert_null(store_walk(store, OBJECT_POD, NULL));
	cr_assert_null(store_walk_ns(store, OBJECT_NAMESPACE, NULL, NULL));
	cr_assert_null(store_owner(store, &ip));
	cr_assert_null(store_node(store, &ip));
	store_del(store, OBJECT_POD, "shop", "db");
	assert_changes(store, 0);
	store_settle(store);
	store_free(store);
	store_free(NULL);
}

UNIT(store, kinds_and_namespaces_keep_equal_names_apart)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("shop", "db"), *other = make_pod("prod", "db");
	struct policy *policy = make_policy("shop", "db");
	struct namespace *ns = make_namespace("db");

	store_put(store, &pod->object);
	store_put(store, &other->object);
	store_put(store, &policy->object);
	store_put(store, &ns->object);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "db"), &pod->object);
	cr_assert_eq(store_find(store, OBJECT_POD, "prod", "db"), &other->object);
	cr_assert_eq(store_find(store, OBJECT_POLICY, "shop", "db"), &policy->object);
	cr_assert_eq(store_namespace(store, "db"), ns);
	cr_assert_null(store_find(store, OBJECT_POLICY, "prod", "db"));
	cr_assert_eq(store_count(store, OBJECT_POD), 2);
	store_free(store);
}

UNIT(store, an_added_object_is_a_change_without_before)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");
	const struct change *change = only_change(store);

	cr_assert_null(change->before);
	cr_assert_eq(change->after, &pod->object);
	store_settle(store);
	assert_changes(store, 0);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "web"), &pod->object);
	store_free(store);
}

UNIT(store, two_puts_are_one_change_from_the_settled_value)
{
	struct store *store = store_new();
	struct pod *settled = put_pod(store, "web", "10.0.0.1"), *last;
	const struct change *change;

	store_settle(store);
	put_pod(store, "web", "10.0.0.2");
	last = put_pod(store, "web", "10.0.0.3");
	change = only_change(store);
	cr_assert_eq(change->before, &settled->object);
	cr_assert_str_eq(change->before->name, "web", "before is still there");
	cr_assert_eq(change->after, &last->object);
	store_free(store);
}

UNIT(store, a_deleted_object_lives_as_before_until_settle)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");
	const struct change *change;

	store_settle(store);
	store_del(store, OBJECT_POD, "shop", "web");
	cr_assert_null(store_find(store, OBJECT_POD, "shop", "web"));
	change = only_change(store);
	cr_assert_eq(change->before, &pod->object);
	cr_assert_null(change->after);
	cr_assert_str_eq(change->before->name, "web");
	store_del(store, OBJECT_POD, "shop", "web");
	only_change(store);
	store_settle(store);
	assert_changes(store, 0);
	store_free(store);
}

UNIT(store, added_and_deleted_is_no_change)
{
	struct store *store = store_new();

	put_pod(store, "web", "10.0.0.1");
	put_pod(store, "db", "10.0.0.2");
	put_pod(store, "api", "10.0.0.3");
	store_del(store, OBJECT_POD, "shop", "web");
	assert_changes(store, 2);
	store_del(store, OBJECT_POD, "shop", "api");
	cr_assert_str_eq(only_change(store)->after->name, "db");
	store_free(store);
}

UNIT(store, an_object_that_says_the_same_is_no_change)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");

	store_settle(store);
	put_pod(store, "web", "10.0.0.1");
	assert_changes(store, 0);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "web"), &pod->object, "the first one stays");
	store_free(store);
}

UNIT(store, going_back_to_the_settled_value_takes_the_change_back)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");

	store_settle(store);
	put_pod(store, "web", "10.0.0.2");
	put_pod(store, "web", "10.0.0.1");
	assert_changes(store, 0);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "web"), &pod->object);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "web");
	store_del(store, OBJECT_POD, "shop", "web");
	put_pod(store, "web", "10.0.0.1");
	assert_changes(store, 0);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "web");
	store_free(store);
}

UNIT(store, a_policy_that_moved_in_its_file_is_a_change)
{
	struct store *store = store_new();

	for (unsigned line = 1; line <= 3; line++) {
		struct policy *policy = make_policy("shop", "db");

		make_rule(policy)->source.line = line / 2;
		policy->object.source.line = 1 + line / 3;
		store_put(store, &policy->object);
		assert_changes(store, 1);
		store_settle(store);
	}
	store_free(store);
}

UNIT(store, an_address_has_one_owner_the_newest_live_pod)
{
	struct store *store = store_new();
	struct ip ip = make_ip("10.0.0.1");
	struct pod *late = make_pod("shop", "late");
	size_t claims = 0;

	put_pod(store, "b", "10.0.0.1");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "b");
	put_pod(store, "a", "10.0.0.1");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "a");
	late->created = 9;
	make_pod_ip(late, "10.0.0.1");
	make_pod_ip(late, "10.0.0.1");
	store_put(store, &late->object);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "late");
	for (const struct pod *pod = NULL; (pod = store_claim(store, &ip, pod));)
		claims++;
	cr_assert_eq(claims, 3, "a pod that lists an address twice claims it once");
	store_del(store, OBJECT_POD, "shop", "late");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "a");
	store_free(store);
}

UNIT(store, a_finished_pod_gives_its_address_up)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("shop", "job");

	put_pod(store, "job", "10.0.0.1");
	make_pod_ip(pod, "10.0.0.1");
	pod->finished = true;
	store_put(store, &pod->object);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "");
	store_free(store);
}

UNIT(store, addresses_of_both_families_are_apart)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("shop", "six");

	make_pod_ip(pod, "a00:1::");
	store_put(store, &pod->object);
	put_pod(store, "four", "10.0.0.1");
	cr_assert_str_eq(owner_name(store, "a00:1::"), "six");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "four");
	store_free(store);
}

UNIT(store, host_addresses_tell_the_node_until_the_last_pod_is_gone)
{
	struct store *store = store_new();

	for (int i = 0; i < 2; i++) {
		struct pod *pod = make_pod("shop", i ? "a" : "b");

		make_pod_host(pod, "n1", "192.168.0.1");
		make_pod_host(pod, "n1", "fd01::1");
		store_put(store, &pod->object);
	}
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "n1");
	cr_assert_str_eq(node_name(store, "fd01::1"), "n1");
	store_del(store, OBJECT_POD, "shop", "a");
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "n1");
	store_del(store, OBJECT_POD, "shop", "b");
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "");
	store_free(store);
}

UNIT(store, a_pod_on_the_host_network_reports_its_node_and_owns_nothing)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("kube-system", "proxy");

	pod->host_network = true;
	make_pod_host(pod, "n1", "192.168.0.1");
	make_pod_ip(pod, "192.168.0.1");
	make_pod_ip(pod, "fd01::1");
	store_put(store, &pod->object);
	cr_assert_str_eq(owner_name(store, "192.168.0.1"), "");
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "n1");
	cr_assert_str_eq(node_name(store, "fd01::1"), "n1");
	store_del(store, OBJECT_POD, "kube-system", "proxy");
	cr_assert_str_eq(node_name(store, "fd01::1"), "");
	store_free(store);
}

UNIT(store, of_nodes_with_one_address_most_pods_win_then_the_name)
{
	struct store *store = store_new();
	static const char *const nodes[] = {"n2", "n1", "n2"}, *const winners[] = {"n2", "n1", "n2"};

	for (size_t i = 0; i < 3; i++) {
		struct pod *pod = make_pod("shop", (const char *const[]){"a", "b", "c"}[i]);

		make_pod_host(pod, nodes[i], "192.168.0.1");
		store_put(store, &pod->object);
		cr_assert_str_eq(node_name(store, "192.168.0.1"), winners[i]);
	}
	store_free(store);
}

/*
 * The naive model.  A cell is one (kind, namespace, name) and holds a number that says everything about its object; 0 is
 * no object.  The object of a number is made anew whenever it is needed.
 */
enum { N_NS = 3, N_NAMES = 5, N_CELLS = OBJECT_KIND_COUNT * N_NS * N_NAMES, N_IPS = 4, STEPS = 6000 };

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

	switch (cell_kind(cell)) {
	case OBJECT_NAMESPACE:
		ns = make_namespace(cell_name(cell));
		ns->terminating = dna & 1 << 1;
		ns->object.source.line = dna >> 2;
		return &ns->object;
	case OBJECT_POLICY:
		policy = make_policy(cell_ns(cell), cell_name(cell));
		policy->broken = dna & 1 << 1;
		make_rule(policy)->source.line = dna >> 2;
		return &policy->object;
	case OBJECT_POD:
	case OBJECT_KIND_COUNT:
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
	for (size_t kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
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

UNIT(store, thousands_of_random_steps_agree_with_the_naive_model)
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

UNIT(store, walking_while_deleting_sees_all_when_the_successor_comes_first)
{
	struct store *store = store_new();
	size_t n = 0;

	for (size_t i = 0; i < 60; i++) {
		const char *name = atom_fmt("p%zu", i);
		struct pod *pod = make_pod(spaces[i % N_NS], name);

		store_put(store, &pod->object);
		atom_put(name);
	}
	for (const struct object *object = store_walk(store, OBJECT_POD, NULL), *next; object; object = next, n++) {
		next = store_walk(store, OBJECT_POD, object);
		store_del(store, OBJECT_POD, object->ns, object->name);
	}
	cr_assert_eq(n, 60);
	cr_assert_eq(store_count(store, OBJECT_POD), 0);
	assert_changes(store, 0);
	store_free(store);
}
