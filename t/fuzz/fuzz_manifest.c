/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever text a manifest is: reading it ends, every problem has a message and, in its file, a place; and a document
 * says the same when it comes as JSON from the API, without marks.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/decode.h>
#include <selvage/vec.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct objects {
	VEC(struct object *);
	size_t problems;
};

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static void put(void *ctx, struct object *take)
{
	struct objects *objects = ctx;

	demand(take->name && *take->name && object_type(take->kind)->global == !take->ns);
	*vec_add(objects) = take;
}

static void problem_in_file(void *ctx, const struct problem *problem)
{
	struct objects *objects = ctx;

	demand(*problem->message && problem->source.line && problem->source.col);
	objects->problems++;
}

static void problem_in_object(void *ctx, const struct problem *problem)
{
	struct objects *objects = ctx;

	demand(*problem->message && !problem->source.line);
	objects->problems++;
}

static struct objects decode(const struct document *doc, void (*problem)(void *ctx, const struct problem *problem))
{
	struct objects objects = {VEC_EMPTY, 0};
	const struct sink sink = {.put = put, .problem = problem, .ctx = &objects, .wide = true};

	decode_document(doc, &sink);
	return objects;
}

static void objects_fini(struct objects *objects)
{
	for (size_t i = 0; i < objects->n; i++)
		object_free(objects->at[i]);
	vec_free(objects);
}

/* The same document as the API would send it. */
static json_t *resend(const json_t *root)
{
	char *text = json_dumps(root, JSON_ENCODE_ANY);
	json_t *again = json_loads(text, JSON_DECODE_ANY, NULL);

	free(text);
	return again;
}

static void each(void *ctx, const struct document *doc)
{
	const struct document sent = {.root = resend(doc->root)};
	struct objects read = decode(doc, problem_in_file), again;

	(void)ctx;
	demand(sent.root);
	again = decode(&sent, problem_in_object);
	demand(read.n == again.n && read.problems == again.problems);
	for (size_t i = 0; i < read.n; i++) {
		demand(read.at[i]->kind == again.at[i]->kind);
		demand(read.at[i]->ns == again.at[i]->ns && read.at[i]->name == again.at[i]->name);
		demand(object_same(read.at[i], again.at[i]));
	}
	objects_fini(&read);
	objects_fini(&again);
	json_decref(sent.root);
}

static void gather(void *ctx, const struct document *doc)
{
	struct objects *objects = ctx;
	const struct sink sink = {.put = put, .problem = problem_in_file, .ctx = objects, .wide = true};

	decode_document(doc, &sink);
}

/* Where all can be read, does it say the same when it is read without what nobody wants to know? */
static void compare(const char *file, const char *text, size_t size)
{
	struct objects sparse = {VEC_EMPTY, 0}, whole = {VEC_EMPTY, 0};
	int status = manifest_parse(file, text, size, gather, problem_in_file, &sparse);
	int all = manifest_parse_all(file, text, size, gather, problem_in_file, &whole);

	demand(status ? whole.problems : !all && sparse.n == whole.n && sparse.problems == whole.problems);
	for (size_t i = 0; !status && i < sparse.n; i++) {
		demand(object_same(sparse.at[i], whole.at[i]));
		demand(sparse.at[i]->source.line == whole.at[i]->source.line &&
		       sparse.at[i]->source.col == whole.at[i]->source.col);
	}
	objects_fini(&sparse);
	objects_fini(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *file = atom("fuzz.yaml");
	struct objects none = {VEC_EMPTY, 0};
	char *text = mem_new(size + 1, 1);
	int status;

	if (size)
		memcpy(text, data, size);
	status = manifest_parse(file, text, size, each, problem_in_file, &none);
	demand(none.problems == (status ? 1 : 0));
	compare(file, text, size);
	free(text);
	atom_put(file);
	demand(!atom_count());
	return 0;
}
