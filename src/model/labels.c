/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is this object labelled with?  Few labels per object: a sorted array, searched in line. */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/labels.h>
#include <selvage/mem.h>

void labels_put(struct labels *labels, const char *key, const char *value)
{
	const char *value_atom = atom(value);
	size_t i = 0;

	while (i < labels->n && strcmp(labels->at[i].key, key) < 0)
		i++;
	if (i < labels->n && !strcmp(labels->at[i].key, key)) {
		atom_put(labels->at[i].value);
		labels->at[i].value = value_atom;
		return;
	}
	labels->at = mem_resize(labels->at, labels->n + 1, sizeof *labels->at);
	memmove(&labels->at[i + 1], &labels->at[i], (labels->n - i) * sizeof *labels->at);
	labels->at[i] = (struct label){atom(key), value_atom};
	labels->n++;
}

const char *labels_find(const struct labels *labels, const char *key_atom)
{
	for (size_t i = 0; i < labels->n; i++) {
		if (labels->at[i].key == key_atom)
			return labels->at[i].value;
	}
	return NULL;
}

bool labels_eq(const struct labels *a, const struct labels *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->at[i].key != b->at[i].key || a->at[i].value != b->at[i].value)
			return false;
	}
	return true;
}

void labels_copy(struct labels *to, const struct labels *from)
{
	*to = (struct labels){0};
	if (!from->n)
		return;
	to->n = from->n;
	to->at = mem_copy(from->at, from->n * sizeof *from->at);
	for (size_t i = 0; i < to->n; i++) {
		atom_ref(to->at[i].key);
		atom_ref(to->at[i].value);
	}
}

void labels_fini(struct labels *labels)
{
	for (size_t i = 0; i < labels->n; i++) {
		atom_put(labels->at[i].key);
		atom_put(labels->at[i].value);
	}
	free(labels->at);
	*labels = (struct labels){0};
}
