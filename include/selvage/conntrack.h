/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that the kernel tracks in the current network namespace.  Rules judge only the first packet of a
 * connection; what was allowed then goes on until its entry is removed.
 */
#ifndef SELVAGE_CONNTRACK_H
#define SELVAGE_CONNTRACK_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>
#include <selvage/nl.h>
#include <selvage/packet.h>
#include <selvage/touched.h>

struct conntrack_stats {
	size_t seen; /* connections that the kernel told of */
	size_t cut;
	bool full; /* nl_cut() left some replies out */
};

/* A look through connections of both families, which ends by cutting those that are denied. */
struct conntrack;

/*
 * Begins one through those that `touched` means: the kernel tells of the connections of a few addresses in a sixth of the
 * time that it takes to tell of all.  One that cannot choose (before Linux 5.8) tells of all.  Borrows nl.  NULL with
 * ERR_PERM or ERR_KERNEL.
 */
struct conntrack *conntrack_new(struct nl *nl, const struct touched *touched, struct err *err)
	__attribute__((warn_unused_result));
void conntrack_free(struct conntrack *sweep);

/*
 * Goes on for some 20 ms, or as long as the kernel takes for one answer, and cuts what it has found to be denied: replies
 * are dropped by nl_cut(), the entry is removed, and what the client sends next is judged as a new connection.  When that
 * is allowed again, its replies are, too: rules accept what is established before they look at what was cut.  `denied`
 * gets the first packet as the ruleset saw it: from where it came, to where it went after DNAT.  Connections from or to
 * an address of this machine itself are not asked about: they do not pass the ruleset.  Protocols without ports have no
 * flow that could be dropped: of these, a reply that is under way may begin the connection anew, the other way round.
 * 1 if there is more to look at, 0 at the end; -1 with ERR_PERM or ERR_KERNEL, and some may have been cut by then.
 */
int conntrack_run(struct conntrack *sweep, bool (*denied)(void *ctx, const struct packet *packet), void *ctx,
		  struct err *err) __attribute__((warn_unused_result));

/* What it has come to so far. */
struct conntrack_stats conntrack_stats(const struct conntrack *sweep);

#endif
