/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it told while packets are untracked, and a minute later no more? */
#include "../../src/agent/untracked.h"
#include "unit.h"

static struct mono at(int seconds)
{
	return (struct mono){(int64_t)(1000 + seconds) * 1000000000};
}

UNIT(untracked, what_was_counted_before_the_first_look_is_of_old)
{
	struct untracked u = {0};

	cr_assert(!untracked_take(&u, 1000, at(0)) && !u.now);
	cr_assert(!untracked_take(&u, 1000, at(1)) && !u.now);
}

UNIT(untracked, one_packet_raises_it_and_a_minute_without_one_ends_it)
{
	struct untracked u = {0};

	untracked_take(&u, 7, at(0));
	cr_assert(untracked_take(&u, 8, at(1)) && u.now);
	cr_assert_eq(u.packets, 1);
	cr_assert(!untracked_take(&u, 8, at(1 + UNTRACKED_SECONDS - 1)) && u.now);
	cr_assert(untracked_take(&u, 8, at(1 + UNTRACKED_SECONDS)) && !u.now);
	cr_assert(!untracked_take(&u, 8, at(1000)));
}

UNIT(untracked, it_goes_on_while_more_come_and_counts_them)
{
	struct untracked u = {0};

	untracked_take(&u, 0, at(0));
	for (int i = 1; i <= 10; i++)
		cr_assert_eq(untracked_take(&u, (uint64_t)i * 5, at(i * (UNTRACKED_SECONDS - 1))), i == 1);
	cr_assert(u.now);
	cr_assert_eq(u.packets, 50);
}

UNIT(untracked, what_begins_again_is_counted_from_there)
{
	struct untracked u = {0};

	untracked_take(&u, 0, at(0));
	untracked_take(&u, 5, at(1));
	untracked_take(&u, 5, at(100));
	cr_assert(!u.now);
	cr_assert(untracked_take(&u, 6, at(101)));
	cr_assert_eq(u.packets, 1);
}

UNIT(untracked, a_counter_that_was_made_anew_counts_from_nothing)
{
	struct untracked u = {0};

	untracked_take(&u, 100, at(0));
	cr_assert(!untracked_take(&u, 0, at(1)) && !u.now);
	untracked_take(&u, 100, at(2));
	cr_assert(untracked_take(&u, 3, at(200)) == false && u.now, "three that are new");
}
