/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which facts does anyone ask for, and which since the last take? */
#include <assert.h>

#include <selvage/atom.h>
#include <selvage/hmap.h>

#include "factset.h"

struct entry {
	struct hnode node;
	struct fact fact;
	unsigned asked; /* by how many */
	bool taken;     /* it was wanted at the last take */
	bool touched;   /* it is in the list of touched entries */
	bool passing;   /* it entered or left: the entry ends with the next take */
};

struct factset {
	struct hmap entries; /* by hash of the key */
	VEC(struct entry *) touched;
	size_t taken[FACT_KIND_COUNT];
	bool muted; /* what enters and leaves is only counted */
};

static uint64_t key_hash(const struct fact *fact)
{
	uint64_t hash = hmap_mix(atom_hash(fact->name), fact->kind);

	if (fact->kind == FACT_ELEMENT)
		hash = hmap_mix(hash, hmap_hash(fact->element.lo, fact->element.size));
	return hash;
}

static struct entry *entry_find(const struct factset *set, const struct fact *fact, uint64_t hash)
{
	for (struct hnode *h = hmap_find(&set->entries, hash); h; h = hmap_next(h)) {
		struct entry *entry = hmap_entry(h, struct entry, node);

		if (fact_eq(&entry->fact, fact))
			return entry;
	}
	return NULL;
}

static struct entry *entry_add(struct factset *set, const struct fact *fact, uint64_t hash)
{
	struct entry *entry = mem_new(1, sizeof *entry);

	fact_copy(&entry->fact, fact);
	hmap_put(&set->entries, &entry->node, hash);
	return entry;
}

static void entry_free(struct factset *set, struct entry *entry)
{
	hmap_del(&set->entries, &entry->node);
	fact_fini(&entry->fact);
	free(entry);
}

static void entry_touch(struct factset *set, struct entry *entry)
{
	if (!entry->touched)
		*vec_add(&set->touched) = entry;
	entry->touched = true;
}

struct factset *factset_new(void)
{
	return mem_new(1, sizeof(struct factset));
}

void factset_free(struct factset *set)
{
	struct hnode *h, *next;

	if (!set)
		return;
	for (h = hmap_walk(&set->entries, NULL); h; h = next) {
		next = hmap_walk(&set->entries, h);
		entry_free(set, hmap_entry(h, struct entry, node));
	}
	hmap_fini(&set->entries);
	vec_free(&set->touched);
	free(set);
}

void factset_add(struct factset *set, const struct fact *fact)
{
	uint64_t hash = key_hash(fact);
	struct entry *entry = entry_find(set, fact, hash);

	if (!entry)
		entry = entry_add(set, fact, hash);
	if (entry->asked++ == 0)
		entry_touch(set, entry);
}

void factset_del(struct factset *set, const struct fact *fact)
{
	struct entry *entry = entry_find(set, fact, key_hash(fact));

	assert(entry && entry->asked);
	if (--entry->asked == 0)
		entry_touch(set, entry);
}

/* The entry of a fact that enters (`asked` 1) or leaves (0).  Its first step since the last take tells what it was then. */
static void entry_pass(struct factset *set, const struct fact *fact, unsigned asked)
{
	uint64_t hash = key_hash(fact);
	struct entry *entry = entry_find(set, fact, hash);

	if (!entry) {
		entry = entry_add(set, fact, hash);
		entry->passing = true;
		entry->taken = !asked;
		entry->asked = !asked;
		entry_touch(set, entry);
	}
	assert(entry->passing && entry->asked != asked);
	entry->asked = asked;
}

void factset_enter(struct factset *set, const struct fact *fact)
{
	if (set->muted)
		set->taken[fact->kind]++;
	else
		entry_pass(set, fact, 1);
}

void factset_leave(struct factset *set, const struct fact *fact)
{
	if (set->muted)
		set->taken[fact->kind]--;
	else
		entry_pass(set, fact, 0);
}

void factset_mute(struct factset *set)
{
	set->muted = true;
}

/* What the entry has come to since the last take. */
static void entry_take(struct factset *set, struct entry *entry, struct patch *out)
{
	bool wanted = entry->asked > 0;

	if (wanted != entry->taken) {
		if (out)
			facts_add(wanted ? &out->add : &out->del, &entry->fact);
		set->taken[entry->fact.kind] += wanted ? 1 : (size_t)-1;
	}
	entry->taken = wanted;
	entry->touched = false;
}

void factset_take(struct factset *set, struct patch *out)
{
	if (out)
		*out = (struct patch){0};
	for (size_t i = 0; i < set->touched.n; i++) {
		struct entry *entry = set->touched.at[i];

		entry_take(set, entry, out);
		if (!entry->asked || entry->passing)
			entry_free(set, entry);
	}
	vec_clear(&set->touched);
	set->muted = false;
	if (!out)
		return;
	facts_sort(&out->del);
	facts_sort(&out->add);
}

size_t factset_count(const struct factset *set, enum fact_kind kind)
{
	return set->taken[kind];
}

void factset_all(const struct factset *set, struct facts *out)
{
	for (struct hnode *h = hmap_walk(&set->entries, NULL); h; h = hmap_walk(&set->entries, h)) {
		const struct entry *entry = hmap_entry(h, struct entry, node);

		if (entry->asked && !entry->passing)
			facts_add(out, &entry->fact);
	}
}
