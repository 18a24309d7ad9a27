/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has the kernel room for connections, now? */
#include <stdio.h>

#include "tracking.h"

/* More than half of the way round is a step back: the counter began anew. */
static uint32_t more(uint32_t before, uint32_t now)
{
	uint32_t more = now - before;

	return more > INT32_MAX ? now : more;
}

/* The kernel counts a packet whose connection clashes with another both as one that it dropped and as one that failed. */
static uint32_t dropped(const struct nl_tracking *before, const struct nl_tracking *now)
{
	uint32_t all = more(before->dropped, now->dropped), clashes = more(before->insert_failed, now->insert_failed);

	return all > clashes ? all - clashes : 0;
}

static bool nearly_full(const struct nl_tracking *read)
{
	return read->limit && (uint64_t)read->entries * 100 > (uint64_t)read->limit * TRACKING_PERCENT;
}

bool tracking_take(struct tracking *t, const struct nl_tracking *read, struct mono when)
{
	uint32_t lost = t->known ? dropped(&t->read, read) : 0;
	uint32_t evicted = t->known ? more(t->read.evicted, read->evicted) : 0;
	bool was = t->now, is = lost || evicted || nearly_full(read);

	if (!was) {
		t->dropped_before = t->dropped;
		t->evicted_before = t->evicted;
	}
	t->known = true;
	t->read = *read;
	t->dropped += lost;
	t->evicted += evicted;
	if (is)
		t->last = when;
	t->now = is || (was && mono_seconds(t->last, when) < TRACKING_SECONDS);
	return t->now != was;
}

void tracking_print(const struct tracking *t, char *out, size_t size)
{
	char limit[32] = "";

	if (t->read.limit)
		snprintf(limit, sizeof limit, " of at most %u", t->read.limit);
	snprintf(out, size,
		 "the kernel tracks %u%s connections, and for want of room dropped %ju packets and forgot %ju "
		 "connections without an answer",
		 t->read.entries, limit, (uintmax_t)(t->dropped - t->dropped_before),
		 (uintmax_t)(t->evicted - t->evicted_before));
}
