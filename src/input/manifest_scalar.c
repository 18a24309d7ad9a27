/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the value of a YAML scalar, with its tag and quotes? */
#include <string.h>

#include "manifest_parts.h"
#include "scalar.h"

struct spot yaml_spot(yaml_mark_t mark)
{
	return (struct spot){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* Does the event's tag (NULL: none) say this of the types that YAML knows? */
static bool tag_is(const yaml_char_t *tag, const char *type)
{
	static const char prefix[] = "tag:yaml.org,2002:";

	return !strncmp((const char *)tag, prefix, sizeof prefix - 1) &&
	       !strcmp((const char *)tag + sizeof prefix - 1, type);
}

/* Does the value have the type that its tag demands? */
static bool tag_fits(const yaml_char_t *tag, const json_t *value)
{
	return (tag_is(tag, "int") && json_is_integer(value)) || (tag_is(tag, "float") && json_is_number(value)) ||
	       (tag_is(tag, "bool") && json_is_boolean(value)) || (tag_is(tag, "null") && json_is_null(value)) ||
	       (tag_is(tag, "timestamp") && json_is_string(value));
}

/* A scalar with a tag: the types of JSON are checked, tags of others' invention make a string. */
static json_t *read_tagged(const yaml_event_t *event, struct fault *fault)
{
	const yaml_char_t *tag = event->data.scalar.tag;
	const char *text = (const char *)event->data.scalar.value;
	size_t n = event->data.scalar.length;
	json_t *value;

	if (tag_is(tag, "binary")) {
		fault_set(fault, yaml_spot(event->start_mark), "!!binary is not supported");
		return NULL;
	}
	if (!tag_is(tag, "int") && !tag_is(tag, "float") && !tag_is(tag, "bool") && !tag_is(tag, "null") &&
	    !tag_is(tag, "timestamp"))
		return json_stringn_nocheck(text, n);
	value = scalar_resolve(text, n);
	if (value && tag_fits(tag, value))
		return value;
	json_decref(value);
	fault_set(fault, yaml_spot(event->start_mark), "\"%.80s\" is not what its tag says", text);
	return NULL;
}

json_t *yaml_scalar(const yaml_event_t *event, struct fault *fault)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t n = event->data.scalar.length;
	json_t *value;

	if (memchr(text, 0, n)) {
		fault_set(fault, yaml_spot(event->start_mark), "a NUL byte in a string");
		return NULL;
	}
	if (event->data.scalar.tag)
		return read_tagged(event, fault);
	if (!event->data.scalar.plain_implicit)
		return json_stringn_nocheck(text, n);
	value = scalar_resolve(text, n);
	if (!value)
		fault_set(fault, yaml_spot(event->start_mark), "JSON has no number %.80s", text);
	return value;
}
