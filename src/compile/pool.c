/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sets of ports are there, and what are two of them together? */
#include <stdlib.h>

#include <selvage/hmap.h>

#include "pool.h"

#define MEMO 16384 /* a power of two: combinations that are remembered */

struct entry {
	struct hnode node;
	struct portset set;
	uint32_t number;
};

/* What a combination gave last time.  A zeroed one says that nothing and nothing is nothing. */
struct memo {
	uint32_t op, a, b, result;
};

struct pool {
	struct hmap by_content;
	VEC(struct entry *) entries; /* by number */
	struct memo *memo;           /* MEMO of them */
};

static uint64_t set_hash(const struct portset *set)
{
	uint64_t hash = set->n;

	for (size_t i = 0; i < set->n; i++) {
		const struct portcell *cell = &set->at[i];

		hash = hmap_mix(hash, (uint64_t)cell->proto << 32 | (uint32_t)cell->lo << 16 | cell->hi);
	}
	return hash;
}

uint32_t pool_put(struct pool *pool, struct portset *set)
{
	uint64_t hash = set_hash(set);
	struct entry *entry;

	for (struct hnode *h = hmap_find(&pool->by_content, hash); h; h = hmap_next(h)) {
		entry = hmap_entry(h, struct entry, node);
		if (portset_eq(&entry->set, set)) {
			vec_free(set);
			return entry->number;
		}
	}
	entry = mem_new(1, sizeof *entry);
	entry->set = *set;
	entry->number = (uint32_t)pool->entries.n;
	*set = (struct portset){0};
	*vec_add(&pool->entries) = entry;
	hmap_put(&pool->by_content, &entry->node, hash);
	return entry->number;
}

struct pool *pool_new(void)
{
	struct pool *pool = mem_new(1, sizeof *pool);
	struct portset none = {0}, all = {0};

	pool->memo = mem_new(MEMO, sizeof *pool->memo);
	pool_put(pool, &none);
	portset_add(&all, PROTO_ANY, 0, 0);
	pool_put(pool, &all);
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->entries.n; i++) {
		vec_free(&pool->entries.at[i]->set);
		free(pool->entries.at[i]);
	}
	vec_free(&pool->entries);
	hmap_fini(&pool->by_content);
	free(pool->memo);
	free(pool);
}

static uint32_t combine(struct pool *pool, enum pool_op op, uint32_t a, uint32_t b)
{
	struct portset out;

	if (op == POOL_UNION)
		portset_union(pool_at(pool, a), pool_at(pool, b), &out);
	else
		portset_intersect(pool_at(pool, a), pool_at(pool, b), &out);
	return pool_put(pool, &out);
}

uint32_t pool_combine(struct pool *pool, enum pool_op op, uint32_t a, uint32_t b)
{
	uint32_t weak = op == POOL_UNION ? POOL_NONE : POOL_ALL, strong = op == POOL_UNION ? POOL_ALL : POOL_NONE;
	struct memo *memo;

	if (a == b || b == weak || a == strong)
		return a;
	if (a == weak || b == strong)
		return b;
	if (a > b)
		return pool_combine(pool, op, b, a);
	memo = &pool->memo[(a * 0x9e3779b1U + b * 0x85ebca6bU + op) & (MEMO - 1)];
	if (memo->op != op || memo->a != a || memo->b != b)
		*memo = (struct memo){op, a, b, combine(pool, op, a, b)};
	return memo->result;
}

const struct portset *pool_at(const struct pool *pool, uint32_t number)
{
	return &pool->entries.at[number]->set;
}

uint32_t pool_number(const struct portset *set)
{
	return ((const struct entry *)(const void *)((const char *)set - offsetof(struct entry, set)))->number;
}
