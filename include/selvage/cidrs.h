/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few prefixes: those of which the pods of a node get their addresses. */
#ifndef SELVAGE_CIDRS_H
#define SELVAGE_CIDRS_H

#include <stddef.h>

#include <selvage/ip.h>

#define CIDRS_MAX 8

struct cidrs {
	struct cidr at[CIDRS_MAX]; /* sorted, none in another */
	size_t n;
};

/* Adds the prefixes of "10.244.1.0/24" or "10.244.1.0/24,fd00:10:244:1::/64".  -1 with ERR_INPUT; out is then as it was. */
int cidrs_parse(const char *text, struct cidrs *out, struct err *err) __attribute__((warn_unused_result));

bool cidrs_eq(const struct cidrs *a, const struct cidrs *b);

#endif
