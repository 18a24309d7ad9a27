/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a JSON text say, but for the parts that nobody reads?  To have jansson make a tree of all takes most of the time.
 * What is read here is what is plain to see: strings without escapes, small integers, objects and arrays.  Any other string
 * or number goes to jansson, and where a text may not be valid the answer is "unsure": jansson gets it as a whole, and says
 * what is wrong.
 */
#ifndef SELVAGE_INPUT_JSONSKIM_H
#define SELVAGE_INPUT_JSONSKIM_H

#include <jansson.h>

#include "jsoncursor.h"
#include "keys.h"

struct jsonspan {
	const char *from, *to;
};

struct jsonskim {
	struct {
		VEC(struct jsonspan);
	} left_out; /* objects and arrays, in the order of the text; the tree has them empty */
	struct keys keys;
};

/* The value at the cursor, which stands on level `depth`; `sparse` if its kind, which it need not say, is one of which
 * not all is read.  A new reference; NULL if unsure: the cursor is anywhere then, but nothing from its start on is lost. */
json_t *jsonskim(struct jsonskim *skim, struct jsoncursor *c, unsigned depth, bool sparse);

void jsonskim_fini(struct jsonskim *skim);

#endif
