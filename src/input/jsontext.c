/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text to documents.  jansson decides what is valid but forgets where things stood, so a second walk goes over the
 * text that is known to be valid, beside the tree: keys come in the order of the text, and none twice.
 */
#include <string.h>

#include "jsontext.h"

struct walk {
	const char *p;
	struct spot spot;
	struct marks *marks;
};

static void walk_step(struct walk *w)
{
	char c = *w->p++;

	if (c == '\n')
		w->spot = (struct spot){w->spot.line + 1, 1};
	else if (((unsigned char)c & 0xc0) != 0x80)
		w->spot.col++;
}

/* To the next value or key, over white space and separators. */
static void walk_blank(struct walk *w)
{
	while (strchr(" \t\r\n,:", *w->p))
		walk_step(w);
}

static void walk_string(struct walk *w)
{
	walk_step(w);
	while (*w->p != '"') {
		if (*w->p == '\\')
			walk_step(w);
		walk_step(w);
	}
	walk_step(w);
}

static int walk_value(struct walk *w, json_t *value, unsigned depth);

static int walk_object(struct walk *w, json_t *object, unsigned depth)
{
	unsigned ordinal = 0;

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct spot key;

		walk_blank(w);
		key = w->spot;
		walk_string(w);
		walk_blank(w);
		marks_add(w->marks, object, ordinal++, key, w->spot);
		if (walk_value(w, json_object_iter_value(i), depth + 1))
			return -1;
	}
	return 0;
}

static int walk_array(struct walk *w, json_t *array, unsigned depth)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		walk_blank(w);
		marks_add(w->marks, array, i, w->spot, w->spot);
		if (walk_value(w, json_array_get(array, i), depth + 1))
			return -1;
	}
	return 0;
}

/* Stands on the first byte of the value, ends behind its last; -1 if it is nested too deep. */
static int walk_value(struct walk *w, json_t *value, unsigned depth)
{
	int status;

	if (json_is_string(value)) {
		walk_string(w);
		return 0;
	}
	if (!json_is_object(value) && !json_is_array(value)) {
		while (!strchr(" \t\r\n,:]}", *w->p))
			walk_step(w);
		return 0;
	}
	if (depth > LEVELS_MAX)
		return -1;
	walk_step(w);
	status = json_is_object(value) ? walk_object(w, value, depth) : walk_array(w, value, depth);
	if (status)
		return -1;
	walk_blank(w);
	walk_step(w);
	return 0;
}

/* Skips a byte order mark and white space. */
static const char *blank_end(const char *p, const char *end)
{
	if (end - p >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

bool jsontext_guess(const char *text, size_t size)
{
	const char *p = blank_end(text, text + size);

	return p < text + size && (*p == '{' || *p == '[');
}

static int fault_json(struct fault *fault, struct spot start, const json_error_t *error)
{
	unsigned line = error->line > 0 ? (unsigned)error->line : 1;
	unsigned col = error->column > 0 ? (unsigned)error->column : 1;

	if (line == 1)
		col += start.col - 1;
	start = (struct spot){start.line + line - 1, col};
	if (json_error_code(error) == json_error_null_character)
		return fault_set(fault, start, "a NUL byte in a string");
	return fault_set(fault, start, "not JSON: %s", error->text);
}

/* One document at w->p; steps over it. */
static int read_one(struct walk *w, const char *end, void (*each)(void *ctx, json_t *root), void *ctx,
		    struct fault *fault)
{
	struct spot start = w->spot;
	json_error_t error;
	json_t *root = json_loadb(w->p, (size_t)(end - w->p), JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
	int status;

	if (!root)
		return fault_json(fault, start, &error);
	marks_clear(w->marks);
	w->marks->root = start;
	status = walk_value(w, root, 1);
	if (!status)
		each(ctx, root);
	else
		fault_levels(fault, w->spot);
	json_decref(root);
	return status;
}

int jsontext_read(const char *text, size_t size, struct marks *marks, void (*each)(void *ctx, json_t *root), void *ctx,
		  struct fault *fault)
{
	struct walk w = {.p = text, .spot = {1, 1}, .marks = marks};
	const char *end = text + size;

	if (*text == '\xef')
		w.p += 3;
	for (;;) {
		const char *next = blank_end(w.p, end);

		while (w.p < next)
			walk_step(&w);
		if (w.p == end)
			return 0;
		if (read_one(&w, end, each, ctx, fault))
			return -1;
	}
}
