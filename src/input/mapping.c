/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which keys of a YAML mapping may come again, and what does "<<" bring in? */
#include <string.h>

#include "mapping.h"

static size_t ordinal_of(json_t *object, const char *key)
{
	size_t ordinal = 0;

	for (void *i = json_object_iter(object); i && strcmp(json_object_iter_key(i), key);
	     i = json_object_iter_next(object, i))
		ordinal++;
	return ordinal;
}

/* Replacing a value keeps the key's place in the order of insertion, by which marks are kept. */
int mapping_put(struct mapping *m, const char *key, struct spot key_spot, json_t *value, struct spot value_spot,
		struct fault *fault)
{
	size_t ordinal = json_object_size(m->object);

	json_object_set_new_nocheck(m->object, key, value);
	if (json_object_size(m->object) == ordinal) {
		if (!m->merged || json_object_del(m->merged, key)) {
			fault_set(fault, key_spot, "key \"%.80s\" stands here for the second time", key);
			fault->kind = PROBLEM_REPEATED_KEY;
			return -1;
		}
		ordinal = ordinal_of(m->object, key);
	}
	marks_add(m->marks, m->object, ordinal, key_spot, value_spot);
	return 0;
}

static void merge_object(struct mapping *m, struct spot spot, json_t *from)
{
	for (void *i = json_object_iter(from); i; i = json_object_iter_next(from, i)) {
		const char *key = json_object_iter_key(i);
		size_t ordinal = json_object_size(m->object);

		json_object_set_nocheck(m->object, key, json_object_iter_value(i));
		json_object_set_new_nocheck(m->merged, key, json_null());
		if (json_object_size(m->object) > ordinal)
			marks_add(m->marks, m->object, ordinal, spot, spot);
	}
}

int mapping_merge(struct mapping *m, struct spot spot, const json_t *value, struct fault *fault)
{
	bool list = json_is_array(value);

	if (!list && !json_is_object(value))
		return fault_set(fault, spot, "\"<<\" needs a mapping, or a list of mappings");
	for (size_t i = 0; list && i < json_array_size(value); i++)
		if (!json_is_object(json_array_get(value, i)))
			return fault_set(fault, spot, "\"<<\" needs a mapping, or a list of mappings");
	if (!m->merged)
		m->merged = json_object();
	if (!list)
		merge_object(m, spot, (json_t *)(uintptr_t)value);
	for (size_t i = list ? json_array_size(value) : 0; i-- > 0;)
		merge_object(m, spot, json_array_get(value, i));
	return 0;
}

void mapping_fini(struct mapping *m)
{
	json_decref(m->merged);
	m->merged = NULL;
}
