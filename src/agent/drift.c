/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What did others do to the table lately? */
#include <selvage/drift.h>

static size_t slot(const struct drifts *drifts, size_t i)
{
	return (size_t)((drifts->n - 1 - i) % DRIFT_KEPT);
}

void drifts_add(struct drifts *drifts, const struct intrusion *intrusion, time_t when)
{
	drifts->n++;
	drifts->open++;
	drifts->ring[slot(drifts, 0)] = (struct drift){.when = when, .intrusion = *intrusion};
}

void drifts_close(struct drifts *drifts, bool repaired)
{
	for (size_t i = 0; i < DRIFT_KEPT && i < drifts->open; i++)
		drifts->ring[slot(drifts, i)].repaired = repaired;
	drifts->open = 0;
	drifts->repairs += repaired;
}

const struct drift *drifts_get(const struct drifts *drifts, size_t i)
{
	if (i >= drifts->n || i >= DRIFT_KEPT)
		return NULL;
	return &drifts->ring[slot(drifts, i)];
}
