/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are forwarded packets untracked, now? */
#include "untracked.h"

bool untracked_take(struct untracked *u, uint64_t counter, struct mono when)
{
	uint64_t more = counter < u->counter ? counter : counter - u->counter;
	bool was = u->now;

	if (!u->known)
		more = 0;
	u->known = true;
	u->counter = counter;
	if (more)
		u->last = when;
	u->now = more || (was && mono_seconds(u->last, when) < UNTRACKED_SECONDS);
	u->packets = was ? u->packets + more : more;
	return u->now != was;
}
