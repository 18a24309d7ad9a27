/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk over JSON text that is known to be valid, beside the tree that was made of it: jansson forgets where things
 * stood, but keeps the keys in the order of the text.
 */
#ifndef SELVAGE_INPUT_JSONWALK_H
#define SELVAGE_INPUT_JSONWALK_H

#include "fault.h"
#include "jsonskim.h"

struct jsonwalk {
	const char *p;
	struct spot spot; /* of p */
	struct marks *marks;
	const struct jsonspan *left_out; /* objects and arrays that the tree has empty, still to come */
	size_t n_left_out;
};

/* Over one byte. */
void jsonwalk_step(struct jsonwalk *w);

/* Behind what is between two places of the text, the first of which is at `spot`. */
struct spot jsonwalk_over(struct spot spot, const char *from, const char *to);

/* To the next value or key, over white space and separators. */
void jsonwalk_blank(struct jsonwalk *w);

/* Stands on the first byte of the value, ends behind its last; -1 if it is nested too deep. */
int jsonwalk_value(struct jsonwalk *w, json_t *value, unsigned depth);

#endif
