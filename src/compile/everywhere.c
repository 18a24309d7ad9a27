/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports are open in every one of some regions? */
#include <string.h>

#include "everywhere.h"

static bool runs_eq(const struct runs *a, const struct runs *b)
{
	return a->n == b->n && !memcmp(a->at, b->at, a->n * sizeof *a->at);
}

/* The opening of these ports, which are moved from; a new one is nowhere. */
static struct opening *opening_get(struct everywhere *everywhere, struct runs *ports)
{
	struct opening *opening;

	for (size_t i = 0; i < everywhere->openings.n; i++) {
		opening = &everywhere->openings.at[i];
		if (runs_eq(&opening->ports, ports)) {
			vec_free(ports);
			return opening;
		}
	}
	opening = vec_add(&everywhere->openings);
	opening->regions = roaring_bitmap_create();
	opening->ports = *ports;
	*ports = (struct runs){0};
	return opening;
}

void everywhere_add(struct everywhere *everywhere, const struct region_list *regions, struct runs *ports)
{
	struct opening *opening = opening_get(everywhere, ports);

	roaring_bitmap_add_many(opening->regions, regions->n, regions->at);
}

/* What is being asked. */
struct inquiry {
	const struct everywhere *everywhere;
	struct pool *pool;
	uint32_t n_classes;
};

static void open_in(const struct inquiry *inquiry, roaring_bitmap_t *regions, size_t first, struct runs *out);

static bool is_closed(const struct runs *runs)
{
	return runs->n == 1 && runs->at[0].ports == POOL_NONE;
}

/* The same where there are regions and an opening: it splits them into those where it adds its ports to what the others
 * open, and those where it does not. */
static void open_apart(const struct inquiry *inquiry, const roaring_bitmap_t *regions, size_t first, struct runs *out)
{
	const struct opening *opening = &inquiry->everywhere->openings.at[first];
	struct runs without, others, with;

	open_in(inquiry, roaring_bitmap_andnot(regions, opening->regions), first + 1, &without);
	if (is_closed(&without)) {
		*out = without;
		return;
	}
	open_in(inquiry, roaring_bitmap_and(regions, opening->regions), first + 1, &others);
	runs_combine(inquiry->pool, POOL_UNION, &others, &opening->ports, &with);
	runs_combine(inquiry->pool, POOL_INTERSECT, &with, &without, out);
	vec_free(&without);
	vec_free(&others);
	vec_free(&with);
}

/* What the openings from `first` on leave open in all of the regions, which are moved from. */
static void open_in(const struct inquiry *inquiry, roaring_bitmap_t *regions, size_t first, struct runs *out)
{
	bool empty = roaring_bitmap_is_empty(regions);

	*out = (struct runs){0};
	if (empty || first == inquiry->everywhere->openings.n)
		runs_add(out, inquiry->n_classes, empty ? POOL_ALL : POOL_NONE);
	else
		open_apart(inquiry, regions, first, out);
	roaring_bitmap_free(regions);
}

void everywhere_get(const struct everywhere *everywhere, struct pool *pool, const uint32_t *regions, size_t n,
		    uint32_t n_classes, struct runs *out)
{
	struct inquiry inquiry = {everywhere, pool, n_classes};

	open_in(&inquiry, roaring_bitmap_of_ptr(n, regions), 0, out);
}

void everywhere_fini(struct everywhere *everywhere)
{
	for (size_t i = 0; i < everywhere->openings.n; i++) {
		roaring_bitmap_free(everywhere->openings.at[i].regions);
		vec_free(&everywhere->openings.at[i].ports);
	}
	vec_free(&everywhere->openings);
}
