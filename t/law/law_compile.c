/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of the compiler, over seeded random clusters:
 *   1. the facts of the nodes that a packet crosses, run by an independent interpreter, agree with verdict(), however
 *      what is denied ends; where unknown pods are closed, they differ from it by these alone;
 *   2. facts do not depend on the order in which objects arrived;
 *   3. a history taken in step by step, with patches or without, gives the facts of a fresh compile, and the patches are
 *      exactly the differences;
 * and the proof that law 1 sees: facts with one element or rule taken away must disagree somewhere.
 *
 * usage: law_compile [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/compile.h>
#include <selvage/diff.h>

#include "interp.h"
#include "tap.h"
#include "world.h"

#define STEPS 12    /* changes in one world's history */
#define PACKETS 100 /* asked after each of them */
#define ORDERS 3

static void describe(const struct store *store, const struct packet *packet)
{
	char from[IP_TEXT], to[IP_TEXT];
	struct verdict v = verdict_of(store, packet);

	printf("# %s -> %s proto %u port %u: verdict says %s (egress isolated %d allowed %d, ingress isolated %d "
	       "allowed %d)\n",
	       ip_print(&packet->from, from), ip_print(&packet->to, to), packet->proto, packet->port,
	       v.allowed ? "allowed" : "denied", v.egress.isolated, v.egress.allowed, v.ingress.isolated,
	       v.ingress.allowed);
}

static bool in_pod_cidr(const struct compile_config *config, const struct ip *ip)
{
	for (size_t i = 0; i < config->pod_cidrs.n; i++)
		if (cidr_has(&config->pod_cidrs.at[i], ip))
			return true;
	return false;
}

/* Is it one of the node's pods' addresses, of which none has it? */
static bool is_unknown(const struct store *store, const struct compile_config *config, const struct ip *ip)
{
	const struct pod *owner = store_owner(store, ip);

	return config->deny_unknown && in_pod_cidr(config, ip) && !(owner && !strcmp(owner->node, config->node));
}

static bool crosses(const struct store *store, const struct packet *packet, const char *node)
{
	const struct pod *from = store_owner(store, &packet->from), *to = store_owner(store, &packet->to);

	return (from && !strcmp(from->node, node)) || (to && !strcmp(to->node, node));
}

/* Is it from a pod to its own node? */
static bool to_own_node(const struct store *store, const struct packet *packet)
{
	const struct pod *from = store_owner(store, &packet->from);

	return from && store_node(store, &packet->to) == from->node;
}

/* Does a pod's own node send it?  What the node sends does not pass where we look. */
static bool from_own_node(const struct store *store, const struct packet *packet)
{
	const struct pod *to = store_owner(store, &packet->to);

	return to && store_node(store, &packet->from) == to->node;
}

/* What must become of a packet: what verdict says, unless a node on its way takes an end of it for an unknown pod's. */
static bool expected(const struct store *store, const struct compile_config *configs, const struct packet *packet)
{
	for (size_t n = 0; n < WORLD_NODES && !to_own_node(store, packet); n++)
		if (crosses(store, packet, world_nodes[n]) &&
		    (is_unknown(store, &configs[n], &packet->from) || is_unknown(store, &configs[n], &packet->to)))
			return false;
	return verdict_beside(store, &configs->overlay, packet).allowed;
}

/* What the nodes on the packet's way do with it: the sender's, and the receiver's unless it is the same. */
static bool network_accepts(const struct store *store, const struct facts *facts, const struct packet *packet)
{
	const struct pod *from = store_owner(store, &packet->from);

	for (size_t n = 0; n < WORLD_NODES; n++) {
		if (to_own_node(store, packet) && strcmp(from->node, world_nodes[n]) == 0)
			return interp_hook(&facts[n], CHAIN_HOOK_INPUT, packet, NULL);
		if (!to_own_node(store, packet) && crosses(store, packet, world_nodes[n]) &&
		    !interp_accepts(&facts[n], packet, NULL))
			return false;
	}
	return true;
}

/* Law 1 at one state; gives how many packets disagreed. */
static unsigned packets_disagree(struct rng *rng, const struct store *store, const struct compile_config *configs,
				 const struct facts *facts, unsigned n, bool say)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		struct packet packet = world_packet(rng);

		if (from_own_node(store, &packet) ||
		    expected(store, configs, &packet) == network_accepts(store, facts, &packet))
			continue;
		if (say && !wrong)
			describe(store, &packet);
		wrong++;
	}
	return wrong;
}

static bool facts_same(const struct facts *a, const struct facts *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++) {
		same = fact_eq(&a->at[i], &b->at[i]);
		if (!same) {
			printf("# these differ:\n");
			fact_print(&a->at[i], stdout);
			fact_print(&b->at[i], stdout);
		}
	}
	if (a->n != b->n)
		printf("# %zu facts, not %zu\n", a->n, b->n);
	return same;
}

/* The facts of a compile that never saw the history. */
static void fresh_facts(const struct store *store, const struct compile_config *config, struct facts *out)
{
	struct compile *fresh = compile_new(store, config);
	struct patch patch;

	compile_update(fresh, &patch);
	patch_free(&patch);
	compile_facts(fresh, out);
	compile_free(fresh);
}

static bool counts_right(const struct compile *compile, const struct facts *facts)
{
	size_t n[FACT_KIND_COUNT] = {0};
	bool right = true;

	for (size_t i = 0; i < facts->n; i++)
		n[facts->at[i].kind]++;
	for (int kind = 0; kind < FACT_KIND_COUNT; kind++)
		right = right && compile_count(compile, (enum fact_kind)kind) == n[kind];
	if (!right)
		printf("# facts are counted wrongly\n");
	return right;
}

/* The same change for a compile whose patches are asked for or not, as it comes. */
static bool casual_step(struct rng *rng, struct compile *casual, const struct facts *expected)
{
	bool patched = rng_below(rng, 2);
	struct patch patch = {0};
	struct facts facts;
	bool ok;

	compile_update(casual, patched ? &patch : NULL);
	compile_facts(casual, &facts);
	ok = facts_same(&facts, expected) && counts_right(casual, &facts);
	facts_free(&facts);
	patch_free(&patch);
	return ok;
}

/* Takes in one change: is the result what a fresh compile gives, and the patch what lies between old and new? */
static bool node_step(const struct store *store, struct compile *compile, const struct compile_config *config,
		      struct facts *facts)
{
	struct patch patch;
	struct facts now, fresh;
	struct err err;
	bool ok;

	compile_update(compile, &patch);
	compile_facts(compile, &now);
	fresh_facts(store, config, &fresh);
	ok = diff_apply(facts, &patch, &err) == 0;
	if (!ok)
		printf("# %s\n", err.msg);
	ok = ok && facts_same(facts, &now) && facts_same(&now, &fresh) && counts_right(compile, &now);
	facts_free(facts);
	facts_free(&fresh);
	patch_free(&patch);
	*facts = now;
	return ok;
}

struct totals {
	unsigned long packets, steps, facts;
	unsigned wrong_packets, wrong_steps;
};

/* A frame of some kind or other around the policies. */
static void configs_make(struct rng *rng, struct compile_config configs[static WORLD_NODES])
{
	static const char *const cidrs[WORLD_NODES] = {"10.244.0.0/24,fd00::1:0/112", "10.244.1.0/24,fd00::2:0/112"};
	struct compile_config any = compile_usual("");
	struct err err;

	any.reject = rng_one_in(rng, 2);
	any.log_group = (uint16_t)(rng_one_in(rng, 2) ? 7 : 0);
	any.deny_unknown = rng_one_in(rng, 3);
	any.ipvs = rng_one_in(rng, 2);
	if (rng_one_in(rng, 4))
		any.overlay = (struct overlay){.ports = {8472}, .n = 1};
	for (size_t n = 0; n < WORLD_NODES; n++) {
		configs[n] = any;
		configs[n].node = world_nodes[n];
		if (!rng_one_in(rng, 4) && cidrs_parse(cidrs[n], &configs[n].pod_cidrs, &err))
			abort();
	}
}

/* What the machine tells changes: the node has its prefixes, or another machine's, or none. */
static void found_change(struct rng *rng, struct compile *compile, struct compile *casual,
			 struct compile_config *config)
{
	struct compile_config other[WORLD_NODES];

	if (!rng_one_in(rng, 5))
		return;
	configs_make(rng, other);
	config->pod_cidrs = other[rng_below(rng, WORLD_NODES)].pod_cidrs;
	config->ipvs = other->ipvs;
	compile_found(compile, &config->pod_cidrs, config->ipvs);
	compile_found(casual, &config->pod_cidrs, config->ipvs);
}

static void world_run(struct rng *rng, struct totals *totals)
{
	struct compile_config configs[WORLD_NODES];
	struct store *store = store_new();
	struct compile *compile[WORLD_NODES], *casual[WORLD_NODES];
	struct facts facts[WORLD_NODES] = {0};

	configs_make(rng, configs);
	for (size_t n = 0; n < WORLD_NODES; n++) {
		compile[n] = compile_new(store, &configs[n]);
		casual[n] = compile_new(store, &configs[n]);
	}
	for (unsigned warm = 0; warm < 40; warm++)
		store_put(store, world_object(rng));
	for (unsigned step = 0; step < STEPS; step++) {
		world_step(rng, store);
		for (size_t n = 0; n < WORLD_NODES; n++) {
			found_change(rng, compile[n], casual[n], &configs[n]);
			totals->wrong_steps += !node_step(store, compile[n], &configs[n], &facts[n]) ||
					       !casual_step(rng, casual[n], &facts[n]);
			totals->facts += facts[n].n;
		}
		store_settle(store);
		totals->wrong_packets +=
			packets_disagree(rng, store, configs, facts, PACKETS, totals->wrong_packets == 0);
		totals->packets += PACKETS;
		totals->steps++;
	}
	for (size_t n = 0; n < WORLD_NODES; n++) {
		compile_free(compile[n]);
		compile_free(casual[n]);
		facts_free(&facts[n]);
	}
	store_free(store);
}

static bool listed(struct object *const *objects, size_t n, const struct object *object)
{
	for (size_t i = 0; i < n; i++)
		if (objects[i]->kind == object->kind && objects[i]->ns == object->ns &&
		    objects[i]->name == object->name)
			return true;
	return false;
}

/* The objects of a seed, delivered in a random order. */
static struct store *shuffled(struct rng *rng, uint64_t seed)
{
	struct rng objects = {seed};
	struct store *store = store_new();
	VEC(struct object *) all = VEC_EMPTY;

	for (unsigned i = 0; i < 20; i++) {
		struct object *object = world_object(&objects);

		if (listed(all.at, all.n, object))
			object_free(object);
		else
			*vec_add(&all) = object;
	}
	while (all.n) {
		size_t i = rng_below(rng, (unsigned)all.n);

		store_put(store, all.at[i]);
		vec_drop(&all, i);
	}
	vec_free(&all);
	return store;
}

static bool order_is_irrelevant(struct rng *rng, unsigned worlds)
{
	bool ok = true;

	for (unsigned w = 0; w < worlds && ok; w++) {
		struct facts first = {0};
		uint64_t seed = rng_next(rng);
		struct compile_config configs[WORLD_NODES];

		configs_make(rng, configs);
		for (unsigned i = 0; i < ORDERS; i++) {
			struct store *store = shuffled(rng, seed);
			struct facts facts;

			fresh_facts(store, &configs[0], &facts);
			store_free(store);
			ok = ok && (i == 0 || facts_same(&first, &facts));
			if (i == 0)
				first = facts;
			else
				facts_free(&facts);
		}
		facts_free(&first);
	}
	return ok;
}

/* Takes one fact's substance away, as a bad compiler would: an element, or a rule of a chain. */
static bool sabotage(struct rng *rng, struct facts *facts)
{
	for (unsigned tries = 0; tries < 100; tries++) {
		size_t i = rng_below(rng, (unsigned)facts->n);
		struct fact *fact = &facts->at[i];

		if (fact->kind == FACT_CHAIN && fact->chain.n) {
			fact->chain.n--; /* its atoms leak with it: a test may */
			return true;
		}
		if (fact->kind == FACT_ELEMENT) {
			fact_fini(fact);
			memmove(fact, fact + 1, (facts->n - i - 1) * sizeof *fact);
			facts->n--;
			return true;
		}
	}
	return false;
}

/* In how many of the worlds does a sabotaged compiler go unnoticed? */
static unsigned blind_spots(struct rng *rng, unsigned worlds)
{
	unsigned unnoticed = 0;

	for (unsigned w = 0; w < worlds; w++) {
		struct store *store = store_new();
		struct facts facts[WORLD_NODES];
		struct compile_config configs[WORLD_NODES];

		configs_make(rng, configs);
		for (unsigned i = 0; i < 45; i++)
			store_put(store, world_object(rng));
		for (size_t n = 0; n < WORLD_NODES; n++)
			fresh_facts(store, &configs[n], &facts[n]);
		for (size_t n = 0; n < WORLD_NODES; n++)
			for (unsigned i = 0; i < 5; i++)
				sabotage(rng, &facts[n]);
		unnoticed += packets_disagree(rng, store, configs, facts, 2000, false) == 0;
		for (size_t n = 0; n < WORLD_NODES; n++)
			facts_free(&facts[n]);
		store_free(store);
	}
	return unnoticed;
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : 900;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 1};
	struct totals totals = {0};
	struct tap tap = {0};
	unsigned blind;

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu packets in %lu states, %lu facts on average\n", totals.packets, totals.steps,
	       totals.facts / (totals.steps ? totals.steps * WORLD_NODES : 1));
	tap_ok(&tap, totals.packets && !totals.wrong_packets,
	       "C10: compiled facts, run packet by packet, agree with verdict");
	tap_ok(&tap, totals.steps && !totals.wrong_steps,
	       "a history taken in step by step gives the facts of a fresh compile");
	tap_ok(&tap, order_is_irrelevant(&rng, 300), "facts do not depend on the order of arrival");
	blind = blind_spots(&rng, 50);
	printf("# %u of 50 sabotaged compilers went unnoticed\n", blind);
	tap_ok(&tap, blind <= 15, "a sabotaged compiler is noticed");
	return tap_end(&tap);
}
