/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Are forwarded packets untracked?  Where another table says notrack, answers to what policy allows belong to no connection
 * and are lost; nothing opens by it.  Pure: of what the table counts, and when.
 */
#ifndef SELVAGE_AGENT_UNTRACKED_H
#define SELVAGE_AGENT_UNTRACKED_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/mono.h>

#define UNTRACKED_SECONDS 60 /* without another one, it is over */

struct untracked {
	bool known;       /* the counter has been read */
	bool now;         /* they are */
	uint64_t counter; /* as last read */
	uint64_t packets; /* since it began */
	struct mono last; /* when it last grew */
};

/* Takes in a reading of the counter; true if untracked.now changed.  What was counted before the first one is of old; a
 * counter that is less than it was began anew. */
bool untracked_take(struct untracked *untracked, uint64_t counter, struct mono when);

#endif
