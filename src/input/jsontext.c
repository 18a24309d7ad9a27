/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which documents are in a JSON text?  jansson decides what is valid.  The items of a list become documents one by one,
 * so that not all of a cluster is in memory as a tree.
 */
#include <stdlib.h>
#include <string.h>

#include "jsontext.h"
#include "jsonwalk.h"
#include "unread.h"

#define READ_FLAGS (JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK)

/* A list in the text, found without regard to what is valid: that is decided when its parts are read. */
struct list {
	const char *items, *items_end; /* "[" to behind "]" */
	const char *end;               /* behind the list's "}" */
	bool kind, api;
	bool sparse; /* its items have parts that nobody reads */
};

struct reader {
	struct jsoncursor c;
	struct spot spot; /* of the cursor, as soon as it stands on a value */
	const char *spot_at;
	struct marks *marks;
	bool whole; /* the tree must have all that the text has */
	struct jsonskim skim;
	json_t *value; /* the one that was read last, and how: for its marks, if somebody asks */
	const char *value_at, *value_end;
	struct spot value_spot;
	unsigned value_depth;
	void (*each)(void *ctx, json_t *root);
	void *ctx;
	struct fault *fault;
};

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
	if (!text_is(key, key_end, "\"kind\""))
		return;
	list->kind = (size_t)(value_end - value) > sizeof tail - 1 &&
		     !memcmp(value_end - (sizeof tail - 1), tail, sizeof tail - 1);
	list->sparse = list->kind && unread_kind(value + 1, (size_t)(value_end - value) - 2);
}

/* Over the items, if this is their value: they are many, and none of them has to stay there. */
static bool list_items(struct jsoncursor *c, struct list *list, const char *key, const char *key_end)
{
	if (*c->p != '[' || !text_is(key, key_end, "\"items\""))
		return false;
	list->items = c->p;
	c->from = NULL;
	jsoncursor_value(c);
	list->items_end = c->p;
	return true;
}

/* The entry at the cursor, a comma or brace before it; false if there is none. */
static bool list_step(struct jsoncursor *c, struct list *list)
{
	const char *key, *key_end, *value;

	c->p++;
	if (jsoncursor_next(c) != '"')
		return false;
	key = c->from = c->p;
	jsoncursor_string(c);
	key_end = c->p;
	if (jsoncursor_next(c) != ':')
		return false;
	c->p++;
	if (!jsoncursor_next(c))
		return false;
	value = c->p;
	if (!list_items(c, list, key, key_end)) {
		jsoncursor_value(c);
		list_entry(list, key, key_end, value, c->p);
	}
	c->from = NULL;
	return true;
}

/* Is there a list at p, as far as can be seen?  Its kind may stand behind its items. */
static bool list_find(struct pane *pane, const char *p, struct list *list)
{
	struct jsoncursor c = jsoncursor_at(pane, p);
	char next;

	*list = (struct list){.items = NULL};
	do {
		if (!list_step(&c, list))
			return false;
		next = jsoncursor_next(&c);
	} while (next == ',');
	list->end = c.p + 1;
	return next == '}' && list->kind && list->api && list->items;
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

/* To the next value or separator, counting lines. */
static char walk_to(struct reader *r)
{
	char next;

	r->c.from = r->spot_at;
	next = jsoncursor_next(&r->c);
	r->c.from = NULL;
	r->spot = jsonwalk_over(r->spot, r->spot_at, r->c.p);
	r->spot_at = r->c.p;
	return next;
}

static void step(struct reader *r)
{
	r->c.p++;
	r->spot.col++;
	r->spot_at = r->c.p;
}

/* Adds the marks of the value that was read last. */
static int mark_value(struct reader *r)
{
	struct jsonwalk walk = {
		.p = r->value_at,
		.spot = r->value_spot,
		.marks = r->marks,
		.left_out = r->skim.left_out.at,
		.n_left_out = r->skim.left_out.n,
	};

	if (!jsonwalk_value(&walk, r->value, r->value_depth))
		return 0;
	return fault_levels(r->fault, walk.spot);
}

static void mark_later(void *ctx)
{
	struct reader *r = ctx;
	struct pane *pane = r->marks->pane;

	pane_need(pane, (size_t)(r->value_at - pane->at), (size_t)(r->value_end - pane->at));
	(void)mark_value(r);
}

/* The value at the cursor as it is, with its marks: NULL after a fault. */
static json_t *read_exactly(struct reader *r, size_t flags)
{
	json_error_t error;

	vec_clear(&r->skim.left_out);
	jsoncursor_go(&r->c, r->value_at);
	r->c.from = r->value_at;
	jsoncursor_value(&r->c);
	r->c.from = NULL;
	r->value = json_loadb(r->value_at, (size_t)(r->c.end - r->value_at), READ_FLAGS | flags, &error);
	if (!r->value) {
		fault_json(r->fault, r->spot, &error);
		return NULL;
	}
	if (!mark_value(r))
		return r->value;
	json_decref(r->value);
	return NULL;
}

/* The value without what nobody reads, if the text is plain. */
static json_t *read_sparsely(struct reader *r, size_t flags, bool sparse)
{
	bool scalar = *r->c.p != '{' && *r->c.p != '[';

	r->value = r->whole || (scalar && !(flags & JSON_DECODE_ANY))
			   ? NULL
			   : jsonskim(&r->skim, &r->c, r->value_depth, sparse);
	if (r->value)
		marks_later(r->marks, mark_later, r);
	return r->value;
}

/* The value at the cursor, walked over: a new reference, NULL after a fault. */
static json_t *read_value(struct reader *r, size_t flags, unsigned depth, bool sparse)
{
	json_t *value;

	r->value_at = r->c.p;
	r->value_spot = r->spot;
	r->value_depth = depth;
	value = read_sparsely(r, flags, sparse);
	if (!value)
		value = read_exactly(r, flags);
	r->value_end = r->c.p;
	return value;
}

/* The lines of a value are counted when it has been handed over: who looks at it may have looked elsewhere in the text. */
static void value_done(struct reader *r)
{
	struct pane *pane = r->marks->pane;

	pane_need(pane, (size_t)(r->spot_at - pane->at), (size_t)(r->c.p - pane->at));
	r->spot = jsonwalk_over(r->spot, r->spot_at, r->c.p);
	r->spot_at = r->c.p;
	jsoncursor_go(&r->c, r->c.p);
}

/* Hands over one item, as a list of one. */
static int read_item(struct reader *r, json_t *root, bool sparse)
{
	json_t *items = json_array(), *item;

	marks_clear(r->marks);
	marks_add(r->marks, items, 0, r->spot, r->spot);
	item = read_value(r, JSON_DECODE_ANY, 3, sparse);
	json_object_set_new(root, "items", items);
	if (!item)
		return -1;
	json_array_append_new(items, item);
	r->each(r->ctx, root);
	value_done(r);
	return 0;
}

static int read_items(struct reader *r, const struct list *list, json_t *root)
{
	char next;

	do {
		step(r);
		if (walk_to(r) == ']' && !json_array_size(json_object_get(root, "items")))
			return 0;
		if (read_item(r, root, list->sparse))
			return -1;
		next = walk_to(r);
	} while (next == ',');
	return next == ']' ? 0 : fault_set(r->fault, r->spot, "not JSON: ']' expected");
}

/* The list without its items, NULL if that is not valid. */
static json_t *read_shell(struct pane *pane, const char *start, const struct list *list)
{
	size_t before = (size_t)(list->items - start), after = (size_t)(list->end - list->items_end);
	char *text = mem_new(before + 2 + after, 1);
	json_t *shell;

	pane_need(pane, (size_t)(start - pane->at), (size_t)(list->items - pane->at));
	memcpy(text, start, before);
	text[before] = '[';
	text[before + 1] = ']';
	pane_need(pane, (size_t)(list->items_end - pane->at), (size_t)(list->end - pane->at));
	memcpy(text + before + 2, list->items_end, after);
	shell = json_loadb(text, before + 2 + after, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return shell;
}

/* Goes to a place behind, counting lines. */
static void go(struct reader *r, const char *p)
{
	r->c.p = p;
	value_done(r);
}

static int read_list(struct reader *r, const struct list *list, json_t *shell)
{
	r->marks->root = r->spot;
	go(r, list->items);
	if (read_items(r, list, shell))
		return -1;
	go(r, list->end);
	return 0;
}

static int read_document(struct reader *r)
{
	json_t *root;

	marks_clear(r->marks);
	r->marks->root = r->spot;
	root = read_value(r, 0, 1, false);
	if (!root)
		return -1;
	r->each(r->ctx, root);
	value_done(r);
	json_decref(root);
	return 0;
}

/* One document where the cursor stands; steps over it. */
static int read_one(struct reader *r)
{
	struct pane *pane = r->marks->pane;
	struct list list;
	bool found = *r->c.p == '{' && list_find(pane, r->c.p, &list);
	json_t *shell = found ? read_shell(pane, r->c.p, &list) : NULL;
	int status;

	jsoncursor_go(&r->c, r->c.p);
	status = shell ? read_list(r, &list, shell) : read_document(r);
	json_decref(shell);
	return status;
}

/* Behind a byte order mark. */
static const char *text_start(struct pane *pane)
{
	pane_need(pane, 0, 3);
	return pane->size >= 3 && !memcmp(pane->at, "\xef\xbb\xbf", 3) ? pane->at + 3 : pane->at;
}

bool jsontext_guess(struct pane *pane)
{
	struct jsoncursor c = jsoncursor_at(pane, text_start(pane));
	char next = jsoncursor_next(&c);

	return next == '{' || next == '[';
}

int jsontext_read(struct marks *marks, bool whole, void (*each)(void *ctx, json_t *root), void *ctx,
		  struct fault *fault)
{
	struct reader r = {
		.c = jsoncursor_at(marks->pane, text_start(marks->pane)),
		.spot = {1, 1},
		.marks = marks,
		.whole = whole,
		.each = each,
		.ctx = ctx,
		.fault = fault,
	};
	int status = 0;

	r.spot_at = r.c.p;
	while (!status && walk_to(&r))
		status = read_one(&r);
	jsonskim_fini(&r.skim);
	return status;
}
