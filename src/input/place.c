/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an object is a value, does it have the type that it must have, and what is said if it does not? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "place.h"

#define PLAIN_KEY "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

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

static void path_print(const struct place *at, FILE *out)
{
	if (!at->up)
		return;
	path_print(at->up, out);
	if (!at->key)
		fprintf(out, "[%zu]", at->index);
	else if (at->key[strspn(at->key, PLAIN_KEY)] || !*at->key)
		fprintf(out, "[\"%.80s\"]", at->key);
	else
		fprintf(out, "%s%.80s", at->up->up ? "." : "", at->key);
}

/* "networkpolicy shop/db: spec.ingress[0]: " */
static void title_print(const struct place *at, FILE *out)
{
	const struct reading *reading = at->reading;

	if (reading->kind)
		fputs(reading->kind, out);
	if (reading->name)
		fprintf(out, " %s%s%s", reading->ns ? reading->ns : "", reading->ns ? "/" : "", reading->name);
	if (reading->kind)
		fputs(": ", out);
	path_print(at, out);
	if (at->up)
		fputs(": ", out);
}

static void report(const struct place *at, struct source source, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void report(const struct place *at, struct source source, const char *fmt, va_list ap)
{
	const struct reading *reading = at->reading;
	struct problem problem = {.source = source};
	size_t size;
	FILE *out = open_memstream(&problem.message, &size);

	if (!out)
		abort();
	title_print(at, out);
	vfprintf(out, fmt, ap);
	if (fclose(out))
		abort();
	problem.text = marks_line(reading->doc, source.line);
	at->reading->problems++;
	reading->sink->problem(reading->sink->ctx, &problem);
	free(problem.text);
	free(problem.message);
}

struct source place_source(const struct place *at)
{
	while (!at->value && at->up)
		at = at->up;
	return marks_find(at->reading->doc, at->container, at->key, at->index);
}

void place_problem(const struct place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(at, place_source(at), fmt, ap);
	va_end(ap);
}

static void place_problem_key(const struct place *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void place_problem_key(const struct place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(at, marks_find_key(at->reading->doc, at->container, at->key), fmt, ap);
	va_end(ap);
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

static bool is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

size_t place_unknown(const struct place *at, const char *const *names, size_t n)
{
	json_t *object = (json_t *)(uintptr_t)at->value;
	size_t unknown = 0;

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place field = place_field(at, json_object_iter_key(i));
		const char *near;

		if (is_among(field.key, names, n))
			continue;
		near = text_nearest(field.key, names, n);
		place_problem_key(&field, "unknown field%s%s%s", near ? "; did you mean " : "", near ? near : "",
				  near ? "?" : "");
		unknown++;
	}
	return unknown;
}

int place_choice(const struct place *at, const char *what, const char *const *names, size_t n, int otherwise)
{
	const char *text = place_text(at), *near;

	if (!text)
		return at->value ? -1 : otherwise;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], text))
			return (int)i;
	near = text_nearest(text, names, n);
	place_problem(at, "unknown %s \"%.80s\"%s%s%s", what, text, near ? "; did you mean " : "", near ? near : "",
		      near ? "?" : "");
	return -1;
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
	place_problem(at, "must be 1 to 65535, is %" JSON_INTEGER_FORMAT, number);
	return 0;
}

bool place_ip(const struct place *at, struct ip *out)
{
	const char *text = place_text(at);
	struct err err;

	if (!text || !ip_parse(text, out, &err))
		return text;
	place_problem(at, "%s", err.msg);
	return false;
}

bool place_cidr(const struct place *at, struct cidr *out)
{
	const char *text = place_text(at);
	struct err err;

	if (!text || !cidr_parse(text, out, &err))
		return text;
	place_problem(at, "%s", err.msg);
	return false;
}
