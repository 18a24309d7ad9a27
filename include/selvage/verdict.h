/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May this packet pass?  Straight from the policies, as the specification words it, with no compiler between: what
 * `explain` answers and what the compiled facts must agree with.
 */
#ifndef SELVAGE_VERDICT_H
#define SELVAGE_VERDICT_H

#include <selvage/overlay.h>
#include <selvage/store.h>

/* The store's addresses decide who is who.  Borrows from the store. */
struct verdict verdict_of(const struct store *store, const struct packet *packet);

/* The same where the overlay has other ports than overlay_usual(). */
struct verdict verdict_beside(const struct store *store, const struct overlay *overlay, const struct packet *packet);

/* The policies that isolate a pod in a direction, sorted by name: a vector of yours, of policies of the store's. */
void verdict_isolating(const struct store *store, const struct pod *pod, enum direction direction,
		       struct policy_list *out);

/*
 * Why does no rule admit the packet in this direction: which rule of the policies that isolate the pod came nearest, and
 * which of its parts do not match?  Nearest is the one with the fewest such parts, of equal ones the first by the policy's
 * name and its own index; of its peers and ports likewise.  What could not be understood is further than anything else.
 * No rule (policy NULL) if the direction does not deny, or there is no rule for it.  Borrows from the store and the packet.
 */
struct miss verdict_miss(const struct store *store, const struct packet *packet, enum direction direction);

/* An address, and what decides about packets from and to it. */
struct verdict_party {
	struct ip ip;
	const struct pod *pod;               /* whose it is, or NULL */
	const char *node;                    /* the node that has it, or NULL */
	const struct policy_list *isolating; /* by direction; NULL: not looked up, the store will be */
};

struct verdict_party verdict_party_of(const struct store *store, const struct ip *ip);

/* What verdict_beside() says of a packet from one to the other, which are of one family. */
struct verdict verdict_between(const struct store *store, const struct overlay *overlay,
			       const struct verdict_party *from, const struct verdict_party *to, uint8_t proto,
			       uint16_t port);

/* To ask many questions of a store that does not change meanwhile: looks up each pod once.  Borrows the store. */
struct verdict_index *verdict_index_new(const struct store *store, const struct overlay *overlay);
void verdict_index_free(struct verdict_index *index);

/* The party that has an address: the index's own if it is a pod's, otherwise *scratch. */
const struct verdict_party *verdict_index_party(struct verdict_index *index, const struct ip *ip,
						struct verdict_party *scratch);

/* What verdict_beside() says. */
struct verdict verdict_index_between(const struct verdict_index *index, const struct verdict_party *from,
				     const struct verdict_party *to, uint8_t proto, uint16_t port);
struct verdict verdict_index_of(struct verdict_index *index, const struct packet *packet);

#endif
