/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clauses: the rules of a profile's policies, each as the peers it means and the ports it opens to them. */
#ifndef SELVAGE_CLAUSE_H
#define SELVAGE_CLAUSE_H

#include "ports.h"
#include "profile.h"

/* Who is meant, and by which policy. */
struct clause {
	const struct policy *policy;
	bool everyone;
	VEC(struct term *) terms; /* with references */
	struct ip_ranges ranges;  /* not normalised */
};

struct clauses {
	VEC(struct clause);
	VEC(struct grant) grants;
};

/* Reads the rules of the profile's policies in its direction. */
void clauses_read(const struct profiles *profiles, const struct profile *profile, struct clauses *out);

/* Gives the references back. */
void clauses_free(const struct profiles *profiles, struct clauses *clauses);

#endif
