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

struct conntrack_stats {
	size_t seen; /* connections looked at */
	size_t cut;
	bool full; /* nl_cut() left some replies out */
};

/*
 * Asks about every tracked connection of both families and cuts those that are denied: their replies are dropped by
 * nl_cut(), their entry is removed, and what the client sends next is judged as a new connection.  When that is allowed
 * again, its replies are, too: rules accept what is established before they look at what was cut.  `denied` gets the
 * first packet as the ruleset saw it: from where it came, to where it went after DNAT.  Connections from or to an address
 * of this machine itself are not asked about: they do not pass the ruleset.  Protocols without ports have no flow that
 * could be dropped: of these, a reply that is under way may begin the connection anew, the other way round.
 * -1 with ERR_PERM or ERR_KERNEL; some may have been cut by then.
 */
int conntrack_sweep(struct nl *nl, bool (*denied)(void *ctx, const struct packet *packet), void *ctx,
		    struct conntrack_stats *stats, struct err *err) __attribute__((warn_unused_result));

#endif
