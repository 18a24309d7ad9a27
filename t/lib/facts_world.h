/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random fact lists for tests: every kind of fact, step and key, ranges at both ends of the space, hostile comments,
 * names as long as they may be.  A world is made of slots, each of them given by a seed: changing a few seeds gives a
 * world that is near the last one, as events do.
 */
#ifndef FACTS_WORLD_H
#define FACTS_WORLD_H

#include <selvage/fact.h>

#define WORLD_COUNTERS 5
#define WORLD_SETS 20
#define WORLD_CHAINS 12
#define WORLD_BASES 3
#define WORLD_CELLS 16

struct world {
	uint32_t counters[WORLD_COUNTERS];          /* 0: absent, in all of these */
	uint32_t sets[WORLD_SETS];                  /* what type */
	uint32_t elements[WORLD_SETS][WORLD_CELLS]; /* each in its own part of the key space */
	uint32_t chains[WORLD_CHAINS];
	uint32_t bases[WORLD_BASES];
};

/* A number that follows from *state, which moves on. */
uint32_t world_random(uint64_t *state);

/* A whole new world. */
void world_new(struct world *world, uint64_t *state);

/* Changes some of it; what: 0 elements, 1 also chains, 2 also sets, counters and base chains. */
void world_change(struct world *world, unsigned what, uint64_t *state);

/* Its facts, sorted; yours to free. */
void world_facts(const struct world *world, struct facts *out);

#endif
