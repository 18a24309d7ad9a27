/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule as the kernel's expressions, without a kernel: exactly those that nft 1.0.6 makes of what render prints.
 */
#ifndef SELVAGE_DATAPLANE_NL_EXPR_H
#define SELVAGE_DATAPLANE_NL_EXPR_H

#include <selvage/fact.h>

enum expr_kind {
	EXPR_META,    /* reg := packet metadata `key` */
	EXPR_CT,      /* reg := conntrack `key` */
	EXPR_PAYLOAD, /* reg := len bytes at offset of header `key` */
	EXPR_CMP,     /* go on if reg `key` (operator) data */
	EXPR_BITWISE, /* reg := reg & data */
	EXPR_FIB,     /* reg := what the routing table says (`key`) of the packet's `offset` (flags) */
	EXPR_LOOKUP,  /* go on if reg is in set `name`; with key 1, take the verdict found there */
	EXPR_COUNTER, /* count in the counter `name` */
	EXPR_LIMIT,   /* go on if no more than `key` packets of the last second, with bursts of `offset` */
	EXPR_LOG,     /* tell the group `key`, prefix `name` */
	EXPR_REJECT,  /* answer with type `key`, code `offset`, and drop */
	EXPR_VERDICT, /* the end of the rule */
	EXPR_OTHER,   /* what we never write */
	EXPR_KIND_COUNT
};

struct expr {
	enum expr_kind kind;
	uint32_t reg;
	uint32_t key;
	uint32_t offset;
	uint32_t len; /* bytes of data in use, or of the payload to load */
	uint8_t data[16];
	const char *name;     /* borrowed */
	struct action action; /* VERDICT; the chain is borrowed */
};

#define EXPRS_MAX (RULE_STEPS * 8)

struct exprs {
	struct expr at[EXPRS_MAX];
	size_t n;
};

/* The expressions that say what the rule says; they borrow its names.  A step of kind STEP_OTHER becomes EXPR_OTHER. */
void nl_expr_write(const struct chain_rule *rule, struct exprs *out);

/* Sets the steps of `out` to what the expressions say, holding atoms; its comment stays.  What matches no step of ours
 * makes the whole rule one STEP_OTHER. */
void nl_expr_read(const struct exprs *in, struct chain_rule *out);

#endif
