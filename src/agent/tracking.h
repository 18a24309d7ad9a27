/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has the kernel's connection table room?  What it cannot track it drops before any rule is asked; nothing opens by it.
 * Pure: of what the kernel tells, and when.
 */
#ifndef SELVAGE_AGENT_TRACKING_H
#define SELVAGE_AGENT_TRACKING_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/mono.h>
#include <selvage/nl.h>

#define TRACKING_PERCENT 95 /* above that there is hardly room */
#define TRACKING_SECONDS 10 /* with room, it is over */

struct tracking {
	bool known; /* it has been read */
	bool now;   /* it has no room, or hardly */
	struct nl_tracking read;
	uint64_t dropped, evicted;               /* for want of room, since the first reading */
	uint64_t dropped_before, evicted_before; /* as they were when it began */
	struct mono last;                        /* when it was last so */
};

/* Takes in a reading; true if tracking.now changed.  What was counted before the first one is of old; a counter that is less
 * than it was began anew, or has gone through 2^32.  Packets whose connections clash are not for want of room. */
bool tracking_take(struct tracking *tracking, const struct nl_tracking *read, struct mono when);

/* One sentence with the figures since it began. */
void tracking_print(const struct tracking *tracking, char *out, size_t size);

#endif
