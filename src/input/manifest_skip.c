/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a part of a YAML text that nobody reads?  Nothing is made of it; faults are as if it were read. */
#include <string.h>

#include "manifest_parts.h"

/* Could this scalar be at fault?  Only its tag and what a plain number means can be, or a byte that is none. */
static int skip_scalar(struct yaml *y, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	json_t *value;

	if (yaml_is_word(event) || (!event->data.scalar.tag && !event->data.scalar.plain_implicit &&
				    !memchr(text, 0, event->data.scalar.length)))
		return 0;
	value = yaml_scalar(event, y->fault);
	json_decref(value);
	return value ? 0 : -1;
}

static int skip_sequence(struct yaml *y, unsigned depth)
{
	for (;;) {
		yaml_event_t event;
		int status;

		if (yaml_next(y, &event))
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		status = yaml_skip(y, &event, depth + 1);
		yaml_event_delete(&event);
		if (status)
			return -1;
	}
}

static void put_null(void *ctx, const char *key, size_t n)
{
	json_object_setn_new_nocheck(ctx, key, n, json_null());
}

/* From "<<" on a mapping is read: what is merged decides which keys may come again. */
static int skip_merging(struct yaml *y, const struct keys_of *of, const yaml_event_t *key_event, unsigned depth)
{
	struct mapping m = {.object = json_object(), .marks = y->marks, .under = ""};
	int status;

	keys_each(&y->keys, of, put_null, m.object);
	status = yaml_entry(y, &m, key_event, "<<", depth) || yaml_entries(y, &m, depth) ? -1 : 0;
	mapping_fini(&m);
	json_decref(m.object);
	return status;
}

/* The value of a key, and whether the key may stand here. */
static int skip_entry(struct yaml *y, struct keys_of *of, const yaml_event_t *key_event, const char *key, size_t n,
		      unsigned depth)
{
	yaml_event_t event;
	int status;

	if (yaml_next(y, &event))
		return -1;
	status = yaml_skip(y, &event, depth + 1);
	yaml_event_delete(&event);
	if (status || keys_add(&y->keys, of, key, n))
		return status;
	fault_set(y->fault, yaml_spot(key_event->start_mark), "key \"%.80s\" stands here for the second time", key);
	y->fault->kind = PROBLEM_REPEATED_KEY;
	return -1;
}

/* One key and its value; *end if there was none left, or nothing is left behind it. */
static int skip_pair(struct yaml *y, struct keys_of *of, const yaml_event_t *event, unsigned depth, bool *end)
{
	char *key;
	int status;

	if (yaml_is_word(event))
		return skip_entry(y, of, event, (const char *)event->data.scalar.value, event->data.scalar.length,
				  depth);
	key = yaml_key(y, event);
	if (!key)
		return -1;
	*end = event->data.scalar.plain_implicit && !strcmp(key, "<<");
	status = *end ? skip_merging(y, of, event, depth) : skip_entry(y, of, event, key, strlen(key), depth);
	free(key);
	return status;
}

static int skip_mapping(struct yaml *y, unsigned depth)
{
	struct keys_of of = keys_begin(&y->keys);
	bool end = false;
	int status = 0;

	while (!status && !end) {
		yaml_event_t event;

		status = yaml_next(y, &event);
		if (status)
			break;
		end = event.type == YAML_MAPPING_END_EVENT;
		if (!end)
			status = skip_pair(y, &of, &event, depth, &end);
		yaml_event_delete(&event);
	}
	keys_end(&y->keys, &of);
	return status;
}

int yaml_skip(struct yaml *y, const yaml_event_t *event, unsigned depth)
{
	json_t *value;

	if (event->type == YAML_ALIAS_EVENT || yaml_anchor(event)) {
		value = yaml_node(y, event, "", depth);
		json_decref(value);
		return value ? 0 : -1;
	}
	y->values++;
	if (event->type == YAML_SCALAR_EVENT)
		return skip_scalar(y, event);
	if (depth > LEVELS_MAX)
		return fault_levels(y->fault, yaml_spot(event->start_mark));
	return event->type == YAML_SEQUENCE_START_EVENT ? skip_sequence(y, depth) : skip_mapping(y, depth);
}
