/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Census: the pods of one or two worlds that policies can speak about, and the addresses that are theirs. */
#ifndef SELVAGE_CENSUS_H
#define SELVAGE_CENSUS_H

#include <selvage/reach.h>

/* A pod as a world has it. */
struct standing {
	const struct pod *pod; /* NULL: it is not there, or nothing can be said about it */
	size_t first, n;       /* its own addresses, from census->ips.at[first]; none: it has none yet */
};

struct resident {
	struct standing in[REACH_WORLDS];
	const char *ns, *name; /* atoms */
};

struct addresses {
	VEC(struct ip);
};

struct census {
	VEC(struct resident) residents;       /* sorted by namespace and name, each once */
	struct addresses ips;                 /* of all residents */
	struct addresses owned[REACH_WORLDS]; /* sorted */
	uint8_t families[REACH_WORLDS];       /* bits 1 << enum family: those of owned addresses */
};

/* Overwrites `out`, yours to census_fini().  Stores may be NULL; the others are borrowed. */
void census_take(const struct store *const stores[static REACH_WORLDS], struct census *out);

/* The index of the resident with this namespace and name, SIZE_MAX if there is none. */
size_t census_find(const struct census *census, const char *ns, const char *name);

/* Overwrites `out` with the addresses that are a pod's in this world and no pod's in the other; normalised. */
void census_only(const struct census *census, enum reach_world world, struct ip_ranges *out);

void census_fini(struct census *census);

#endif
