/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds: pods of a namespace that look alike, before any policy is asked: the same labels, the same ports that policies
 * speak of by name, addresses in the same regions.  A deployment's replicas are a kind, and selectors are asked once for it.
 */
#ifndef SELVAGE_KINDS_H
#define SELVAGE_KINDS_H

#include "census.h"
#include "regions.h"

/* The regions that a pod's addresses of one family are in: ascending, from kinds->faces.at[first]. */
struct face {
	size_t first, n;
};

/* A kind as a world has it. */
struct trait {
	const struct pod *pod; /* one of them; NULL: it is not there */
	bool pending;          /* without an address: any region of `families` */
	uint8_t families;      /* bits 1 << enum family */
	struct face faces[FAMILY_COUNT];
};

struct kind {
	const char *ns; /* atom */
	struct trait in[REACH_WORLDS];
	uint32_t look; /* equal for kinds of a namespace that differ at most in their labels */
};

struct kinds {
	VEC(struct kind); /* by namespace, then by their first pod's name */
	struct region_list faces;
	uint32_t *of; /* the kind of each resident */
};

/* Overwrites `out`, yours to kinds_fini().  Borrows the stores' pods. */
void kinds_make(const struct census *census, const struct regions *regions,
		const struct store *const stores[static REACH_WORLDS], struct kinds *out);

void kinds_fini(struct kinds *kinds);

#endif
