/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sink was told, in the order in which it was told. */
#ifndef COLLECT_H
#define COLLECT_H

#include <stdio.h>

#include <selvage/atom.h>
#include <selvage/decode.h>
#include <selvage/vec.h>

#include "unit.h"

struct collect {
	VEC(struct object *);
	struct {
		VEC(char *); /* "line:col: message" */
	} problems;
	struct {
		VEC(char *); /* "kind namespace/name" */
	} dels;
};

__attribute__((unused)) static char *collect_name(enum object_kind kind, const char *ns, const char *name)
{
	char *text;

	cr_assert_geq(asprintf(&text, "%s %s%s%s", object_kind_name(kind), ns ? ns : "", ns ? "/" : "", name), 0);
	return text;
}

__attribute__((unused)) static void collect_put(void *ctx, struct object *take)
{
	struct collect *c = ctx;

	*vec_add(c) = take;
}

__attribute__((unused)) static void collect_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	struct collect *c = ctx;
	char *text = collect_name(kind, ns, name);

	*vec_add(&c->dels) = text;
}

__attribute__((unused)) static void collect_problem(void *ctx, const struct problem *problem)
{
	struct collect *c = ctx;
	char *text;

	cr_assert_geq(asprintf(&text, "%u:%u: %s", problem->source.line, problem->source.col, problem->message), 0);
	*vec_add(&c->problems) = text;
}

__attribute__((unused)) static struct sink collect_sink(struct collect *c)
{
	return (struct sink){.put = collect_put, .del = collect_del, .problem = collect_problem, .ctx = c};
}

__attribute__((unused)) static void collect_document(void *ctx, const struct document *doc)
{
	const struct sink sink = collect_sink(ctx);

	decode_document(doc, &sink);
}

/* Forgets everything. */
__attribute__((unused)) static void collect_clear(struct collect *c)
{
	for (size_t i = 0; i < c->n; i++)
		object_free(c->at[i]);
	vec_free(c);
	for (size_t i = 0; i < c->problems.n; i++)
		free(c->problems.at[i]);
	vec_free(&c->problems);
	for (size_t i = 0; i < c->dels.n; i++)
		free(c->dels.at[i]);
	vec_free(&c->dels);
}

/* Everything that a text says. */
__attribute__((unused)) static struct collect collect_text(const char *text)
{
	struct collect c = {0};
	const char *file = atom("t.yaml");

	manifest_parse(file, text, strlen(text), collect_document, collect_problem, &c);
	atom_put(file);
	return c;
}

/* Is this the only problem? */
__attribute__((unused)) static void collect_wants(const struct collect *c, const char *problem)
{
	cr_assert_eq(c->problems.n, 1, "%zu problems", c->problems.n);
	cr_assert_str_eq(c->problems.at[0], problem);
}

__attribute__((unused)) static void collect_wants_none(const struct collect *c)
{
	cr_assert_eq(c->problems.n, 0, "%s", c->problems.at[0]);
}

#endif
