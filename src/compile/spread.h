/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spreads: which ports towards (or from) each class, as runs of neighbours for which it is the same.  Equal spreads are
 * one, so that two policies, or two worlds, that say the same are seen to by comparing pointers.
 */
#ifndef SELVAGE_SPREAD_H
#define SELVAGE_SPREAD_H

#include <selvage/hmap.h>

#include "pool.h"

/* The classes from the end of the run before up to `end`, not included. */
struct run {
	uint32_t end;
	uint32_t ports; /* number in the pool */
};

/* Ascending, neighbours differ; the last ends behind the last class.  Yours to vec_free(). */
struct runs {
	VEC(struct run);
};

struct spread {
	struct runs runs;
	struct hnode node;
};

/* All that are in use. */
struct spreads {
	struct hmap by_content;
};

/* Appends classes up to `end`; none if it is not behind the last end. */
void runs_add(struct runs *runs, uint32_t end, uint32_t ports);

/* Class by class, what the two give together; out is overwritten. */
void runs_combine(struct pool *pool, enum pool_op op, const struct runs *a, const struct runs *b, struct runs *out);

/* The union of `n`, n > 0, which are moved from. */
void runs_unite(struct pool *pool, struct runs *at, size_t n, struct runs *out);

/* The one spread of these runs, which are moved from; lives until spreads_fini(). */
const struct spread *spread_get(struct spreads *spreads, struct runs *runs);

/* The run that a class is in. */
static inline const struct run *spread_run(const struct spread *spread, size_t class)
{
	size_t lo = 0, hi = spread->runs.n - 1;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (spread->runs.at[mid].end > class)
			hi = mid;
		else
			lo = mid + 1;
	}
	return &spread->runs.at[lo];
}

void spreads_fini(struct spreads *spreads);

#endif
