/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts a stream of JSON text into objects without holding more than one of them: the events of a watch, or the items of
 * a list.  Looks only at strings and brackets; whether a piece is JSON is for its reader to find out.
 */
#ifndef SELVAGE_INPUT_FRAMES_H
#define SELVAGE_INPUT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>
#include <selvage/vec.h>

struct frames_text {
	VEC(char);
};

struct frames {
	size_t limit; /* bytes of the largest piece that is taken */
	bool list;    /* pieces are the elements of "items"; the rest becomes the envelope */

	unsigned depth;
	bool in_string, escaped, in_items, in_piece, ended;
	struct frames_text piece;    /* of an object that goes on in the next bytes */
	struct frames_text envelope; /* list: the text with its items taken out */
};

/* Takes an object's text, borrowed for the call.  -1 ends the feeding. */
typedef int frames_each(void *ctx, const char *text, size_t size, struct err *err);

/* Feeds n bytes.  -1 with ERR_INPUT if a piece is too large or this is no such stream, and what `each` returned. */
int frames_feed(struct frames *frames, const char *bytes, size_t n, frames_each *each, void *ctx, struct err *err)
	__attribute__((warn_unused_result));

/* May the stream end here?  A list: it is complete; events: the last one is. */
bool frames_complete(const struct frames *frames);

/* Ready for another stream of the same kind. */
void frames_reset(struct frames *frames);

void frames_fini(struct frames *frames);

#endif
