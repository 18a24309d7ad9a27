/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what is open in every region what each region by itself has in common with the others? */
#include "../../src/compile/everywhere.h"
#include "../law/rng.h"
#include "unit.h"

#define CLASSES 5
#define REGIONS 9
#define RULES 6

/* What a rule opens, and where. */
struct opened {
	struct region_list regions;
	uint32_t ports[CLASSES];
};

static uint32_t random_ports(struct rng *rng, struct pool *pool)
{
	struct portset set = {0};
	uint16_t lo = (uint16_t)rng_below(rng, 3);

	if (rng_one_in(rng, 4))
		return POOL_ALL;
	portset_add(&set, PROTO_TCP, lo, (uint16_t)(lo + rng_below(rng, 3)));
	return pool_put(pool, &set);
}

static void random_opened(struct rng *rng, struct pool *pool, struct opened *out)
{
	*out = (struct opened){0};
	for (uint32_t r = 0; r < REGIONS; r++)
		if (!rng_one_in(rng, 3))
			*vec_add(&out->regions) = r;
	for (size_t c = 0; c < CLASSES; c++)
		out->ports[c] = c && !rng_one_in(rng, 4) ? out->ports[c - 1] : random_ports(rng, pool);
}

static bool opened_in(const struct opened *opened, uint32_t region)
{
	for (size_t i = 0; i < opened->regions.n; i++)
		if (opened->regions.at[i] == region)
			return true;
	return false;
}

/* By definition. */
static uint32_t in_common(struct pool *pool, const struct opened *rules, size_t n, const struct region_list *regions,
			  size_t class)
{
	uint32_t common = POOL_ALL;

	for (size_t i = 0; i < regions->n; i++) {
		uint32_t here = POOL_NONE;

		for (size_t k = 0; k < n; k++)
			if (opened_in(&rules[k], regions->at[i]))
				here = pool_combine(pool, POOL_UNION, here, rules[k].ports[class]);
		common = pool_combine(pool, POOL_INTERSECT, common, here);
	}
	return common;
}

static void open_rules(struct everywhere *everywhere, const struct opened *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct runs ports = {0};

		for (uint32_t c = 0; c < CLASSES; c++)
			runs_add(&ports, c + 1, rules[i].ports[c]);
		everywhere_add(everywhere, &rules[i].regions, &ports);
	}
}

/* Gives how many classes have something open. */
static size_t assert_in_common(struct pool *pool, const struct opened *rules, size_t n,
			       const struct region_list *regions)
{
	struct everywhere everywhere = {0};
	struct runs open;
	size_t at = 0, some = 0;

	open_rules(&everywhere, rules, n);
	everywhere_get(&everywhere, pool, regions->at, regions->n, CLASSES, &open);
	cr_assert_eq(open.at[open.n - 1].end, CLASSES);
	for (size_t c = 0; c < CLASSES; c++) {
		at += open.at[at].end == c;
		cr_assert_eq(open.at[at].ports, in_common(pool, rules, n, regions, c));
		some += open.at[at].ports != POOL_NONE;
	}
	vec_free(&open);
	everywhere_fini(&everywhere);
	return some;
}

UNIT(everywhere, is_what_all_regions_have_in_common)
{
	struct rng rng = {1};
	size_t some = 0;

	for (unsigned round = 0; round < 2000; round++) {
		struct pool *pool = pool_new();
		struct opened rules[RULES];
		size_t n = rng_below(&rng, RULES + 1);
		struct region_list regions = {0};

		for (size_t i = 0; i < n; i++)
			random_opened(&rng, pool, &rules[i]);
		*vec_add(&regions) = rng_below(&rng, 4);
		for (uint32_t r = regions.at[0] + 1; r < REGIONS; r++)
			if (rng_one_in(&rng, 2))
				*vec_add(&regions) = r;
		some += assert_in_common(pool, rules, n, &regions);
		for (size_t i = 0; i < n; i++)
			vec_free(&rules[i].regions);
		vec_free(&regions);
		pool_free(pool);
	}
	cr_assert(some > 1000 && some < 9000, "both answers are given: %zu", some);
}

UNIT(everywhere, is_nothing_where_nothing_is_opened)
{
	struct pool *pool = pool_new();
	struct everywhere none = {0};
	struct runs open;

	everywhere_get(&none, pool, (const uint32_t[]){3}, 1, CLASSES, &open);
	cr_assert_eq(open.n, 1);
	cr_assert_eq(open.at[0].ports, POOL_NONE);
	vec_free(&open);
	pool_free(pool);
}
