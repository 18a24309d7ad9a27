/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that turn text into documents have from each other. */
#ifndef SELVAGE_INPUT_MANIFEST_PARTS_H
#define SELVAGE_INPUT_MANIFEST_PARTS_H

#include <yaml.h>

#include "fault.h"

/* What a document is handed over with. */
struct delivery {
	struct document doc;
	void (*each)(void *ctx, const struct document *doc);
	void (*problem)(void *ctx, const struct problem *problem);
	void *ctx;
	bool all; /* go on after a problem */
};

/* Hands over a document, struct delivery being the ctx. */
void delivery_put(void *delivery, json_t *root);

/* Hands over what is wrong with one. */
void delivery_fault(const struct delivery *delivery, const struct fault *fault);

/* Reads YAML text; -1 after a fault was handed over. */
int yaml_read(struct marks *marks, struct delivery *delivery);

/* The value of a scalar event: a new reference, NULL after a fault. */
json_t *yaml_scalar(const yaml_event_t *event, struct fault *fault);

struct spot yaml_spot(yaml_mark_t mark);

#endif
