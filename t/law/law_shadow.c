/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of the shadow, over seeded random clusters and proposals:
 *   1. beside it, what is enforced is what it is without: the facts are the same, byte for byte, and so is what becomes of
 *      every packet;
 *   2. it is apart: all its names have the prefix, and it names nothing that has not;
 *   3. of what is let pass, it counts what verdict() denies in the proposed world, at either end, and nothing else;
 *   4. taken in step by step, with patches or without, it is what a fresh one is, and the patches are the differences;
 * and the proof that laws 1 and 3 see: a shadow that drops, and one that knows nothing of the proposal, must be noticed.
 *
 * usage: law_shadow [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/compile.h>
#include <selvage/diff.h>
#include <selvage/object_copy.h>
#include <selvage/shadow.h>

#include "interp.h"
#include "tap.h"
#include "world.h"

#define STEPS 10
#define PACKETS 80
#define PROPOSED 9 /* at first */
#define NODE 0

struct totals {
	unsigned long packets, counted, states;
	unsigned changed, mingled, miscounted, drifted;
};

/* One node's agent: what it enforces, what is proposed, and the facts of both after the last step. */
struct side {
	struct store *store, *proposed;
	struct compile_config config;
	struct compile *compile;
	struct shadow *shadow;
	struct facts facts; /* enforced and shadow, as the patches made them */
};

static bool facts_same(const struct facts *a, const struct facts *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = fact_eq(&a->at[i], &b->at[i]) && a->at[i].comment == b->at[i].comment;
	return same;
}

static struct compile_config config_make(struct rng *rng)
{
	struct compile_config config = compile_usual(world_nodes[NODE]);
	struct err err;

	config.reject = rng_one_in(rng, 2);
	config.log_group = (uint16_t)(rng_one_in(rng, 2) ? 7 : 0);
	config.deny_unknown = rng_one_in(rng, 3);
	config.ipvs = rng_one_in(rng, 2);
	if (cidrs_parse("10.244.0.0/24,fd00::1:0/112", &config.pod_cidrs, &err))
		abort();
	return config;
}

static void propose(struct rng *rng, struct side *side)
{
	struct object *policy = world_policy(rng);

	if (rng_one_in(rng, 4)) {
		shadow_del(side->shadow, policy->ns, policy->name);
		store_del(side->proposed, OBJECT_POLICY, policy->ns, policy->name);
		object_free(policy);
		return;
	}
	shadow_put(side->shadow, object_copy(policy));
	store_put(side->proposed, policy);
}

/* The proposed world, made plainly. */
static struct store *world_proposed(const struct side *side)
{
	struct store *world = store_copy_without(side->store, NULL);
	const struct object *o = NULL;

	while ((o = store_walk(side->proposed, OBJECT_POLICY, o)))
		store_put(world, object_copy(o));
	return world;
}

static void facts_fresh(const struct side *side, bool shadowed, struct facts *out)
{
	struct compile *compile = compile_new(side->store, &side->config);
	struct shadow *shadow = shadow_new(side->store, &side->config);
	const struct object *o = NULL;

	compile_update(compile, NULL);
	compile_facts(compile, out);
	while ((o = store_walk(side->proposed, OBJECT_POLICY, o)))
		shadow_put(shadow, object_copy(o));
	shadow_update(shadow, NULL);
	if (shadowed)
		shadow_facts(shadow, out);
	shadow_free(shadow);
	compile_free(compile);
}

/* The part of the facts that is the shadow's, or the other; borrowed. */
static void facts_part(const struct facts *facts, bool shadowed, struct facts *out)
{
	*out = (struct facts){0};
	for (size_t i = 0; i < facts->n; i++)
		if ((fact_shadow(facts->at[i].name) != NULL) == shadowed)
			*vec_add(out) = facts->at[i];
}

static bool enforced_same(const struct side *side, const struct facts *facts)
{
	struct facts part, alone;
	bool same;

	facts_fresh(side, false, &alone);
	facts_part(facts, false, &part);
	same = facts_same(&part, &alone);
	vec_free(&part);
	facts_free(&alone);
	return same;
}

static bool step_apart(const struct step *step)
{
	return (!step->name || fact_shadow(step->name)) && (!step->action.chain || fact_shadow(step->action.chain));
}

static bool is_apart(const struct facts *facts)
{
	bool apart = true;

	for (size_t i = 0; i < facts->n && apart; i++) {
		const struct fact *f = &facts->at[i];

		if (!fact_shadow(f->name))
			continue;
		if (f->kind == FACT_ELEMENT && f->element.action.chain)
			apart = fact_shadow(f->element.action.chain);
		for (size_t r = 0; f->kind == FACT_CHAIN && r < f->chain.n; r++)
			for (size_t s = 0; s < f->chain.rules[r].n; s++)
				apart = apart && step_apart(&f->chain.rules[r].steps[s]);
	}
	return apart;
}

/* Is an end of the packet a pod of our node whose policies would deny it? */
static bool would_deny(const struct store *world, const struct packet *packet, enum direction direction)
{
	const struct pod *pod = store_owner(world, direction == DIRECTION_EGRESS ? &packet->from : &packet->to);
	struct verdict v = verdict_of(world, packet);
	const struct ruling *ruling = direction == DIRECTION_EGRESS ? &v.egress : &v.ingress;

	return pod && !strcmp(pod->node, world_nodes[NODE]) && ruling->isolated && !ruling->allowed &&
	       (v.why == VERDICT_WHY_POLICY || v.why == VERDICT_WHY_MANY);
}

/* Does it stay between a node and its own pods, where nothing is forwarded? */
static bool stays_home(const struct store *store, const struct packet *packet)
{
	const struct pod *from = store_owner(store, &packet->from), *to = store_owner(store, &packet->to);

	return (from && store_node(store, &packet->to) == from->node) ||
	       (to && store_node(store, &packet->from) == to->node);
}

/* A copy in which the shadow's counters with names that begin so drop what they count, so that it can be seen. */
static struct facts facts_dropping(const struct facts *facts, const char *prefix)
{
	struct facts copy = {0};

	for (size_t i = 0; i < facts->n; i++) {
		struct chain_rule *last;

		facts_add(&copy, &facts->at[i]);
		if (facts->at[i].kind != FACT_CHAIN || !facts->at[i].chain.n)
			continue;
		last = &copy.at[i].chain.rules[copy.at[i].chain.n - 1];
		if (last->steps[0].kind == STEP_COUNTER && !strncmp(last->steps[0].name, prefix, strlen(prefix)))
			last->steps[1].action.kind = VERDICT_DROP;
	}
	return copy;
}

/* A packet that is let pass: is it counted by the ends that would deny it, and by no other? */
static bool packet_counts(const struct facts dropping[static DIRECTION_COUNT], const struct store *world,
			  const struct packet *packet, struct totals *totals)
{
	bool right = true;

	for (int d = 0; d < DIRECTION_COUNT; d++) {
		bool counts = !interp_accepts(&dropping[d], packet, NULL);

		totals->counted += counts;
		right = right && counts == would_deny(world, packet, (enum direction)d);
	}
	return right;
}

static void packets_ask(struct rng *rng, const struct side *side, const struct facts *facts, struct totals *totals)
{
	struct store *world = world_proposed(side);
	struct facts enforced, dropping[DIRECTION_COUNT] = {facts_dropping(facts, FACT_SHADOW "in-"),
							    facts_dropping(facts, FACT_SHADOW "out-")};

	facts_part(facts, false, &enforced);
	for (unsigned i = 0; i < PACKETS; i++) {
		struct packet packet = world_packet(rng);
		bool passes = interp_accepts(&enforced, &packet, NULL);

		if (stays_home(world, &packet))
			continue;
		totals->packets++;
		totals->changed += passes != interp_accepts(facts, &packet, NULL);
		if (passes)
			totals->miscounted += !packet_counts(dropping, world, &packet, totals);
	}
	for (int d = 0; d < DIRECTION_COUNT; d++)
		facts_free(&dropping[d]);
	vec_free(&enforced);
	store_free(world);
}

/* Takes in what changed, by patches or, sometimes, without. */
static bool side_turn(struct rng *rng, struct side *side)
{
	struct patch patch = {0};
	struct facts now, fresh;
	struct err err;
	bool patched = !rng_one_in(rng, 4), ok;

	compile_update(side->compile, patched ? &patch : NULL);
	shadow_update(side->shadow, patched ? &patch : NULL);
	store_settle(side->store);
	compile_facts(side->compile, &now);
	shadow_facts(side->shadow, &now);
	ok = !patched || (diff_apply(&side->facts, &patch, &err) == 0 && facts_same(&side->facts, &now));
	facts_free(&side->facts);
	side->facts = now;
	facts_fresh(side, true, &fresh);
	ok = ok && facts_same(&now, &fresh);
	facts_free(&fresh);
	patch_free(&patch);
	return ok;
}

static void side_init(struct rng *rng, struct side *side)
{
	*side = (struct side){.store = store_new(), .proposed = store_new(), .config = config_make(rng)};
	side->compile = compile_new(side->store, &side->config);
	side->shadow = shadow_new(side->store, &side->config);
	for (unsigned i = 0; i < 40; i++)
		store_put(side->store, world_object(rng));
	for (unsigned i = 0; i < PROPOSED; i++)
		propose(rng, side);
}

static void side_fini(struct side *side)
{
	shadow_free(side->shadow);
	compile_free(side->compile);
	store_free(side->proposed);
	store_free(side->store);
	facts_free(&side->facts);
}

static void world_run(struct rng *rng, struct totals *totals)
{
	struct side side;

	side_init(rng, &side);
	for (unsigned step = 0; step < STEPS; step++) {
		totals->drifted += !side_turn(rng, &side);
		totals->changed += !enforced_same(&side, &side.facts);
		totals->mingled += !is_apart(&side.facts);
		packets_ask(rng, &side, &side.facts, totals);
		totals->states++;
		if (rng_one_in(rng, 2))
			propose(rng, &side);
		else
			world_step(rng, side.store);
	}
	side_fini(&side);
}

/* Does some packet pass that the proposal would deny? */
static bool sees(struct rng *rng, const struct side *side)
{
	struct totals totals = {0};

	packets_ask(rng, side, &side->facts, &totals);
	return totals.counted > 0;
}

/* A world in which there is something to see. */
static void side_init_seeing(struct rng *rng, struct side *side)
{
	side_init(rng, side);
	side_turn(rng, side);
	while (!sees(rng, side)) {
		side_fini(side);
		side_init(rng, side);
		side_turn(rng, side);
	}
}

/* In how many of the worlds does nobody notice a shadow that drops, or that ignores what is proposed? */
static void blind_spots(struct rng *rng, unsigned worlds, unsigned *dropping, unsigned *ignorant)
{
	*dropping = *ignorant = 0;
	for (unsigned w = 0; w < worlds; w++) {
		struct totals bad = {0}, none = {0};
		struct facts ignoring, bad_facts;
		struct shadow *empty;
		struct side side;

		side_init_seeing(rng, &side);
		facts_fresh(&side, false, &ignoring);
		empty = shadow_new(side.store, &side.config);
		shadow_update(empty, NULL);
		shadow_facts(empty, &ignoring);
		shadow_free(empty);
		bad_facts = facts_dropping(&side.facts, FACT_SHADOW);
		for (unsigned i = 0; i < 40; i++) {
			packets_ask(rng, &side, &bad_facts, &bad);
			packets_ask(rng, &side, &ignoring, &none);
		}
		*dropping += bad.changed == 0;
		*ignorant += none.miscounted == 0;
		facts_free(&ignoring);
		facts_free(&bad_facts);
		side_fini(&side);
	}
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : 300, dropping, ignorant;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 1};
	struct totals totals = {0};
	struct tap tap = {0};

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu packets in %lu states, counted %lu times\n", totals.packets, totals.states, totals.counted);
	tap_ok(&tap, totals.packets && !totals.changed, "beside a shadow, what is enforced is what it is without");
	tap_ok(&tap, totals.states && !totals.mingled, "a shadow names nothing that is enforced");
	tap_ok(&tap, totals.counted && !totals.miscounted,
	       "a shadow counts what the proposal would deny of what passes");
	tap_ok(&tap, totals.states && !totals.drifted, "a shadow taken in step by step is what a fresh one is");
	blind_spots(&rng, 50, &dropping, &ignorant);
	printf("# of 50 worlds, %u hide that the shadow drops, %u that it knows no proposal\n", dropping, ignorant);
	tap_ok(&tap, dropping <= 5, "a shadow that drops is noticed");
	tap_ok(&tap, ignorant <= 5, "a shadow that knows no proposal is noticed");
	return tap_end(&tap);
}
