/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YAML text to documents.  It arrives from libyaml as events and becomes a json_t at once, so that no tree but that of the
 * current document exists.  Aliases share the value of their anchor; how much they stand for is counted, because a
 * few hundred bytes of aliases can otherwise mean billions of values.
 */
#include <stdio.h>
#include <string.h>

#include "anchors.h"
#include "manifest_parts.h"
#include "mapping.h"
#include "unread.h"

#define ALIASED_MAX 100000 /* values that the aliases of one document may stand for */

/* Where is a byte that could not even be read as a character? */
static struct spot spot_of_byte(const struct marks *marks, size_t offset)
{
	struct spot spot = {1, 1};
	size_t from = 0, n;

	while (pane_line(marks->pane, from, &n) && from + n < offset) {
		from += n + 1;
		spot.line++;
	}
	for (; from < offset && from < marks->pane->size; from++)
		spot.col += ((unsigned char)marks->pane->at[from] & 0xc0) != 0x80;
	return spot;
}

static int fault_yaml(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	bool unread = p->error == YAML_READER_ERROR;

	y->fault->kind = PROBLEM_SYNTAX;
	y->fault->spot = unread ? spot_of_byte(y->marks, y->start + p->problem_offset) : yaml_spot(p->problem_mark);
	if (unread && p->problem_value != -1)
		snprintf(y->fault->message, sizeof y->fault->message, "not YAML: %s (0x%02x)", p->problem,
			 (unsigned)p->problem_value);
	else if (p->context && p->context_mark.line != p->problem_mark.line)
		snprintf(y->fault->message, sizeof y->fault->message, "not YAML: %s, %s that starts in line %zu",
			 p->problem, p->context, p->context_mark.line + 1);
	else
		snprintf(y->fault->message, sizeof y->fault->message, "not YAML: %s%s%s",
			 p->problem ? p->problem : "out of memory", p->context ? ", " : "",
			 p->context ? p->context : "");
	return -1;
}

int yaml_next(struct yaml *y, yaml_event_t *event)
{
	return yaml_parser_parse(&y->parser, event) ? 0 : fault_yaml(y);
}

static json_t *read_alias(struct yaml *y, const yaml_event_t *event, unsigned depth)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = anchors_find(&y->anchors, name);

	if (!anchor || !anchor->value) {
		fault_set(y->fault, yaml_spot(event->start_mark), "alias *%.80s: %s", name,
			  anchor ? "stands inside its own anchor" : "no such anchor");
		return NULL;
	}
	y->aliased += anchor->values;
	y->values += anchor->values;
	if (y->aliased > ALIASED_MAX) {
		fault_set(y->fault, yaml_spot(event->start_mark), "aliases stand for more than %d values", ALIASED_MAX);
		return NULL;
	}
	if (depth + anchor->height > LEVELS_MAX) {
		fault_levels(y->fault, yaml_spot(event->start_mark));
		return NULL;
	}
	if (depth + anchor->height > y->deepest)
		y->deepest = depth + anchor->height;
	return json_incref(anchor->value);
}

/* Hands over one item of a list, as a list of one. */
static void deliver_item(struct yaml *y, json_t *shell, json_t *item, struct spot spot)
{
	json_t *items = json_array();

	json_array_append_new(items, item);
	json_object_set_new(shell, "items", items);
	marks_add(y->marks, items, 0, spot, spot);
	delivery_put(y->delivery, shell);
	marks_clear(y->marks);
}

/* From the first anchor on, the items of a list stay together: aliases may lead back to them and their marks. */
static int read_sequence(struct yaml *y, json_t *array, const char *under, unsigned depth)
{
	json_t *shell __attribute__((cleanup(json_decrefp))) = y->shell;
	bool sparse = y->sparse;

	y->shell = NULL;
	for (;;) {
		yaml_event_t event;
		struct spot spot;
		json_t *value;
		bool end;

		if (yaml_next(y, &event))
			return -1;
		end = event.type == YAML_SEQUENCE_END_EVENT;
		spot = yaml_spot(event.start_mark);
		if (shell) {
			y->top = depth + 1;
			y->sparse = sparse;
		}
		value = end ? NULL : yaml_node(y, &event, under, depth + 1);
		yaml_event_delete(&event);
		if (!value)
			return end ? 0 : -1;
		if (shell && !y->anchors.n) {
			deliver_item(y, shell, value, spot);
			continue;
		}
		marks_add(y->marks, array, json_array_size(array), spot, spot);
		json_array_append_new(array, value);
	}
}

bool yaml_is_word(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	return event->type == YAML_SCALAR_EVENT && event->data.scalar.length && !event->data.scalar.tag &&
	       !event->data.scalar.anchor && !strchr("yYnNtTfFoO~.+-0123456789<", *text) &&
	       !memchr(text, 0, event->data.scalar.length);
}

char *yaml_key(struct yaml *y, const yaml_event_t *event)
{
	json_t *value;
	char *key = NULL;

	if (event->type != YAML_SCALAR_EVENT) {
		fault_set(y->fault, yaml_spot(event->start_mark), "a key must be a scalar");
		return NULL;
	}
	value = yaml_scalar(event, y->fault);
	if (!value)
		return NULL;
	if (event->data.scalar.anchor)
		anchor_close(anchors_open(&y->anchors, (const char *)event->data.scalar.anchor), value, 1, 0);
	if (json_is_string(value))
		key = mem_copy(json_string_value(value), json_string_length(value) + 1);
	else if (!json_is_null(value))
		key = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
	else
		fault_set(y->fault, yaml_spot(event->start_mark), "a key must not be null");
	json_decref(value);
	return key;
}

/*
 * If the items of a list come next: the list without them.  Its kind usually stands behind them (kubectl sorts the
 * keys), so the text is searched for it; whether it was found rightly shows when it is read.
 */
static json_t *read_shell(struct yaml *y, const json_t *root, const yaml_event_t *event)
{
	const char *kind = json_string_value(json_object_get(root, "kind"));
	const char *api = json_string_value(json_object_get(root, "apiVersion"));
	size_t n;

	if (event->type != YAML_SEQUENCE_START_EVENT || event->data.sequence_start.anchor || !api)
		return NULL;
	if (!kind && marks_peek(y->marks, (unsigned)event->start_mark.line + 1, "kind:", y->kind, sizeof y->kind))
		kind = y->kind;
	n = kind ? strlen(kind) : 0;
	if (n < 4 || strcmp(kind + n - 4, "List")) {
		y->kind[0] = '\0';
		return NULL;
	}
	return json_pack("{s:s, s:s}", "apiVersion", api, "kind", kind);
}

/* A key that stands twice is only passed over for one who wants to know what else there is. */
static int repeat(const struct yaml *y)
{
	if (!y->delivery->all || y->fault->kind != PROBLEM_REPEATED_KEY)
		return -1;
	delivery_fault(y->delivery, y->fault);
	return 0;
}

/* Notes a key of the object itself that says what may be passed over in it. */
static void note_kind(struct yaml *y, const char *key, const json_t *value, unsigned depth)
{
	if (depth == y->top && json_is_string(value) && !strcmp(key, "kind"))
		y->sparse = unread_kind(json_string_value(value), json_string_length(value));
}

/* Does nobody want to know what this node holds?  Where there are anchors, aliases may lead to it from elsewhere. */
static bool is_unread(const struct yaml *y, const yaml_event_t *event, const char *under, const char *key)
{
	return y->sparse && !y->delivery->all && !y->anchors.n &&
	       (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT) &&
	       !yaml_anchor(event) && unread(under, strlen(under), key, strlen(key));
}

/* The value of a key; of one that nobody reads it is empty. */
static json_t *read_value(struct yaml *y, const yaml_event_t *event, const char *under, const char *key, unsigned depth)
{
	if (!is_unread(y, event, under, key))
		return yaml_node(y, event, key, depth);
	if (yaml_skip(y, event, depth))
		return NULL;
	return event->type == YAML_SEQUENCE_START_EVENT ? json_array() : json_object();
}

int yaml_entry(struct yaml *y, struct mapping *m, const yaml_event_t *key_event, const char *key, unsigned depth)
{
	bool merges = key_event->data.scalar.plain_implicit && !strcmp(key, "<<");
	yaml_event_t event;
	struct spot spot;
	json_t *value;
	int status;

	if (yaml_next(y, &event))
		return -1;
	spot = yaml_spot(event.start_mark);
	if (depth == 1 && !strcmp(key, "items"))
		y->shell = read_shell(y, m->object, &event);
	value = read_value(y, &event, m->under, key, depth + 1);
	yaml_event_delete(&event);
	if (!value)
		return -1;
	note_kind(y, key, value, depth);
	if (!merges)
		return mapping_put(m, key, yaml_spot(key_event->start_mark), value, spot, y->fault) ? repeat(y) : 0;
	status = mapping_merge(m, yaml_spot(key_event->start_mark), value, y->fault);
	json_decref(value);
	return status;
}

/* The key that this event says, and what belongs to it. */
static int read_pair(struct yaml *y, struct mapping *m, const yaml_event_t *event, unsigned depth)
{
	char *key;
	int status;

	if (yaml_is_word(event))
		return yaml_entry(y, m, event, (const char *)event->data.scalar.value, depth);
	key = yaml_key(y, event);
	status = key ? yaml_entry(y, m, event, key, depth) : -1;
	free(key);
	return status;
}

int yaml_entries(struct yaml *y, struct mapping *m, unsigned depth)
{
	int status = 0;
	bool end = false;

	while (!status && !end) {
		yaml_event_t event;

		status = yaml_next(y, &event);
		if (status)
			break;
		end = event.type == YAML_MAPPING_END_EVENT;
		if (!end)
			status = read_pair(y, m, &event, depth);
		yaml_event_delete(&event);
	}
	return status;
}

static int read_mapping(struct yaml *y, json_t *object, const char *under, unsigned depth)
{
	struct mapping m = {.object = object, .marks = y->marks, .under = under};
	int status = yaml_entries(y, &m, depth);

	mapping_fini(&m);
	return status;
}

const yaml_char_t *yaml_anchor(const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		return event->data.scalar.anchor;
	return event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
							: event->data.mapping_start.anchor;
}

/* What a node holds, without regard to its anchor. */
static json_t *read_content(struct yaml *y, const yaml_event_t *event, const char *under, unsigned depth)
{
	bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
	json_t *value;

	if (event->type == YAML_SCALAR_EVENT)
		return yaml_scalar(event, y->fault);
	if (depth > LEVELS_MAX) {
		fault_levels(y->fault, yaml_spot(event->start_mark));
		return NULL;
	}
	value = sequence ? json_array() : json_object();
	if (!(sequence ? read_sequence(y, value, under, depth) : read_mapping(y, value, under, depth)))
		return value;
	json_decref(value);
	return NULL;
}

json_t *yaml_node(struct yaml *y, const yaml_event_t *event, const char *under, unsigned depth)
{
	size_t values = y->values++;
	unsigned deepest = y->deepest;
	struct anchor *anchor;
	json_t *value;

	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(y, event, depth);
	anchor = yaml_anchor(event) ? anchors_open(&y->anchors, (const char *)yaml_anchor(event)) : NULL;
	y->deepest = depth;
	value = read_content(y, event, under, depth);
	if (anchor && value)
		anchor_close(anchor, value, y->values - values, y->deepest - depth);
	if (deepest > y->deepest)
		y->deepest = deepest;
	return value;
}

/* Was the list taken for what it is? */
static int check_kind(struct yaml *y, const json_t *root)
{
	const char *kind = json_string_value(json_object_get(root, "kind"));

	if (!y->kind[0] || (kind && !strcmp(kind, y->kind)))
		return 0;
	return fault_set(y->fault, y->marks->root, "the kind of this list must start a line, once");
}

/* The document whose start was just read, and its end. */
static int read_document(struct yaml *y)
{
	yaml_event_t event;
	json_t *root;
	int status;

	if (yaml_next(y, &event))
		return -1;
	marks_clear(y->marks);
	y->marks->root = yaml_spot(event.start_mark);
	y->values = y->aliased = 0;
	y->kind[0] = '\0';
	y->top = 1;
	y->sparse = false;
	root = yaml_node(y, &event, "", 1);
	yaml_event_delete(&event);
	anchors_fini(&y->anchors);
	if (!root)
		return -1;
	status = yaml_next(y, &event);
	if (!status)
		yaml_event_delete(&event);
	if (!status)
		status = check_kind(y, root);
	if (!status && !json_is_null(root))
		delivery_put(y->delivery, root);
	json_decref(root);
	return status;
}

static int read_stream(struct yaml *y)
{
	for (;;) {
		yaml_event_t event;
		yaml_event_type_t type;

		if (yaml_next(y, &event))
			return -1;
		type = event.type;
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return 0;
		if (type == YAML_DOCUMENT_START_EVENT && read_document(y))
			return -1;
	}
}

/* The next document behind what could not be read: "---" always starts one.  False if there is none. */
static bool resume(struct yaml *y)
{
	unsigned least = y->fault->spot.line > y->line + 1 ? y->fault->spot.line : y->line + 2;
	unsigned line = y->line + 1;
	size_t from = y->start, n;

	for (; pane_line(y->marks->pane, from, &n); from += n + 1, line++) {
		if (line < least || n < 3 || memcmp(y->marks->pane->at + from, "---", 3))
			continue;
		y->start = from;
		y->line = line - 1;
		return true;
	}
	return false;
}

/* The parser wants more of the text. */
static int feed(void *ctx, unsigned char *to, size_t room, size_t *n)
{
	struct yaml *y = ctx;
	struct pane *pane = y->marks->pane;

	*n = pane->size - y->fed < room ? pane->size - y->fed : room;
	pane_need(pane, y->fed, y->fed + *n);
	memcpy(to, pane->at + y->fed, *n);
	y->fed += *n;
	return 1;
}

/* From where we are to the end, or to what cannot be read. */
static int read_from(struct yaml *y)
{
	int status;

	if (!yaml_parser_initialize(&y->parser))
		abort();
	y->fed = y->start;
	yaml_parser_set_input(&y->parser, feed, y);
	y->parser.mark.line = y->line; /* all marks count from it */
	status = read_stream(y);
	yaml_parser_delete(&y->parser);
	return status;
}

int yaml_read(struct marks *marks, struct delivery *delivery)
{
	struct fault fault = {.spot = {0, 0}};
	struct yaml y = {.marks = marks, .delivery = delivery, .fault = &fault};
	int status = 0;

	while (read_from(&y)) {
		status = -1;
		delivery_fault(delivery, &fault);
		if (!delivery->all || !resume(&y))
			break;
	}
	keys_fini(&y.keys);
	return status;
}
