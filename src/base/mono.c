/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What time is it, on a clock that nobody sets? */
#include <time.h>

#include <selvage/mono.h>

struct mono mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec};
}

double mono_seconds(struct mono from, struct mono to)
{
	return (double)(to.ns - from.ns) / 1e9;
}
