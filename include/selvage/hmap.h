/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intrusive hash map.  A struct that wants to be found embeds a `struct hnode`; the map owns nothing.
 *
 *	for (struct hnode *h = hmap_find(&map, hash); h; h = hmap_next(h)) {
 *		struct thing *t = hmap_entry(h, struct thing, node);
 *		...compare the key...
 *	}
 */
#ifndef SELVAGE_HMAP_H
#define SELVAGE_HMAP_H

#include <stddef.h>
#include <stdint.h>

struct hnode {
	struct hnode *next;
	uint64_t hash;
};

struct hmap {
	struct hnode **slots; /* a power of two of them, or NULL while empty */
	size_t mask;
	size_t n; /* entries */
};

#define hmap_entry(h, type, member) ((type *)(void *)((char *)(h)-offsetof(type, member)))

/* Adds a node; entries with equal hashes may coexist. */
void hmap_put(struct hmap *map, struct hnode *node, uint64_t hash);

/* Removes a node that is in the map. */
void hmap_del(struct hmap *map, struct hnode *node);

/* The first entry with this hash, or NULL. */
struct hnode *hmap_find(const struct hmap *map, uint64_t hash);

/* The next entry with the same hash as `node`, or NULL. */
struct hnode *hmap_next(const struct hnode *node);

/* The next entry after `after` (NULL: the first) in no particular order, NULL after the last.  `after` must still be in
 * the map: whoever deletes entries on the way fetches the successor first.  Adding entries on the way may skip or repeat
 * some. */
struct hnode *hmap_walk(const struct hmap *map, const struct hnode *after);

/* Forgets all entries (the caller frees them) and releases the slots. */
void hmap_fini(struct hmap *map);

/* Keyed hash for tables (SipHash-2-4, random key per process): never stored, never compared across processes. */
uint64_t hmap_hash(const void *data, size_t n);

/* Combines the hashes of two fields. */
uint64_t hmap_mix(uint64_t a, uint64_t b);

#endif
