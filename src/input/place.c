/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an object is a value, and does it have the type that it must have? */
#include "place.h"

struct place place_field(const struct place *at, const char *key)
{
	const json_t *value = json_object_get(at->value, key);

	return (struct place){
		.reading = at->reading,
		.up = at,
		.container = at->value,
		.key = key,
		.value = json_is_null(value) ? NULL : value,
	};
}

struct place place_item(const struct place *at, size_t index)
{
	return (struct place){
		.reading = at->reading,
		.up = at,
		.container = at->value,
		.index = index,
		.value = json_array_get(at->value, index),
	};
}

struct source place_source(const struct place *at)
{
	while (!at->value && at->up)
		at = at->up;
	return marks_find(at->reading->doc, at->container, at->key, at->index);
}

bool place_is_written(const struct place *at)
{
	return at->key && json_object_get(at->container, at->key);
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a number";
	case JSON_REAL:
		return "a number with decimals";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static bool place_is(const struct place *at, bool right, const char *type)
{
	if (at->value && !right)
		place_problem(at, "must be %s, is %s", type, type_name(at->value));
	return !at->value || right;
}

bool place_is_object(const struct place *at)
{
	return place_is(at, json_is_object(at->value), "an object");
}

bool place_is_list(const struct place *at, size_t *n)
{
	*n = json_array_size(at->value);
	return place_is(at, json_is_array(at->value), "a list");
}

const char *place_text(const struct place *at)
{
	return place_is(at, json_is_string(at->value), "a string") ? json_string_value(at->value) : NULL;
}

bool place_bool(const struct place *at)
{
	return place_is(at, json_is_boolean(at->value), "true or false") && json_is_true(at->value);
}

uint16_t place_port(const struct place *at)
{
	json_int_t number = json_integer_value(at->value);

	if (!place_is(at, json_is_integer(at->value), "a whole number") || !at->value)
		return 0;
	if (number >= 1 && number <= UINT16_MAX)
		return (uint16_t)number;
	place_fault(at, PROBLEM_INVALID, "must be between 1 and 65535, inclusive");
	return 0;
}

bool place_ip(const struct place *at, struct ip *out)
{
	const char *text = place_text(at);
	struct err err;

	if (!text || !ip_parse(text, out, &err))
		return text;
	place_fault(at, PROBLEM_INVALID, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
	return false;
}

bool place_cidr(const struct place *at, struct cidr *out)
{
	const char *text = place_text(at);
	struct err err;

	if (!text || !cidr_parse(text, out, &err))
		return text;
	place_fault(at, PROBLEM_INVALID, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
	return false;
}
