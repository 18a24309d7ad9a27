/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which entries have this hash?  Chains in a power of two of slots, doubled when there is one entry per slot. */
#include <stdbool.h>
#include <stdlib.h>

#include <sodium/core.h>
#include <sodium/crypto_shorthash.h>
#include <sodium/randombytes.h>

#include <selvage/hmap.h>
#include <selvage/mem.h>

#define HMAP_SLOTS_MIN 8

static void hmap_link(struct hmap *map, struct hnode *node)
{
	struct hnode **slot = &map->slots[node->hash & map->mask];

	node->next = *slot;
	*slot = node;
}

static void hmap_grow(struct hmap *map)
{
	struct hnode **old = map->slots;
	size_t n_old = old ? map->mask + 1 : 0, n_new = old ? n_old * 2 : HMAP_SLOTS_MIN;

	map->slots = mem_new(n_new, sizeof *map->slots);
	map->mask = n_new - 1;
	for (size_t i = 0; i < n_old; i++) {
		for (struct hnode *node = old[i], *next; node; node = next) {
			next = node->next;
			hmap_link(map, node);
		}
	}
	free(old);
}

/* The first entry at or after a slot. */
static struct hnode *hmap_from(const struct hmap *map, size_t slot)
{
	for (; slot <= map->mask; slot++) {
		if (map->slots[slot])
			return map->slots[slot];
	}
	return NULL;
}

static struct hnode *hmap_match(struct hnode *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

void hmap_put(struct hmap *map, struct hnode *node, uint64_t hash)
{
	if (!map->slots || map->n > map->mask)
		hmap_grow(map);
	node->hash = hash;
	hmap_link(map, node);
	map->n++;
}

void hmap_del(struct hmap *map, struct hnode *node)
{
	struct hnode **link = &map->slots[node->hash & map->mask];

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	map->n--;
}

struct hnode *hmap_find(const struct hmap *map, uint64_t hash)
{
	return map->slots ? hmap_match(map->slots[hash & map->mask], hash) : NULL;
}

struct hnode *hmap_next(const struct hnode *node)
{
	return hmap_match(node->next, node->hash);
}

struct hnode *hmap_walk(const struct hmap *map, const struct hnode *after)
{
	if (!map->n)
		return NULL;
	if (!after)
		return hmap_from(map, 0);
	return after->next ? after->next : hmap_from(map, (after->hash & map->mask) + 1);
}

void hmap_fini(struct hmap *map)
{
	free(map->slots);
	*map = (struct hmap){0};
}

uint64_t hmap_hash(const void *data, size_t n)
{
	static uint8_t key[crypto_shorthash_KEYBYTES];
	static bool keyed;
	union {
		uint8_t bytes[crypto_shorthash_BYTES];
		uint64_t number;
	} hash;

	if (!keyed) {
		if (sodium_init() < 0)
			abort();
		randombytes_buf(key, sizeof key);
		keyed = true;
	}
	crypto_shorthash(hash.bytes, data, n, key);
	return hash.number;
}

/* The finaliser of SplitMix64, so that every bit of both reaches the low bits that choose the slot. */
uint64_t hmap_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}
