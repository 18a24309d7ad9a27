/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a node that runs say about a cluster's policies: are they enforced, what do they drop, and which connections
 * outlive them?  Judges what others have read from the agent and the kernel.  Pure.
 */
#ifndef SELVAGE_AUDIT_LIVE_H
#define SELVAGE_AUDIT_LIVE_H

#include <selvage/audit.h>
#include <selvage/flow.h>

/* Packets that policies dropped on the node, from one to one port of another.  No text is NULL; any may be empty and hold any
 * bytes. */
struct audit_drop {
	enum direction direction; /* in which policies deny them */
	const char *from, *to;    /* "NS/POD", "node NAME", an address */
	const char *what;         /* "TCP 5432", "ICMP" */
	uint64_t count;
	const char *last;      /* "2026-11-26T20:57:38Z"; later ones sort behind */
	const char *isolating; /* "shop/db, shop/deny" */
	const char *miss;      /* the rule that came nearest to admitting the last */
};

struct audit_live {
	const char *node;         /* NULL: not known */
	VEC(const char *) faults; /* why it does not enforce policies as it should */
	bool answers;             /* an agent does, and these are all pods that it enforces policies for: */
	VEC(const char *) pods;   /* "NS/POD", sorted by strcmp() */
	VEC(struct audit_drop) drops;
	VEC(struct flow) flows; /* what its kernel tracks */
};

/* Adds what is found on the node: NP201, NP202, NP205.  Borrows all but the audit until it returns; the store is that of the
 * audit. */
void audit_live(struct audit *audit, const struct store *store, const struct audit_live *live);

#endif
