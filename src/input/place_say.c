/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said about a value of an object that is wrong, and to whom? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <selvage/text.h>

#include "place.h"

#define VALUE_SHOWN 80   /* bytes of a value that a message quotes */
#define CHOICES_TEXT 128 /* bytes of a list of supported values */
#define PLAIN_KEY "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

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

/* "networkpolicy shop/db: " */
static void title_print(const struct place *at, FILE *out)
{
	const struct reading *reading = at->reading;

	if (reading->kind)
		fputs(reading->kind, out);
	if (reading->name)
		fprintf(out, " %s%s%s", reading->ns ? reading->ns : "", reading->ns ? "/" : "", reading->name);
	if (reading->kind)
		fputs(": ", out);
}

/* What is reported, and as what. */
struct report {
	const struct place *at;
	enum problem_kind kind;
	struct source source;
	const struct place *path; /* whose path is said; the object's own says nothing */
	const char *lead;         /* what stands behind the path */
	const json_t *value;      /* that is refused, or NULL */
};

/* A value as the API server quotes it; of a long one, the beginning. */
static void value_print(const json_t *value, FILE *out)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	if (!text)
		return;
	fprintf(out, "%.*s%s: ", VALUE_SHOWN, text, strlen(text) > VALUE_SHOWN ? "..." : "");
	free(text);
}

static char *message_new(const struct report *report, size_t *title, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static char *message_new(const struct report *report, size_t *title, const char *fmt, va_list ap)
{
	char *message;
	size_t size;
	FILE *out = open_memstream(&message, &size);

	if (!out)
		abort();
	title_print(report->at, out);
	*title = (size_t)ftell(out);
	path_print(report->path, out);
	fputs(report->path->up ? ": " : "", out);
	fputs(report->lead, out);
	if (report->value)
		value_print(report->value, out);
	vfprintf(out, fmt, ap);
	if (fclose(out))
		abort();
	return message;
}

static void tell(const struct report *report, void (*whom)(void *ctx, const struct problem *problem), const char *fmt,
		 va_list ap) __attribute__((format(printf, 3, 0)));

static void tell(const struct report *report, void (*whom)(void *ctx, const struct problem *problem), const char *fmt,
		 va_list ap)
{
	const struct reading *reading = report->at->reading;
	struct problem problem = {.kind = report->kind, .source = report->source};

	problem.message = message_new(report, &problem.title, fmt, ap);
	problem.text = marks_line(reading->doc, report->source.line);
	whom(reading->sink->ctx, &problem);
	free(problem.text);
	free(problem.message);
}

static void refuse(const struct report *report, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void refuse(const struct report *report, const char *fmt, va_list ap)
{
	report->at->reading->problems++;
	tell(report, report->at->reading->sink->problem, fmt, ap);
}

static void remark(const struct report *report, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void remark(const struct report *report, const char *fmt, va_list ap)
{
	if (place_remarks(report->at))
		tell(report, report->at->reading->sink->remark, fmt, ap);
}

static struct source key_source(const struct place *at)
{
	return marks_find_key(at->reading->doc, at->container, at->key);
}

/* The words of k8s.io/apimachinery, util/validation/field. */
static const char *lead_of(enum problem_kind kind)
{
	switch ((int)kind) {
	case PROBLEM_REQUIRED:
		return "Required value: ";
	case PROBLEM_INVALID:
		return "Invalid value: ";
	case PROBLEM_UNSUPPORTED:
		return "Unsupported value: ";
	case PROBLEM_FORBIDDEN:
		return "Forbidden: ";
	}
	return "";
}

static struct report report_on(const struct place *at, enum problem_kind kind)
{
	bool quotes = kind == PROBLEM_INVALID || kind == PROBLEM_UNSUPPORTED;

	return (struct report){at, kind, place_source(at), at, lead_of(kind), quotes ? at->value : NULL};
}

void place_problem(const struct place *at, const char *fmt, ...)
{
	const struct report report = {at, PROBLEM_TYPE, place_source(at), at, "", NULL};
	va_list ap;

	va_start(ap, fmt);
	refuse(&report, fmt, ap);
	va_end(ap);
}

void place_fault(const struct place *at, enum problem_kind kind, const char *fmt, ...)
{
	const struct report report = report_on(at, kind);
	va_list ap;

	va_start(ap, fmt);
	refuse(&report, fmt, ap);
	va_end(ap);
}

/* A bad key, quoted as the value of what has it. */
static struct report report_key(const struct place *at, json_t *key)
{
	return (struct report){at, PROBLEM_INVALID, key_source(at), at->up, lead_of(PROBLEM_INVALID), key};
}

void place_fault_key(const struct place *at, const char *fmt, ...)
{
	json_t *key = json_string_nocheck(at->key);
	const struct report report = report_key(at, key);
	va_list ap;

	va_start(ap, fmt);
	refuse(&report, fmt, ap);
	va_end(ap);
	json_decref(key);
}

bool place_remarks(const struct place *at)
{
	return at->reading->sink->remark;
}

void place_remark(const struct place *at, enum problem_kind kind, const char *fmt, ...)
{
	struct report report = report_on(at, kind);
	va_list ap;

	if (!at->value && place_is_written(at))
		report.source = key_source(at);
	va_start(ap, fmt);
	remark(&report, fmt, ap);
	va_end(ap);
}

void place_remark_key(const struct place *at, const char *fmt, ...)
{
	json_t *key = json_string_nocheck(at->key);
	const struct report report = report_key(at, key);
	va_list ap;

	va_start(ap, fmt);
	remark(&report, fmt, ap);
	va_end(ap);
	json_decref(key);
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* Calls `say` for every field of the object that is not among the n names; returns how many. */
static size_t unknown_fields(const struct place *at, const char *const *names, size_t n,
			     void (*say)(const struct place *field, const char *near))
{
	json_t *object = (json_t *)(uintptr_t)at->value;
	size_t unknown = 0;

	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		struct place field = place_field(at, json_object_iter_key(i));

		if (is_among(field.key, names, n))
			continue;
		say(&field, text_nearest(field.key, names, n));
		unknown++;
	}
	return unknown;
}

static char *path_new(const struct place *at)
{
	char *path;
	size_t size;
	FILE *out = open_memstream(&path, &size);

	if (!out)
		abort();
	path_print(at, out);
	if (fclose(out))
		abort();
	return path;
}

static void unknown_say(const struct place *field, const char *near,
			void (*say)(const struct report *report, const char *fmt, va_list ap), ...)
{
	const struct place nowhere = {.reading = field->reading};
	const struct report report = {field, PROBLEM_UNKNOWN_FIELD, key_source(field), &nowhere, "", NULL};
	va_list ap;

	va_start(ap, say);
	say(&report, near ? "unknown field \"%s\"; did you mean %s?" : "unknown field \"%s\"", ap);
	va_end(ap);
}

/* As the server's strict decoder says it. */
static void unknown_refuse(const struct place *field, const char *near)
{
	char *path = path_new(field);

	unknown_say(field, near, refuse, path, near);
	free(path);
}

static void unknown_remark(const struct place *field, const char *near)
{
	char *path = path_new(field);

	unknown_say(field, near, remark, path, near);
	free(path);
}

size_t place_unknown(const struct place *at, const char *const *names, size_t n)
{
	return unknown_fields(at, names, n, unknown_refuse);
}

void place_remark_unknown(const struct place *at, const char *const *names, size_t n)
{
	if (place_remarks(at))
		unknown_fields(at, names, n, unknown_remark);
}

/* "supported values: "A", "B"" and the one that was probably meant. */
static void choice_fault(const struct place *at, const char *text, const char *const *names, size_t n)
{
	const char *near = text_nearest(text, names, n);
	char list[CHOICES_TEXT] = "";
	size_t used = 0;

	for (size_t i = 0; i < n && used < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%s\"", i ? ", " : "", names[i]);
	for (size_t i = 0; i < n && !near; i++)
		near = strcasecmp(names[i], text) ? NULL : names[i];
	place_fault(at, PROBLEM_UNSUPPORTED, "supported values: %s%s%s%s", list, near ? "; did you mean " : "",
		    near ? near : "", near ? "?" : "");
}

int place_choice(const struct place *at, const char *const *names, size_t n, int otherwise)
{
	const char *text = place_text(at);

	if (!text)
		return at->value ? -1 : otherwise;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], text))
			return (int)i;
	choice_fault(at, text, names, n);
	return -1;
}
