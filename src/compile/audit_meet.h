/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rules of a namespace may admit some of a peer?  An index of their peers: selectors by a requirement that whatever
 * they cover must meet, ipBlocks by where they are.
 */
#ifndef SELVAGE_AUDIT_MEET_H
#define SELVAGE_AUDIT_MEET_H

#include <stdint.h>

#include <selvage/ip.h>
#include <selvage/object.h>

/* Numbers of rules. */
struct meet_list {
	VEC(uint32_t);
};

/* What a peer of a rule asks for. */
struct meet_term {
	enum meet_kind { MEET_EVERYONE, MEET_ALL_PODS, MEET_PODS, MEET_NAMESPACES } kind;
	const char *key, *value; /* of the first requirement: atoms; value NULL: it lists none to be in */
	uint32_t rule;
};

/* A block that a rule names. */
struct meet_block {
	struct ip_range range;
	uint32_t outer; /* the next block that may have all of it; UINT32_MAX: none */
	uint32_t rule;
};

struct meet_index {
	VEC(struct meet_term) terms;   /* sorted */
	VEC(struct meet_block) blocks; /* sorted by their first address, larger ones first */
	uint32_t n;                    /* rules */
};

/* Adds a rule, whose number is how many there were before. */
void meet_add(struct meet_index *index, const struct rule *rule);

/* To be called between the last meet_add() and the first meet_find(). */
void meet_settle(struct meet_index *index);

/* Overwrites `out`, yours to vec_free(), with all rules that have a peer which covers the peer (NULL: everyone), or an address
 * of it if it is a block; and some that have not.  Ascending. */
void meet_find(const struct meet_index *index, const struct peer *peer, struct meet_list *out);

void meet_fini(struct meet_index *index);

#endif
