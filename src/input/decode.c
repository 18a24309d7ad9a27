/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which objects does a document hold?  Lists are opened; kinds that decide no traffic are passed over. */
#include <string.h>

#include <selvage/decode.h>
#include <selvage/mem.h>

#include "decode_parts.h"

#define CORE_API "v1"
#define KIND_SIZE 64

/* What the items of a list are if they do not say it themselves. */
struct type {
	const char *api, *kind; /* NULL: unknown */
};

/* Who fills in what is more than names, by shape. */
static const struct handler {
	size_t size;
	void (*decode)(const struct place *root, struct object *object);
} handlers[] = {
	[SHAPE_NAMESPACE] = {sizeof(struct namespace), decode_namespace},
	[SHAPE_POD] = {sizeof(struct pod), decode_pod},
	[SHAPE_POLICY] = {sizeof(struct policy), decode_policy},
	[SHAPE_WORKLOAD] = {sizeof(struct workload), decode_workload},
	[SHAPE_SERVICE] = {sizeof(struct service), decode_service},
	[SHAPE_ENDPOINTS] = {sizeof(struct endpoints), decode_endpoints},
	[SHAPE_ROUTE] = {sizeof(struct route), decode_route},
	[SHAPE_HOOK] = {sizeof(struct hook), decode_hook},
	[SHAPE_NODE] = {sizeof(struct node), decode_node},
};

/* Is this apiVersion another version, or the former name, of the one that we know? */
static bool api_is_stale(const char *api, const char *known)
{
	const char *slash = strchr(known, '/');

	if (!slash)
		return false;
	return !strncmp(api, known, (size_t)(slash + 1 - known)) || !strncmp(api, "extensions/", 11);
}

static bool api_is(const char *api, const struct object_type *known)
{
	return !strcmp(api, known->api) || (known->also && !strcmp(api, known->also));
}

/* Which kind that is asked for is this?  -1 if it is none. */
static int kind_find(const struct sink *sink, struct type type, size_t kind_length)
{
	for (enum object_kind kind = 0; kind < (sink->wide ? OBJECT_KIND_COUNT : OBJECT_WATCHED_COUNT); kind++) {
		const struct object_type *known = object_type(kind);

		if (strlen(known->kind) != kind_length || strncmp(known->kind, type.kind, kind_length))
			continue;
		if (!type.api || api_is(type.api, known) || api_is_stale(type.api, known->api))
			return (int)kind;
	}
	return -1;
}

/* Says what is wrong with the apiVersion; true if something is. */
static bool api_check(const struct place *root, const char *api, const struct object_type *known)
{
	struct place place = place_field(root, "apiVersion");

	if (api && api_is(api, known))
		return false;
	if (api)
		place_fault(&place, PROBLEM_VERSION, "%.80s is not %s; use %s", api,
			    strncmp(api, "extensions/", 11) ? "known" : "served any more", known->api);
	else if (!place.value)
		place_fault(&place, PROBLEM_REQUIRED, "must be given: %s", known->api);
	else
		place_text(&place);
	return true;
}

/* What the object calls itself, for messages: whether it may be called so is a later question. */
static void title_read(const struct place *root, enum object_kind kind)
{
	struct place meta = place_field(root, "metadata");
	const char *name = json_string_value(place_field(&meta, "name").value);
	const char *ns = json_string_value(place_field(&meta, "namespace").value);
	struct reading *reading = root->reading;

	reading->kind = object_kind_name(kind);
	reading->name = name && *name ? name : NULL;
	if (!object_type(kind)->global)
		reading->ns = ns && *ns ? ns : "default";
}

/* "PodList" has 3: the length of the kind of its items; 0 for "List"; -1 if it is no list. */
static int list_kind_length(const char *kind)
{
	size_t n = strlen(kind);

	return n >= 4 && !strcmp(kind + n - 4, "List") ? (int)n - 4 : -1;
}

static void decode_value(struct reading *reading, const struct place *root, const struct type *above);

/* The items of a list that may hold what we need. */
static void decode_list(const struct place *root, struct type type, size_t kind_length)
{
	struct place items = place_field(root, "items");
	char kind[KIND_SIZE] = "";
	struct type each = {type.api, kind};
	size_t n;

	if (kind_length >= sizeof kind || (kind_length && kind_find(root->reading->sink, type, kind_length) < 0))
		return;
	if (!kind_length && (!type.api || strcmp(type.api, CORE_API)))
		return;
	memcpy(kind, type.kind, kind_length);
	place_is_list(&items, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&items, i);
		struct reading reading = {.doc = root->reading->doc, .sink = root->reading->sink};

		item.up = NULL;
		decode_value(&reading, &item, kind_length ? &each : NULL);
	}
}

/* The type of an object; what is left out is as in the list above it, if there is one. */
static struct type type_read(const struct place *root, const struct type *above)
{
	struct place kind = place_field(root, "kind"), api = place_field(root, "apiVersion");
	struct type type = {json_string_value(api.value), place_text(&kind)};

	if (above && !kind.value)
		type.kind = above->kind;
	if (above && !api.value && type.kind && !strcmp(type.kind, above->kind))
		type.api = above->api;
	if (!type.kind && !kind.value)
		place_fault(&kind, PROBLEM_REQUIRED, "must be given");
	return type;
}

static void decode_object(const struct place *root, enum object_kind kind, const char *api)
{
	const struct object_type *type = object_type(kind);
	const struct handler *handler = &handlers[type->shape];
	const struct sink *sink = root->reading->sink;
	struct object *object = mem_new(1, handler->size);

	title_read(root, kind);
	root->reading->stale = api_check(root, api, type);
	if (!decode_head(root, kind, object)) {
		object_free(object);
		return;
	}
	handler->decode(root, object);
	sink->put(sink->ctx, object);
}

static void decode_value(struct reading *reading, const struct place *root, const struct type *above)
{
	struct place at = *root;
	struct type type;
	int list, kind;

	at.reading = reading;
	if (!place_is_object(&at))
		return;
	type = type_read(&at, above);
	if (!type.kind)
		return;
	list = list_kind_length(type.kind);
	if (list >= 0) {
		decode_list(&at, type, (size_t)list);
		return;
	}
	kind = kind_find(reading->sink, type, strlen(type.kind));
	if (kind >= 0)
		decode_object(&at, (enum object_kind)kind, type.api);
	else if (reading->sink->other)
		reading->sink->other(reading->sink->ctx, type.kind);
}

void decode_document(const struct document *doc, const struct sink *sink)
{
	struct reading reading = {.doc = doc, .sink = sink};
	struct place root = {.reading = &reading, .value = doc->root};

	decode_value(&reading, &root, NULL);
}
