/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which deleted policies are still needed, because their namespace ends before its pods do? */
#include <stdlib.h>

#include <selvage/atom.h>
#include <selvage/hmap.h>
#include <selvage/mem.h>
#include <selvage/sticky.h>
#include <selvage/vec.h>

/* Of policies that sticky_close() makes; no object of the API can have such a name. */
static const char *const closing_names[DIRECTION_COUNT] = {
	[DIRECTION_INGRESS] = "(held for ingress)",
	[DIRECTION_EGRESS] = "(held for egress)",
};

/* The deleted policies of a namespace that are held back. */
struct held {
	struct hnode node;
	const char *ns;          /* atom, owned */
	VEC(const char *) names; /* atoms, owned; never empty */
};

struct sticky {
	struct store *store;
	struct hmap held;
	size_t n;
};

static struct held *held_find(const struct sticky *sticky, const char *ns)
{
	const char *name = ns ? atom_peek(ns) : NULL;

	if (!name)
		return NULL;
	for (struct hnode *h = hmap_find(&sticky->held, atom_hash(name)); h; h = hmap_next(h)) {
		struct held *held = hmap_entry(h, struct held, node);

		if (held->ns == name)
			return held;
	}
	return NULL;
}

static struct held *held_get(struct sticky *sticky, const char *ns)
{
	struct held *held = held_find(sticky, ns);

	if (held)
		return held;
	held = mem_new(1, sizeof *held);
	held->ns = atom(ns);
	hmap_put(&sticky->held, &held->node, atom_hash(held->ns));
	return held;
}

static void held_free(struct sticky *sticky, struct held *held)
{
	for (size_t i = 0; i < held->names.n; i++)
		atom_put(held->names.at[i]);
	sticky->n -= held->names.n;
	hmap_del(&sticky->held, &held->node);
	atom_put(held->ns);
	vec_free(&held->names);
	free(held);
}

/* The index of a name, or the number of names. */
static size_t held_index(const struct held *held, const char *name)
{
	const char *wanted = atom_peek(name);
	size_t i = 0;

	while (i < held->names.n && held->names.at[i] != wanted)
		i++;
	return i;
}

static void hold(struct sticky *sticky, const char *ns, const char *name)
{
	struct held *held = held_get(sticky, ns);

	if (held_index(held, name) < held->names.n)
		return;
	*vec_add(&held->names) = atom(name);
	sticky->n++;
}

/* The policy lives again. */
static void held_drop(struct sticky *sticky, const struct object *policy)
{
	struct held *held = held_find(sticky, policy->ns);
	size_t i = held ? held_index(held, policy->name) : 0;

	if (!held || i == held->names.n)
		return;
	atom_put(held->names.at[i]);
	vec_drop(&held->names, i);
	sticky->n--;
	if (!held->names.n)
		held_free(sticky, held);
}

/* Deletes what is held back of a namespace. */
static void held_release(struct sticky *sticky, struct held *held)
{
	for (size_t i = 0; i < held->names.n; i++)
		store_del(sticky->store, OBJECT_POLICY, held->ns, held->names.at[i]);
	held_free(sticky, held);
}

/* Has the namespace a pod that did not finish?  It may be yet to get an address. */
static bool inhabited(const struct store *store, const char *ns)
{
	const char *name = atom_peek(ns);
	const struct object *pod = name ? store_walk_ns(store, OBJECT_POD, name, NULL) : NULL;

	for (; pod; pod = store_walk_ns(store, OBJECT_POD, name, pod))
		if (!((const struct pod *)(const void *)pod)->finished)
			return true;
	return false;
}

/* Is the namespace on its way out, or gone before its pods? */
static bool ending(const struct store *store, const char *ns)
{
	const struct namespace *namespace = store_namespace(store, ns);

	return (!namespace || namespace->terminating) && inhabited(store, ns);
}

/* Releases what is held back of a namespace, if nothing asks for it any more. */
static void settle(struct sticky *sticky, const char *ns)
{
	struct held *held = held_find(sticky, ns);

	if (held && !ending(sticky->store, ns))
		held_release(sticky, held);
}

struct sticky *sticky_new(struct store *store)
{
	struct sticky *sticky = mem_new(1, sizeof *sticky);

	sticky->store = store;
	return sticky;
}

void sticky_put(struct sticky *sticky, struct object *take)
{
	enum object_kind kind = take->kind;
	const char *ns = atom_ref(kind == OBJECT_NAMESPACE ? take->name : take->ns);

	if (kind == OBJECT_POLICY)
		held_drop(sticky, take);
	store_put(sticky->store, take);
	if (kind != OBJECT_POLICY)
		settle(sticky, ns);
	atom_put(ns);
}

void sticky_del(struct sticky *sticky, enum object_kind kind, const char *ns, const char *name)
{
	const char *space = kind == OBJECT_NAMESPACE ? name : ns;

	if (kind != OBJECT_POLICY || !ending(sticky->store, ns)) {
		store_del(sticky->store, kind, ns, name);
		settle(sticky, space);
		return;
	}
	if (!store_find(sticky->store, kind, ns, name))
		return;
	hold(sticky, ns, name);
}

bool sticky_close(struct sticky *sticky, const char *ns, enum direction direction)
{
	struct policy *policy;

	if (!ending(sticky->store, ns))
		return false;
	policy = mem_new(1, sizeof *policy);
	policy->object.kind = OBJECT_POLICY;
	policy->object.ns = atom(ns);
	policy->object.name = atom(closing_names[direction]);
	policy->types[direction] = true;
	store_put(sticky->store, &policy->object);
	hold(sticky, ns, closing_names[direction]);
	return true;
}

size_t sticky_count(const struct sticky *sticky)
{
	return sticky->n;
}

void sticky_free(struct sticky *sticky)
{
	struct hnode *next;

	if (!sticky)
		return;
	for (struct hnode *h = hmap_walk(&sticky->held, NULL); h; h = next) {
		next = hmap_walk(&sticky->held, h);
		held_free(sticky, hmap_entry(h, struct held, node));
	}
	hmap_fini(&sticky->held);
	free(sticky);
}
