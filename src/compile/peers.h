/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unions of terms: every peer that may use a port of a pod is in one union, one kernel set per family, shared by whoever
 * means the same terms.  Who is in it follows the pods (place.h).
 */
#ifndef SELVAGE_PEERS_H
#define SELVAGE_PEERS_H

#include <stdbool.h>

#include "factset.h"
#include "term.h"

struct peers {
	const char *set[FAMILY_COUNT]; /* atoms: the names of its kernel sets */
	VEC(struct term *) terms;      /* sorted by name, each once */
	unsigned refs;
	struct hnode node;
};

/* The unions that an address is in.  There are many addresses and few such lists: equal ones are one. */
struct membership {
	struct hnode node;
	unsigned refs;
	size_t n;
	struct peers *in[]; /* sorted by pointer, without references: whoever is in a union that goes leaves it */
};

/* All unions, and the terms that they are made of. */
struct unions {
	struct terms terms;
	struct hmap by_name;
	struct hmap memberships;
	struct factset *wanted;      /* borrowed */
	VEC(struct peers *) fresh;   /* came into being since unions_settle(): nobody is in them yet */
	VEC(struct peers *) dropped; /* lost their last reference since then, and may have got another */
};

/* The union of `n` terms, n > 0, whose references it takes; sorts the array.  One reference is yours. */
struct peers *peers_get(struct unions *unions, struct term **terms, size_t n);

/* Gives a reference back.  Without any, the union lives on, empty-handed, until unions_settle(). */
void peers_put(struct unions *unions, struct peers *peers);

/* The membership in `n` unions, sorted by pointer and each once.  One reference is yours. */
struct membership *membership_get(struct unions *unions, struct peers *const *in, size_t n);

/* The membership in the same unions and in one more, or in all of them but one. */
struct membership *membership_with(struct unions *unions, const struct membership *membership, struct peers *peers);
struct membership *membership_without(struct unions *unions, const struct membership *membership,
				      const struct peers *peers);

bool membership_has(const struct membership *membership, const struct peers *peers);

/* Gives a reference back; NULL is allowed. */
void membership_put(struct unions *unions, struct membership *membership);

/* Ends an update: nothing is fresh any more, and what nobody refers to is freed.  Nobody may be in those by now. */
void unions_settle(struct unions *unions);

void unions_fini(struct unions *unions);

#endif
