/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rules of one namespace admit, and whether some of them admit all that another does.  Judged by the texts, not by the
 * pods there are: what is seen stays true whatever pods come; what is not seen may be true.
 */
#ifndef SELVAGE_AUDIT_COVER_H
#define SELVAGE_AUDIT_COVER_H

#include <selvage/ip.h>
#include <selvage/object.h>
#include <selvage/portset.h>

#include "audit_meet.h"

/* A rule, and what it admits as far as that can be counted. */
struct offer {
	const struct policy *policy;
	const struct rule *rule;
	struct portset ports; /* those given by numbers */
	struct ip_ranges blocks[FAMILY_COUNT];
	bool gone; /* it is told to be redundant already: nobody may rely on it */
};

/* All rules of some policies, in their order. */
struct offers {
	VEC(struct offer);
	struct meet_index index; /* by the same numbers; after offers_settle() */
};

/* Appends the rules of a policy; borrows it.  After the last, offers_settle(). */
void offers_add(struct offers *offers, const struct policy *policy);
void offers_settle(struct offers *offers);
void offers_free(struct offers *offers);

/* Some of them, neighbours. */
struct offer_span {
	const struct offer *at;
	size_t n;
	const struct meet_index *index; /* NULL: so few that all are tried */
};

/* Those that an answer rests on. */
struct offer_list {
	VEC(const struct offer *);
};

/* Does everything that `narrow` matches match `wide` as well?  Seen where each requirement of `wide` follows from one of
 * `narrow`.  Both are normalised. */
bool audit_selector_covers(const struct selector *wide, const struct selector *narrow);

/* Does the one rule admit all that the other does?  Both of policies of one namespace. */
bool audit_rule_covers(const struct rule *wide, const struct rule *narrow);

/* Which offers may be relied on, of those that are not gone. */
typedef bool offer_use_fn(const void *ctx, const struct offer *offer);

/* Do those of the span that may be used, but for the one itself, admit together all that this one does?  Appends to `by` those that are needed in the order
 * in which they were tried; what it appends if the answer is no says nothing. */
bool offers_cover(struct offer_span span, const struct offer *one, offer_use_fn *use, const void *ctx,
		  struct offer_list *by);

#endif
