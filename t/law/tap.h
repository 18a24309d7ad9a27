/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test Anything Protocol, one line per law. */
#ifndef SELVAGE_LAW_TAP_H
#define SELVAGE_LAW_TAP_H

#include <stdbool.h>
#include <stdio.h>

struct tap {
	unsigned n, failed;
};

static inline void tap_ok(struct tap *tap, bool ok, const char *law)
{
	tap->failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tap->n, law);
	fflush(stdout);
}

/* The plan, and the exit code. */
static inline int tap_end(const struct tap *tap)
{
	printf("1..%u\n", tap->n);
	return tap->failed != 0;
}

#endif
