/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the index match what selector_match() matches, one by one? */
#include "../../src/compile/labelindex.h"
#include "../law/rng.h"
#include "make.h"

#define THINGS 60

static const char *const keys[] = {"app", "tier", "zone"};
static const char *const values[] = {"a", "b", "c", ""};

static void random_selector(struct rng *rng, struct selector *sel)
{
	for (unsigned i = rng_below(rng, 4); i > 0; i--) {
		const char *some[2] = {values[rng_below(rng, 4)], values[rng_below(rng, 4)]};
		enum selector_op op = (enum selector_op)rng_below(rng, 4);
		bool valued = op == SELECTOR_IN || op == SELECTOR_NOT_IN;

		selector_add(sel, op, rng_one_in(rng, 9) ? "nobody" : keys[rng_below(rng, 3)], some,
			     valued ? 1 + rng_below(rng, 2) : 0);
	}
	selector_normalise(sel);
}

UNIT(labelindex, a_selector_matches_what_it_matches_one_by_one)
{
	struct rng rng = {1};
	struct labels labels[THINGS] = {0};
	struct selector selectors[300] = {0};
	struct labelindex index;
	size_t matched = 0;

	labelindex_init(&index);
	for (uint32_t i = 0; i < THINGS; i++) {
		for (size_t k = 0; k < 3; k++)
			if (!rng_one_in(&rng, 3))
				labels_put(&labels[i], keys[k], values[rng_below(&rng, 4)]);
		if (i % 7)
			labelindex_add(&index, i, &labels[i]);
	}
	for (size_t s = 0; s < 300; s++) {
		const roaring_bitmap_t *match;

		random_selector(&rng, &selectors[s]);
		match = labelindex_select(&index, &selectors[s]);
		cr_assert_eq(match, labelindex_select(&index, &selectors[s]), "it was worked out twice");
		for (uint32_t i = 0; i < THINGS; i++) {
			bool wanted = i % 7 && selector_match(&selectors[s], &labels[i]);

			cr_assert_eq(roaring_bitmap_contains(match, i), wanted);
			matched += wanted;
		}
	}
	cr_assert(matched > 1000);
	labelindex_fini(&index);
	for (size_t i = 0; i < THINGS; i++)
		labels_fini(&labels[i]);
	for (size_t s = 0; s < 300; s++)
		selector_fini(&selectors[s]);
}
