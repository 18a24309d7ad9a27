/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others did to the table while we kept it: the last of it, and how often it had to be put right. */
#ifndef SELVAGE_DRIFT_H
#define SELVAGE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <selvage/monitor.h>

#define DRIFT_KEPT 32

struct drift {
	time_t when; /* it was noticed */
	struct intrusion intrusion;
	bool repaired; /* there was something to put right, and that was done */
};

struct drifts {
	struct drift ring[DRIFT_KEPT];
	uint64_t n;       /* ever */
	uint64_t repairs; /* commits that put something right; one may answer to several drifts */
	uint64_t open;    /* the last so many have not been looked into yet */
};

/* Remembers one, which is to be looked into. */
void drifts_add(struct drifts *drifts, const struct intrusion *intrusion, time_t when);

/* All that are open have been looked into; `repaired`: and there was something to put right. */
void drifts_close(struct drifts *drifts, bool repaired);

/* The i-th, the newest first; valid until the next drifts_add(); NULL if there were fewer or it is no longer kept. */
const struct drift *drifts_get(const struct drifts *drifts, size_t i);

#endif
