/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User data, which the kernel keeps and never looks at: type, length and value, as nft writes them.  Comments are type
 * 0 in rules, chains, counters and elements alike, and end in a NUL.
 */
#ifndef SELVAGE_DATAPLANE_NL_UDATA_H
#define SELVAGE_DATAPLANE_NL_UDATA_H

#include <stdbool.h>
#include <stdint.h>

struct nl_udata {
	uint8_t bytes[256];
	uint32_t n;
};

/* Starts with a comment; false if there is none (then it is empty). */
bool nl_udata_comment(struct nl_udata *to, const char *comment);

/* Appends a number in host order. */
void nl_udata_u32(struct nl_udata *to, uint8_t type, uint32_t x);

/* The comment as an atom, yours to put; NULL if there is none. */
const char *nl_udata_read(const void *bytes, uint32_t n);

#endif
