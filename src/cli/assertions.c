/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a file assert? */
#include "assertions.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/manifest.h>
#include <selvage/text.h>

#include "question.h"

#define FILE_MAX (64u << 20)

struct reader {
	struct assertions *out;
	const struct document *doc;
	struct source at; /* the assertion that is being read */
	bool bad;
};

static const char *const members[] = {"from", "to", "port", "protocol", "expect"};

void assertions_fini(struct assertions *assertions)
{
	for (size_t i = 0; i < assertions->n; i++) {
		free(assertions->at[i].from);
		free(assertions->at[i].to);
	}
	vec_free(assertions);
}

static void complain(struct reader *reader, struct source source, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void complain(struct reader *reader, struct source source, const char *fmt, ...)
{
	struct problem problem = {.source = source};
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&problem.message, fmt, ap) < 0)
		abort();
	va_end(ap);
	problem.text = marks_line(reader->doc, source.line);
	problem_print(&problem, stderr);
	free(problem.message);
	free(problem.text);
	reader->bad = true;
}

static void check_members(struct reader *reader, json_t *item)
{
	const size_t n = sizeof members / sizeof *members;
	const char *key, *nearest;
	json_t *value;

	json_object_foreach(item, key, value)
	{
		size_t i = 0;

		while (i < n && strcmp(members[i], key) != 0)
			i++;
		if (i < n)
			continue;
		nearest = text_nearest(key, members, n);
		complain(reader, marks_find_key(reader->doc, item, key), "unknown member \"%s\"%s%s%s", key,
			 nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	}
}

/* A string that must be there unless `missing` says what stands for it. */
static const char *string_of(struct reader *reader, const json_t *item, const char *key, const char *missing)
{
	const json_t *value = json_object_get(item, key);

	if (!value && !missing)
		complain(reader, reader->at, "\"%s\" is missing", key);
	if (value && !json_is_string(value))
		complain(reader, marks_find(reader->doc, item, key, 0), "\"%s\" must be a string", key);
	return json_is_string(value) ? json_string_value(value) : missing ? missing : "";
}

static void read_port(struct reader *reader, const json_t *item, struct assertion *out)
{
	const json_t *port = json_object_get(item, "port"), *proto = json_object_get(item, "protocol");
	const char *name = proto ? string_of(reader, item, "protocol", "TCP") : NULL;
	struct question question = {0};
	struct err err;

	if (port && !json_is_integer(port))
		complain(reader, marks_find(reader->doc, item, "port", 0), "\"port\" must be a number");
	else if (question_parse_port(name, json_integer_value(port), &question, &err))
		complain(reader, marks_find(reader->doc, item, port ? "port" : "protocol", 0), "%s", err.msg);
	out->proto = question.proto;
	out->port = question.port;
}

static void read_expect(struct reader *reader, const json_t *item, struct assertion *out)
{
	const char *expect = string_of(reader, item, "expect", NULL);

	out->allowed = strcmp(expect, "allowed") == 0;
	if (!out->allowed && *expect && strcmp(expect, "denied") != 0)
		complain(reader, marks_find(reader->doc, item, "expect", 0),
			 "\"expect\" is allowed or denied, not \"%s\"", expect);
}

static void read_item(struct reader *reader, const json_t *list, size_t index)
{
	json_t *item = json_array_get(list, index);
	struct source source = marks_find(reader->doc, list, NULL, index);
	struct assertion assertion = {.line = source.line};

	if (!json_is_object(item)) {
		complain(reader, source, "an assertion is an object with from, to, port, protocol and expect");
		return;
	}
	reader->at = source;
	check_members(reader, item);
	read_port(reader, item, &assertion);
	read_expect(reader, item, &assertion);
	assertion.from = strdup(string_of(reader, item, "from", NULL));
	assertion.to = strdup(string_of(reader, item, "to", NULL));
	*vec_add(reader->out) = assertion;
}

static void read_document(void *ctx, const struct document *doc)
{
	struct reader *reader = ctx;

	reader->doc = doc;
	if (!json_is_array(doc->root)) {
		complain(reader, marks_find(doc, NULL, NULL, 0), "must be a list of assertions");
		return;
	}
	for (size_t i = 0; i < json_array_size(doc->root); i++)
		read_item(reader, doc->root, i);
}

static void read_problem(void *ctx, const struct problem *problem)
{
	((struct reader *)ctx)->bad = true;
	problem_print(problem, stderr);
}

/* The text of a file, which a NUL follows; NULL after a message. */
static char *slurp(const char *path, size_t *size)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	VEC(char) text = VEC_EMPTY;
	bool bad = !in;
	size_t n = 1;

	while (!bad && n) {
		vec_reserve(&text, 65536);
		n = fread(text.at + text.n, 1, 65535, in);
		text.n += n;
		bad = ferror(in) || text.n > FILE_MAX;
	}
	if (bad) {
		fputs("selvage explain: ", stderr);
		text_safe(stderr, path);
		fprintf(stderr, ": %s\n", text.n > FILE_MAX ? "is too large" : strerror(errno));
		vec_free(&text);
	} else {
		text.at[text.n] = '\0';
	}
	if (in && in != stdin)
		fclose(in);
	*size = text.n;
	return text.at;
}

bool assertions_read(const char *path, struct assertions *out)
{
	const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path, *file;
	struct reader reader = {.out = out};
	size_t size;
	char *text = slurp(path, &size);

	*out = (struct assertions){VEC_EMPTY};
	if (!text)
		return false;
	file = atom(name);
	if (manifest_parse(file, text, size, read_document, read_problem, &reader))
		reader.bad = true;
	atom_put(file);
	free(text);
	return !reader.bad;
}
