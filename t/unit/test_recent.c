/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are drops counted by who and whom, in a bounded place that forgets the oldest? */
#include <selvage/atom.h>

#include "../../src/agent/recent.h"
#include "unit.h"

static struct packet packet(uint16_t port)
{
	struct packet packet = {.proto = PROTO_TCP, .port = port};

	packet.from.b[3] = 1;
	packet.to.b[3] = 2;
	return packet;
}

static void add(struct recent *recent, const char *chain, uint16_t port, int64_t when)
{
	struct packet one = packet(port);

	recent_add(recent, chain, &one, when);
}

/* All zero: none. */
static struct recent_pair find(const struct recent *recent, const char *chain, uint16_t port)
{
	for (size_t i = 0; i < recent->n; i++)
		if (recent->pairs[i].packet.port == port && !strcmp(recent->pairs[i].chain, chain))
			return recent->pairs[i];
	return (struct recent_pair){0};
}

static int64_t last(const struct recent *recent, const char *chain)
{
	const char *name = atom(chain);
	int64_t when = recent_last(recent, name);

	atom_put(name);
	return when;
}

UNIT(recent, equal_packets_are_counted_together)
{
	static struct recent recent;

	add(&recent, "in-1", 80, 5);
	add(&recent, "in-1", 80, 7);
	add(&recent, "in-1", 81, 8);
	add(&recent, "out-1", 80, 9);
	cr_assert_eq(recent.n, 3);
	cr_assert_eq(find(&recent, "in-1", 80).count, 2);
	cr_assert_eq(find(&recent, "in-1", 80).last, 7);
	recent_fini(&recent);
}

UNIT(recent, a_chain_remembers_its_last)
{
	static struct recent recent;

	cr_assert_eq(last(&recent, "in-1"), 0);
	add(&recent, "in-1", 80, 5);
	add(&recent, "in-1", 81, 6);
	add(&recent, "in-2", 80, 9);
	cr_assert_eq(last(&recent, "in-1"), 6);
	cr_assert_eq(last(&recent, "in-2"), 9);
	recent_fini(&recent);
}

UNIT(recent, the_pair_that_was_silent_longest_gives_way)
{
	static struct recent recent;

	for (uint16_t i = 1; i <= RECENT_KEPT; i++)
		add(&recent, "in-1", i, i);
	add(&recent, "in-1", 1, 300);
	add(&recent, "in-1", 9999, 301);
	cr_assert_eq(recent.n, RECENT_KEPT);
	cr_assert_eq(find(&recent, "in-1", 1).count, 2, "spoke again");
	cr_assert_eq(find(&recent, "in-1", 2).count, 0);
	cr_assert_eq(find(&recent, "in-1", 9999).count, 1);
	recent_fini(&recent);
}

UNIT(recent, who_is_silent_for_ten_minutes_is_forgotten)
{
	static struct recent recent;

	add(&recent, "in-1", 80, 1000);
	add(&recent, "in-1", 81, 1001);
	add(&recent, "in-1", 82, 1600);
	recent_expire(&recent, 1600);
	cr_assert_eq(recent.n, 3);
	recent_expire(&recent, 1601);
	cr_assert_eq(recent.n, 2);
	cr_assert_eq(find(&recent, "in-1", 80).count, 0);
	cr_assert_eq(find(&recent, "in-1", 81).count, 1);
	recent_expire(&recent, 5000);
	cr_assert_eq(recent.n, 0);
	cr_assert_eq(last(&recent, "in-1"), 1600, "of a chain it is still known");
	recent_fini(&recent);
}

UNIT(recent, who_speaks_again_after_that_is_counted_anew)
{
	static struct recent recent;

	add(&recent, "in-1", 80, 1000);
	add(&recent, "in-1", 80, 1600);
	cr_assert_eq(find(&recent, "in-1", 80).count, 2, "600 s after the last");
	add(&recent, "in-1", 80, 2201);
	cr_assert_eq(find(&recent, "in-1", 80).count, 1, "601 s after it");
	recent_fini(&recent);
}

UNIT(recent, a_clock_that_is_set_back_forgets_nothing)
{
	static struct recent recent;

	add(&recent, "in-1", 80, 5000);
	recent_expire(&recent, 10);
	add(&recent, "in-1", 80, 11);
	cr_assert_eq(find(&recent, "in-1", 80).count, 2);
	recent_fini(&recent);
}

UNIT(recent, chains_do_not_grow_without_bound)
{
	static struct recent recent;
	char name[32];

	for (int i = 0; i < 3 * RECENT_CHAINS; i++) {
		snprintf(name, sizeof name, "in-%d", i);
		add(&recent, name, 80, i + 1);
		cr_assert_leq(recent.chains.n, RECENT_CHAINS);
	}
	cr_assert_eq(last(&recent, name), 3 * RECENT_CHAINS);
	recent_fini(&recent);
}
