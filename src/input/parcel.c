/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What did decoding a document give? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/decode.h>
#include <selvage/mem.h>
#include <selvage/vec.h>

#include "parcel.h"

struct parcel {
	struct object *object; /* nearly always the only thing in it */
	VEC(struct object *) more;
	VEC(struct problem) problems;
};

static void parcel_put(void *ctx, struct object *take)
{
	struct parcel *parcel = ctx;

	if (parcel->object)
		*vec_add(&parcel->more) = take;
	else
		parcel->object = take;
}

static char *text_copy(const char *text)
{
	return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

static void parcel_problem(void *ctx, const struct problem *problem)
{
	struct parcel *parcel = ctx;
	struct problem *copy = vec_add(&parcel->problems);

	*copy = *problem;
	atom_ref(copy->source.file);
	copy->message = text_copy(problem->message);
	copy->text = text_copy(problem->text);
}

struct parcel *parcel_new(json_t *root, bool wide)
{
	struct parcel *parcel = mem_new(1, sizeof *parcel);
	struct sink sink = {.put = parcel_put, .problem = parcel_problem, .ctx = parcel, .wide = wide};
	struct document doc = {.root = root};

	decode_document(&doc, &sink);
	return parcel;
}

const struct problem *parcel_problems(const struct parcel *parcel, size_t *n)
{
	*n = parcel->problems.n;
	return parcel->problems.at;
}

void parcel_deliver(struct parcel *parcel, const struct sink *sink)
{
	for (size_t i = 0; !sink->flaws && i < parcel->problems.n; i++)
		sink->problem(sink->ctx, &parcel->problems.at[i]);
	if (parcel->object)
		sink->put(sink->ctx, parcel->object);
	parcel->object = NULL;
	for (size_t i = 0; i < parcel->more.n; i++)
		sink->put(sink->ctx, parcel->more.at[i]);
	vec_clear(&parcel->more);
	parcel_free(parcel);
}

void parcel_free(struct parcel *parcel)
{
	if (!parcel)
		return;
	object_free(parcel->object);
	for (size_t i = 0; i < parcel->more.n; i++)
		object_free(parcel->more.at[i]);
	for (size_t i = 0; i < parcel->problems.n; i++)
		problem_fini(&parcel->problems.at[i]);
	vec_free(&parcel->more);
	vec_free(&parcel->problems);
	free(parcel);
}
