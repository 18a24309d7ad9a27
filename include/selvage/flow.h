/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection that is there, as the kernel's connection tracking knows it. */
#ifndef SELVAGE_FLOW_H
#define SELVAGE_FLOW_H

#include <selvage/packet.h>

/* May more data come? */
enum flow_state {
	FLOW_STATE_UNKNOWN, /* the protocol has no ends, or none is told */
	FLOW_STATE_OPEN,    /* at least one end may still send */
	FLOW_STATE_OVER     /* both have said that they will not, or it was reset: it is remembered, and no more */
};

/* What is not known is -1. */
struct flow {
	struct packet packet; /* its first packet as policies see it: from where it came, to where it went after DNAT */
	int64_t packets, bytes; /* of both directions; the kernel counts if net.netfilter.nf_conntrack_acct is set */
	int64_t seconds;        /* how long it has been there; known if net.netfilter.nf_conntrack_timestamp is set */
	bool replied;           /* an answer was seen */
	enum flow_state state;
};

#endif
