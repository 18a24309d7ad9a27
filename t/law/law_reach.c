/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of reach, over seeded random clusters:
 *   1. between any two addresses and for every port at which something may change, reach says what verdict_of() says, of
 *      one world and of two at once, and names the same cause;
 *   2. pods without an address are denied what no address would allow, and allowed what every address would;
 *   3. the matrix of namespaces is what all pairs of classes add up to;
 *   4. the changes between two worlds are exactly the pairs of which they say different things;
 *   5. classes are in order, and each pod of a class has that class;
 * and the proof that law 1 sees: a reach of a world that has one object more or less disagrees somewhere.
 *
 * usage: law_reach [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/reach.h>
#include <selvage/verdict.h>

#include "tap.h"
#include "world.h"

#define OBJECTS 26 /* handed to the store of a world */
#define BLIND 60   /* worlds in which the perturbed is looked for */

struct ips {
	VEC(struct ip);
};

struct totals {
	unsigned long packets, pairs, pending, cells, changes;
	unsigned wrong_packets, wrong_causes, wrong_pending, wrong_cells, wrong_changes, disordered;
	bool quiet; /* says nothing of what is wrong */
};

/* What is asked about: ports just inside and outside of all that policies and pods name. */
static const struct {
	uint8_t proto;
	uint16_t port;
} ports[] = {
	{PROTO_TCP, 0},
	{PROTO_TCP, 52},
	{PROTO_TCP, 53},
	{PROTO_TCP, 54},
	{PROTO_TCP, 80},
	{PROTO_TCP, 81},
	{PROTO_TCP, 82},
	{PROTO_TCP, 119},
	{PROTO_TCP, 8079},
	{PROTO_TCP, 8080},
	{PROTO_TCP, 8100},
	{PROTO_TCP, 65535},
	{PROTO_UDP, 0},
	{PROTO_UDP, 53},
	{PROTO_UDP, 80},
	{PROTO_UDP, 81},
	{PROTO_UDP, 8080},
	{PROTO_UDP, 8090},
	{PROTO_SCTP, 53},
	{PROTO_SCTP, 80},
	{PROTO_SCTP, 8080},
	{PROTO_SCTP, 65535},
	{1, 0},
	{58, 0},
	{47, 0},
};

#define N_PORTS (sizeof ports / sizeof *ports)

static struct store *world_new(struct rng *rng)
{
	struct store *store = store_new();

	for (unsigned i = 0; i < OBJECTS; i++)
		store_put(store, world_object(rng));
	store_settle(store);
	return store;
}

static int address_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

/* The ends of an ipBlock, and their neighbours. */
static void add_edges(struct ips *out, const struct cidr *cidr)
{
	struct ip_range range = cidr_range(cidr);

	*vec_add(out) = range.lo;
	*vec_add(out) = range.hi;
	if (ip_prev(&range.lo))
		*vec_add(out) = range.lo;
	if (ip_next(&range.hi))
		*vec_add(out) = range.hi;
}

static void add_policy(struct ips *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		for (size_t k = 0; k < policy->rules[i].n_peers; k++) {
			const struct peer *peer = &policy->rules[i].peers[k];

			if (peer->kind != PEER_BLOCK)
				continue;
			add_edges(out, &peer->block);
			for (size_t e = 0; e < peer->n_except; e++)
				add_edges(out, &peer->except[e]);
		}
	}
}

/* Every address that a store speaks of, where its ipBlocks end, and link-local ones; sorted, each once. */
static void addresses(const struct store *store, struct ips *out)
{
	static const char *const more[] = {"fe80::1", "fe7f:ffff::", "fec0::", "192.0.2.9", "2001:db8::9"};
	const struct object *o = NULL;
	size_t n = 0;

	while ((o = store_walk(store, OBJECT_POD, o)))
		for (size_t i = 0; i < ((const struct pod *)(const void *)o)->n_ips; i++)
			*vec_add(out) = ((const struct pod *)(const void *)o)->ips[i];
	while ((o = store_walk(store, OBJECT_POLICY, o)))
		add_policy(out, (const struct policy *)(const void *)o);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		struct err err;

		if (ip_parse(more[i], vec_add(out), &err))
			abort();
	}
	vec_sort(out, address_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (!n || ip_cmp(&out->at[n - 1], &out->at[i]))
			out->at[n++] = out->at[i];
	out->n = n;
}

/* A pod with two addresses of one family has no single answer where ipBlocks tell them apart. */
static bool is_ambiguous(const struct store *store, const struct ip *ip)
{
	const struct pod *owner = store_owner(store, ip);
	unsigned own = 0;

	for (size_t i = 0; owner && i < owner->n_ips; i++)
		own += owner->ips[i].family == ip->family && store_owner(store, &owner->ips[i]) == owner;
	return own > 1;
}

static bool rulings_same(const struct ruling *a, const struct ruling *b)
{
	return a->isolated == b->isolated && a->allowed == b->allowed && a->policy == b->policy && a->rule == b->rule &&
	       a->peer == b->peer && a->port == b->port;
}

/* Does reach name the same rule at both ends?  Of a class any pod may be the one that it looks at. */
static bool causes_same(const struct reach *reach, enum reach_world world, const size_t class[static 2],
			const struct packet *packet, const struct verdict *verdict)
{
	enum family family = (enum family)packet->from.family;
	struct ruling egress = reach_ruling(reach, world, class[0], class[1], family, DIRECTION_EGRESS, packet -> proto,
					    packet -> port);
	struct ruling ingress = reach_ruling(reach, world, class[0], class[1], family, DIRECTION_INGRESS,
					     packet -> proto, packet -> port);
	size_t n_egress, n_ingress;

	reach_isolating(reach, world, class[0], DIRECTION_EGRESS, &n_egress);
	reach_isolating(reach, world, class[1], DIRECTION_INGRESS, &n_ingress);
	return rulings_same(&egress, &verdict->egress) && rulings_same(&ingress, &verdict->ingress) &&
	       verdict->egress.isolated == (n_egress > 0) && verdict->ingress.isolated == (n_ingress > 0);
}

/* Is what reach says of one port possible, and certain where nothing is open? */
static bool ports_agree(const struct reach_ports *said, const struct packet *packet, bool allowed, bool ambiguous)
{
	bool open = portset_has(said->open, packet->proto, packet->port),
	     maybe = portset_has(said->maybe, packet->proto, packet->port);

	return ambiguous ? (!open || allowed) && (maybe || !allowed) : open == allowed && maybe == allowed;
}

/* Counts, and describes the first. */
static void blame(const struct totals *totals, unsigned *wrong, const struct packet *packet,
		  const struct verdict *verdict, const char *what)
{
	char from[IP_TEXT], to[IP_TEXT];

	if ((*wrong)++ || totals->quiet)
		return;
	printf("# %s -> %s proto %u port %u: verdict says %s; %s\n", ip_print(&packet->from, from),
	       ip_print(&packet->to, to), packet->proto, packet->port, verdict->allowed ? "allowed" : "denied", what);
}

static void ask_port(const struct store *store, const struct reach *reach, enum reach_world world,
		     const size_t class[static 2], const struct reach_link *link, const struct packet *packet,
		     struct totals *totals)
{
	struct verdict verdict = verdict_of(store, packet);
	bool blurred = is_ambiguous(store, &packet->from) || is_ambiguous(store, &packet->to);

	if (verdict.why == VERDICT_WHY_SELF || verdict.why == VERDICT_WHY_LINK)
		return;
	totals->packets++;
	if (!ports_agree(&link->egress, packet, verdict.egress.allowed, blurred) ||
	    !ports_agree(&link->ingress, packet, verdict.ingress.allowed, blurred) ||
	    !ports_agree(&link->both, packet, verdict.egress.allowed && verdict.ingress.allowed, blurred))
		blame(totals, &totals->wrong_packets, packet, &verdict, "reach does not");
	if (!blurred && !causes_same(reach, world, class, packet, &verdict))
		blame(totals, &totals->wrong_causes, packet, &verdict, "reach names another cause");
}

/* Two addresses have classes and can meet exactly if verdict_of() decides between them by policy. */
static void ask_pair(const struct store *store, const struct reach *reach, enum reach_world world,
		     const struct ip *from, const struct ip *to, struct totals *totals)
{
	size_t class[2] = {reach_class_at(reach, world, from), reach_class_at(reach, world, to)};
	struct packet packet = {.from = *from, .to = *to};
	struct verdict verdict = verdict_of(store, &packet);
	const struct pod *source = store_owner(store, from), *target = store_owner(store, to);
	bool pair = (source || target) && source != target && verdict.why != VERDICT_WHY_LINK, said;
	struct reach_link link;

	said = class[0] != SIZE_MAX && class[1] != SIZE_MAX &&
	       reach_families(reach, world, class[0], class[1]) & 1U << from->family;
	if (pair && !said)
		blame(totals, &totals->wrong_packets, &packet, &verdict, "reach knows no such pair");
	if (!pair || !said)
		return;
	totals->pairs++;
	link = reach_ports(reach, world, class[0], class[1], (enum family)from -> family);
	for (size_t i = 0; i < N_PORTS; i++) {
		packet.proto = ports[i].proto;
		packet.port = ports[i].port;
		ask_port(store, reach, world, class, &link, &packet, totals);
	}
}

/* Law 1. */
static void ask_all(const struct store *store, const struct reach *reach, enum reach_world world, struct totals *totals)
{
	struct ips ips = {0};

	addresses(store, &ips);
	for (size_t i = 0; i < ips.n; i++)
		for (size_t k = 0; k < ips.n; k++)
			if (ips.at[i].family == ips.at[k].family)
				ask_pair(store, reach, world, &ips.at[i], &ips.at[k], totals);
	vec_free(&ips);
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
static void try_pod(struct store *store, const struct reach *reach, const struct pod *pod, const struct ips *ips,
		    const struct ip *other, enum direction direction, struct totals *totals)
{
	size_t mine = reach_class_of(reach, REACH_BEFORE, pod), theirs = reach_class_at(reach, REACH_BEFORE, other);
	bool out = direction == DIRECTION_EGRESS;
	struct reach_link link;

	if (theirs == SIZE_MAX || !store_owner(store, other) || is_ambiguous(store, other) ||
	    !(reach_families(reach, REACH_BEFORE, mine, theirs) & 1U << other->family))
		return;
	link = reach_ports(reach, REACH_BEFORE, out ? mine : theirs, out ? theirs : mine, (enum family)other->family);
	for (size_t p = 0; p < N_PORTS; p++) {
		const struct reach_ports *said = out ? &link.ingress : &link.egress;
		struct answers answers = {0};

		for (size_t i = 0; i < ips->n; i++) {
			struct packet packet = {*other, *other, ports[p].proto, ports[p].port};
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
			(portset_has(said->open, ports[p].proto, ports[p].port) && answers.yes < answers.asked) ||
			(!portset_has(said->maybe, ports[p].proto, ports[p].port) && answers.yes > 0);
	}
}

/* Law 2, for one pending pod of a world. */
static void ask_pending(struct store *store, struct totals *totals)
{
	const struct object *o = NULL;
	struct ips ips = {0};
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
	addresses(store, &ips);
	for (size_t i = 0; i < ips.n; i += 3)
		for (int d = 0; d < DIRECTION_COUNT; d++)
			try_pod(store, reach, pod, &ips, &ips.at[i], (enum direction)d, totals);
	reach_free(reach);
	object_free(&pod->object);
	vec_free(&ips);
}

struct adding {
	const struct reach *reach;
	enum reach_world world;
	struct totals *totals;
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

/* Law 3, for one cell. */
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
	struct totals *totals;
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

/* Law 4: all pairs, in order. */
static void check_changes(const struct reach *reach, struct totals *totals)
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

static void world_run(struct rng *rng, struct totals *totals)
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
		struct totals changes = {0}, totals = {.quiet = true};
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
	struct totals totals = {0};
	struct tap tap = {0};
	unsigned blind, told;

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu packets of %lu pairs, %lu ports of pending pods, %lu cells, %lu changes\n", totals.packets,
	       totals.pairs, totals.pending, totals.cells, totals.changes);
	tap_ok(&tap, totals.packets && !totals.wrong_packets, "reach says of every pair and port what verdict says");
	tap_ok(&tap, totals.packets && !totals.wrong_causes, "and names the same cause");
	tap_ok(&tap, totals.pending && !totals.wrong_pending,
	       "pending pods are allowed what every address would be, and denied what none would");
	tap_ok(&tap, totals.cells && !totals.wrong_cells, "the matrix is what all pairs of classes add up to");
	tap_ok(&tap, totals.changes && !totals.wrong_changes, "changes are the pairs of which two worlds differ");
	tap_ok(&tap, !totals.disordered, "classes are in order, and a pod's class lists it");
	blind = blind_spots(&rng, &told);
	printf("# %u of %u reaches of another world went unnoticed\n", blind, told);
	tap_ok(&tap, told && blind <= told / 4, "a reach of another world is noticed");
	return tap_end(&tap);
}
