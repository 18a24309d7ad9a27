/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regimes: what the policies that isolate a class in one direction admit together.  Classes share them. */
#ifndef SELVAGE_REGIME_H
#define SELVAGE_REGIME_H

#include "audience.h"

struct policies {
	VEC(const struct policy *);
};

struct regime {
	struct policies policies; /* sorted by name; none: not isolated */
	/* The same pointers where nothing differs. */
	const struct spread *spread[FAMILY_COUNT][CERTAINTY_COUNT];
};

/* What a regime is made in. */
struct regimes {
	struct pool *pool;       /* borrowed */
	struct spreads *spreads; /* borrowed */
	struct numbering numbering, names;
	VEC(struct regime *) all; /* by number */
	VEC(struct runs) exposed; /* by the number of a port's name: who exposes which ports under it */
};

/* One world's part of it: borrowed. */
struct scenery {
	struct audiences *audiences;
	const struct lineup *lineup;
};

/* The regime of the pods that look like `pod` in one direction, under these policies, which are moved from; lives until
 * regimes_fini(). */
const struct regime *regime_get(struct regimes *regimes, const struct scenery *scenery, const struct pod *pod,
				enum direction direction, struct policies *policies);

void regimes_fini(struct regimes *regimes);

#endif
