/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of a packet that a node begins to treat otherwise, one end is among those that the changes touched (A7): connections of
 * nobody else need to be looked at.  Leaving out what one kind of object touches must be noticed.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/touched.h>

#include "fresh.h"
#include "interp.h"
#include "tap.h"
#include "world.h"

#define WORLDS 600
#define STEPS 12
#define PACKETS 200

static bool is_touched(const struct touched *touched, const struct packet *packet)
{
	for (size_t i = 0; i < touched->n; i++) {
		const struct end *end = &touched->at[i];

		if (ip_cmp(&end->ip, end->direction == DIRECTION_INGRESS ? &packet->to : &packet->from) == 0)
			return true;
	}
	return touched->all;
}

struct totals {
	unsigned long steps, narrow, changed;
	unsigned missed[OBJECT_WATCHED_COUNT + 1]; /* packets, when changes of a kind are left out; last: of none */
};

/* The same without what a change of this kind touches: each step is one change. */
static void touched_without(struct touched *out, const struct store *store, const char *node, int kind)
{
	const struct change *changes;
	size_t n;

	*out = (struct touched){0};
	changes = store_changes(store, &n);
	if (n && (changes->after ? changes->after : changes->before)->kind != (enum object_kind)kind)
		touched_add(out, store, node);
}

/* What is for many is closed when the first pod of the node is isolated, to pods that did not change. */
static bool many_moved(const struct facts *before, const struct facts *now)
{
	return !fact_eq(facts_find(before, FACT_CHAIN, FACT_MANY4), facts_find(now, FACT_CHAIN, FACT_MANY4));
}

/* How many of some random packets does the node treat otherwise than before, though nobody is said to be touched? */
static void step_check(struct rng *rng, const struct store *store, size_t node, struct facts *before,
		       struct totals *totals)
{
	struct touched touched[OBJECT_WATCHED_COUNT + 1];
	struct facts now;

	for (int kind = 0; kind <= OBJECT_WATCHED_COUNT; kind++)
		touched_without(&touched[kind], store, world_nodes[node], kind);
	fresh_facts(store, world_nodes[node], &now);
	for (int kind = 0; many_moved(before, &now) && kind <= OBJECT_WATCHED_COUNT; kind++)
		touched_add_all(&touched[kind]);
	totals->steps++;
	totals->narrow += !touched[OBJECT_WATCHED_COUNT].all;
	for (unsigned i = 0; i < PACKETS; i++) {
		struct packet packet = world_packet(rng);

		if (interp_accepts(before, &packet, NULL) == interp_accepts(&now, &packet, NULL))
			continue;
		totals->changed += !touched[OBJECT_WATCHED_COUNT].all;
		for (int kind = 0; kind <= OBJECT_WATCHED_COUNT; kind++)
			totals->missed[kind] += !is_touched(&touched[kind], &packet);
	}
	facts_free(before);
	*before = now;
}

static void world_run(struct rng *rng, struct totals *totals)
{
	struct store *store = store_new();
	struct facts facts[WORLD_NODES];

	for (unsigned warm = 0; warm < 40; warm++)
		store_put(store, world_object(rng));
	store_settle(store);
	for (size_t n = 0; n < WORLD_NODES; n++)
		fresh_facts(store, world_nodes[n], &facts[n]);
	for (unsigned step = 0; step < STEPS; step++) {
		struct object *object = world_object(rng);

		if (rng_one_in(rng, 4)) {
			store_del(store, object->kind, object->ns, object->name);
			object_free(object);
		} else {
			store_put(store, object);
		}
		for (size_t n = 0; n < WORLD_NODES; n++)
			step_check(rng, store, n, &facts[n], totals);
		store_settle(store);
	}
	for (size_t n = 0; n < WORLD_NODES; n++)
		facts_free(&facts[n]);
	store_free(store);
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : WORLDS;
	struct rng rng = {11};
	struct totals totals = {0};
	struct tap tap = {0};
	bool noticed = true;

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu steps, of which %lu touch a few ends; %lu packets treated otherwise in those\n", totals.steps,
	       totals.narrow, totals.changed);
	tap_ok(&tap, totals.narrow * 2 > totals.steps && totals.changed > 1000 && !totals.missed[OBJECT_WATCHED_COUNT],
	       "A7: of every packet that is treated otherwise, an end is touched");
	for (int kind = 0; kind < OBJECT_WATCHED_COUNT; kind++) {
		printf("# without %s: %u missed\n", object_kind_name((enum object_kind)kind), totals.missed[kind]);
		noticed = noticed && totals.missed[kind];
	}
	tap_ok(&tap, noticed, "known bad: leaving out what a kind of object touches is noticed");
	return tap_end(&tap);
}
