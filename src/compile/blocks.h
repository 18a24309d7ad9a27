/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of addresses that do not depend on pods: the ipBlocks of a list, as disjoint ranges, named by their content. */
#ifndef SELVAGE_BLOCKS_H
#define SELVAGE_BLOCKS_H

#include <selvage/hmap.h>
#include <selvage/object.h>

#include "factset.h"

struct blocks {
	const char *
		set[FAMILY_COUNT]; /* atoms: the names of its kernel sets, NULL where it has no address of the family */
	struct ip_ranges ranges;   /* normalised, not empty */
	unsigned refs;
	struct hnode node;
};

struct blockset {
	struct hmap by_hash;
	struct factset *wanted; /* borrowed */
};

/* Adds what an ipBlock peer means, exceptions taken out, to `ranges`, which need normalising afterwards. */
void block_add(const struct peer *peer, struct ip_ranges *ranges);

/* The shared set of these ranges, not empty, which are normalised and moved from.  One reference is yours. */
struct blocks *blocks_get(struct blockset *set, struct ip_ranges *ranges);

void blocks_put(struct blockset *set, struct blocks *blocks);

void blockset_fini(struct blockset *set);

#endif
