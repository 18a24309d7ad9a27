/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is answered of two ends: one answer for all that fare alike. */
#ifndef SELVAGE_ANSWERS_H
#define SELVAGE_ANSWERS_H

#include <selvage/verdict.h>

#include "end.h"

enum answer_state { ANSWER_ALLOWED, ANSWER_DENIED, ANSWER_UNKNOWN, ANSWER_STATE_COUNT };

/* Some spots of an end. */
struct spot_list {
	VEC(const struct spot *);
};

/* What the loaded ruleset of this node says (explain_verify.c). */
enum kernel_state {
	KERNEL_NOT_ASKED,
	KERNEL_NO_TABLE,
	KERNEL_ELSEWHERE,
	KERNEL_UNCLEAR,
	KERNEL_AGREES,
	KERNEL_DISAGREES
};

struct answer {
	enum answer_state state;
	struct spot_list from, to;
	char *from_name, *to_name; /* as people read them */
	const char *via;           /* of the receiver, or NULL */
	const char *why;           /* ANSWER_UNKNOWN: why */
	bool second;               /* of the family that clients use second, with another answer than the first */
	uint8_t family;

	/* Of the first pair, unless unknown. */
	struct packet packet;
	struct verdict verdict;
	struct policy_list isolating[DIRECTION_COUNT];
	struct miss miss[DIRECTION_COUNT];
	enum kernel_state kernel;
};

struct answers {
	VEC(struct answer *);
	struct end from, to;
	uint8_t proto;
	uint16_t port;
};

/* What is asked, as the user typed it. */
struct asked {
	const char *from, *to;
	uint8_t proto;
	uint16_t port;
};

/* ERR_ABSENT and ERR_INPUT: it makes no sense to ask; ERR_UNSURE: there is no answer at all.  Yours to answers_free();
 * borrows from the store. */
struct answers *answers_new(const struct store *store, struct verdict_index *index, const char *ns,
			    const struct asked *asked, struct err *err);
void answers_free(struct answers *answers);

/* All of them taken together: unknown if one is, then denied if one is.  Those of a second family do not count. */
enum answer_state answers_state(const struct answers *answers);

/* "allowed", "denied", "unknown" */
const char *answer_state_name(enum answer_state state);

#endif
