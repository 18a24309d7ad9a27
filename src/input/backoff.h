/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to wait before the next try: doubling, capped, with full jitter, forgotten after a time of health. */
#ifndef SELVAGE_INPUT_BACKOFF_H
#define SELVAGE_INPUT_BACKOFF_H

#include <stdint.h>

#include <selvage/mono.h>

struct backoff_pace {
	double first, most; /* seconds: the longest wait after the first failure, and after many */
	double healthy;     /* seconds without a failure after which the next one counts as the first */
};

struct backoff {
	double longest;     /* of the last wait; 0: there was none */
	struct mono failed; /* when */
};

/*
 * Seconds to wait after a failure at `now`: evenly spread over (0, LONGEST], where LONGEST is `first`, then twice the one
 * before up to `most`.  `random` is any number, each equally likely.  A server's Retry-After (`at_least`, 0: none) is
 * obeyed, with up to a tenth on top so that clients do not come back all at once.
 */
double backoff_failed(struct backoff *backoff, const struct backoff_pace *pace, struct mono now, uint32_t random,
		      double at_least);

#endif
