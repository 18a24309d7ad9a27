/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in the text does a value stand? */
#include <string.h>

#include "marks.h"

#define ASKED_MAX 8      /* places that are looked for one by one; who wants more has the marks sorted */
#define LINE_SHOWN 65536 /* bytes; nobody reads a longer one (a whole list in one line of JSON), and copies cost */

void marks_init(struct marks *marks, struct pane *pane)
{
	*marks = (struct marks){.table = mem_new(1, sizeof *marks->table), .pane = pane};
}

void marks_clear(struct marks *marks)
{
	vec_clear(marks->table);
	marks->table->sorted = false;
	marks->table->asked = 0;
	marks->table->rest = NULL;
}

void marks_later(struct marks *marks, void (*rest)(void *ctx), void *ctx)
{
	marks->table->rest = rest;
	marks->table->ctx = ctx;
}

void marks_add(struct marks *marks, const json_t *container, size_t ordinal, struct spot key, struct spot value)
{
	*vec_add(marks->table) = (struct mark){container, (unsigned)ordinal, value, key};
	marks->table->sorted = false;
}

void marks_fini(struct marks *marks)
{
	vec_free(marks->table);
	free(marks->table);
	marks->table = NULL;
}

/* By container and entry, ignoring the place. */
static int mark_cmp_entry(const struct mark *a, const struct mark *b)
{
	if (a->container != b->container)
		return (uintptr_t)a->container < (uintptr_t)b->container ? -1 : 1;
	return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static int mark_cmp(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;
	int order = mark_cmp_entry(a, b);

	if (order)
		return order;
	if (a->key.line != b->key.line)
		return a->key.line < b->key.line ? -1 : 1;
	return (a->key.col > b->key.col) - (a->key.col < b->key.col);
}

/* The last mark of an entry, or NULL, as long as the marks are in the order in which they were added. */
static const struct mark *mark_search(const struct mark_table *table, const json_t *container, unsigned ordinal)
{
	const struct mark *found = NULL;

	for (size_t i = 0; i < table->n; i++) {
		const struct mark *mark = &table->at[i];

		if (mark->container == container && mark->ordinal == ordinal && (!found || mark_cmp(found, mark) < 0))
			found = mark;
	}
	return found;
}

/* The last mark of an entry among those that were added, or NULL. */
static const struct mark *mark_among(struct mark_table *table, const json_t *container, unsigned ordinal)
{
	const struct mark wanted = {.container = container, .ordinal = ordinal};
	size_t lo = 0, hi = table->n;

	if (!table->sorted && table->asked++ < ASKED_MAX)
		return mark_search(table, container, ordinal);
	if (!table->sorted)
		vec_sort(table, mark_cmp);
	table->sorted = true;
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (mark_cmp_entry(&table->at[middle], &wanted) <= 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo && !mark_cmp_entry(&table->at[lo - 1], &wanted) ? &table->at[lo - 1] : NULL;
}

/* The last mark of an entry, or NULL. */
static const struct mark *mark_find(struct mark_table *table, const json_t *container, unsigned ordinal)
{
	const struct mark *mark = mark_among(table, container, ordinal);
	void (*rest)(void *ctx) = table->rest;

	if (mark || !rest)
		return mark;
	table->rest = NULL;
	rest(table->ctx);
	return mark_among(table, container, ordinal);
}

/* The mark of an entry by its key (object) or index (array), or NULL. */
static const struct mark *mark_of(const struct document *doc, const json_t *container, const char *key, size_t index)
{
	unsigned ordinal = (unsigned)index;

	if (key) {
		json_t *object = json_object_get(container, key) ? (json_t *)(uintptr_t)container : NULL;
		void *iter = json_object_iter(object);

		for (ordinal = 0; iter && strcmp(json_object_iter_key(iter), key); ordinal++)
			iter = json_object_iter_next(object, iter);
		if (!iter)
			return NULL;
	}
	return mark_find(doc->marks->table, container, ordinal);
}

static struct source source_at(const struct document *doc, struct spot spot)
{
	return (struct source){.file = doc->file, .line = spot.line, .col = spot.col};
}

struct source marks_find(const struct document *doc, const json_t *container, const char *key, size_t index)
{
	const struct mark *mark;

	if (!doc->marks)
		return source_at(doc, (struct spot){0, 0});
	if (!container)
		return source_at(doc, doc->marks->root);
	mark = mark_of(doc, container, key, index);
	return source_at(doc, mark ? mark->value : (struct spot){0, 0});
}

struct source marks_find_key(const struct document *doc, const json_t *object, const char *key)
{
	const struct mark *mark = doc->marks ? mark_of(doc, object, key, 0) : NULL;

	return source_at(doc, mark ? mark->key : (struct spot){0, 0});
}

/* Where line `line` starts, SIZE_MAX if the text has no such line.  Steps on from the line that was asked for last. */
static size_t line_offset(const struct marks *marks, unsigned line)
{
	struct mark_table *table = marks->table;
	size_t n;

	if (!table->line || line < table->line) {
		table->line = 1;
		table->offset = 0;
	}
	while (table->line < line) {
		if (!pane_line(marks->pane, table->offset, &n) || table->offset + n == marks->pane->size)
			return SIZE_MAX;
		table->offset += n + 1;
		table->line++;
	}
	return table->offset;
}

char *marks_line(const struct document *doc, unsigned line)
{
	size_t start = doc->marks && line ? line_offset(doc->marks, line) : SIZE_MAX, n = 0;
	const char *from;
	char *copy;

	if (start == SIZE_MAX)
		return NULL;
	pane_line(doc->marks->pane, start, &n);
	from = doc->marks->pane->at + start;
	if (n && from[n - 1] == '\r')
		n--;
	if (n > LINE_SHOWN)
		return NULL;
	copy = mem_new(n + 1, 1);
	memcpy(copy, from, n);
	return copy;
}

/* The word at the start of a line's rest, quotes taken off. */
static bool word_copy(const char *p, const char *end, char *buf, size_t size)
{
	size_t n = 0;

	while (p < end && strchr(" \t'\"", *p))
		p++;
	while (p + n < end && !strchr(" \t\r'\"#", p[n]))
		n++;
	if (!n || n >= size)
		return false;
	memcpy(buf, p, n);
	buf[n] = '\0';
	return true;
}

bool marks_peek(const struct marks *marks, unsigned line, const char *key, char *buf, size_t size)
{
	size_t start = line_offset(marks, line), n = strlen(key), left;

	for (; start != SIZE_MAX && pane_line(marks->pane, start, &left); start += left + 1) {
		const char *p = marks->pane->at + start;

		if (left >= 3 && (!memcmp(p, "---", 3) || !memcmp(p, "...", 3)))
			return false;
		if (left > n && !memcmp(p, key, n))
			return word_copy(p + n, p + left, buf, size);
	}
	return false;
}
