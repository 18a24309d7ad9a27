/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do several rules together open, and to whom? */
#include <stdlib.h>
#include <string.h>

#include "spread.h"

void runs_add(struct runs *runs, uint32_t end, uint32_t ports)
{
	struct run *last = runs->n ? &runs->at[runs->n - 1] : NULL;

	if (end <= (last ? last->end : 0))
		return;
	if (last && last->ports == ports)
		last->end = end;
	else
		*vec_add(runs) = (struct run){end, ports};
}

void runs_combine(struct pool *pool, enum pool_op op, const struct runs *a, const struct runs *b, struct runs *out)
{
	*out = (struct runs){0};
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		const struct run *x = &a->at[i], *y = &b->at[k];
		uint32_t end = x->end < y->end ? x->end : y->end;

		runs_add(out, end, pool_combine(pool, op, x->ports, y->ports));
		i += x->end == end;
		k += y->end == end;
	}
}

/* Halves the number of parts until there is one: a part is copied as often as that takes. */
void runs_unite(struct pool *pool, struct runs *at, size_t n, struct runs *out)
{
	while (n > 1) {
		size_t half = (n + 1) / 2;

		for (size_t i = 0; half + i < n; i++) {
			struct runs sum;

			runs_combine(pool, POOL_UNION, &at[i], &at[half + i], &sum);
			vec_free(&at[i]);
			vec_free(&at[half + i]);
			at[i] = sum;
		}
		n = half;
	}
	*out = at[0];
	at[0] = (struct runs){0};
}

const struct spread *spread_get(struct spreads *spreads, struct runs *runs)
{
	uint64_t hash = hmap_hash(runs->at, runs->n * sizeof *runs->at);
	struct spread *spread;

	for (struct hnode *h = hmap_find(&spreads->by_content, hash); h; h = hmap_next(h)) {
		spread = hmap_entry(h, struct spread, node);
		if (spread->runs.n == runs->n && !memcmp(spread->runs.at, runs->at, runs->n * sizeof *runs->at)) {
			vec_free(runs);
			return spread;
		}
	}
	spread = mem_new(1, sizeof *spread);
	spread->runs = *runs;
	*runs = (struct runs){0};
	hmap_put(&spreads->by_content, &spread->node, hash);
	return spread;
}

void spreads_fini(struct spreads *spreads)
{
	for (struct hnode *h = hmap_walk(&spreads->by_content, NULL), *next; h; h = next) {
		struct spread *spread = hmap_entry(h, struct spread, node);

		next = hmap_walk(&spreads->by_content, h);
		vec_free(&spread->runs);
		free(spread);
	}
	hmap_fini(&spreads->by_content);
}
