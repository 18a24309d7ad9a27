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

/* Adds a prefix, unless it is in one that is there; those that are in it go.  -1 with ERR_INPUT if there is no room. */
int cidrs_add(struct cidrs *cidrs, const struct cidr *cidr, struct err *err) __attribute__((warn_unused_result));

/* Adds the prefixes of "10.244.1.0/24" or "10.244.1.0/24,fd00:10:244:1::/64".  -1 with ERR_INPUT; out is then as it was. */
int cidrs_parse(const char *text, struct cidrs *out, struct err *err) __attribute__((warn_unused_result));

/* Those of one family. */
struct cidrs cidrs_of(const struct cidrs *cidrs, enum family family);

bool cidrs_eq(const struct cidrs *a, const struct cidrs *b);

#endif
