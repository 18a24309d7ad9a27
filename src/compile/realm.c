/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose places are in the namespaces that a term means? */
#include <assert.h>

#include <selvage/atom.h>

#include "place.h"
#include "realm.h"

static struct realm *realm_find(const struct realms *realms, const char *ns)
{
	for (struct hnode *h = hmap_find(&realms->by_ns, atom_hash(ns)); h; h = hmap_next(h))
		if (hmap_entry(h, struct realm, node)->ns == ns)
			return hmap_entry(h, struct realm, node);
	return NULL;
}

void realms_add(struct realms *realms, struct place *place)
{
	const char *ns = place->pod->object.ns;
	struct realm *realm = realm_find(realms, ns);

	if (!realm) {
		realm = mem_new(1, sizeof *realm);
		realm->ns = atom_ref(ns);
		hmap_put(&realms->by_ns, &realm->node, atom_hash(ns));
	}
	place->realm = realm;
	place->index = (unsigned)realm->places.n;
	*vec_add(&realm->places) = place;
}

void realms_del(struct realms *realms, struct place *place)
{
	struct realm *realm = place->realm;

	realm->places.at[realm->places.n - 1]->index = place->index;
	vec_drop(&realm->places, place->index);
	if (realm->places.n)
		return;
	hmap_del(&realms->by_ns, &realm->node);
	atom_put(realm->ns);
	vec_free(&realm->places);
	free(realm);
}

static bool realm_means(const struct realms *realms, const struct realm *realm, const struct term *term)
{
	struct labels implied;
	const struct labels *labels = place_ns_labels(realms->store, realm->ns, &implied);
	bool means = term_match_ns(term, realm->ns, labels);

	labels_fini(&implied);
	return means;
}

struct realm *realms_walk(const struct realms *realms, const struct term *term, const struct realm *after)
{
	struct hnode *h = NULL;

	if (term->ns)
		return after ? NULL : realm_find(realms, term->ns);
	for (h = hmap_walk(&realms->by_ns, after ? &after->node : NULL); h; h = hmap_walk(&realms->by_ns, h))
		if (realm_means(realms, hmap_entry(h, struct realm, node), term))
			return hmap_entry(h, struct realm, node);
	return NULL;
}

void realms_fini(struct realms *realms)
{
	assert(realms->by_ns.n == 0);
	hmap_fini(&realms->by_ns);
}
