/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do equal sets of ports have one number? */
#include "../../src/compile/pool.h"
#include "unit.h"

static uint32_t number_of(struct pool *pool, uint16_t lo, uint16_t hi)
{
	struct portset set = {0};

	portset_add(&set, PROTO_TCP, lo, hi);
	return pool_put(pool, &set);
}

UNIT(pool, equal_sets_are_one)
{
	struct pool *pool = pool_new();
	uint32_t a = number_of(pool, 80, 90), b = number_of(pool, 80, 89);

	cr_assert_neq(a, b);
	cr_assert_eq(number_of(pool, 80, 90), a);
	cr_assert_eq(pool_number(pool_at(pool, a)), a);
	cr_assert(portset_is_all(pool_at(pool, POOL_ALL)));
	cr_assert_eq(pool_at(pool, POOL_NONE)->n, 0);
	cr_assert_eq(number_of(pool, 9, 3), POOL_NONE);
	pool_free(pool);
}

UNIT(pool, combinations_are_numbers_of_the_same_pool)
{
	struct pool *pool = pool_new();
	uint32_t a = number_of(pool, 80, 90), b = number_of(pool, 85, 99);

	for (int again = 0; again < 2; again++) {
		cr_assert_eq(pool_combine(pool, POOL_UNION, a, b), number_of(pool, 80, 99));
		cr_assert_eq(pool_combine(pool, POOL_UNION, b, a), number_of(pool, 80, 99));
		cr_assert_eq(pool_combine(pool, POOL_INTERSECT, a, b), number_of(pool, 85, 90));
		cr_assert_eq(pool_combine(pool, POOL_INTERSECT, a, POOL_ALL), a);
		cr_assert_eq(pool_combine(pool, POOL_INTERSECT, POOL_NONE, a), POOL_NONE);
		cr_assert_eq(pool_combine(pool, POOL_UNION, a, POOL_NONE), a);
		cr_assert_eq(pool_combine(pool, POOL_UNION, POOL_ALL, a), POOL_ALL);
	}
	pool_free(pool);
}

UNIT(pool, more_combinations_than_are_remembered_stay_right)
{
	struct pool *pool = pool_new();
	uint32_t numbers[300];

	for (uint16_t i = 0; i < 300; i++)
		numbers[i] = number_of(pool, i, i);
	for (uint16_t i = 0; i < 300; i++) {
		for (uint16_t k = 0; k < 300; k++) {
			const struct portset *both =
				pool_at(pool, pool_combine(pool, POOL_UNION, numbers[i], numbers[k]));

			cr_assert(portset_has(both, PROTO_TCP, i) && portset_has(both, PROTO_TCP, k));
			cr_assert(!portset_has(both, PROTO_TCP, 300) && both->n <= 2);
		}
	}
	pool_free(pool);
}
