/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Audiences: whom a peer, or the podSelector of a policy, means in one world.  Those that mean the same are one.  First as
 * kinds of pods, by which classes are made, then as runs of classes.
 */
#ifndef SELVAGE_AUDIENCE_H
#define SELVAGE_AUDIENCE_H

#include "kinds.h"
#include "labelindex.h"
#include "numbering.h"
#include "partition.h"
#include "spread.h"

/* The kinds of a namespace, or its classes. */
struct stretch {
	const char *ns; /* atom */
	uint32_t first, end;
};

struct stretches {
	VEC(struct stretch); /* sorted by ns */
};

/* Does what an address decides hold of all addresses that one may have, or of some? */
enum certainty { CERTAIN, POSSIBLE, CERTAINTY_COUNT };

/* Classes whose address of a family may be in any of some regions: a pod has none yet, or several.  Whether ipBlocks mean
 * them for certain is no matter of one audience: several may have all of the regions between them. */
struct wavering {
	enum family family;
	const uint32_t *regions; /* ascending, `n` of them */
	size_t n;
	roaring_bitmap_t *classes;
};

struct audience {
	roaring_bitmap_t *kinds;    /* selectors: the kinds; NULL: an ipBlock */
	struct region_list regions; /* an ipBlock: its regions */
	/* After audiences_settle(): POOL_ALL for whom it means.  An audience of pods has the first only; that of an ipBlock
	 * has those that waver among the possible only. */
	struct runs runs[FAMILY_COUNT][CERTAINTY_COUNT];
};

/* What classes are, as far as audiences must know. */
struct lineup {
	const uint32_t *of_kind; /* the class of each kind */
	const uint32_t *kind;    /* a kind of each class of pods */
	uint32_t n_pods;         /* classes of pods */
	uint32_t n;              /* all; those outside pods come last */
	const uint32_t *outside; /* the class of each region, UINT32_MAX where it has none */
};

struct audiences {
	enum reach_world world;
	const struct kinds *kinds;
	const struct regions *regions;
	const struct stretches *spaces;
	struct labelindex pods, namespaces;
	struct numbering numbering;
	VEC(struct audience *) all;   /* by number */
	VEC(struct labels *) implied; /* of namespaces that are known only from their pods */
	/* After audiences_settle(): */
	VEC(struct wavering) wavering; /* first, by family, what pods have that have no address yet */
	uint32_t *numbers;             /* those of all regions */
};

/* Yours to audiences_fini(); borrows everything until then. */
void audiences_init(struct audiences *audiences, enum reach_world world, const struct store *store,
		    const struct kinds *kinds, const struct regions *regions, const struct stretches *spaces);

/* The pods of a namespace (an atom) that a selector matches. */
struct audience *audience_of_pods(struct audiences *audiences, const char *ns, const struct selector *selector);

/* Whom a peer means; NULL: nobody. */
struct audience *audience_of_peer(struct audiences *audiences, const struct policy *policy, const struct peer *peer);

/* Tells kinds apart that are not in the same audiences. */
void audiences_split(const struct audiences *audiences, struct partition *partition);

/* Makes runs of classes, which no audience tells apart, of all audiences. */
void audiences_settle(struct audiences *audiences, const struct lineup *lineup);

/* The addresses of an ipBlock, its exceptions taken out; normalised, yours to vec_free(). */
void audience_ranges(const struct peer *peer, struct ip_ranges *out);

/* POOL_ALL from bit to bit, up to n. */
void audience_runs(const roaring_bitmap_t *classes, uint32_t n, struct runs *out);

void audiences_fini(struct audiences *audiences);

#endif
