/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reach.h is made of. */
#ifndef SELVAGE_REACH_PARTS_H
#define SELVAGE_REACH_PARTS_H

#include <selvage/reach.h>

#include "census.h"
#include "regime.h"

struct reach {
	const struct store *stores[REACH_WORLDS]; /* NULL where there is no world */
	struct census census;
	struct regions regions;
	struct pool *pool;
	struct spreads spreads;
	struct regimes regimes;
	VEC(struct reach_class) classes;
	VEC(struct reach_ns) namespaces;
	struct reach_pod *pods; /* of all classes, class by class */
	uint32_t *of_resident;  /* the class of each resident of the census */
	uint32_t *outside;      /* the class of each region, UINT32_MAX where it has none */
	uint32_t n_pods;        /* classes of pods, which come first */
	const struct regime **regime[REACH_WORLDS][DIRECTION_COUNT]; /* of each class */
};

/* Fills a reach that has its stores, its pool and nothing else. */
void reach_build(struct reach *reach);

/* Adds the classes of regions that have an address outside pods; the classes of pods are there. */
void reach_build_outside(struct reach *reach, const struct ip_ranges *blocks, size_t n_blocks);

/* Is there a pair of two different ends? */
static inline bool reach_is_pair(const struct reach *reach, size_t from, size_t to)
{
	return from == to ? reach->classes.at[from].ns && reach->classes.at[from].n > 1
			  : reach->classes.at[from].ns || reach->classes.at[to].ns;
}

/* The ports of one end: of `class` towards or from `peer`. */
static inline uint32_t reach_number(const struct regime *regime, enum family family, enum certainty certainty,
				    size_t peer)
{
	return spread_run(regime->spread[family][certainty], peer)->ports;
}

#endif
