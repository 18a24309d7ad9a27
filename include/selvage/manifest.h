/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to documents: YAML (libyaml, YAML 1.1 as Kubernetes reads it: the JSON schema of scalars) and JSON (jansson), both
 * as json_t, with the line and column of every value.
 */
#ifndef SELVAGE_MANIFEST_H
#define SELVAGE_MANIFEST_H

#include <jansson.h>
#include <stddef.h>

#include <selvage/err.h>
#include <selvage/problem.h>

struct marks; /* where the values of one document stand */

struct document {
	json_t *root;              /* borrowed for the call */
	const struct marks *marks; /* borrowed for the call; NULL when there is no text (watch events) */
	const char *file;          /* atom, or NULL */
};

/* Where does a value stand?  `container` is an object or array of the document; the child is named by key (object) or
 * index (array, key NULL).  With a NULL container: the document itself.  line 0 if unknown.  file is borrowed. */
struct source marks_find(const struct document *doc, const json_t *container, const char *key, size_t index);

/* Where does the key of an object's entry stand? */
struct source marks_find_key(const struct document *doc, const json_t *object, const char *key);

/* A copy of line `line` (from 1) of the document's text, yours to free; NULL if there is no text, or if the line is too long
 * to be shown. */
char *marks_line(const struct document *doc, unsigned line);

/*
 * Calls `each` for every document of a text, in order, until the first that cannot be parsed; that one becomes a problem
 * (syntax errors, duplicate keys, anchors that nest too deep, more than 100 levels, non-UTF-8).  Returns 0 when all was
 * read, -1 after a problem.  Empty documents are skipped.  Integers stay integers; anything that YAML 1.1 would make a
 * date or base-60 number stays a string.
 *
 * The items of a list (apiVersion, a kind that ends with List, items) are handed over one by one, up to the first anchor,
 * each as a list of one: a whole cluster in one document takes little more memory than its text.
 *
 * Of objects that have a pod's spec in them, what decides nothing (env, probes, tolerations, ...) is handed over empty: it is
 * seen to be valid, and not kept.
 */
int manifest_parse(const char *file_atom, const char *text, size_t size,
		   void (*each)(void *ctx, const struct document *doc),
		   void (*problem)(void *ctx, const struct problem *problem), void *ctx);

/* As manifest_parse(), of a file ("-": standard input): of a large one only the part is in memory that is being read.  0 when
 * all was read, 1 after a problem, -1 with ERR_IO, ERR_PERM or ERR_ABSENT if the file cannot be read; what was handed over
 * before that is not all that it says. */
int manifest_read(const char *path, const char *file_atom, void (*each)(void *ctx, const struct document *doc),
		  void (*problem)(void *ctx, const struct problem *problem), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

/*
 * As manifest_parse(), for one who wants to know all that is wrong: after a document that cannot be parsed it goes on with
 * the next that starts with "---", and a key that stands twice is a problem of its document but not its end.  What is handed
 * over then is not what the file says: for messages only.
 */
int manifest_parse_all(const char *file_atom, const char *text, size_t size,
		       void (*each)(void *ctx, const struct document *doc),
		       void (*problem)(void *ctx, const struct problem *problem), void *ctx);

#endif
