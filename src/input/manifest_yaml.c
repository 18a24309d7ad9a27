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

#define KIND_MAX 64
#define ALIASED_MAX 100000 /* values that the aliases of one document may stand for */

struct yaml {
	yaml_parser_t parser;
	struct marks *marks;
	struct hmap anchors;
	size_t values;       /* read so far, those behind aliases included */
	size_t aliased;      /* those behind aliases alone */
	unsigned deepest;    /* level that was reached */
	json_t *shell;       /* the list whose items come next, without them; NULL: no list */
	char kind[KIND_MAX]; /* what the list was taken for, "" if its kind was known */
	struct delivery *delivery;
	struct fault *fault;
	size_t start;  /* byte of the text at which the parser began */
	unsigned line; /* lines before it */
};

/* Where is a byte that could not even be read as a character? */
static struct spot spot_of_byte(const struct marks *marks, size_t offset)
{
	struct spot spot = {1, 1};

	for (size_t i = 0; i < offset && i < marks->size; i++) {
		if (marks->text[i] == '\n')
			spot = (struct spot){spot.line + 1, 1};
		else if (((unsigned char)marks->text[i] & 0xc0) != 0x80)
			spot.col++;
	}
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

static int next_event(struct yaml *y, yaml_event_t *event)
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

static json_t *read_node(struct yaml *y, const yaml_event_t *event, unsigned depth);

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
static int read_sequence(struct yaml *y, json_t *array, unsigned depth)
{
	json_t *shell __attribute__((cleanup(json_decrefp))) = y->shell;

	y->shell = NULL;
	for (;;) {
		yaml_event_t event;
		struct spot spot;
		json_t *value;
		bool end;

		if (next_event(y, &event))
			return -1;
		end = event.type == YAML_SEQUENCE_END_EVENT;
		spot = yaml_spot(event.start_mark);
		value = end ? NULL : read_node(y, &event, depth + 1);
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

/* Is a scalar plainly the text that it is?  The most are; what begins otherwise may be a number, a boolean, null. */
static bool is_word(const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	return event->data.scalar.length && !event->data.scalar.tag && !event->data.scalar.anchor &&
	       !strchr("yYnNtTfFoO~.+-0123456789<", *text) && !memchr(text, 0, event->data.scalar.length);
}

/* A key as JSON has it: 80 becomes "80", yes becomes "true".  Yours to free, NULL after a fault. */
static char *read_key(struct yaml *y, const yaml_event_t *event)
{
	json_t *value;
	char *key = NULL;

	if (event->type != YAML_SCALAR_EVENT) {
		fault_set(y->fault, yaml_spot(event->start_mark), "a key must be a scalar");
		return NULL;
	}
	if (is_word(event))
		return mem_copy(event->data.scalar.value, event->data.scalar.length + 1);
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

/* The value that belongs to `key`, and what is to be done with both. */
static int read_entry(struct yaml *y, struct mapping *m, const yaml_event_t *key_event, const char *key, unsigned depth)
{
	bool merges = key_event->data.scalar.plain_implicit && !strcmp(key, "<<");
	yaml_event_t event;
	struct spot spot;
	json_t *value;
	int status;

	if (next_event(y, &event))
		return -1;
	spot = yaml_spot(event.start_mark);
	if (depth == 1 && !strcmp(key, "items"))
		y->shell = read_shell(y, m->object, &event);
	value = read_node(y, &event, depth + 1);
	yaml_event_delete(&event);
	if (!value)
		return -1;
	if (!merges)
		return mapping_put(m, key, yaml_spot(key_event->start_mark), value, spot, y->fault) ? repeat(y) : 0;
	status = mapping_merge(m, yaml_spot(key_event->start_mark), value, y->fault);
	json_decref(value);
	return status;
}

static int read_mapping(struct yaml *y, json_t *object, unsigned depth)
{
	struct mapping m = {.object = object, .marks = y->marks};
	int status = 0;
	bool end = false;

	while (!status && !end) {
		yaml_event_t event;
		char *key;

		status = next_event(y, &event);
		if (status)
			break;
		end = event.type == YAML_MAPPING_END_EVENT;
		if (!end) {
			key = read_key(y, &event);
			status = key ? read_entry(y, &m, &event, key, depth) : -1;
			free(key);
		}
		yaml_event_delete(&event);
	}
	mapping_fini(&m);
	return status;
}

static const yaml_char_t *anchor_name(const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		return event->data.scalar.anchor;
	return event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
							: event->data.mapping_start.anchor;
}

/* What a node holds, without regard to its anchor. */
static json_t *read_content(struct yaml *y, const yaml_event_t *event, unsigned depth)
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
	if (!(sequence ? read_sequence(y, value, depth) : read_mapping(y, value, depth)))
		return value;
	json_decref(value);
	return NULL;
}

/* The node that starts with this event: a new reference, NULL after a fault. */
static json_t *read_node(struct yaml *y, const yaml_event_t *event, unsigned depth)
{
	size_t values = y->values++;
	unsigned deepest = y->deepest;
	struct anchor *anchor;
	json_t *value;

	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(y, event, depth);
	anchor = anchor_name(event) ? anchors_open(&y->anchors, (const char *)anchor_name(event)) : NULL;
	y->deepest = depth;
	value = read_content(y, event, depth);
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

	if (next_event(y, &event))
		return -1;
	marks_clear(y->marks);
	y->marks->root = yaml_spot(event.start_mark);
	y->values = y->aliased = 0;
	y->kind[0] = '\0';
	root = read_node(y, &event, 1);
	yaml_event_delete(&event);
	anchors_fini(&y->anchors);
	if (!root)
		return -1;
	status = next_event(y, &event);
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

		if (next_event(y, &event))
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
	const char *p = y->marks->text + y->start, *end = y->marks->text + y->marks->size, *newline;
	unsigned line = y->line + 1;

	for (; p < end; p = newline + 1, line++) {
		if (line >= least && end - p >= 3 && !memcmp(p, "---", 3)) {
			y->start = (size_t)(p - y->marks->text);
			y->line = line - 1;
			return true;
		}
		newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline)
			return false;
	}
	return false;
}

/* From where we are to the end, or to what cannot be read. */
static int read_from(struct yaml *y)
{
	int status;

	if (!yaml_parser_initialize(&y->parser))
		abort();
	yaml_parser_set_input_string(&y->parser, (const unsigned char *)y->marks->text + y->start,
				     y->marks->size - y->start);
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
	return status;
}
