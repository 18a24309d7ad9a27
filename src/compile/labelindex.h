/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of many labelled things does a selector match?  From an index by label: no thing is looked at one by one. */
#ifndef SELVAGE_LABELINDEX_H
#define SELVAGE_LABELINDEX_H

#include <roaring/roaring.h>

#include <selvage/hmap.h>
#include <selvage/selector.h>

struct labelindex {
	struct hmap labels;    /* by key and value, and by key alone */
	struct hmap selected;  /* what selectors gave */
	roaring_bitmap_t *all; /* every number that was added */
};

/* Yours to labelindex_fini(). */
void labelindex_init(struct labelindex *index);

/* Adds a thing by number, before the first question; borrows the labels until the last. */
void labelindex_add(struct labelindex *index, uint32_t number, const struct labels *labels);

/* The numbers of what a normalised selector matches; borrowed until labelindex_fini(), the selector as well. */
const roaring_bitmap_t *labelindex_select(struct labelindex *index, const struct selector *selector);

void labelindex_fini(struct labelindex *index);

#endif
