/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the cluster look like now, and what has changed since somebody last asked? */
#include <stdlib.h>

#include <selvage/atom.h>
#include <selvage/hmap.h>
#include <selvage/store.h>

#include "store_addr.h"

/* One (kind, namespace, name) that exists or did at the last settle. */
struct slot {
	struct hnode node;
	struct object *object; /* NULL: deleted since the last settle */
	struct group *group;   /* NULL: in none, because there is no object */
	struct slot *prev, *next;
	size_t change; /* index in `changes` and `dirty` plus 1, or 0 */
};

/* The slots of one kind and namespace that hold an object; a group is never empty. */
struct group {
	struct hnode node;
	enum object_kind kind;
	const char *ns; /* atom, owned; NULL for the group of all namespaces */
	struct slot *first;
	struct group *prev, *next;
};

/* What belongs to a change, in the same order. */
struct dirty {
	struct slot *slot;
	struct object *before;
};

struct store {
	struct hmap slots, groups;
	struct group *first[OBJECT_KIND_COUNT];
	size_t n[OBJECT_KIND_COUNT];
	struct store_addr addr;
	VEC(struct change) changes;
	VEC(struct dirty) dirty;
};

static uint64_t group_hash(enum object_kind kind, const char *ns)
{
	return hmap_mix((uint64_t)kind, ns ? atom_hash(ns) : 0);
}

static uint64_t slot_hash(enum object_kind kind, const char *ns, const char *name)
{
	return hmap_mix(group_hash(kind, ns), atom_hash(name));
}

/* What the slot's key can be read from: there is always an object, or a change that holds the one that was. */
static const struct object *slot_key(const struct store *store, const struct slot *slot)
{
	return slot->object ? slot->object : store->changes.at[slot->change - 1].before;
}

/* ns and name are atoms. */
static struct slot *slot_find(const struct store *store, enum object_kind kind, const char *ns, const char *name)
{
	struct hnode *h = hmap_find(&store->slots, slot_hash(kind, ns, name));

	for (; h; h = hmap_next(h)) {
		struct slot *slot = hmap_entry(h, struct slot, node);
		const struct object *key = slot_key(store, slot);

		if (key->kind == kind && key->ns == ns && key->name == name)
			return slot;
	}
	return NULL;
}

/* The slot of an object that a walk returned; to walk on from one that is gone is a mistake of the caller. */
static const struct slot *slot_of(const struct store *store, const struct object *object)
{
	const struct slot *slot = slot_find(store, object->kind, object->ns, object->name);

	if (!slot || !slot->group)
		abort();
	return slot;
}

/* By any strings. */
static struct slot *slot_peek(const struct store *store, enum object_kind kind, const char *ns, const char *name)
{
	const char *ns_atom = ns ? atom_peek(ns) : NULL, *name_atom = atom_peek(name);

	if (!name_atom || (ns && !ns_atom))
		return NULL;
	return slot_find(store, kind, ns_atom, name_atom);
}

static void slot_free(struct store *store, struct slot *slot)
{
	hmap_del(&store->slots, &slot->node);
	free(slot);
}

static struct group *group_find(const struct store *store, enum object_kind kind, const char *ns)
{
	for (struct hnode *h = hmap_find(&store->groups, group_hash(kind, ns)); h; h = hmap_next(h)) {
		struct group *group = hmap_entry(h, struct group, node);

		if (group->kind == kind && group->ns == ns)
			return group;
	}
	return NULL;
}

static struct group *group_new(struct store *store, enum object_kind kind, const char *ns)
{
	struct group *group = mem_new(1, sizeof *group);

	group->kind = kind;
	group->ns = atom_ref(ns);
	group->next = store->first[kind];
	if (group->next)
		group->next->prev = group;
	store->first[kind] = group;
	hmap_put(&store->groups, &group->node, group_hash(kind, ns));
	return group;
}

static void group_free(struct store *store, struct group *group)
{
	if (group->prev)
		group->prev->next = group->next;
	else
		store->first[group->kind] = group->next;
	if (group->next)
		group->next->prev = group->prev;
	hmap_del(&store->groups, &group->node);
	atom_put(group->ns);
	free(group);
}

static void group_join(struct store *store, struct slot *slot)
{
	const struct object *object = slot->object;
	struct group *group = group_find(store, object->kind, object->ns);

	if (!group)
		group = group_new(store, object->kind, object->ns);
	slot->group = group;
	slot->prev = NULL;
	slot->next = group->first;
	if (slot->next)
		slot->next->prev = slot;
	group->first = slot;
	store->n[object->kind]++;
}

static void group_leave(struct store *store, struct slot *slot)
{
	struct group *group = slot->group;

	if (slot->prev)
		slot->prev->next = slot->next;
	else
		group->first = slot->next;
	if (slot->next)
		slot->next->prev = slot->prev;
	slot->group = NULL;
	store->n[group->kind]--;
	if (!group->first)
		group_free(store, group);
}

static void change_begin(struct store *store, struct slot *slot)
{
	*vec_add(&store->changes) = (struct change){slot->object, slot->object};
	*vec_add(&store->dirty) = (struct dirty){slot, slot->object};
	slot->change = store->changes.n;
}

/* Takes a change back: the slot is what it was. */
static void change_drop(struct store *store, struct slot *slot)
{
	size_t i = slot->change - 1;

	vec_drop(&store->changes, i);
	vec_drop(&store->dirty, i);
	if (i < store->dirty.n)
		store->dirty.at[i].slot->change = i + 1;
	slot->change = 0;
}

/* Makes `object` (NULL: nothing) what the slot holds, in the indexes too. */
static void slot_hold(struct store *store, struct slot *slot, struct object *object)
{
	struct object *old = slot->object;

	if (old && old->kind == OBJECT_POD)
		store_addr_del(&store->addr, (const struct pod *)(const void *)old);
	slot->object = object;
	if (object && object->kind == OBJECT_POD)
		store_addr_put(&store->addr, (const struct pod *)(const void *)object);
	if (!object && slot->group)
		group_leave(store, slot);
	if (object && !slot->group)
		group_join(store, slot);
}

/* As slot_hold(), and keeps account of the change.  Takes the object. */
static void slot_set(struct store *store, struct slot *slot, struct object *object)
{
	struct object *old = slot->object, *before;

	if (!slot->change)
		change_begin(store, slot);
	before = store->dirty.at[slot->change - 1].before;
	slot_hold(store, slot, object);
	if (old != before)
		object_free(old);
	store->changes.at[slot->change - 1].after = object;
	if (object != before)
		return;
	change_drop(store, slot);
	if (!object)
		slot_free(store, slot);
}

static bool source_same(const struct source *a, const struct source *b)
{
	return a->file == b->file && a->line == b->line && a->col == b->col;
}

/* Equal in every respect, where it was written included. */
static bool object_identical(const struct object *a, const struct object *b)
{
	const struct policy *left = (const void *)a, *right = (const void *)b;

	if (!object_same(a, b) || !source_same(&a->source, &b->source))
		return false;
	for (size_t i = 0; a->kind == OBJECT_POLICY && i < left->n_rules; i++) {
		if (!source_same(&left->rules[i].source, &right->rules[i].source))
			return false;
	}
	return true;
}

static struct slot *slot_new(struct store *store, const struct object *key)
{
	struct slot *slot = mem_new(1, sizeof *slot);

	hmap_put(&store->slots, &slot->node, slot_hash(key->kind, key->ns, key->name));
	return slot;
}

struct store *store_new(void)
{
	return mem_new(1, sizeof(struct store));
}

void store_free(struct store *store)
{
	if (!store)
		return;
	store_settle(store);
	for (struct hnode *h = hmap_walk(&store->slots, NULL), *next; h; h = next) {
		struct slot *slot = hmap_entry(h, struct slot, node);

		next = hmap_walk(&store->slots, h);
		object_free(slot->object);
		free(slot);
	}
	hmap_fini(&store->slots);
	for (size_t kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
		while (store->first[kind])
			group_free(store, store->first[kind]);
	}
	hmap_fini(&store->groups);
	store_addr_fini(&store->addr);
	vec_free(&store->changes);
	vec_free(&store->dirty);
	free(store);
}

void store_put(struct store *store, struct object *take)
{
	struct slot *slot = slot_find(store, take->kind, take->ns, take->name);
	struct object *before;

	if (!slot)
		slot = slot_new(store, take);
	if (slot->object && object_identical(slot->object, take)) {
		object_free(take);
		return;
	}
	before = slot->change ? store->dirty.at[slot->change - 1].before : NULL;
	if (before && object_identical(before, take)) {
		object_free(take);
		take = before;
	}
	slot_set(store, slot, take);
}

void store_del(struct store *store, enum object_kind kind, const char *ns, const char *name)
{
	struct slot *slot = slot_peek(store, kind, ns, name);

	if (slot && slot->object)
		slot_set(store, slot, NULL);
}

const struct object *store_find(const struct store *store, enum object_kind kind, const char *ns, const char *name)
{
	const struct slot *slot = slot_peek(store, kind, ns, name);

	return slot ? slot->object : NULL;
}

const struct namespace *store_namespace(const struct store *store, const char *name)
{
	return (const struct namespace *)(const void *)store_find(store, OBJECT_NAMESPACE, NULL, name);
}

const struct object *store_walk(const struct store *store, enum object_kind kind, const struct object *after)
{
	const struct group *group = store->first[kind];

	if (after) {
		const struct slot *slot = slot_of(store, after);

		if (slot->next)
			return slot->next->object;
		group = slot->group->next;
	}
	return group ? group->first->object : NULL;
}

const struct object *store_walk_shape(const struct store *store, enum object_shape shape, const struct object *after)
{
	enum object_kind kind = after ? after->kind : 0;
	const struct object *next = after ? store_walk(store, kind++, after) : NULL;

	for (; !next && kind < OBJECT_KIND_COUNT; kind++)
		if (object_type(kind)->shape == shape)
			next = store_walk(store, kind, NULL);
	return next;
}

size_t store_count(const struct store *store, enum object_kind kind)
{
	return store->n[kind];
}

const struct object *store_walk_ns(const struct store *store, enum object_kind kind, const char *ns,
				   const struct object *after)
{
	const struct slot *slot;

	if (after) {
		slot = slot_of(store, after)->next;
	} else {
		const struct group *group = group_find(store, kind, ns);

		slot = group ? group->first : NULL;
	}
	return slot ? slot->object : NULL;
}

const struct pod *store_owner(const struct store *store, const struct ip *ip)
{
	const struct pod *owner = NULL;

	for (const struct pod *pod = NULL; (pod = store_claim(store, ip, pod));) {
		if (!owner || pod_newer(pod, owner))
			owner = pod;
	}
	return owner;
}

const struct pod *store_claim(const struct store *store, const struct ip *ip, const struct pod *after)
{
	return store_addr_claim(&store->addr, ip, after);
}

const char *store_node(const struct store *store, const struct ip *ip)
{
	return store_addr_node(&store->addr, ip);
}

const struct change *store_changes(const struct store *store, size_t *n)
{
	*n = store->changes.n;
	return store->changes.at;
}

void store_settle(struct store *store)
{
	for (size_t i = 0; i < store->dirty.n; i++) {
		struct slot *slot = store->dirty.at[i].slot;

		slot->change = 0;
		if (!slot->object)
			slot_free(store, slot);
		object_free(store->dirty.at[i].before);
	}
	vec_clear(&store->changes);
	vec_clear(&store->dirty);
}
