/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the map find exactly what is in it, while it grows, with equal hashes, and after deletions? */
#include <selvage/hmap.h>
#include <selvage/mem.h>

#include "unit.h"

struct thing {
	unsigned key;
	unsigned seen;
	struct hnode node;
};

#define N 5000

static struct thing *thing_find(const struct hmap *map, unsigned key)
{
	for (struct hnode *h = hmap_find(map, hmap_hash(&key, sizeof key)); h; h = hmap_next(h)) {
		struct thing *thing = hmap_entry(h, struct thing, node);

		if (thing->key == key)
			return thing;
	}
	return NULL;
}

static struct thing *things_put(struct hmap *map)
{
	struct thing *things = mem_new(N, sizeof *things);

	for (unsigned i = 0; i < N; i++) {
		things[i].key = i;
		hmap_put(map, &things[i].node, hmap_hash(&i, sizeof i));
		cr_assert_eq(map->n, i + 1);
		cr_assert_leq(map->n, map->mask + 1, "more than one entry per slot");
		cr_assert_eq(map->mask & (map->mask + 1), 0, "not a power of two");
	}
	return things;
}

UNIT(hmap, empty_map_finds_and_walks_nothing)
{
	struct hmap map = {0};

	cr_assert_null(hmap_find(&map, 0));
	cr_assert_null(hmap_walk(&map, NULL));
	hmap_fini(&map);
}

UNIT(hmap, everything_put_is_found_after_growth)
{
	struct hmap map = {0};
	struct thing *things = things_put(&map);

	for (unsigned i = 0; i < N; i++)
		cr_assert_eq(thing_find(&map, i), &things[i]);
	cr_assert_null(thing_find(&map, N));
	hmap_fini(&map);
	cr_assert_eq(map.n, 0);
	cr_assert_null(hmap_find(&map, 1));
	free(things);
}

UNIT(hmap, walk_sees_each_entry_once)
{
	struct hmap map = {0};
	struct thing *things = things_put(&map);

	for (struct hnode *h = hmap_walk(&map, NULL); h; h = hmap_walk(&map, h))
		hmap_entry(h, struct thing, node)->seen++;
	for (unsigned i = 0; i < N; i++)
		cr_assert_eq(things[i].seen, 1);
	hmap_fini(&map);
	free(things);
}

UNIT(hmap, walk_survives_deletion_once_the_successor_is_known)
{
	struct hmap map = {0};
	struct thing *things = things_put(&map);
	size_t seen = 0;

	for (struct hnode *h = hmap_walk(&map, NULL), *next; h; h = next) {
		struct thing *thing = hmap_entry(h, struct thing, node);

		next = hmap_walk(&map, h);
		seen++;
		if (thing->key % 3)
			hmap_del(&map, h);
	}
	cr_assert_eq(seen, N);
	for (unsigned i = 0; i < N; i++)
		cr_assert_eq(thing_find(&map, i) != NULL, i % 3 == 0);
	hmap_fini(&map);
	free(things);
}

UNIT(hmap, deleted_entries_are_gone_and_others_stay)
{
	struct hmap map = {0};
	struct thing *things = things_put(&map);

	for (unsigned i = 0; i < N; i += 2)
		hmap_del(&map, &things[i].node);
	cr_assert_eq(map.n, N / 2);
	for (unsigned i = 0; i < N; i++)
		cr_assert_eq(thing_find(&map, i), i % 2 ? &things[i] : NULL);
	hmap_fini(&map);
	free(things);
}

UNIT(hmap, equal_hashes_coexist)
{
	struct thing things[20] = {0};
	struct hmap map = {0};
	size_t n = 0;

	for (unsigned i = 0; i < 20; i++)
		hmap_put(&map, &things[i].node, i % 2 ? 7 : 7 + 1024); /* one slot, two hashes */
	for (struct hnode *h = hmap_find(&map, 7); h; h = hmap_next(h), n++)
		hmap_entry(h, struct thing, node)->seen++;
	cr_assert_eq(n, 10);
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(things[i].seen, i % 2);
	hmap_del(&map, &things[1].node);
	hmap_del(&map, &things[19].node);
	n = 0;
	for (struct hnode *h = hmap_find(&map, 7); h; h = hmap_next(h))
		n++;
	cr_assert_eq(n, 8);
	hmap_fini(&map);
}

UNIT(hmap, hash_depends_on_every_byte_and_the_length)
{
	cr_assert_eq(hmap_hash("abc", 3), hmap_hash("abc", 3));
	cr_assert_neq(hmap_hash("abc", 3), hmap_hash("abd", 3));
	cr_assert_neq(hmap_hash("abc", 3), hmap_hash("abc", 2));
	cr_assert_neq(hmap_hash("", 0), hmap_hash("", 1));
}

UNIT(hmap, mix_depends_on_both_and_their_order)
{
	cr_assert_neq(hmap_mix(1, 2), hmap_mix(2, 1));
	cr_assert_neq(hmap_mix(1, 2), hmap_mix(1, 3));
	cr_assert_neq(hmap_mix(0, 0), hmap_mix(0, 1));
	cr_assert_neq(hmap_mix(1, 0) & 0xffff, hmap_mix(UINT64_C(1) << 40 | 1, 0) & 0xffff);
}
