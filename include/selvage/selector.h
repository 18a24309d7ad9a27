/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Label selectors (meta/v1 LabelSelector): requirements joined by AND; none at all match everything.  matchLabels is
 * decoded into OP_IN with one value.
 */
#ifndef SELVAGE_SELECTOR_H
#define SELVAGE_SELECTOR_H

#include <stdbool.h>
#include <stdio.h>

#include <selvage/digest.h>
#include <selvage/labels.h>

enum selector_op { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_NOT_EXISTS };

struct requirement {
	enum selector_op op;
	const char *key;     /* atom, owned */
	const char **values; /* atoms, owned, sorted by text, each once; none for EXISTS and NOT_EXISTS */
	size_t n_values;
};

struct selector {
	struct requirement *at; /* sorted by (key, op, values) after selector_normalise() */
	size_t n;
};

/* Adds a requirement; copies its strings. */
void selector_add(struct selector *sel, enum selector_op op, const char *key, const char *const *values,
		  size_t n_values);

/* Brings requirements and values into the canonical order and drops repeated ones: call it once after the last add. */
void selector_normalise(struct selector *sel);

/* One requirement alone: selector_match() and selector_print() of it. */
bool requirement_match(const struct requirement *req, const struct labels *labels);
void requirement_print(const struct requirement *req, FILE *out);

/* "NotIn and DoesNotExist match absent keys." */
bool selector_match(const struct selector *sel, const struct labels *labels);

/* Does everything that `narrow` matches match `wide` as well?  Seen where the requirements of `wide` are among those of
 * `narrow`; false says nothing.  Both are normalised. */
bool selector_covers(const struct selector *wide, const struct selector *narrow);

/* Total order of normalised selectors; 0 when they ask the same. */
int selector_cmp(const struct selector *a, const struct selector *b);

/* Feeds a normalised selector, injectively. */
void selector_digest(const struct selector *sel, struct digest *d);

/* As kubectl prints selectors: "app=web,tier in (a,b),!debug"; "" when it matches everything. */
void selector_print(const struct selector *sel, FILE *out);

/* Overwrites `to`; yours to selector_fini(). */
void selector_copy(struct selector *to, const struct selector *from);

void selector_fini(struct selector *sel);

#endif
