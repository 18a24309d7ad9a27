/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places: where each live pod sits in the wanted facts.  Every pod's addresses are elements of the peer sets that mean
 * them; a pod of this node that some policy isolates has chains, counters and dispatch elements of its own.
 */
#ifndef SELVAGE_PLACE_H
#define SELVAGE_PLACE_H

#include "profile.h"
#include "realm.h"

/* What a pod of this node has of its own. */
struct own {
	struct profile *profile[DIRECTION_COUNT]; /* NULL where no policy isolates it */
	struct facts facts;
};

/* There is one for every live pod of the cluster: kept small. */
struct place {
	struct hnode node;
	const struct pod *pod;     /* of the store; fresh after place_move() */
	const char *label;         /* atom: "NS/POD", the comment of everything that is its */
	struct membership **seats; /* one for each of the pod's addresses; NULL: the address is another's */
	struct own *own;           /* NULL: it never was on this node */
	struct realm *realm;
	unsigned index; /* among the realm's places */
	bool local;     /* it is on this node */
	bool dirty;     /* to be placed anew in this update */
	bool subject;   /* local, and to be asked again which policies select it */
};

/* To be moved in. */
struct place *place_new(const struct pod *pod);

/* Takes everything about the place out of the wanted facts and frees it. */
void place_free(struct place *place, struct profiles *profiles);

/* The pod may have new addresses, or own others of them than before.  The pod of before must still be there. */
void place_move(struct place *place, const struct pod *pod, struct profiles *profiles);

/* Which unions are its addresses in now?  All of them are asked. */
void place_join(struct place *place, const struct profiles *profiles);

/* Enters a union if one of its terms, which means the place's namespace, means the pod. */
void place_enter(struct place *place, struct peers *peers, const struct term *term, const struct profiles *profiles);

/* Leaves a union if it is in it. */
void place_leave(struct place *place, const struct peers *peers, const struct profiles *profiles);

/* Appends the elements that its addresses are in the sets of their unions. */
void place_facts(const struct place *place, struct facts *out);

/* The labels of a namespace; of one that is known only from its pods, those in *implied, which the caller finishes. */
const struct labels *place_ns_labels(const struct store *store, const char *name, struct labels *implied);

/* Which policies select it? */
void place_subject(struct place *place, struct profiles *profiles);

/* Writes its own chains, counters and dispatch elements. */
void place_write(struct place *place, const struct profiles *profiles);

#endif
