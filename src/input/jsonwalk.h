/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk over JSON text that is known to be valid, beside the tree that was made of it: jansson forgets where things
 * stood, but keeps the keys in the order of the text.
 */
#ifndef SELVAGE_INPUT_JSONWALK_H
#define SELVAGE_INPUT_JSONWALK_H

#include "fault.h"

struct jsonwalk {
	const char *p;
	struct spot spot; /* of p */
	struct marks *marks;
};

/* Over one byte. */
void jsonwalk_step(struct jsonwalk *w);

/* To the next value or key, over white space and separators. */
void jsonwalk_blank(struct jsonwalk *w);

/* Stands on the first byte of the value, ends behind its last; -1 if it is nested too deep. */
int jsonwalk_value(struct jsonwalk *w, json_t *value, unsigned depth);

#endif
