/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of addresses that do not depend on pods: the ipBlocks of a list, as disjoint ranges, in kernel sets that are named by
 * their content.  To list one takes the kernel time that grows with the square of its size, so what is large is cut up.
 */
#ifndef SELVAGE_BLOCKS_H
#define SELVAGE_BLOCKS_H

#include <selvage/hmap.h>
#include <selvage/object.h>

#include "factset.h"

#define BLOCK_SET_MAX 65536 /* ranges of a kernel set */

/* A kernel set: the ranges from `first` to before `end`. */
struct block_set {
	const char *name; /* atom */
	enum family family;
	size_t first, end;
};

struct blocks {
	const char *name[FAMILY_COUNT]; /* atoms: of all ranges of a family; NULL where there are none */
	VEC(struct block_set) sets;     /* in the order of their addresses */
	struct ip_ranges ranges;        /* normalised, not empty */
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
