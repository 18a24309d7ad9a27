/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of the compiler, over seeded random clusters:
 *   1. the facts of the nodes that a packet crosses, run by an independent interpreter, agree with verdict();
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

/* What the nodes on the packet's way do with it: the sender's, and the receiver's unless it is the same. */
static bool network_accepts(const struct store *store, const struct facts *facts, const struct packet *packet)
{
	const struct pod *from = store_owner(store, &packet->from), *to = store_owner(store, &packet->to);

	for (size_t n = 0; n < WORLD_NODES; n++) {
		bool crossed = (from && strcmp(from->node, world_nodes[n]) == 0) ||
			       (to && strcmp(to->node, world_nodes[n]) == 0);

		if (crossed && !interp_accepts(&facts[n], packet, NULL))
			return false;
	}
	return true;
}

/* Law 1 at one state; gives how many packets disagreed. */
static unsigned packets_disagree(struct rng *rng, const struct store *store, const struct facts *facts, unsigned n,
				 bool say)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < n; i++) {
		struct packet packet = world_packet(rng);
		struct verdict verdict = verdict_of(store, &packet);

		if (verdict.why == VERDICT_WHY_NODE || verdict.allowed == network_accepts(store, facts, &packet))
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
static void fresh_facts(const struct store *store, const char *node, struct facts *out)
{
	struct compile *fresh = compile_new(store, node);
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
static bool node_step(const struct store *store, struct compile *compile, const char *node, struct facts *facts)
{
	struct patch patch;
	struct facts now, fresh;
	struct err err;
	bool ok;

	compile_update(compile, &patch);
	compile_facts(compile, &now);
	fresh_facts(store, node, &fresh);
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

static void world_run(struct rng *rng, struct totals *totals)
{
	struct store *store = store_new();
	struct compile *compile[WORLD_NODES], *casual[WORLD_NODES];
	struct facts facts[WORLD_NODES] = {0};

	for (size_t n = 0; n < WORLD_NODES; n++) {
		compile[n] = compile_new(store, world_nodes[n]);
		casual[n] = compile_new(store, world_nodes[n]);
	}
	for (unsigned warm = 0; warm < 40; warm++)
		store_put(store, world_object(rng));
	for (unsigned step = 0; step < STEPS; step++) {
		world_step(rng, store);
		for (size_t n = 0; n < WORLD_NODES; n++) {
			totals->wrong_steps += !node_step(store, compile[n], world_nodes[n], &facts[n]) ||
					       !casual_step(rng, casual[n], &facts[n]);
			totals->facts += facts[n].n;
		}
		store_settle(store);
		totals->wrong_packets += packets_disagree(rng, store, facts, PACKETS, totals->wrong_packets == 0);
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

		for (unsigned i = 0; i < ORDERS; i++) {
			struct store *store = shuffled(rng, seed);
			struct facts facts;

			fresh_facts(store, world_nodes[0], &facts);
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

		for (unsigned i = 0; i < 45; i++)
			store_put(store, world_object(rng));
		for (size_t n = 0; n < WORLD_NODES; n++)
			fresh_facts(store, world_nodes[n], &facts[n]);
		for (size_t n = 0; n < WORLD_NODES; n++)
			for (unsigned i = 0; i < 5; i++)
				sabotage(rng, &facts[n]);
		unnoticed += packets_disagree(rng, store, facts, 2000, false) == 0;
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
	       "compiled facts, run packet by packet, agree with verdict");
	tap_ok(&tap, totals.steps && !totals.wrong_steps,
	       "a history taken in step by step gives the facts of a fresh compile");
	tap_ok(&tap, order_is_irrelevant(&rng, 300), "facts do not depend on the order of arrival");
	blind = blind_spots(&rng, 50);
	printf("# %u of 50 sabotaged compilers went unnoticed\n", blind);
	tap_ok(&tap, blind <= 15, "a sabotaged compiler is noticed");
	return tap_end(&tap);
}
