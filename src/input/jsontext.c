/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which documents are in a JSON text?  jansson decides what is valid.  The items of a list become documents one by one,
 * so that not all of a cluster is in memory as a tree.
 */
#include <stdlib.h>
#include <string.h>

#include "jsontext.h"
#include "jsonwalk.h"

#define READ_FLAGS (JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK)

/* A list in the text, found without regard to what is valid: that is decided when its parts are read. */
struct list {
	const char *items, *items_end; /* "[" to behind "]" */
	const char *end;               /* behind the list's "}" */
	bool kind, api;
};

struct reader {
	struct jsonwalk walk;
	const char *end;
	void (*each)(void *ctx, json_t *root);
	void *ctx;
	struct fault *fault;
};

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

/* Behind the string that starts at p, or the end. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

/* Behind the value that starts at p, or the end. */
static const char *skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		if (*p == ' ') {
			p++;
			continue;
		}
		if (*p == '"') {
			p = skip_string(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if ((*p == '}' || *p == ']' || *p == ',') && !depth) {
			return p;
		} else {
			depth -= *p == '}' || *p == ']';
			p++;
		}
		if (!depth && p < end && strchr(",}] \t\r\n", *p))
			return p;
	}
	return end;
}

static bool text_is(const char *from, const char *to, const char *text)
{
	return (size_t)(to - from) == strlen(text) && !memcmp(from, text, strlen(text));
}

/* Notes an entry of the object that may be a list. */
static void list_entry(struct list *list, const char *key, const char *key_end, const char *value,
		       const char *value_end)
{
	static const char tail[] = "List\"";

	if (text_is(key, key_end, "\"apiVersion\""))
		list->api = *value == '"';
	if (text_is(key, key_end, "\"kind\""))
		list->kind = (size_t)(value_end - value) > sizeof tail - 1 &&
			     !memcmp(value_end - (sizeof tail - 1), tail, sizeof tail - 1);
	if (!text_is(key, key_end, "\"items\"") || *value != '[')
		return;
	list->items = value;
	list->items_end = value_end;
}

/* Is there a list at p, as far as can be seen?  Its kind may stand behind its items. */
static bool list_find(const char *p, const char *end, struct list *list)
{
	*list = (struct list){.items = NULL};
	while (p < end && *p != '}') {
		const char *key = skip_blank(p + 1, end), *key_end, *value;

		if (key == end || *key != '"')
			return false;
		key_end = skip_string(key, end);
		value = skip_blank(key_end, end);
		if (value == end || *value != ':')
			return false;
		value = skip_blank(value + 1, end);
		if (value == end)
			return false;
		p = skip_value(value, end);
		list_entry(list, key, key_end, value, p);
		p = skip_blank(p, end);
		if (p < end && *p != ',' && *p != '}')
			return false;
	}
	list->end = p + 1;
	return p < end && list->kind && list->api && list->items;
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

static void walk_to(struct jsonwalk *w, const char *p)
{
	while (w->p < p)
		jsonwalk_step(w);
}

/* The value where the walk stands, walked over: a new reference, NULL after a fault. */
static json_t *read_value(struct reader *r, size_t flags, unsigned depth)
{
	struct jsonwalk *w = &r->walk;
	struct spot start = w->spot;
	json_error_t error;
	json_t *value = json_loadb(w->p, (size_t)(r->end - w->p), READ_FLAGS | flags, &error);

	if (!value) {
		fault_json(r->fault, start, &error);
		return NULL;
	}
	if (!jsonwalk_value(w, value, depth))
		return value;
	fault_levels(r->fault, w->spot);
	json_decref(value);
	return NULL;
}

/* Hands over one item, as a list of one. */
static int read_item(struct reader *r, json_t *root)
{
	json_t *items = json_array(), *item;
	struct spot spot = r->walk.spot;

	marks_clear(r->walk.marks);
	marks_add(r->walk.marks, items, 0, spot, spot);
	item = read_value(r, JSON_DECODE_ANY, 3);
	json_object_set_new(root, "items", items);
	if (!item)
		return -1;
	json_array_append_new(items, item);
	r->each(r->ctx, root);
	return 0;
}

static int read_items(struct reader *r, json_t *root)
{
	struct jsonwalk *w = &r->walk;

	do {
		jsonwalk_step(w);
		walk_to(w, skip_blank(w->p, r->end));
		if (*w->p == ']' && !json_array_size(json_object_get(root, "items")))
			return 0;
		if (read_item(r, root))
			return -1;
		walk_to(w, skip_blank(w->p, r->end));
	} while (w->p < r->end && *w->p == ',');
	return w->p < r->end && *w->p == ']' ? 0 : fault_set(r->fault, w->spot, "not JSON: ']' expected");
}

/* The list without its items, NULL if that is not valid. */
static json_t *read_shell(const char *start, const struct list *list)
{
	size_t before = (size_t)(list->items - start), after = (size_t)(list->end - list->items_end);
	char *text = mem_new(before + 2 + after, 1);
	json_t *shell;

	memcpy(text, start, before);
	text[before] = '[';
	text[before + 1] = ']';
	memcpy(text + before + 2, list->items_end, after);
	shell = json_loadb(text, before + 2 + after, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return shell;
}

static int read_list(struct reader *r, const struct list *list, json_t *shell)
{
	r->walk.marks->root = r->walk.spot;
	walk_to(&r->walk, list->items);
	if (read_items(r, shell))
		return -1;
	walk_to(&r->walk, list->end);
	return 0;
}

/* One document where the walk stands; steps over it. */
static int read_one(struct reader *r)
{
	struct list list;
	bool found = *r->walk.p == '{' && list_find(r->walk.p, r->end, &list);
	json_t *root = found ? read_shell(r->walk.p, &list) : NULL;
	int status;

	if (root) {
		status = read_list(r, &list, root);
	} else {
		marks_clear(r->walk.marks);
		r->walk.marks->root = r->walk.spot;
		root = read_value(r, 0, 1);
		status = root ? 0 : -1;
		if (root)
			r->each(r->ctx, root);
	}
	json_decref(root);
	return status;
}

/* Skips a byte order mark. */
static const char *mark_end(const char *p, const char *end)
{
	return end - p >= 3 && !memcmp(p, "\xef\xbb\xbf", 3) ? p + 3 : p;
}

bool jsontext_guess(const char *text, size_t size)
{
	const char *p = skip_blank(mark_end(text, text + size), text + size);

	return p < text + size && (*p == '{' || *p == '[');
}

int jsontext_read(const char *text, size_t size, struct marks *marks, void (*each)(void *ctx, json_t *root), void *ctx,
		  struct fault *fault)
{
	struct reader r = {
		.walk = {.p = mark_end(text, text + size), .spot = {1, 1}, .marks = marks},
		.end = text + size,
		.each = each,
		.ctx = ctx,
		.fault = fault,
	};

	for (;;) {
		walk_to(&r.walk, skip_blank(r.walk.p, r.end));
		if (r.walk.p == r.end)
			return 0;
		if (read_one(&r))
			return -1;
	}
}
