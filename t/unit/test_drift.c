/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what others did to the table remembered, the last of it, and counted once it is put right? */
#include <selvage/drift.h>

#include "unit.h"

static void add(struct drifts *drifts, uint32_t pid)
{
	drifts_add(drifts, &(struct intrusion){.pid = pid, .process = "nft", .what = "removed the table"}, (time_t)pid);
}

UNIT(drift, the_newest_comes_first)
{
	struct drifts drifts = {0};

	cr_assert_null(drifts_get(&drifts, 0));
	add(&drifts, 1);
	add(&drifts, 2);
	cr_assert_eq(drifts_get(&drifts, 0)->intrusion.pid, 2);
	cr_assert_eq(drifts_get(&drifts, 1)->intrusion.pid, 1);
	cr_assert_eq(drifts_get(&drifts, 1)->when, 1);
	cr_assert_null(drifts_get(&drifts, 2));
}

UNIT(drift, no_more_than_the_last_are_kept)
{
	struct drifts drifts = {0};

	for (uint32_t i = 1; i <= 3 * DRIFT_KEPT + 5; i++)
		add(&drifts, i);
	for (size_t i = 0; i < DRIFT_KEPT; i++)
		cr_assert_eq(drifts_get(&drifts, i)->intrusion.pid, 3 * DRIFT_KEPT + 5 - i);
	cr_assert_null(drifts_get(&drifts, DRIFT_KEPT));
	cr_assert_eq(drifts.n, 3 * DRIFT_KEPT + 5);
}

UNIT(drift, one_repair_answers_to_all_that_are_open)
{
	struct drifts drifts = {0};

	add(&drifts, 1);
	add(&drifts, 2);
	drifts_close(&drifts, true);
	cr_assert(drifts_get(&drifts, 0)->repaired && drifts_get(&drifts, 1)->repaired);
	cr_assert_eq(drifts.repairs, 1);
	add(&drifts, 3);
	cr_assert_not(drifts_get(&drifts, 0)->repaired);
	drifts_close(&drifts, false);
	cr_assert_not(drifts_get(&drifts, 0)->repaired);
	cr_assert(drifts_get(&drifts, 1)->repaired, "an earlier one stays as it was");
	cr_assert_eq(drifts.repairs, 1);
}

UNIT(drift, more_may_be_open_than_are_kept)
{
	struct drifts drifts = {0};

	for (uint32_t i = 0; i < 2 * DRIFT_KEPT; i++)
		add(&drifts, i);
	drifts_close(&drifts, true);
	cr_assert(drifts_get(&drifts, DRIFT_KEPT - 1)->repaired);
	cr_assert_eq(drifts.open, 0);
}
