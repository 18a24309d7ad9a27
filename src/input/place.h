/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value of the object that is being decoded, and the way that led to it, so that a problem can say where it is:
 *
 *	struct place spec = place_field(root, "spec");
 *	struct place port = place_field(&spec, "port");
 *
 * Places live on the stack, each pointing to the one it came from.  A field that is null is as if it were left out, as
 * everywhere in the Kubernetes API; an item of a list that is null is just null.
 */
#ifndef SELVAGE_INPUT_PLACE_H
#define SELVAGE_INPUT_PLACE_H

#include <stdbool.h>

#include <selvage/manifest.h>
#include <selvage/sink.h>

/* One object while it is decoded. */
struct reading {
	const struct document *doc;
	const struct sink *sink;
	const char *kind, *ns, *name; /* for messages, NULL if unknown; as written */
	bool stale;                   /* of an API version that we do not know */
	size_t problems;              /* reported so far */
};

struct place {
	struct reading *reading;
	const struct place *up;  /* NULL: the object itself */
	const json_t *container; /* NULL: the whole document */
	const char *key;         /* NULL: an item of a list */
	size_t index;
	const json_t *value; /* NULL: left out, or null */
};

struct place place_field(const struct place *at, const char *key);
struct place place_item(const struct place *at, size_t index);

/* Reports a problem with this value; if it was left out, with what it was left out of. */
void place_problem(const struct place *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As place_problem(), in the words of the API server: "spec.x: Invalid value: 70000: must be ...".  The kind is one of those
 * that it refuses. */
void place_fault(const struct place *at, enum problem_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Has a key that the API server refuses.  As it does, the path names the object that has the key. */
void place_fault_key(const struct place *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Does anybody want remarks? */
bool place_remarks(const struct place *at);

/* Remarks on a value, for those who want to know; nothing is closed.  In words as place_fault(). */
void place_remark(const struct place *at, enum problem_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void place_remark_key(const struct place *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* As place_unknown(), as remarks. */
void place_remark_unknown(const struct place *at, const char *const *names, size_t n);

/* Does the text of this field have that key, if with nothing behind it? */
bool place_is_written(const struct place *at);

/* Is this an object?  One that was left out is.  If it is anything else, that is a problem. */
bool place_is_object(const struct place *at);

/* Reports every field of the object that is not among the n names; returns how many. */
size_t place_unknown(const struct place *at, const char *const *names, size_t n);

/* Is this a list?  One that was left out is one of 0 items.  If it is anything else, that is a problem. */
bool place_is_list(const struct place *at, size_t *n);

/* Borrowed from the document.  NULL if it was left out; if it is anything but text, that is a problem, and NULL. */
const char *place_text(const struct place *at);

/* Which of the n names is this text?  `otherwise` if it was left out; -1 after a problem ("Unsupported value: ..."). */
int place_choice(const struct place *at, const char *const *names, size_t n, int otherwise);

/* false if it was left out; if it is anything else than true or false, that is a problem, and false. */
bool place_bool(const struct place *at);

/* A whole number from 1 to 65535; 0 after a problem, or if it was left out. */
uint16_t place_port(const struct place *at);

/* The address of this text; false after a problem, or if it was left out. */
bool place_ip(const struct place *at, struct ip *out);
bool place_cidr(const struct place *at, struct cidr *out);

/* Where it stands. */
struct source place_source(const struct place *at);

#endif
