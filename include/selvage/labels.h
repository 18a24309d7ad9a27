/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The labels of an object: key and value atoms, sorted by key text, each key once. */
#ifndef SELVAGE_LABELS_H
#define SELVAGE_LABELS_H

#include <stdbool.h>
#include <stddef.h>

struct label {
	const char *key, *value; /* atoms, owned */
};

struct labels {
	size_t n;
	struct label *at;
};

/* Sets a label, replacing the value of an equal key.  Takes no reference of the caller's: plain strings. */
void labels_put(struct labels *labels, const char *key, const char *value);

/* The value (an atom, borrowed until the labels change) of a key given as an atom, or NULL. */
const char *labels_find(const struct labels *labels, const char *key_atom);

bool labels_eq(const struct labels *a, const struct labels *b);

void labels_copy(struct labels *to, const struct labels *from);
void labels_fini(struct labels *labels);

#endif
