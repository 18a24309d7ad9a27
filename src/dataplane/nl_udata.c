/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which comment does this user data hold, and how does a comment become user data? */
#include <string.h>

#include <selvage/atom.h>

#include "nl_udata.h"

#define TYPE_COMMENT 0

static void put(struct nl_udata *to, uint8_t type, const void *value, size_t n)
{
	if (n > UINT8_MAX || to->n + 2 + n > sizeof to->bytes)
		return;
	to->bytes[to->n] = type;
	to->bytes[to->n + 1] = (uint8_t)n;
	memcpy(to->bytes + to->n + 2, value, n);
	to->n += 2 + (uint32_t)n;
}

void nl_udata_u32(struct nl_udata *to, uint8_t type, uint32_t x)
{
	put(to, type, &x, sizeof x);
}

bool nl_udata_comment(struct nl_udata *to, const char *comment)
{
	to->n = 0;
	if (!comment)
		return false;
	put(to, TYPE_COMMENT, comment, strlen(comment) + 1);
	return true;
}

const char *nl_udata_read(const void *bytes, uint32_t n)
{
	const uint8_t *p = bytes;

	while (n >= 2 && n - 2 >= p[1]) {
		if (p[0] == TYPE_COMMENT && p[1])
			return atom_n((const char *)p + 2, strnlen((const char *)p + 2, p[1]));
		n -= 2u + p[1];
		p += 2u + p[1];
	}
	return NULL;
}
