/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does a peer mean? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audience.h"
#include "blocks.h"

/* "The API server sets [kubernetes.io/metadata.name] on all namespaces": also on those that are known only from their
 * pods. */
static void index_namespaces(struct audiences *audiences, const struct store *store)
{
	for (uint32_t i = 0; i < audiences->spaces->n; i++) {
		const char *name = audiences->spaces->at[i].ns;
		const struct namespace *ns = store_namespace(store, name);
		struct labels *implied;

		if (ns) {
			labelindex_add(&audiences->namespaces, i, &ns->labels);
			continue;
		}
		implied = mem_new(1, sizeof *implied);
		labels_put(implied, "kubernetes.io/metadata.name", name);
		*vec_add(&audiences->implied) = implied;
		labelindex_add(&audiences->namespaces, i, implied);
	}
}

void audiences_init(struct audiences *audiences, enum reach_world world, const struct store *store,
		    const struct kinds *kinds, const struct regions *regions, const struct stretches *spaces)
{
	*audiences = (struct audiences){.world = world, .kinds = kinds, .regions = regions, .spaces = spaces};
	labelindex_init(&audiences->pods);
	labelindex_init(&audiences->namespaces);
	for (uint32_t i = 0; i < kinds->n; i++) {
		const struct pod *pod = kinds->at[i].in[world].pod;

		if (pod)
			labelindex_add(&audiences->pods, i, &pod->labels);
	}
	index_namespaces(audiences, store);
}

static int stretch_cmp(const void *ns, const void *stretch)
{
	const struct stretch *x = stretch;

	return ns == x->ns ? 0 : strcmp(ns, x->ns);
}

/* The audience with this key; new and empty, and *fresh, if there was none. */
static struct audience *audience_get(struct audiences *audiences, const struct bytes *key, bool *fresh)
{
	uint32_t number = numbering_of(&audiences->numbering, key);

	*fresh = number == audiences->all.n;
	if (*fresh)
		*vec_add(&audiences->all) = mem_new(1, sizeof(struct audience));
	return audiences->all.at[number];
}

/* An audience of pods is known by what it is the intersection of. */
static struct audience *audience_get_pods(struct audiences *audiences, const char *ns, const roaring_bitmap_t *spaces,
					  const roaring_bitmap_t *pods, bool *fresh)
{
	const void *parts[] = {ns, spaces, pods};
	struct bytes key = {0};
	struct audience *audience;

	BYTES_ADD(&key, parts);
	audience = audience_get(audiences, &key, fresh);
	vec_free(&key);
	return audience;
}

struct audience *audience_of_pods(struct audiences *audiences, const char *ns, const struct selector *selector)
{
	const roaring_bitmap_t *match = labelindex_select(&audiences->pods, selector);
	const struct stretch *stretch;
	struct audience *audience;
	bool fresh;

	audience = audience_get_pods(audiences, ns, NULL, match, &fresh);
	if (!fresh)
		return audience;
	stretch = audiences->spaces->n
			  ? bsearch(ns, audiences->spaces->at, audiences->spaces->n, sizeof *stretch, stretch_cmp)
			  : NULL;
	audience->kinds =
		stretch ? roaring_bitmap_from_range(stretch->first, stretch->end, 1) : roaring_bitmap_create();
	roaring_bitmap_and_inplace(audience->kinds, match);
	return audience;
}

/* The kinds of some namespaces. */
static roaring_bitmap_t *kinds_in(const struct audiences *audiences, const roaring_bitmap_t *spaces)
{
	roaring_bitmap_t *kinds = roaring_bitmap_create();
	roaring_uint32_iterator_t at;

	for (roaring_init_iterator(spaces, &at); at.has_value; roaring_advance_uint32_iterator(&at)) {
		const struct stretch *stretch = &audiences->spaces->at[at.current_value];

		roaring_bitmap_add_range(kinds, stretch->first, stretch->end);
	}
	return kinds;
}

static struct audience *audience_of_selectors(struct audiences *audiences, const struct peer *peer)
{
	const roaring_bitmap_t *spaces = labelindex_select(&audiences->namespaces, &peer->ns),
			       *match = labelindex_select(&audiences->pods, &peer->pods);
	struct audience *audience;
	bool fresh;

	audience = audience_get_pods(audiences, NULL, spaces, match, &fresh);
	if (fresh) {
		audience->kinds = kinds_in(audiences, spaces);
		roaring_bitmap_and_inplace(audience->kinds, match);
	}
	return audience;
}

void audience_ranges(const struct peer *peer, struct ip_ranges *out)
{
	*out = (struct ip_ranges){0};
	block_add(peer, out);
	ip_ranges_normalise(out);
}

static struct audience *audience_of_block(struct audiences *audiences, const struct peer *peer)
{
	struct ip_ranges ranges;
	struct bytes key = {0};
	struct audience *audience;
	bool fresh;

	audience_ranges(peer, &ranges);
	bytes_add(&key, "block", sizeof "block");
	bytes_add(&key, ranges.at, ranges.n * sizeof *ranges.at);
	audience = audience_get(audiences, &key, &fresh);
	if (fresh)
		regions_of(audiences->regions, &ranges, &audience->regions);
	vec_free(&ranges);
	vec_free(&key);
	return audience;
}

struct audience *audience_of_peer(struct audiences *audiences, const struct policy *policy, const struct peer *peer)
{
	switch (peer->kind) {
	case PEER_BLOCK:
		return audience_of_block(audiences, peer);
	case PEER_PODS:
		return peer->any_ns ? audience_of_selectors(audiences, peer)
				    : audience_of_pods(audiences, policy->object.ns, &peer->pods);
	case PEER_NOBODY:
		return NULL;
	}
	return NULL;
}

void audiences_split(const struct audiences *audiences, struct partition *partition)
{
	uint32_t *members = mem_new(audiences->kinds->n + 1, sizeof *members);

	for (size_t i = 0; i < audiences->all.n; i++) {
		const roaring_bitmap_t *kinds = audiences->all.at[i]->kinds;

		if (!kinds)
			continue;
		roaring_bitmap_to_uint32_array(kinds, members);
		partition_split(partition, members, roaring_bitmap_get_cardinality(kinds));
	}
	free(members);
}

void audiences_fini(struct audiences *audiences)
{
	for (size_t i = 0; i < audiences->all.n; i++) {
		struct audience *audience = audiences->all.at[i];

		if (audience->kinds)
			roaring_bitmap_free(audience->kinds);
		vec_free(&audience->regions);
		for (int f = 0; f < FAMILY_COUNT; f++)
			for (int c = 0; c < CERTAINTY_COUNT; c++)
				vec_free(&audience->runs[f][c]);
		free(audience);
	}
	vec_free(&audiences->all);
	for (size_t i = 0; i < audiences->wavering.n; i++)
		roaring_bitmap_free(audiences->wavering.at[i].classes);
	vec_free(&audiences->wavering);
	free(audiences->numbers);
	numbering_fini(&audiences->numbering);
	labelindex_fini(&audiences->pods);
	labelindex_fini(&audiences->namespaces);
	for (size_t i = 0; i < audiences->implied.n; i++) {
		labels_fini(audiences->implied.at[i]);
		free(audiences->implied.at[i]);
	}
	vec_free(&audiences->implied);
}
