/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the kernel's connection tracking, as its messages have them. */
#ifndef SELVAGE_DATAPLANE_NL_ENTRY_H
#define SELVAGE_DATAPLANE_NL_ENTRY_H

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <selvage/nl.h>
#include <selvage/packet.h>
#include <selvage/touched.h>

/* What is not there is NULL; borrowed from the message. */
struct entry {
	const struct nlattr *at[CTA_MAX + 1];
	struct nl_flow original, reply; /* both directions, if both are there */
};

/* What the kernel wants to be told so that it removes just this entry and no later one of the same connection. */
struct victim {
	uint8_t family; /* AF_* */
	uint32_t id, zone;
	uint16_t size;     /* of the original tuple */
	uint8_t tuple[96]; /* as the kernel wrote it */
};

/* False if it does not tell of both directions. */
bool entry_read(const struct nlmsghdr *nlh, struct entry *out);

/* The first packet: it came from where the original direction does, and went to who answers.  What a helper expected (of
 * FTP, say) was let in with the connection that announced it and goes when that is denied. */
struct packet entry_packet(const struct entry *entry);

/* Does an answer that was asked for with entry_ask() have to have this entry? */
bool entry_meant(const struct entry *entry, const struct end *end);

/* False for an original direction of an unheard-of size. */
bool entry_victim(const struct nlmsghdr *nlh, const struct entry *entry, struct victim *out);

/* Is the kernel asked to choose the entries of this end?  If not, it tells of all of the end's family. */
bool entry_chosen(const struct end *end);

/* A request for all entries, into buf; only for those of `end`, or with `expected` those that a helper expected, if the
 * kernel can choose.  Yours to send. */
const struct nlmsghdr *entry_ask(char *buf, unsigned seq, const struct end *end, bool expected);

/* A request to remove an entry, answered if it fails or is the last; gives its size. */
size_t entry_remove(char *buf, unsigned seq, const struct victim *victim, bool last);

#endif
