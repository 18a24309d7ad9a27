/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of reach, over seeded random clusters:
 *   1. between any two addresses and for every port at which something may change, reach says what verdict_of() says, of
 *      one world and of two at once, and names the same cause;
 *   2. pods without an address are denied what no address would allow, and allowed what every address would;
 *   3. what is said of a peer that may have several addresses is open if the policies admit it at each of them, and may be
 *      open if at some, and nothing changes if each policy is cut in two, each with one half of its ipBlocks;
 *   4. the matrix of namespaces is what all pairs of classes add up to;
 *   5. the changes between two worlds are exactly the pairs of which they say different things;
 *   6. classes are in order, and each pod of a class has that class;
 * and the proof that law 1 sees: a reach of a world that has one object more or less disagrees somewhere.
 *
 * usage: law_reach [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/object_copy.h>

#include "ask.h"
#include "tap.h"
#include "world.h"

#define OBJECTS 26 /* handed to the store of a world */
#define BLIND 60   /* worlds in which the perturbed is looked for */

static struct store *world_new(struct rng *rng)
{
	struct store *store = store_new();

	for (unsigned i = 0; i < OBJECTS; i++)
		store_put(store, world_object(rng));
	store_settle(store);
	return store;
}

/* Copies what decides about a pod. */
static struct pod *pod_copy(const struct pod *pod)
{
	struct pod *copy = mem_new(1, sizeof *copy);

	copy->object = (struct object){OBJECT_POD, atom_ref(pod->object.ns), atom_ref(pod->object.name), {0}};
	labels_copy(&copy->labels, &pod->labels);
	copy->node = atom_ref(pod->node);
	copy->created = pod->created;
	copy->ports = mem_new(pod->n_ports + 1, sizeof *copy->ports);
	for (; copy->n_ports < pod->n_ports; copy->n_ports++) {
		copy->ports[copy->n_ports] = pod->ports[copy->n_ports];
		atom_ref(copy->ports[copy->n_ports].name);
	}
	return copy;
}

/* What verdict_of() says to a pending pod for each address that it might get: as many of the answers as are yes. */
struct answers {
	unsigned asked, yes;
};

static void try_port(struct store *store, const struct packet *packet, enum direction direction,
		     struct answers *answers)
{
	struct verdict verdict = verdict_of(store, packet);

	answers->asked++;
	answers->yes += direction == DIRECTION_EGRESS ? verdict.ingress.allowed : verdict.egress.allowed;
}

/* The other end's policies about the pending pod, which is the source (egress) or the destination. */
static void try_pod(struct store *store, const struct reach *reach, const struct pod *pod, const struct ask_ips *ips,
		    const struct ip *other, enum direction direction, struct ask_totals *totals)
{
	size_t mine = reach_class_of(reach, REACH_BEFORE, pod), theirs = reach_class_at(reach, REACH_BEFORE, other);
	bool out = direction == DIRECTION_EGRESS;
	struct reach_link link;

	if (theirs == SIZE_MAX || !store_owner(store, other) || ask_is_ambiguous(store, other) ||
	    !(reach_families(reach, REACH_BEFORE, mine, theirs) & 1U << other->family))
		return;
	link = reach_ports(reach, REACH_BEFORE, out ? mine : theirs, out ? theirs : mine, (enum family)other->family);
	for (size_t p = 0; p < ASK_PORTS; p++) {
		const struct reach_ports *said = out ? &link.ingress : &link.egress;
		struct answers answers = {0};

		for (size_t i = 0; i < ips->n; i++) {
			struct packet packet = {*other, *other, ask_ports[p].proto, ask_ports[p].port};
			struct pod *there = pod_copy(pod);

			if (ips->at[i].family != other->family || store_owner(store, &ips->at[i]) ||
			    (ips->at[i].family == FAMILY_6 && ips->at[i].b[0] == 0xfe)) {
				object_free(&there->object);
				continue;
			}
			there->ips = mem_copy(&ips->at[i], sizeof *there->ips);
			there->n_ips = 1;
			store_put(store, &there->object);
			*(out ? &packet.from : &packet.to) = ips->at[i];
			try_port(store, &packet, direction, &answers);
			store_put(store, &pod_copy(pod)->object);
		}
		if (!answers.asked)
			continue;
		totals->pending++;
		totals->wrong_pending +=
			(portset_has(said->open, ask_ports[p].proto, ask_ports[p].port) &&
			 answers.yes < answers.asked) ||
			(!portset_has(said->maybe, ask_ports[p].proto, ask_ports[p].port) && answers.yes > 0);
	}
}

/* Law 2, for one pending pod of a world. */
static void ask_pending(struct store *store, struct ask_totals *totals)
{
	const struct object *o = NULL;
	struct ask_ips ips = {0};
	struct reach *reach;
	struct pod *pod;

	while ((o = store_walk(store, OBJECT_POD, o)) &&
	       (((const struct pod *)(const void *)o)->n_ips || ((const struct pod *)(const void *)o)->finished ||
		((const struct pod *)(const void *)o)->host_network))
		;
	if (!o)
		return;
	pod = pod_copy((const struct pod *)(const void *)o);
	store_put(store, &pod_copy(pod)->object);
	reach = reach_new(store, NULL);
	ask_addresses(store, &ips);
	for (size_t i = 0; i < ips.n; i += 3)
		for (int d = 0; d < DIRECTION_COUNT; d++)
			try_pod(store, reach, pod, &ips, &ips.at[i], (enum direction)d, totals);
	reach_free(reach);
	object_free(&pod->object);
	vec_free(&ips);
}

/* What one end says of its peer. */
struct end {
	const struct reach *reach;
	enum reach_world world;
	size_t from, to;
	enum direction direction;
};

/* Law 3, for one port. */
static void ask_each(const struct end *end, const struct reach_ips *ips, const struct reach_ports *said,
		     const struct ask_port *port, struct ask_totals *totals)
{
	size_t yes = 0;

	for (size_t i = 0; i < ips->n; i++)
		yes += reach_ruling_at(end->reach, end->world, end->from, end->to, &ips->at[i], end->direction,
				       port->proto, port->port)
			       .allowed;
	totals->several++;
	totals->wrong_several += portset_has(said->open, port->proto, port->port) != (yes == ips->n) ||
				 portset_has(said->maybe, port->proto, port->port) != (yes > 0);
}

static void ask_end(const struct end *end, enum family family, struct ask_totals *totals)
{
	struct reach_link link = reach_ports(end->reach, end->world, end->from, end->to, family);
	struct reach_ips ips;

	reach_peer_ips(end->reach, end->world, end->from, end->to, family, end->direction, &ips);
	for (size_t p = 0; ips.n > 1 && p < ASK_PORTS; p++)
		ask_each(end, &ips, end->direction == DIRECTION_EGRESS ? &link.egress : &link.ingress, &ask_ports[p],
			 totals);
	vec_free(&ips);
}

/* Law 3, of a world. */
static void ask_several(const struct reach *reach, enum reach_world world, struct ask_totals *totals)
{
	size_t n;

	reach_classes(reach, &n);
	for (size_t at = 0; at < n * n * FAMILY_COUNT * DIRECTION_COUNT; at++) {
		size_t pair = at / FAMILY_COUNT / DIRECTION_COUNT, family = at / DIRECTION_COUNT % FAMILY_COUNT;
		struct end end = {reach, world, pair / n, pair % n, (enum direction)(at % DIRECTION_COUNT)};

		if (reach_families(reach, world, end.from, end.to) & 1U << family)
			ask_end(&end, (enum family)family, totals);
	}
}

/* Halves the ipBlocks. */
static void policy_halve(struct policy *policy, bool upper)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		for (size_t k = 0; k < policy->rules[i].n_peers; k++) {
			struct cidr *block = &policy->rules[i].peers[k].block;

			if (policy->rules[i].peers[k].kind != PEER_BLOCK ||
			    block->bits == 8 * ip_size(block->addr.family))
				continue;
			if (upper)
				block->addr.b[block->bits / 8] |= (uint8_t)(0x80 >> block->bits % 8);
			block->bits++;
		}
}

static void put_half(struct store *store, const struct object *policy, bool upper)
{
	struct object *half = object_copy(policy);
	char name[256];

	if (upper) {
		snprintf(name, sizeof name, "%s-upper", half->name);
		atom_put(half->name);
		half->name = atom(name);
	}
	policy_halve((struct policy *)(void *)half, upper);
	store_put(store, half);
}

static void see_any(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
		    const struct reach_link *after)
{
	(void)from, (void)to, (void)family, (void)before, (void)after;
	++*(unsigned *)ctx;
}

/* Law 3, of the same world with its policies in halves. */
static void ask_halves(const struct store *store, struct ask_totals *totals)
{
	struct store *halves = store_copy_without(store, NULL);
	const struct object *o = NULL;
	struct reach *reach;

	while ((o = store_walk(store, OBJECT_POLICY, o))) {
		put_half(halves, o, false);
		put_half(halves, o, true);
	}
	store_settle(halves);
	reach = reach_new(store, halves);
	reach_changes(reach, see_any, &totals->wrong_several);
	ask_several(reach, REACH_AFTER, totals);
	reach_free(reach);
	store_free(halves);
}

struct adding {
	const struct reach *reach;
	enum reach_world world;
	struct ask_totals *totals;
};

static void add_pair(const struct adding *adding, size_t from, size_t to, struct reach_cell *cell)
{
	uint8_t families = reach_families(adding->reach, adding->world, from, to);

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct reach_ports both;

		if (!(families & 1U << f))
			continue;
		both = reach_ports(adding->reach, adding->world, from, to, (enum family)f).both;
		cell->every = cell->pairs ? reach_intersect(adding->reach, cell->every, both.open) : both.open;
		cell->some = cell->pairs ? reach_union(adding->reach, cell->some, both.open) : both.open;
		cell->maybe = cell->pairs ? reach_union(adding->reach, cell->maybe, both.maybe) : both.maybe;
		cell->pairs = true;
	}
}

/* Law 4, for one cell. */
static void check_cell(void *ctx, size_t from, size_t to, const struct reach_cell *cell)
{
	struct adding *adding = ctx;
	size_t n;
	const struct reach_ns *ns = reach_namespaces(adding->reach, &n), *a = &ns[from], *b = &ns[to];
	struct reach_cell sum = {0};
	bool same;

	for (size_t i = a->first; i < a->first + a->n; i++)
		for (size_t k = b->first; k < b->first + b->n; k++)
			add_pair(adding, i, k, &sum);
	same = sum.pairs == cell->pairs;
	if (sum.pairs)
		same = same && sum.every == cell->every && sum.some == cell->some && sum.maybe == cell->maybe;
	else
		same = same && !cell->every->n && !cell->some->n && !cell->maybe->n;
	adding->totals->wrong_cells += !same;
	adding->totals->cells++;
}

static bool ports_same(const struct reach_ports *a, const struct reach_ports *b)
{
	return a->open == b->open && a->maybe == b->maybe;
}

static bool links_same(const struct reach_link *a, const struct reach_link *b)
{
	return ports_same(&a->egress, &b->egress) && ports_same(&a->ingress, &b->ingress);
}

struct seen {
	struct ask_totals *totals;
	VEC(size_t) pairs; /* from, to, family, after each other */
};

static void see_change(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
		       const struct reach_link *after)
{
	struct seen *seen = ctx;

	seen->totals->wrong_changes += links_same(before, after);
	*vec_add(&seen->pairs) = from;
	*vec_add(&seen->pairs) = to;
	*vec_add(&seen->pairs) = family;
}

/* Law 5: all pairs, in order. */
static void check_changes(const struct reach *reach, struct ask_totals *totals)
{
	struct seen seen = {.totals = totals};
	size_t n, next = 0;

	reach_classes(reach, &n);
	reach_changes(reach, see_change, &seen);
	for (size_t at = 0; at < n * n * FAMILY_COUNT; at++) {
		size_t from = at / FAMILY_COUNT / n, to = at / FAMILY_COUNT % n, family = at % FAMILY_COUNT;
		struct reach_link before, after;

		if (!(reach_families(reach, REACH_BEFORE, from, to) & reach_families(reach, REACH_AFTER, from, to) &
		      1U << family))
			continue;
		before = reach_ports(reach, REACH_BEFORE, from, to, (enum family)family);
		after = reach_ports(reach, REACH_AFTER, from, to, (enum family)family);
		if (links_same(&before, &after))
			continue;
		totals->changes++;
		if (next + 3 > seen.pairs.n || seen.pairs.at[next] != from || seen.pairs.at[next + 1] != to ||
		    seen.pairs.at[next + 2] != family)
			totals->wrong_changes++;
		next += 3;
	}
	totals->wrong_changes += next != seen.pairs.n;
	vec_free(&seen.pairs);
}

/* Are the classes in order, and is each pod in the one that lists it? */
static bool is_in_order(const struct reach *reach)
{
	size_t n;
	const struct reach_class *class = reach_classes(reach, &n);

	for (size_t c = 0; c < n; c++) {
		const struct reach_class *last = c ? &class[c - 1] : NULL;

		if (last && (!last->ns ? class[c].ns != NULL : class[c].ns && strcmp(last->ns, class[c].ns) > 0))
			return false;
		for (size_t i = 0; i < class[c].n; i++)
			for (size_t w = 0; w < REACH_WORLDS; w++)
				if (class[c].pods[i].in[w] &&
				    reach_class_of(reach, (enum reach_world)w, class[c].pods[i].in[w]) != c)
					return false;
	}
	return true;
}

/* One object more, less or other. */
static void perturb(struct rng *rng, struct store *store)
{
	world_step(rng, store);
	store_settle(store);
}

static void world_run(struct rng *rng, struct ask_totals *totals)
{
	uint64_t seed = rng_next(rng);
	struct rng one = {seed}, two = {seed};
	struct store *before = world_new(&one), *after = world_new(&two);
	struct reach *single, *joint;
	struct adding adding = {.totals = totals};

	perturb(rng, after);
	single = reach_new(before, NULL);
	joint = reach_new(before, after);
	ask_all(before, single, REACH_BEFORE, totals);
	ask_all(before, joint, REACH_BEFORE, totals);
	ask_all(after, joint, REACH_AFTER, totals);
	ask_several(single, REACH_BEFORE, totals);
	ask_several(joint, REACH_AFTER, totals);
	ask_halves(before, totals);
	adding.reach = single;
	reach_matrix(single, REACH_BEFORE, check_cell, &adding);
	adding.reach = joint;
	adding.world = REACH_AFTER;
	reach_matrix(joint, REACH_AFTER, check_cell, &adding);
	check_changes(joint, totals);
	totals->disordered += !is_in_order(single) || !is_in_order(joint);
	reach_free(single);
	reach_free(joint);
	ask_pending(before, totals);
	store_free(before);
	store_free(after);
}

/* In how many worlds does a reach go unnoticed that was made of another world, which says something else? */
static unsigned blind_spots(struct rng *rng, unsigned *told)
{
	unsigned unnoticed = 0;

	*told = 0;
	while (*told < BLIND) {
		uint64_t seed = rng_next(rng);
		struct rng one = {seed}, two = {seed};
		struct store *store = world_new(&one), *other = world_new(&two);
		struct ask_totals changes = {0}, totals = {.quiet = true};
		struct object *policy = world_policy(rng);
		struct reach *joint;

		store_put(other, policy);
		store_settle(other);
		joint = reach_new(store, other);
		check_changes(joint, &changes);
		if (changes.changes) {
			++*told;
			ask_all(store, joint, REACH_AFTER, &totals);
			unnoticed += totals.wrong_packets + totals.wrong_causes == 0;
		}
		reach_free(joint);
		store_free(store);
		store_free(other);
	}
	return unnoticed;
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : 150;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 1};
	struct ask_totals totals = {0};
	struct tap tap = {0};
	unsigned blind, told;

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu packets of %lu pairs, %lu ports of pending pods, %lu of several addresses, %lu cells, %lu "
	       "changes\n",
	       totals.packets, totals.pairs, totals.pending, totals.several, totals.cells, totals.changes);
	tap_ok(&tap, totals.packets && !totals.wrong_packets, "reach says of every pair and port what verdict says");
	tap_ok(&tap, totals.packets && !totals.wrong_causes, "and names the same cause");
	tap_ok(&tap, totals.pending && !totals.wrong_pending,
	       "pending pods are allowed what every address would be, and denied what none would");
	tap_ok(&tap, totals.several && !totals.wrong_several,
	       "a port is open if policies admit each address of a peer, and may be if they admit some");
	tap_ok(&tap, totals.cells && !totals.wrong_cells, "the matrix is what all pairs of classes add up to");
	tap_ok(&tap, totals.changes && !totals.wrong_changes, "changes are the pairs of which two worlds differ");
	tap_ok(&tap, !totals.disordered, "classes are in order, and a pod's class lists it");
	blind = blind_spots(&rng, &told);
	printf("# %u of %u reaches of another world went unnoticed\n", blind, told);
	tap_ok(&tap, told && blind <= told / 4, "a reach of another world is noticed");
	return tap_end(&tap);
}
