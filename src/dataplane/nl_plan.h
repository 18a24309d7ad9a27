/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order must the kernel be told of a patch?  Pure: from a patch to operations grouped in transactions. */
#ifndef SELVAGE_DATAPLANE_NL_PLAN_H
#define SELVAGE_DATAPLANE_NL_PLAN_H

#include <selvage/fact.h>

#define PLAN_MESSAGE_MAX 60000       /* bytes of elements in one message: a nested attribute has 16 bits of length */
#define PLAN_TRANSACTION_MAX 1000000 /* bytes of what need not be in one transaction with anything else */

/* In the order in which they may stand in one transaction. */
enum op_kind {
	OP_TABLE, /* add the table if it is not there */
	OP_FLUSH, /* remove the rules of a chain */
	OP_DEL_ELEMENTS,
	OP_DEL_SET,
	OP_DEL_CHAIN,
	OP_DEL_COUNTER,
	OP_COUNTER,
	OP_SET,
	OP_CHAIN, /* without its rules */
	OP_ELEMENTS,
	OP_RULES, /* add the rules of a chain */
	OP_KIND_COUNT
};

enum op_phase {
	PHASE_MAKE,  /* what nothing in force refers to yet */
	PHASE_UNDO,  /* the flip, what goes */
	PHASE_REDO,  /* the flip, what comes */
	PHASE_BREAK, /* what nothing in force refers to any more */
	PHASE_COUNT
};

struct op {
	enum op_kind kind;
	enum op_phase phase;
	const struct fact *fact; /* borrowed from the patch; of elements the first, NULL for TABLE */
	size_t n;                /* ELEMENTS and DEL_ELEMENTS: how many from there on, all of one set */
	size_t bytes;            /* at most, as messages */
	size_t transaction;      /* counts from 0 */
};

struct plan {
	VEC(struct op);
};

/* Plans a patch whose lists are sorted; with_table puts OP_TABLE first.  An empty patch gives an empty plan.  The plan
 * is valid as long as the patch; yours to vec_free(). */
void nl_plan_run(const struct patch *patch, bool with_table, struct plan *out);

#endif
