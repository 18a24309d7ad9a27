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

/* Adds or removes a kernel set with all its elements. */
static void declare(const struct blockset *set, const struct blocks *blocks, const struct block_set *part,
		    void (*change)(struct factset *, const struct fact *))
{
	enum key_type key = family_key[part->family];
	const struct fact fact = {
		.kind = FACT_SET,
		.name = part->name,
		.set = {.key = key, .interval = true},
	};

	change(set->wanted, &fact);
	for (size_t i = part->first; i < part->end; i++) {
		const struct ip_range *range = &blocks->ranges.at[i];
		struct fact element = {.kind = FACT_ELEMENT, .name = part->name};

		element.element.size = key_size(key);
		memcpy(element.element.lo, range->lo.b, sizeof range->lo.b);
		memcpy(element.element.hi, range->hi.b, sizeof range->hi.b);
		change(set->wanted, &element);
	}
}

/* The name of a set of these ranges: one that has its elements, for good. */
static const char *ranges_name(const struct ip_ranges *ranges, enum family family, size_t first, size_t end)
{
	struct digest d;

	digest_init(&d);
	for (size_t i = first; i < end; i++)
		digest_bytes(&d, &ranges->at[i], sizeof ranges->at[i]);
	return digest_name(&d, family_prefix[family]);
}

/* The first of these ranges that begins at an address with this bit; those have all bits before in common. */
static size_t bit_find(const struct ip_ranges *ranges, size_t first, size_t end, unsigned bit)
{
	while (first < end) {
		size_t mid = first + (end - first) / 2;

		if (ranges->at[mid].lo.b[bit / 8] >> (7 - bit % 8) & 1)
			end = mid;
		else
			first = mid + 1;
	}
	return first;
}

/* Halves the space of addresses until each part fits a set: a range that comes or goes changes the set that it is in, and as a
 * rule no other. */
static void split(struct blocks *blocks, enum family family, size_t first, size_t end, unsigned bit)
{
	size_t mid;

	if (first == end)
		return;
	if (end - first <= BLOCK_SET_MAX) {
		*vec_add(&blocks->sets) = (struct block_set){
			.name = ranges_name(&blocks->ranges, family, first, end),
			.family = family,
			.first = first,
			.end = end,
		};
		return;
	}
	mid = bit_find(&blocks->ranges, first, end, bit);
	split(blocks, family, first, mid, bit + 1);
	split(blocks, family, mid, end, bit + 1);
}

/* Names the ranges of a family, and the sets they are in.  IPv4 comes first. */
static void name(struct blocks *blocks, enum family family, size_t first, size_t end)
{
	if (first == end)
		return;
	blocks->name[family] = ranges_name(&blocks->ranges, family, first, end);
	split(blocks, family, first, end, 0);
}

static size_t count_4(const struct ip_ranges *ranges)
{
	size_t n = 0;

	while (n < ranges->n && ranges->at[n].lo.family == FAMILY_4)
		n++;
	return n;
}

struct blocks *blocks_get(struct blockset *set, struct ip_ranges *ranges)
{
	struct blocks *blocks;
	uint64_t hash;
	size_t four;

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
	four = count_4(&blocks->ranges);
	name(blocks, FAMILY_4, 0, four);
	name(blocks, FAMILY_6, four, blocks->ranges.n);
	for (size_t i = 0; i < blocks->sets.n; i++)
		declare(set, blocks, &blocks->sets.at[i], factset_add);
	return blocks;
}

void blocks_put(struct blockset *set, struct blocks *blocks)
{
	if (--blocks->refs)
		return;
	for (size_t i = 0; i < blocks->sets.n; i++) {
		declare(set, blocks, &blocks->sets.at[i], factset_del);
		atom_put(blocks->sets.at[i].name);
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		atom_put(blocks->name[f]);
	vec_free(&blocks->sets);
	hmap_del(&set->by_hash, &blocks->node);
	vec_free(&blocks->ranges);
	free(blocks);
}

void blockset_fini(struct blockset *set)
{
	assert(set->by_hash.n == 0);
	hmap_fini(&set->by_hash);
}
