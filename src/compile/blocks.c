/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which address ranges do the policies of this node's pods speak about? */
#include <assert.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/digest.h>

#include "blocks.h"

static const enum key_type family_key[FAMILY_COUNT] = {KEY_IP4, KEY_IP6};
static const char *const family_prefix[FAMILY_COUNT] = {"cidr4-", "cidr6-"};

void block_add(const struct peer *peer, struct ip_ranges *ranges)
{
	struct ip_ranges block = {0}, except = {0};

	*vec_add(&block) = cidr_range(&peer->block);
	for (size_t i = 0; i < peer->n_except; i++)
		*vec_add(&except) = cidr_range(&peer->except[i]);
	ip_ranges_normalise(&except);
	ip_ranges_subtract(&block, &except);
	for (size_t i = 0; i < block.n; i++)
		*vec_add(ranges) = block.at[i];
	vec_free(&block);
	vec_free(&except);
}

static bool ranges_eq(const struct ip_ranges *a, const struct ip_ranges *b)
{
	return a->n == b->n && memcmp(a->at, b->at, a->n * sizeof *a->at) == 0;
}

/* Adds or removes the kernel set of one family with all its elements. */
static void declare(const struct blockset *set, const struct blocks *blocks, enum family family,
		    void (*change)(struct factset *, const struct fact *))
{
	struct fact fact = {
		.kind = FACT_SET,
		.name = blocks->set[family],
		.set = {.key = family_key[family], .interval = true},
	};

	if (!fact.name)
		return;
	change(set->wanted, &fact);
	for (size_t i = 0; i < blocks->ranges.n; i++) {
		const struct ip_range *range = &blocks->ranges.at[i];
		struct fact element = {.kind = FACT_ELEMENT, .name = fact.name};

		if (range->lo.family != family)
			continue;
		element.element.size = key_size(family_key[family]);
		memcpy(element.element.lo, range->lo.b, sizeof range->lo.b);
		memcpy(element.element.hi, range->hi.b, sizeof range->hi.b);
		change(set->wanted, &element);
	}
}

/* The name of the set of one family's ranges, NULL where there are none: a set that has its elements, for good. */
static const char *ranges_name(const struct ip_ranges *ranges, enum family family)
{
	struct digest d;
	bool any = false;

	digest_init(&d);
	for (size_t i = 0; i < ranges->n; i++) {
		if (ranges->at[i].lo.family != family)
			continue;
		digest_bytes(&d, &ranges->at[i], sizeof ranges->at[i]);
		any = true;
	}
	return any ? digest_name(&d, family_prefix[family]) : NULL;
}

struct blocks *blocks_get(struct blockset *set, struct ip_ranges *ranges)
{
	struct blocks *blocks;
	uint64_t hash;

	ip_ranges_normalise(ranges);
	hash = hmap_hash(ranges->at, ranges->n * sizeof *ranges->at);
	for (struct hnode *h = hmap_find(&set->by_hash, hash); h; h = hmap_next(h)) {
		blocks = hmap_entry(h, struct blocks, node);
		if (ranges_eq(&blocks->ranges, ranges)) {
			vec_free(ranges);
			blocks->refs++;
			return blocks;
		}
	}
	blocks = mem_new(1, sizeof *blocks);
	blocks->refs = 1;
	blocks->ranges = *ranges;
	*ranges = (struct ip_ranges){0};
	hmap_put(&set->by_hash, &blocks->node, hash);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		blocks->set[f] = ranges_name(&blocks->ranges, (enum family)f);
		declare(set, blocks, (enum family)f, factset_add);
	}
	return blocks;
}

void blocks_put(struct blockset *set, struct blocks *blocks)
{
	if (--blocks->refs)
		return;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		declare(set, blocks, (enum family)f, factset_del);
		atom_put(blocks->set[f]);
	}
	hmap_del(&set->by_hash, &blocks->node);
	vec_free(&blocks->ranges);
	free(blocks);
}

void blockset_fini(struct blockset *set)
{
	assert(set->by_hash.n == 0);
	hmap_fini(&set->by_hash);
}
