/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the aliases of a YAML document stand for? */
#ifndef SELVAGE_INPUT_ANCHORS_H
#define SELVAGE_INPUT_ANCHORS_H

#include <jansson.h>

#include <selvage/hmap.h>

struct anchor {
	struct hnode node;
	char *name;
	json_t *value;   /* NULL while we are inside it */
	size_t values;   /* that it stands for */
	unsigned height; /* levels below it */
};

/* NULL if nothing has that name. */
struct anchor *anchors_find(const struct hmap *anchors, const char *name);

/* An anchor whose value is about to be read.  A name may be given again: the latest counts. */
struct anchor *anchors_open(struct hmap *anchors, const char *name);

/* The value was read. */
void anchor_close(struct anchor *anchor, json_t *value, size_t values, unsigned height);

void anchors_fini(struct hmap *anchors);

#endif
