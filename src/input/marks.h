/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where do the values of one document stand?  Recorded while it is read, sorted only when somebody asks. */
#ifndef SELVAGE_INPUT_MARKS_H
#define SELVAGE_INPUT_MARKS_H

#include <stdbool.h>

#include <selvage/manifest.h>
#include <selvage/vec.h>

#include "pane.h"

struct spot {
	unsigned line, col; /* from 1; col counts characters, not bytes */
};

struct mark {
	const json_t *container; /* object or array */
	unsigned ordinal;        /* of the entry in it, in the order of insertion */
	struct spot value, key;  /* in an array both are the same */
};

struct mark_table {
	VEC(struct mark);
	bool sorted;
	unsigned asked; /* how often, while not sorted */
	unsigned line;  /* the line that was asked for last, and where it starts: 0 before the first */
	size_t offset;
	void (*rest)(
		void *ctx); /* adds the marks that were not worth their time before somebody asked; NULL: there are none */
	void *ctx;
};

struct marks {
	struct mark_table *table; /* changes when asked: it is a cache */
	struct pane *pane;        /* the text */
	struct spot root;
};

void marks_init(struct marks *marks, struct pane *pane);

/* Forgets the marks of a document, keeps the memory for the next one. */
void marks_clear(struct marks *marks);

/* Entry number `ordinal` of the container stands there.  Of two marks of one entry the later in the text counts. */
void marks_add(struct marks *marks, const json_t *container, size_t ordinal, struct spot key, struct spot value);

/* Calls `rest` when somebody asks for what has no mark, once: it adds those of the whole document.  Until marks_clear(). */
void marks_later(struct marks *marks, void (*rest)(void *ctx), void *ctx);

/* Looks ahead, from line `line` to the end of the YAML document, for one that starts with `key`: writes the word
 * behind it, without quotes, into buf.  False if there is none that fits. */
bool marks_peek(const struct marks *marks, unsigned line, const char *key, char *buf, size_t size);

void marks_fini(struct marks *marks);

#endif
