/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does time only go forward, and are seconds seconds? */
#include <time.h>

#include <selvage/mono.h>

#include "unit.h"

UNIT(mono, time_passes_while_we_sleep)
{
	struct mono before = mono_now(), after;

	nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
	after = mono_now();
	cr_assert_geq(mono_seconds(before, after), 0.02);
	cr_assert_lt(mono_seconds(before, after), 60);
	cr_assert_leq(mono_seconds(after, before), -0.02);
}

UNIT(mono, seconds_are_exact_to_the_nanosecond)
{
	cr_assert_eq(mono_seconds((struct mono){0}, (struct mono){1500000000}), 1.5);
	cr_assert_eq(mono_seconds((struct mono){5}, (struct mono){5}), 0);
}
