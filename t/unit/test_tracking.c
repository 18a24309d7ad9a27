/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it told while the kernel has no room for connections, and soon after no more? */
#include "../../src/agent/tracking.h"
#include "unit.h"

#define LIMIT 1000

static struct mono at(int seconds)
{
	return (struct mono){(int64_t)(1000 + seconds) * 1000000000};
}

/* The kernel has so many connections, and has counted so much. */
static bool take(struct tracking *t, int second, uint32_t entries, uint32_t dropped, uint32_t evicted, uint32_t failed)
{
	struct nl_tracking read = {entries, LIMIT, dropped, evicted, failed};

	return tracking_take(t, &read, at(second));
}

UNIT(tracking, what_was_counted_before_the_first_look_is_of_old)
{
	struct tracking t = {0};

	cr_assert(!take(&t, 0, 10, 500, 400, 0) && !t.now);
	cr_assert(!take(&t, 1, 10, 500, 400, 0) && !t.now);
	cr_assert(t.dropped == 0 && t.evicted == 0);
}

UNIT(tracking, a_table_that_is_nearly_full_is_told_of_until_it_has_had_room_for_seconds)
{
	struct tracking t = {0};

	cr_assert(!take(&t, 0, 950, 0, 0, 0) && !t.now, "95 percent are not more than that");
	cr_assert(take(&t, 1, 951, 0, 0, 0) && t.now);
	cr_assert(!take(&t, 2, 950, 0, 0, 0) && t.now);
	cr_assert(!take(&t, TRACKING_SECONDS, 950, 0, 0, 0) && t.now);
	cr_assert(take(&t, 1 + TRACKING_SECONDS, 950, 0, 0, 0) && !t.now);
}

UNIT(tracking, a_table_may_be_nearly_full_at_the_first_look)
{
	struct tracking t = {0};

	cr_assert(take(&t, 0, LIMIT, 7, 7, 0) && t.now);
	cr_assert(t.dropped == 0 && t.evicted == 0);
}

UNIT(tracking, without_a_limit_no_table_is_full)
{
	struct nl_tracking read = {.entries = UINT32_MAX};
	struct tracking t = {0};

	cr_assert(!tracking_take(&t, &read, at(0)) && !t.now);
}

UNIT(tracking, the_largest_numbers_are_compared_as_they_are)
{
	struct nl_tracking read = {.entries = UINT32_MAX / 100 * 95, .limit = UINT32_MAX};
	struct tracking t = {0};

	cr_assert(!tracking_take(&t, &read, at(0)) && !t.now);
	read.entries = UINT32_MAX;
	cr_assert(tracking_take(&t, &read, at(1)) && t.now);
}

UNIT(tracking, one_dropped_packet_raises_it_however_full_the_table_is)
{
	struct tracking t = {0};

	take(&t, 0, 10, 5, 0, 0);
	cr_assert(take(&t, 1, 10, 6, 0, 0) && t.now);
	cr_assert_eq(t.dropped, 1);
	cr_assert(!take(&t, TRACKING_SECONDS, 10, 6, 0, 0) && t.now);
	cr_assert(take(&t, 1 + TRACKING_SECONDS, 10, 6, 0, 0) && !t.now);
}

UNIT(tracking, so_does_one_connection_that_made_room)
{
	struct tracking t = {0};

	take(&t, 0, 10, 0, 5, 0);
	cr_assert(take(&t, 1, 10, 0, 7, 0) && t.now);
	cr_assert_eq(t.evicted, 2);
}

UNIT(tracking, it_goes_on_while_more_come)
{
	struct tracking t = {0};

	take(&t, 0, 10, 0, 0, 0);
	for (int i = 1; i <= 10; i++)
		cr_assert_eq(take(&t, i * (TRACKING_SECONDS - 1), 10, (uint32_t)i * 5, 0, 0), i == 1);
	cr_assert(t.now);
	cr_assert_eq(t.dropped, 50);
}

UNIT(tracking, clashes_are_not_for_want_of_room)
{
	struct tracking t = {0};

	take(&t, 0, 10, 100, 0, 100);
	cr_assert(!take(&t, 1, 10, 103, 0, 103) && !t.now);
	cr_assert(!take(&t, 2, 10, 103, 0, 110) && !t.now, "clashes that were resolved");
	cr_assert(take(&t, 3, 10, 106, 0, 112) && t.now);
	cr_assert_eq(t.dropped, 1);
}

UNIT(tracking, counters_go_round)
{
	struct tracking t = {0};

	take(&t, 0, 10, UINT32_MAX - 1, UINT32_MAX, 0);
	cr_assert(take(&t, 1, 10, 2, 0, 0) && t.now);
	cr_assert(t.dropped == 4 && t.evicted == 1);
}

UNIT(tracking, a_counter_that_was_made_anew_counts_from_nothing)
{
	struct tracking t = {0};

	take(&t, 0, 10, 100, 100, 100);
	cr_assert(!take(&t, 1, 10, 0, 0, 0) && !t.now);
	cr_assert(take(&t, 2, 10, 3, 0, 0) && t.now);
	cr_assert_eq(t.dropped, 3);
}

UNIT(tracking, the_sentence_has_what_came_since_it_began)
{
	struct tracking t = {0};
	char text[200];

	take(&t, 0, 10, 0, 0, 0);
	take(&t, 1, 10, 50, 60, 0);
	take(&t, 100, 10, 50, 60, 0);
	cr_assert(!t.now);
	take(&t, 101, LIMIT, 53, 64, 0);
	take(&t, 102, LIMIT, 57, 64, 0);
	tracking_print(&t, text, sizeof text);
	cr_assert_str_eq(text,
			 "the kernel tracks 1000 of at most 1000 connections, and for want of room dropped 7 packets "
			 "and forgot 4 connections without an answer");
	cr_assert(t.dropped == 57 && t.evicted == 64);
}

UNIT(tracking, the_longest_sentence_is_whole)
{
	struct tracking t = {.read = {.entries = UINT32_MAX, .limit = UINT32_MAX},
			     .dropped = UINT64_MAX,
			     .evicted = UINT64_MAX};
	char text[200];

	tracking_print(&t, text, sizeof text);
	cr_assert_str_eq(text + strlen(text) - 6, "answer");
}
