/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the bridge hand what it forwards to the hooks?  Traffic between pods of one node stays on their bridge; it passes
 * the ruleset only while br_netfilter is told to call it, for each family: by a switch of the network namespace
 * (bridge-nf-call-*) or by one of the bridge (nf_call_*); either is enough.
 */
#ifndef SELVAGE_GUARD_H
#define SELVAGE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>

struct guard {
	const char *switches; /* folder of the network namespace's switches */
	const char *links;    /* folder of network interfaces, whose bridges have switches of their own */
	char notes[64];       /* file that remembers how a switch was before it was turned on; outlives the agent */
};

/* Those of the current network namespace. */
struct guard guard_here(void);

struct guard_report {
	bool repaired; /* something was turned on */
	bool unnoted;  /* and how it was before could not be written down: guard_restore() will not know of it */
};

/* Looks at the switches and turns on what is off: that of the namespace or, where that cannot be, those of all bridges.  -1
 * if packets go around the hooks all the same: ERR_KERNEL when br_netfilter is not there, ERR_PERM or ERR_IO when its
 * switches cannot be turned on. */
int guard_turn(const struct guard *guard, struct guard_report *report, struct err *err)
	__attribute__((warn_unused_result));

/* Looks only, and turns nothing on: 0 if what bridges forward passes the hooks, in both families.  -1 and how not: ERR_KERNEL
 * when br_netfilter is not there, ERR_ABSENT when a switch is off, of the namespace and of a bridge. */
int guard_look(const struct guard *guard, struct err *err) __attribute__((warn_unused_result));

/* Turns the switches that guard_turn() turned on back to what they were, of bridges that are still there, and forgets about
 * them; *n of them, 0 if nothing is noted.  ERR_IO, ERR_PERM: then some may be as they are, and are not forgotten. */
int guard_restore(const struct guard *guard, size_t *n, struct err *err) __attribute__((warn_unused_result));

#endif
