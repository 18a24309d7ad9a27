/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where do the values of a JSON text stand, beside the tree that was made of it? */
#include <string.h>

#include "jsonwalk.h"

void jsonwalk_step(struct jsonwalk *w)
{
	char c = *w->p++;

	if (c == '\n')
		w->spot = (struct spot){w->spot.line + 1, 1};
	else if (((unsigned char)c & 0xc0) != 0x80)
		w->spot.col++;
}

struct spot jsonwalk_over(struct spot spot, const char *from, const char *to)
{
	const char *newline;

	while ((newline = memchr(from, '\n', (size_t)(to - from)))) {
		spot = (struct spot){spot.line + 1, 1};
		from = newline + 1;
	}
	for (; from < to; from++)
		spot.col += ((unsigned char)*from & 0xc0) != 0x80;
	return spot;
}

void jsonwalk_blank(struct jsonwalk *w)
{
	for (;; jsonwalk_step(w)) {
		while (*w->p == ' ') {
			w->p++;
			w->spot.col++;
		}
		if (*w->p != '\n' && *w->p != ',' && *w->p != ':' && *w->p != '\t' && *w->p != '\r')
			return;
	}
}

/* A valid string holds no newline. */
static void walk_string(struct jsonwalk *w)
{
	const char *p = w->p + 1;
	unsigned col = w->spot.col + 1;

	for (; *p != '"'; p++) {
		if (*p == '\\') {
			p++;
			col++;
		}
		col += ((unsigned char)*p & 0xc0) != 0x80;
	}
	w->p = p + 1;
	w->spot.col = col + 1;
}

static int walk_object(struct jsonwalk *w, json_t *object, unsigned depth)
{
	unsigned ordinal = 0;

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct spot key;

		jsonwalk_blank(w);
		key = w->spot;
		walk_string(w);
		jsonwalk_blank(w);
		marks_add(w->marks, object, ordinal++, key, w->spot);
		if (jsonwalk_value(w, json_object_iter_value(i), depth + 1))
			return -1;
	}
	return 0;
}

static int walk_array(struct jsonwalk *w, json_t *array, unsigned depth)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		jsonwalk_blank(w);
		marks_add(w->marks, array, i, w->spot, w->spot);
		if (jsonwalk_value(w, json_array_get(array, i), depth + 1))
			return -1;
	}
	return 0;
}

/* Over what the tree does not have. */
static void walk_left_out(struct jsonwalk *w)
{
	w->spot = jsonwalk_over(w->spot, w->p, w->left_out->to);
	w->p = w->left_out->to;
	w->left_out++;
	w->n_left_out--;
}

int jsonwalk_value(struct jsonwalk *w, json_t *value, unsigned depth)
{
	int status;

	if (w->n_left_out && w->p == w->left_out->from) {
		walk_left_out(w);
		return 0;
	}
	if (json_is_string(value)) {
		walk_string(w);
		return 0;
	}
	if (!json_is_object(value) && !json_is_array(value)) {
		size_t n = strcspn(w->p, " \t\r\n,:]}");

		w->p += n;
		w->spot.col += (unsigned)n;
		return 0;
	}
	if (depth > LEVELS_MAX)
		return -1;
	jsonwalk_step(w);
	status = json_is_object(value) ? walk_object(w, value, depth) : walk_array(w, value, depth);
	if (status)
		return -1;
	jsonwalk_blank(w);
	jsonwalk_step(w);
	return 0;
}
