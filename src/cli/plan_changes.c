/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which fields of which objects does a change change? */
#include <stdlib.h>
#include <string.h>

#include <selvage/object_json.h>
#include <selvage/template.h>

#include "plan_report.h"

static void walk(struct plan_change *change, const char *path, json_t *before, json_t *after);

static void add_field(struct plan_change *change, const char *path, json_t *before, json_t *after)
{
	struct plan_field *field = vec_add(&change->fields);

	*field = (struct plan_field){strdup(strncmp(path, "spec.", 5) ? path : path + 5), json_incref(before),
				     json_incref(after)};
	if (!field->path)
		abort();
}

static void walk_item(struct plan_change *change, const char *path, const char *key, json_t *before, json_t *after)
{
	bool plain = key[strcspn(key, "./[]")] == '\0';
	char *below;

	if (asprintf(&below, plain ? "%s%s%s" : "%s%s[\"%s\"]", path, *path && plain ? "." : "", key) < 0)
		abort();
	walk(change, below, before, after);
	free(below);
}

static void walk_object(struct plan_change *change, const char *path, json_t *before, json_t *after)
{
	for (void *i = json_object_iter(before); i; i = json_object_iter_next(before, i)) {
		const char *key = json_object_iter_key(i);

		walk_item(change, path, key, json_object_iter_value(i), json_object_get(after, key));
	}
	for (void *i = json_object_iter(after); i; i = json_object_iter_next(after, i))
		if (!json_object_get(before, json_object_iter_key(i)))
			walk_item(change, path, json_object_iter_key(i), NULL, json_object_iter_value(i));
}

static void walk_array(struct plan_change *change, const char *path, json_t *before, json_t *after)
{
	size_t n = json_array_size(before) > json_array_size(after) ? json_array_size(before) : json_array_size(after);

	for (size_t i = 0; i < n; i++) {
		char *below;

		if (asprintf(&below, "%s[%zu]", path, i) < 0)
			abort();
		walk(change, below, json_array_get(before, i), json_array_get(after, i));
		free(below);
	}
}

static void walk(struct plan_change *change, const char *path, json_t *before, json_t *after)
{
	if (before && after && json_equal(before, after))
		return;
	if (json_is_object(before) && json_is_object(after))
		walk_object(change, path, before, after);
	else if (json_is_array(before) && json_is_array(after))
		walk_array(change, path, before, after);
	else
		add_field(change, path, before, after);
}

static void fields_find(struct plan_change *change)
{
	json_t *before, *after;

	if (!change->before || !change->after)
		return;
	before = object_json(change->before);
	after = object_json(change->after);
	walk(change, "", before, after);
	json_decref(before);
	json_decref(after);
}

static int change_cmp(const void *a, const void *b)
{
	const struct plan_change *x = a, *y = b;
	const struct object *p = x->after ? x->after : x->before, *q = y->after ? y->after : y->before;
	int order = (int)q->kind - (int)p->kind; /* policies first of what decides */

	if (p->kind >= OBJECT_WATCHED_COUNT || q->kind >= OBJECT_WATCHED_COUNT)
		order = -order;
	order = order ? order : strcmp(p->ns ? p->ns : "", q->ns ? q->ns : "");
	return order ? order : strcmp(p->name, q->name);
}

/* Pods that we made up say nothing that their workload does not. */
static bool is_told(const struct object *object)
{
	return object_type(object->kind)->shape == SHAPE_WORKLOAD || object->kind == OBJECT_NAMESPACE ||
	       object->kind == OBJECT_POLICY ||
	       (object->kind == OBJECT_POD && !template_made((const struct pod *)(const void *)object));
}

void plan_changes_find(const struct plan_report *report, struct plan_changes *out)
{
	size_t n;
	const struct change *changes = store_changes(report->after, &n);

	*out = (struct plan_changes){VEC_EMPTY};
	for (size_t i = 0; i < n; i++) {
		const struct object *any = changes[i].after ? changes[i].after : changes[i].before;
		struct plan_change change = {.after = changes[i].after};

		change.before = store_find(report->before, any->kind, any->ns, any->name);
		if (!is_told(any) || (change.before && change.after && object_same(change.before, change.after)))
			continue;
		fields_find(&change);
		*vec_add(out) = change;
	}
	vec_sort(out, change_cmp);
}

void plan_changes_fini(struct plan_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		for (size_t k = 0; k < changes->at[i].fields.n; k++) {
			free(changes->at[i].fields.at[k].path);
			json_decref(changes->at[i].fields.at[k].before);
			json_decref(changes->at[i].fields.at[k].after);
		}
		vec_free(&changes->at[i].fields);
	}
	vec_free(changes);
}
