/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the aliases of a YAML document stand for? */
#include <stdlib.h>
#include <string.h>

#include <selvage/mem.h>

#include "anchors.h"

struct anchor *anchors_find(const struct hmap *anchors, const char *name)
{
	for (struct hnode *h = hmap_find(anchors, hmap_hash(name, strlen(name))); h; h = hmap_next(h)) {
		struct anchor *anchor = hmap_entry(h, struct anchor, node);

		if (!strcmp(anchor->name, name))
			return anchor;
	}
	return NULL;
}

struct anchor *anchors_open(struct hmap *anchors, const char *name)
{
	struct anchor *anchor = anchors_find(anchors, name);

	if (!anchor) {
		anchor = mem_new(1, sizeof *anchor);
		anchor->name = mem_copy(name, strlen(name) + 1);
		hmap_put(anchors, &anchor->node, hmap_hash(name, strlen(name)));
	}
	json_decref(anchor->value);
	anchor->value = NULL;
	return anchor;
}

void anchor_close(struct anchor *anchor, json_t *value, size_t values, unsigned height)
{
	json_decref(anchor->value);
	anchor->value = json_incref(value);
	anchor->values = values;
	anchor->height = height;
}

void anchors_fini(struct hmap *anchors)
{
	struct hnode *next;

	for (struct hnode *h = hmap_walk(anchors, NULL); h; h = next) {
		struct anchor *anchor = hmap_entry(h, struct anchor, node);

		next = hmap_walk(anchors, h);
		json_decref(anchor->value);
		free(anchor->name);
		free(anchor);
	}
	hmap_fini(anchors);
}
