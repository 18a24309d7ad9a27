/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which packets does the table drop?  The kernel tells an NFLOG group of some of them, at most so many a second per chain
 * (FACT_LOG_RATE); one process may listen to a group of a network namespace.
 */
#ifndef SELVAGE_DROPS_H
#define SELVAGE_DROPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <selvage/err.h>
#include <selvage/fact.h>
#include <selvage/packet.h>

#define DROPS_GROUP 37 /* what the agent listens to */

/* A packet that was dropped, as the chain saw it: after destination NAT and before source NAT. */
struct drop {
	char chain[FACT_NAME_MAX + 1]; /* the chain that dropped it; any bytes */
	struct packet packet;          /* port 0 where the header that tells it is not there: of a later fragment */
	uint16_t from_port;            /* likewise */
	bool icmp;                     /* ICMP or ICMPv6, and the next two are known */
	uint8_t type, code;
};

/* Reads the headers of an IPv4 or IPv6 packet; fills in all but the chain.  False if it is none, or ends before its
 * addresses do (RFC 791, 3.1; RFC 8200, 3 and 4). */
bool drop_parse(const uint8_t *bytes, size_t n, struct drop *out);

struct drops;

/* Listens in the current network namespace.  ERR_BUSY: another process listens to the group (or CAP_NET_ADMIN is
 * missing); ERR_KERNEL: this kernel cannot log to groups (nfnetlink_log). */
struct drops *drops_open(uint16_t group, struct err *err);
void drops_close(struct drops *drops);

/* Readable when there may be something. */
int drops_fd(const struct drops *drops);

/* The next one; false if there is none at present. */
bool drops_next(struct drops *drops, struct drop *out);

/* How many packets the kernel had to tell of since drops_open(), and found no room to. */
uint64_t drops_lost(const struct drops *drops);

#endif
