/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a selector match, by set arithmetic on labels? */
#include <stdlib.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "labelindex.h"

/* What has a label, or with value NULL, the key. */
struct entry {
	struct hnode node;
	const char *key, *value; /* atoms, borrowed */
	roaring_bitmap_t *have;
};

/* A selector that was asked about. */
struct answer {
	struct hnode node;
	const struct selector *selector; /* borrowed */
	roaring_bitmap_t *match;
};

static uint64_t entry_hash(const char *key, const char *value)
{
	return hmap_mix(atom_hash(key), value ? atom_hash(value) : 0);
}

static struct entry *entry_find(const struct labelindex *index, const char *key, const char *value)
{
	for (struct hnode *h = hmap_find(&index->labels, entry_hash(key, value)); h; h = hmap_next(h)) {
		struct entry *entry = hmap_entry(h, struct entry, node);

		if (entry->key == key && entry->value == value)
			return entry;
	}
	return NULL;
}

static void entry_add(struct labelindex *index, const char *key, const char *value, uint32_t number)
{
	struct entry *entry = entry_find(index, key, value);

	if (!entry) {
		entry = mem_new(1, sizeof *entry);
		*entry = (struct entry){.key = key, .value = value, .have = roaring_bitmap_create()};
		hmap_put(&index->labels, &entry->node, entry_hash(key, value));
	}
	roaring_bitmap_add(entry->have, number);
}

void labelindex_init(struct labelindex *index)
{
	*index = (struct labelindex){.all = roaring_bitmap_create()};
}

void labelindex_add(struct labelindex *index, uint32_t number, const struct labels *labels)
{
	roaring_bitmap_add(index->all, number);
	for (size_t i = 0; i < labels->n; i++) {
		entry_add(index, labels->at[i].key, NULL, number);
		entry_add(index, labels->at[i].key, labels->at[i].value, number);
	}
}

static void or_entry(const struct labelindex *index, const char *key, const char *value, roaring_bitmap_t *into)
{
	const struct entry *entry = entry_find(index, key, value);

	if (entry)
		roaring_bitmap_or_inplace(into, entry->have);
}

/* Keeps what fulfils one requirement.  "NotIn and DoesNotExist match absent keys." */
static void require(const struct labelindex *index, const struct requirement *requirement, roaring_bitmap_t *match)
{
	roaring_bitmap_t *have = roaring_bitmap_create();

	switch (requirement->op) {
	case SELECTOR_IN:
	case SELECTOR_NOT_IN:
		for (size_t i = 0; i < requirement->n_values; i++)
			or_entry(index, requirement->key, requirement->values[i], have);
		break;
	case SELECTOR_EXISTS:
	case SELECTOR_NOT_EXISTS:
		or_entry(index, requirement->key, NULL, have);
		break;
	}
	if (requirement->op == SELECTOR_IN || requirement->op == SELECTOR_EXISTS)
		roaring_bitmap_and_inplace(match, have);
	else
		roaring_bitmap_andnot_inplace(match, have);
	roaring_bitmap_free(have);
}

static uint64_t selector_hash(const struct selector *selector)
{
	uint64_t hash = selector->n;

	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *requirement = &selector->at[i];

		hash = hmap_mix(hash, entry_hash(requirement->key, NULL) + requirement->op);
		for (size_t k = 0; k < requirement->n_values; k++)
			hash = hmap_mix(hash, atom_hash(requirement->values[k]));
	}
	return hash;
}

const roaring_bitmap_t *labelindex_select(struct labelindex *index, const struct selector *selector)
{
	uint64_t hash = selector_hash(selector);
	struct answer *answer;

	for (struct hnode *h = hmap_find(&index->selected, hash); h; h = hmap_next(h)) {
		answer = hmap_entry(h, struct answer, node);
		if (!selector_cmp(answer->selector, selector))
			return answer->match;
	}
	answer = mem_new(1, sizeof *answer);
	answer->selector = selector;
	answer->match = roaring_bitmap_copy(index->all);
	for (size_t i = 0; i < selector->n; i++)
		require(index, &selector->at[i], answer->match);
	hmap_put(&index->selected, &answer->node, hash);
	return answer->match;
}

void labelindex_fini(struct labelindex *index)
{
	for (struct hnode *h = hmap_walk(&index->labels, NULL), *next; h; h = next) {
		struct entry *entry = hmap_entry(h, struct entry, node);

		next = hmap_walk(&index->labels, h);
		roaring_bitmap_free(entry->have);
		free(entry);
	}
	for (struct hnode *h = hmap_walk(&index->selected, NULL), *next; h; h = next) {
		struct answer *answer = hmap_entry(h, struct answer, node);

		next = hmap_walk(&index->selected, h);
		roaring_bitmap_free(answer->match);
		free(answer);
	}
	hmap_fini(&index->labels);
	hmap_fini(&index->selected);
	roaring_bitmap_free(index->all);
}
