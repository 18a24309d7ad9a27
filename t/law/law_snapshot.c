/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cluster that is printed as a snapshot and read again is enforced alike: the same facts on every node.  Of what decides no
 * packet, all objects say the same.
 */
#include <stdlib.h>

#include <selvage/compile.h>
#include <selvage/decode.h>
#include <selvage/object_json.h>
#include <selvage/yaml_print.h>

#include "../lib/compile_usual.h"
#include "tap.h"
#include "world.h"
#include "world_resource.h"

#define WORLDS 200
#define OBJECTS 40

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

/* What admits nobody because it was not understood is not understood again: a problem, and no surprise. */
static void expected(void *ctx, const struct problem *problem)
{
	(void)ctx;
	(void)problem;
}

static void decode(void *ctx, const struct document *doc)
{
	decode_document(doc, ctx);
}

/* The store as YAML text; yours to free. */
static char *print(const struct store *store, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	struct yaml_printer *printer = yaml_print_begin(out);
	struct err err;

	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
		for (const struct object *o = NULL; (o = store_walk(store, (enum object_kind)kind, o));) {
			json_t *json = object_json(o);

			if (yaml_print(printer, json, &err))
				abort();
			json_decref(json);
		}
	}
	yaml_print_end(printer);
	fclose(out);
	return text;
}

static struct store *read_back(const char *text, size_t size, bool wide)
{
	struct store *store = store_new();
	struct sink sink = {.put = put, .problem = expected, .ctx = store, .wide = wide};

	if (manifest_parse(NULL, text, size, decode, expected, &sink))
		printf("# the snapshot cannot be parsed\n");
	return store;
}

static bool same_facts(const struct store *a, const struct store *b, const char *node)
{
	const struct store *const stores[] = {a, b};
	struct facts facts[2];
	bool same;

	for (size_t i = 0; i < 2; i++) {
		struct compile *compile = compile_new_usual(stores[i], node);
		struct patch patch;

		compile_update(compile, &patch);
		patch_free(&patch);
		compile_facts(compile, &facts[i]);
		compile_free(compile);
	}
	same = facts[0].n == facts[1].n;
	for (size_t i = 0; same && i < facts[0].n; i++) {
		same = fact_eq(&facts[0].at[i], &facts[1].at[i]);
		if (!same) {
			printf("# these differ:\n");
			fact_print(&facts[0].at[i], stdout);
			fact_print(&facts[1].at[i], stdout);
		}
	}
	facts_free(&facts[0]);
	facts_free(&facts[1]);
	return same;
}

struct tally {
	unsigned objects, differ;
};

static void facts_law(struct rng *rng, struct tally *tally)
{
	struct store *store = store_new(), *again;
	size_t size;
	char *text;

	for (unsigned i = 0; i < OBJECTS; i++)
		store_put(store, world_object(rng));
	text = print(store, &size);
	again = read_back(text, size, false);
	for (size_t n = 0; n < WORLD_NODES; n++)
		tally->differ += !same_facts(store, again, world_nodes[n]);
	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++)
		tally->objects += (unsigned)store_count(again, (enum object_kind)kind);
	free(text);
	store_free(again);
	store_free(store);
}

/* A policy that was not understood comes back as one that is not understood again, but not as the same. */
static bool same(const struct object *a, const struct object *b)
{
	if (!b || a->kind != OBJECT_POLICY)
		return b && object_same(a, b);
	return ((const struct policy *)(const void *)a)->ignore == ((const struct policy *)(const void *)b)->ignore;
}

static void compare(const struct store *store, const struct store *again, struct tally *tally)
{
	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
		for (const struct object *o = NULL; (o = store_walk(store, (enum object_kind)kind, o));) {
			tally->objects++;
			tally->differ += !same(o, store_find(again, o->kind, o->ns, o->name));
		}
	}
}

/* `wide` and `narrow`: what is read back with and without details. */
static void details_law(struct rng *rng, struct tally *wide, struct tally *narrow)
{
	struct store *store = store_new(), *again;
	size_t size;
	char *text;

	for (unsigned i = 0; i < OBJECTS; i++) {
		struct object *object = world_object(rng);

		world_widen(rng, object);
		store_put(store, object);
		store_put(store, world_resource(rng));
	}
	text = print(store, &size);
	again = read_back(text, size, true);
	compare(store, again, wide);
	store_free(again);
	again = read_back(text, size, false);
	compare(store, again, narrow);
	free(text);
	store_free(again);
	store_free(store);
}

int main(void)
{
	struct rng rng = {7};
	struct tap tap = {0};
	struct tally facts = {0}, wide = {0}, narrow = {0};

	for (unsigned w = 0; w < WORLDS; w++)
		facts_law(&rng, &facts);
	printf("# %u objects read back\n", facts.objects);
	tap_ok(&tap, facts.objects > WORLDS && !facts.differ, "a snapshot that is read again gives the same facts");
	for (unsigned w = 0; w < WORLDS; w++)
		details_law(&rng, &wide, &narrow);
	printf("# %u objects, %u of them not the same; %u if read without details\n", wide.objects, wide.differ,
	       narrow.differ);
	tap_ok(&tap, wide.objects > WORLDS && !wide.differ, "a snapshot that is read again says the same");
	tap_ok(&tap, narrow.differ > wide.objects / 2, "what is read without details is not the same");
	return tap_end(&tap);
}
