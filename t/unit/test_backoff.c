/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long is waited before the next try. */
#include "../../src/input/backoff.h"

#include "unit.h"

static const struct backoff_pace pace = {.first = 0.8, .most = 30, .healthy = 120};

static struct mono at(double seconds)
{
	return (struct mono){(int64_t)(seconds * 1e9)};
}

/* The next failure could wait so long and no longer. */
static void longest_is(struct backoff *backoff, double now, double want)
{
	double wait = backoff_failed(backoff, &pace, at(now), UINT32_MAX, 0);

	cr_expect_float_eq(wait, want, 1e-6, "%f, not %f", wait, want);
}

UNIT(backoff, doubles_up_to_the_most)
{
	static const double wants[] = {0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30};
	struct backoff backoff = {0};

	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
		longest_is(&backoff, (double)i, wants[i]);
}

UNIT(backoff, is_spread_over_all_of_the_time)
{
	double sum = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct backoff backoff = {0};
		double wait = backoff_failed(&backoff, &pace, at(1), i * (UINT32_MAX / 1000), 0);

		cr_assert(wait > 0 && wait <= 0.8, "%f", wait);
		sum += wait;
	}
	cr_assert_float_eq(sum / 1000, 0.4, 0.01);
}

UNIT(backoff, is_forgotten_after_two_minutes_without_a_failure)
{
	struct backoff backoff = {0};

	longest_is(&backoff, 0, 0.8);
	longest_is(&backoff, 119, 1.6);
	longest_is(&backoff, 119 + 120, 0.8);
}

UNIT(backoff, obeys_the_server_but_not_to_the_second)
{
	struct backoff backoff = {0};
	double most = backoff_failed(&backoff, &pace, at(0), UINT32_MAX, 20);
	double least = backoff_failed(&backoff, &pace, at(0), 0, 20);

	cr_expect_float_eq(most, 22, 1e-6);
	cr_expect_float_eq(least, 20, 1e-6);
}

UNIT(backoff, waits_longer_than_the_server_asks_if_it_would_anyway)
{
	struct backoff backoff = {.longest = 30};
	double wait = backoff_failed(&backoff, &pace, at(0), UINT32_MAX, 1);

	cr_expect_float_eq(wait, 30, 1e-6);
}
