/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that turn text into documents have from each other. */
#ifndef SELVAGE_INPUT_MANIFEST_PARTS_H
#define SELVAGE_INPUT_MANIFEST_PARTS_H

#include <yaml.h>

#include <selvage/hmap.h>

#include "fault.h"
#include "keys.h"
#include "mapping.h"

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

#define KIND_MAX 64

/* A YAML text while it is read. */
struct yaml {
	yaml_parser_t parser;
	struct marks *marks;
	struct hmap anchors;
	size_t values;       /* read so far, those behind aliases included */
	size_t aliased;      /* those behind aliases alone */
	unsigned deepest;    /* level that was reached */
	json_t *shell;       /* the list whose items come next, without them; NULL: no list */
	char kind[KIND_MAX]; /* what the list was taken for, "" if its kind was known */
	unsigned top;        /* level of the object, 1 but for the items of a list */
	bool sparse;         /* the object has parts that nobody reads */
	struct keys keys;    /* of the mappings that are passed over */
	struct delivery *delivery;
	struct fault *fault;
	size_t start;  /* byte of the text at which the parser began */
	size_t fed;    /* bytes of the text that the parser has got */
	unsigned line; /* lines before it */
};

/* Reads YAML text; -1 after a fault was handed over. */
int yaml_read(struct marks *marks, struct delivery *delivery);

int yaml_next(struct yaml *y, yaml_event_t *event);

/* The anchor of a node, or NULL. */
const yaml_char_t *yaml_anchor(const yaml_event_t *event);

/* The node that starts with this event, below the key `under`: a new reference, NULL after a fault. */
json_t *yaml_node(struct yaml *y, const yaml_event_t *event, const char *under, unsigned depth);

/* A key as JSON has it: 80 becomes "80", yes becomes "true".  Yours to free, NULL after a fault. */
char *yaml_key(struct yaml *y, const yaml_event_t *event);

/* Is this a scalar that is plainly the text that it is?  The most are; what begins otherwise may be a number, a boolean, null. */
bool yaml_is_word(const yaml_event_t *event);

/* What belongs to a key, and what follows up to the end of the mapping. */
int yaml_entry(struct yaml *y, struct mapping *m, const yaml_event_t *key_event, const char *key, unsigned depth);
int yaml_entries(struct yaml *y, struct mapping *m, unsigned depth);

/* Passes over the node that starts with this event: what is wrong with it is a fault as if it were read. */
int yaml_skip(struct yaml *y, const yaml_event_t *event, unsigned depth);

/* The value of a scalar event: a new reference, NULL after a fault. */
json_t *yaml_scalar(const yaml_event_t *event, struct fault *fault);

struct spot yaml_spot(yaml_mark_t mark);

#endif
