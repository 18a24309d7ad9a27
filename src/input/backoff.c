/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to wait before the next try? */
#include "backoff.h"

/* From just above 0 to 1. */
static double fraction(uint32_t random)
{
	return ((double)random + 1) / ((double)UINT32_MAX + 1);
}

static double longest_after(const struct backoff *backoff, const struct backoff_pace *pace, struct mono now)
{
	double longest = backoff->longest * 2;

	if (backoff->longest <= 0 || mono_seconds(backoff->failed, now) >= pace->healthy)
		return pace->first;
	return longest < pace->most ? longest : pace->most;
}

double backoff_failed(struct backoff *backoff, const struct backoff_pace *pace, struct mono now, uint32_t random,
		      double at_least)
{
	double wait;

	backoff->longest = longest_after(backoff, pace, now);
	backoff->failed = now;
	wait = backoff->longest * fraction(random);
	return wait > at_least ? wait : at_least * (1 + fraction(random) / 10);
}
