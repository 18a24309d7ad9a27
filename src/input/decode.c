/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which objects does a document hold?  Lists are opened; kinds that decide no traffic are passed over. */
#include <string.h>

#include <selvage/decode.h>

#include "decode_parts.h"

#define CORE_API "v1"
#define POLICY_API "networking.k8s.io/v1"

/* What the items of a list are if they do not say it themselves. */
struct type {
	const char *api, *kind; /* NULL: unknown */
};

static const struct handler {
	struct type type;
	enum object_kind kind;
	void (*decode)(const struct place *root, bool stale);
} handlers[] = {
	{{CORE_API, "Namespace"}, OBJECT_NAMESPACE, decode_namespace},
	{{CORE_API, "Pod"}, OBJECT_POD, decode_pod},
	{{POLICY_API, "NetworkPolicy"}, OBJECT_POLICY, decode_policy},
};

/* Is this apiVersion another version, or the former name, of the one that we know? */
static bool api_is_stale(const char *api, const char *known)
{
	const char *slash = strchr(known, '/');

	if (!slash)
		return false;
	return !strncmp(api, known, (size_t)(slash + 1 - known)) || !strncmp(api, "extensions/", 11);
}

/* Who decodes objects of this type?  NULL if nobody needs to. */
static const struct handler *handler_find(struct type type, size_t kind_length)
{
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		const struct type *known = &handlers[i].type;

		if (strlen(known->kind) != kind_length || strncmp(known->kind, type.kind, kind_length))
			continue;
		if (!type.api || !strcmp(type.api, known->api) || api_is_stale(type.api, known->api))
			return &handlers[i];
	}
	return NULL;
}

/* Says what is wrong with the apiVersion; true if something is. */
static bool handler_stale(const struct handler *handler, const struct place *root, const char *api)
{
	struct place place = place_field(root, "apiVersion");
	const char *known = handler->type.api;

	if (api && !strcmp(api, known))
		return false;
	if (api)
		place_problem(&place, "%.80s is not %s; use %s", api,
			      strncmp(api, "extensions/", 11) ? "known" : "served any more", known);
	else if (!place.value)
		place_problem(&place, "must be given: %s", known);
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
	if (kind != OBJECT_NAMESPACE)
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
	char kind[32] = "";
	struct type each = {type.api, kind};
	size_t n;

	if (kind_length && (kind_length >= sizeof kind || !handler_find(type, kind_length)))
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
		place_problem(&kind, "must be given");
	return type;
}

static void decode_value(struct reading *reading, const struct place *root, const struct type *above)
{
	struct place at = *root;
	const struct handler *handler;
	struct type type;
	bool stale;
	int list;

	at.reading = reading;
	if (!place_is_object(&at))
		return;
	type = type_read(&at, above);
	if (!type.kind)
		return;
	list = list_kind_length(type.kind);
	handler = list < 0 ? handler_find(type, strlen(type.kind)) : NULL;
	if (list >= 0)
		decode_list(&at, type, (size_t)list);
	if (!handler)
		return;
	title_read(&at, handler->kind);
	stale = handler_stale(handler, &at, type.api);
	handler->decode(&at, stale);
}

void decode_document(const struct document *doc, const struct sink *sink)
{
	struct reading reading = {.doc = doc, .sink = sink};
	struct place root = {.reading = &reading, .value = doc->root};

	decode_value(&reading, &root, NULL);
}
