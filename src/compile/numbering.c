/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has this been met before, and as which? */
#include <stdlib.h>
#include <string.h>

#include "numbering.h"

struct seen {
	struct hnode node;
	uint32_t number;
	size_t n;
	uint8_t bytes[];
};

void bytes_add(struct bytes *bytes, const void *p, size_t n)
{
	if (!n)
		return;
	vec_reserve(bytes, n);
	memcpy(bytes->at + bytes->n, p, n);
	bytes->n += n;
}

uint32_t numbering_of(struct numbering *numbering, const struct bytes *bytes)
{
	uint64_t hash = hmap_hash(bytes->at, bytes->n);
	struct seen *seen;

	for (struct hnode *h = hmap_find(&numbering->seen, hash); h; h = hmap_next(h)) {
		seen = hmap_entry(h, struct seen, node);
		if (seen->n == bytes->n && !memcmp(seen->bytes, bytes->at, bytes->n))
			return seen->number;
	}
	seen = mem_new(1, sizeof *seen + bytes->n);
	seen->number = numbering->n++;
	seen->n = bytes->n;
	memcpy(seen->bytes, bytes->at, bytes->n);
	hmap_put(&numbering->seen, &seen->node, hash);
	return seen->number;
}

void numbering_fini(struct numbering *numbering)
{
	for (struct hnode *h = hmap_walk(&numbering->seen, NULL), *next; h; h = next) {
		next = hmap_walk(&numbering->seen, h);
		free(hmap_entry(h, struct seen, node));
	}
	hmap_fini(&numbering->seen);
}
