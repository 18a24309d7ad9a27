/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of an audit, over seeded random clusters whose pods each have an address of their own:
 *   1. a cell of the matrix of namespaces is what verdict_of() says of all pairs of their pods, port by port;
 *   2. so is what is said to be open between two workloads;
 *   3. as many pods of a namespace are counted as isolated as verdict_of() finds isolated;
 *   4. a new pod is said to be isolated if one is that is put there, without labels or with values that nobody names;
 *   5. what a page computes from regimes and runs is what reach says of the pair;
 * and the proof that law 1 sees: the matrix of a world with another policy disagrees somewhere.
 *
 * usage: law_audit [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/audit.h>
#include <selvage/verdict.h>

#include "tap.h"
#include "world.h"

#define OBJECTS 26 /* handed to the store of a world */
#define BLIND 40   /* worlds in which the perturbed is looked for */

/* Ports just inside and outside of all that policies and pods name. */
static const struct {
	uint8_t proto;
	uint16_t port;
} ports[] = {
	{PROTO_TCP, 53},    {PROTO_TCP, 80}, {PROTO_TCP, 81}, {PROTO_TCP, 8079}, {PROTO_TCP, 8080}, {PROTO_TCP, 8100},
	{PROTO_TCP, 65535}, {PROTO_UDP, 53}, {PROTO_UDP, 80}, {PROTO_UDP, 8080}, {PROTO_SCTP, 80},  {1, 0},
};

#define N_PORTS (sizeof ports / sizeof *ports)

struct pods {
	VEC(const struct pod *);
};

struct totals {
	unsigned long cells, workloads, rows, fresh, pairs;
	unsigned wrong_cells, wrong_workloads, wrong_rows, wrong_fresh, wrong_pairs;
};

/* What all pairs say of one port. */
struct sum {
	bool pairs, every, some;
};

/* Has it one address of each family at most, and each its own? */
static bool is_plain(const struct store *store, const struct pod *pod)
{
	unsigned n[FAMILY_COUNT] = {0};

	for (size_t i = 0; i < pod->n_ips; i++)
		if (store_owner(store, &pod->ips[i]) != pod || ++n[pod->ips[i].family] > 1)
			return false;
	return pod->n_ips > 0;
}

/* The next pod of which more is to be said than its addresses tell, or NULL. */
static const struct object *next_odd(const struct store *store)
{
	const struct object *o = NULL;

	while ((o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (!pod->host_network && !pod->finished && !is_plain(store, pod))
			return o;
	}
	return NULL;
}

static struct store *world_new(struct rng *rng)
{
	struct store *store = store_new();
	const struct object *odd;

	for (unsigned i = 0; i < OBJECTS; i++)
		store_put(store, world_object(rng));
	while ((odd = next_odd(store)))
		store_del(store, OBJECT_POD, odd->ns, odd->name);
	store_settle(store);
	return store;
}

static void pods_of(const struct store *store, const char *ns, struct pods *out)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POD, ns, o)))
		if (pod_live((const struct pod *)(const void *)o))
			*vec_add(out) = (const struct pod *)(const void *)o;
}

/* What both ends' policies say; that a node may reach its pods is another matter. */
static bool allows(const struct store *store, const struct packet *packet)
{
	struct verdict verdict = verdict_of(store, packet);

	return verdict.egress.allowed && verdict.ingress.allowed;
}

static void add_pair(const struct store *store, const struct pod *from, const struct pod *to, size_t port,
		     struct sum *sum)
{
	for (size_t i = 0; i < from->n_ips; i++)
		for (size_t k = 0; k < to->n_ips; k++) {
			struct packet packet = {from->ips[i], to->ips[k], ports[port].proto, ports[port].port};
			bool allowed;

			if (packet.from.family != packet.to.family)
				continue;
			allowed = allows(store, &packet);
			sum->every = allowed && (!sum->pairs || sum->every);
			sum->some |= allowed;
			sum->pairs = true;
		}
}

static struct sum sum_of(const struct store *store, const struct pods *from, const struct pods *to, size_t port)
{
	struct sum sum = {0};

	for (size_t i = 0; i < from->n; i++)
		for (size_t k = 0; k < to->n; k++)
			if (from->at[i] != to->at[k])
				add_pair(store, from->at[i], to->at[k], port, &sum);
	return sum;
}

static bool cell_agrees(const struct store *store, const struct reach_cell *cell, const struct pods *from,
			const struct pods *to)
{
	for (size_t p = 0; p < N_PORTS; p++) {
		struct sum sum = sum_of(store, from, to, p);

		if (sum.pairs != cell->pairs)
			return false;
		if (sum.pairs && (sum.every != portset_has(cell->every, ports[p].proto, ports[p].port) ||
				  sum.some != portset_has(cell->some, ports[p].proto, ports[p].port)))
			return false;
	}
	return true;
}

static void check_cells(const struct store *store, const struct audit *audit, struct totals *totals)
{
	const struct reach_ns *spaces;
	size_t n;

	spaces = reach_namespaces(audit->reach, &n);
	for (size_t i = 0; i + 1 < n; i++)
		for (size_t k = 0; k + 1 < n; k++) {
			struct pods from = {VEC_EMPTY}, to = {VEC_EMPTY};

			pods_of(store, spaces[i].name, &from);
			pods_of(store, spaces[k].name, &to);
			totals->cells++;
			totals->wrong_cells += !cell_agrees(store, &audit->cells[i * n + k], &from, &to);
			vec_free(&from);
			vec_free(&to);
		}
}

/* The pods of a workload: here every pod is its own. */
static void pods_of_part(const struct store *store, struct audit_part part, struct pods *out)
{
	*vec_add(out) = (const struct pod *)(const void *)store_find(store, OBJECT_POD, part.at->ns, part.at->name);
}

static void check_workloads(const struct store *store, const struct audit *audit, struct totals *totals)
{
	for (size_t i = 0; i < audit->units.n; i++)
		for (size_t k = 0; k < audit->units.n; k++) {
			struct audit_part a = audit_part(audit, i), b = audit_part(audit, k);
			struct reach_cell cell = audit_between(audit, a, b);
			struct pods from = {VEC_EMPTY}, to = {VEC_EMPTY};

			pods_of_part(store, a, &from);
			pods_of_part(store, b, &to);
			totals->workloads++;
			totals->wrong_workloads += !cell_agrees(store, &cell, &from, &to);
			vec_free(&from);
			vec_free(&to);
		}
}

static bool is_isolated(const struct store *store, const struct pod *pod, enum direction direction)
{
	struct packet packet = {pod->ips[0], pod->ips[0], PROTO_TCP, 80};
	struct verdict verdict = verdict_of(store, &packet);

	return direction == DIRECTION_EGRESS ? verdict.egress.isolated : verdict.ingress.isolated;
}

static void check_rows(const struct store *store, const struct audit *audit, struct totals *totals)
{
	for (size_t i = 0; i < audit->namespaces.n; i++) {
		const struct audit_ns *row = &audit->namespaces.at[i];
		size_t isolated[DIRECTION_COUNT] = {0};
		struct pods pods = {VEC_EMPTY};

		pods_of(store, row->name, &pods);
		for (size_t p = 0; p < pods.n; p++)
			for (int d = 0; d < DIRECTION_COUNT; d++)
				isolated[d] += is_isolated(store, pods.at[p], (enum direction)d);
		totals->rows++;
		totals->wrong_rows +=
			row->pods != pods.n || row->isolated[0] != isolated[0] || row->isolated[1] != isolated[1];
		vec_free(&pods);
	}
}

/* Every key of which policies of the namespace ask the value. */
static void add_labels(const struct store *store, const char *ns, struct labels *labels)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POLICY, ns, o))) {
		const struct selector *selector = &((const struct policy *)(const void *)o)->pods;

		for (size_t i = 0; i < selector->n; i++)
			if (selector->at[i].n_values)
				labels_put(labels, selector->at[i].key, "a-value-of-nobody");
	}
}

/* Puts a pod into the namespace, asks whether it is isolated, and takes it away. */
static void ask_newcomer(struct store *store, const char *ns, bool labelled, bool isolated[static DIRECTION_COUNT])
{
	struct pod *pod = mem_new(1, sizeof *pod);
	struct err err;

	pod->object = (struct object){.kind = OBJECT_POD, .ns = atom_ref(ns), .name = atom("newcomer")};
	pod->ips = mem_new(1, sizeof *pod->ips);
	pod->n_ips = 1;
	if (ip_parse("203.0.113.77", pod->ips, &err))
		abort();
	if (labelled)
		add_labels(store, ns, &pod->labels);
	store_put(store, &pod->object);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		isolated[d] &= is_isolated(store, pod, (enum direction)d);
	store_del(store, OBJECT_POD, ns, "newcomer");
	store_settle(store);
}

static void check_newcomers(struct store *store, const struct audit *audit, struct totals *totals)
{
	for (size_t i = 0; i < audit->namespaces.n; i++) {
		const struct audit_ns *row = &audit->namespaces.at[i];
		bool isolated[DIRECTION_COUNT] = {true, true};

		ask_newcomer(store, row->name, false, isolated);
		ask_newcomer(store, row->name, true, isolated);
		totals->fresh++;
		totals->wrong_fresh += isolated[0] != row->new_isolated[0] || isolated[1] != row->new_isolated[1];
	}
}

struct lookup {
	size_t class;
	const struct portset *ports;
};

static void look(void *ctx, size_t end, const struct portset *run)
{
	struct lookup *lookup = ctx;

	if (!lookup->ports && lookup->class < end)
		lookup->ports = run;
}

static const struct portset *in_run(const struct audit *audit, size_t class, enum direction direction,
				    enum family family, size_t peer)
{
	struct lookup lookup = {peer, NULL};

	audit_runs(audit, class, direction, family, look, &lookup);
	return lookup.ports;
}

static void check_runs(const struct audit *audit, struct totals *totals)
{
	size_t n;

	reach_classes(audit->reach, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			for (int f = 0; f < FAMILY_COUNT; f++) {
				struct reach_link link;

				if (!(reach_families(audit->reach, REACH_BEFORE, i, k) & 1U << f))
					continue;
				link = reach_ports(audit->reach, REACH_BEFORE, i, k, (enum family)f);
				totals->pairs++;
				totals->wrong_pairs +=
					link.egress.open != in_run(audit, i, DIRECTION_EGRESS, (enum family)f, k) ||
					link.ingress.open != in_run(audit, k, DIRECTION_INGRESS, (enum family)f, i);
			}
}

static struct audit *audit_of(const struct store *store)
{
	const struct audit_input input = {.store = store, .max_prefix = {AUDIT_MAX_PREFIX4, AUDIT_MAX_PREFIX6}};

	return audit_new(&input);
}

static void world_run(struct rng *rng, struct totals *totals)
{
	struct store *store = world_new(rng);
	struct audit *audit = audit_of(store);

	check_cells(store, audit, totals);
	check_workloads(store, audit, totals);
	check_rows(store, audit, totals);
	check_runs(audit, totals);
	check_newcomers(store, audit, totals);
	audit_free(audit);
	store_free(store);
}

/* Do all pairs of pods of the two worlds, which have the same pods, add up to the same? */
static bool sums_same(const struct store *a, const struct store *b, const struct pods *from, const struct pods *to)
{
	for (size_t p = 0; p < N_PORTS; p++) {
		struct sum one = sum_of(a, from, to, p), two = sum_of(b, from, to, p);

		if (one.every != two.every || one.some != two.some)
			return false;
	}
	return true;
}

static bool worlds_same(const struct store *a, const struct store *b, const struct audit *audit)
{
	const struct reach_ns *spaces;
	bool same = true;
	size_t n;

	spaces = reach_namespaces(audit->reach, &n);
	for (size_t i = 0; same && i + 1 < n; i++)
		for (size_t k = 0; same && k + 1 < n; k++) {
			struct pods from = {VEC_EMPTY}, to = {VEC_EMPTY};

			pods_of(a, spaces[i].name, &from);
			pods_of(a, spaces[k].name, &to);
			same = sums_same(a, b, &from, &to);
			vec_free(&from);
			vec_free(&to);
		}
	return same;
}

/* In how many worlds does it go unnoticed that the matrix is of one with another policy, if verdict_of() says that this makes
 * a difference between some namespaces at some port? */
static unsigned blind_spots(struct rng *rng)
{
	unsigned unnoticed = 0;

	for (unsigned told = 0; told < BLIND;) {
		uint64_t seed = rng_next(rng);
		struct rng one = {seed}, two = {seed};
		struct store *store = world_new(&one), *other = world_new(&two);
		struct totals totals = {0};
		struct audit *wrong;

		store_put(other, world_policy(rng));
		store_settle(other);
		wrong = audit_of(other);
		if (!worlds_same(store, other, wrong)) {
			told++;
			check_cells(store, wrong, &totals);
			unnoticed += !totals.wrong_cells;
		}
		audit_free(wrong);
		store_free(store);
		store_free(other);
	}
	return unnoticed;
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : 120;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 1};
	struct totals totals = {0};
	struct tap tap = {0};
	unsigned blind;

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu cells, %lu pairs of workloads, %lu rows, %lu newcomers, %lu pairs of classes\n", totals.cells,
	       totals.workloads, totals.rows, totals.fresh, totals.pairs);
	tap_ok(&tap, totals.cells && !totals.wrong_cells,
	       "the matrix of namespaces is what all pairs of pods add up to");
	tap_ok(&tap, totals.workloads && !totals.wrong_workloads, "so is what is open between two workloads");
	tap_ok(&tap, totals.rows && !totals.wrong_rows, "as many pods are isolated as verdict finds isolated");
	tap_ok(&tap, totals.fresh && !totals.wrong_fresh, "a new pod is isolated where it is said to be");
	tap_ok(&tap, totals.pairs && !totals.wrong_pairs, "regimes and runs say what reach says");
	blind = blind_spots(&rng);
	printf("# %u of %u matrices of another world went unnoticed\n", blind, BLIND);
	tap_ok(&tap, !blind, "a matrix of another world is noticed wherever that makes a difference");
	return tap_end(&tap);
}
