/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that the kernel tracks in the current network namespace (libnetfilter_conntrack).  Rules judge only the
 * first packet of a connection; what was allowed then goes on until its entry is removed.
 */
#ifndef SELVAGE_CONNTRACK_H
#define SELVAGE_CONNTRACK_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>
#include <selvage/packet.h>

/*
 * Asks about every tracked connection of both families and removes those that are denied; their next packet is judged as
 * a new connection's.  `denied` gets the first packet as the ruleset saw it: from where it came, to where it went after
 * DNAT.  Connections from or to an address of this machine itself are not asked about: they do not pass the ruleset.
 * Gives how many were looked at and how many were cut.  -1 with ERR_PERM or ERR_KERNEL; some may have been cut by then.
 */
int conntrack_sweep(bool (*denied)(void *ctx, const struct packet *packet), void *ctx, size_t *seen, size_t *cut,
		    struct err *err) __attribute__((warn_unused_result));

#endif
