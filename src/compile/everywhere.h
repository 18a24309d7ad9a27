/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports are open in every one of some regions, where each rule opens its ports in some of them?  Rules whose ipBlocks
 * only together have all of the regions (0.0.0.0/1 and 128.0.0.0/1) open what they have in common as surely as one that
 * has them all (0.0.0.0/0).
 */
#ifndef SELVAGE_EVERYWHERE_H
#define SELVAGE_EVERYWHERE_H

#include <roaring/roaring.h>

#include "regions.h"
#include "spread.h"

/* Where the same ports are opened. */
struct opening {
	roaring_bitmap_t *regions;
	struct runs ports;
};

struct everywhere {
	VEC(struct opening) openings; /* no two with the same ports */
};

/* Opens ports towards each class, which are moved from, in some regions.  A zeroed `everywhere` opens nothing. */
void everywhere_add(struct everywhere *everywhere, const struct region_list *regions, struct runs *ports);

/* Overwrites `out`, yours to vec_free(), with what is open towards each of `n_classes` in all of `n` regions, n > 0. */
void everywhere_get(const struct everywhere *everywhere, struct pool *pool, const uint32_t *regions, size_t n,
		    uint32_t n_classes, struct runs *out);

void everywhere_fini(struct everywhere *everywhere);

#endif
