/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do runs say of every class what the parts say together? */
#include "../../src/compile/spread.h"
#include "../law/rng.h"
#include "unit.h"

#define CLASSES 40

static uint32_t number_of(struct pool *pool, uint16_t port)
{
	struct portset set = {0};

	portset_add(&set, PROTO_TCP, port, port);
	return pool_put(pool, &set);
}

static struct runs random_runs(struct rng *rng, struct pool *pool, uint32_t values[static CLASSES])
{
	struct runs runs = {0};
	uint32_t ports = POOL_NONE;

	for (uint32_t c = 0; c < CLASSES; c++) {
		if (rng_one_in(rng, 4))
			ports = rng_one_in(rng, 3) ? POOL_NONE : number_of(pool, (uint16_t)rng_below(rng, 4));
		values[c] = ports;
		runs_add(&runs, c + 1, ports);
	}
	return runs;
}

static void assert_form(const struct runs *runs)
{
	cr_assert_eq(runs->at[runs->n - 1].end, CLASSES);
	for (size_t i = 1; i < runs->n; i++)
		cr_assert(runs->at[i - 1].end < runs->at[i].end && runs->at[i - 1].ports != runs->at[i].ports);
}

UNIT(spread, uniting_runs_unites_the_ports_of_each_class)
{
	struct rng rng = {1};

	for (unsigned round = 0; round < 500; round++) {
		struct pool *pool = pool_new();
		struct spreads spreads = {0};
		uint32_t values[7][CLASSES];
		struct runs parts[7], runs;
		size_t n = 1 + rng_below(&rng, 7);
		const struct spread *spread;

		for (size_t i = 0; i < n; i++)
			parts[i] = random_runs(&rng, pool, values[i]);
		runs_unite(pool, parts, n, &runs);
		assert_form(&runs);
		spread = spread_get(&spreads, &runs);
		for (size_t c = 0; c < CLASSES; c++) {
			uint32_t sum = POOL_NONE;

			for (size_t i = 0; i < n; i++)
				sum = pool_combine(pool, POOL_UNION, sum, values[i][c]);
			cr_assert_eq(spread_run(spread, c)->ports, sum);
		}
		spreads_fini(&spreads);
		pool_free(pool);
	}
}

UNIT(spread, equal_runs_are_one_spread)
{
	struct spreads spreads = {0};
	const struct spread *spread[3];

	for (size_t i = 0; i < 3; i++) {
		struct runs runs = {0};

		runs_add(&runs, 3, POOL_ALL);
		runs_add(&runs, 3, POOL_NONE);
		runs_add(&runs, i < 2 ? 9 : 8, POOL_NONE);
		runs_add(&runs, 9, POOL_NONE);
		runs_add(&runs, i < 2 ? 9 : 10, POOL_ALL);
		spread[i] = spread_get(&spreads, &runs);
	}
	cr_assert_eq(spread[0], spread[1]);
	cr_assert_neq(spread[0], spread[2]);
	cr_assert_eq(spread[0]->runs.n, 2);
	spreads_fini(&spreads);
}
