/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time that never jumps. */
#ifndef SELVAGE_MONO_H
#define SELVAGE_MONO_H

#include <stdint.h>

struct mono {
	int64_t ns; /* CLOCK_MONOTONIC */
};

struct mono mono_now(void);
double mono_seconds(struct mono from, struct mono to);

#endif
