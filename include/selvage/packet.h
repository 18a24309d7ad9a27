/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet, and what may be said about whether it passes. */
#ifndef SELVAGE_PACKET_H
#define SELVAGE_PACKET_H

#include <selvage/object.h>

/* The first packet of a connection, with the addresses that pods see (after DNAT, before SNAT). */
struct packet {
	struct ip from, to;
	uint8_t proto; /* IP protocol number */
	uint16_t port; /* destination port; 0 for protocols without ports */
};

/* One end of it: is it isolated, and if so which rule admits the packet? */
struct ruling {
	const struct pod *pod; /* the pod whose policies decide, NULL if the address is no pod's */
	bool isolated;
	bool allowed;
	const struct policy *policy; /* if isolated and allowed: the first policy by name that admits it */
	const struct rule *rule;     /* of that policy */
	size_t peer, port;           /* indexes in it; SIZE_MAX: the rule names none */
};

struct verdict {
	bool allowed;
	enum verdict_why {
		VERDICT_WHY_POLICY, /* as the two rulings say */
		VERDICT_WHY_SELF,   /* a pod always reaches itself */
		VERDICT_WHY_NODE,   /* a node and its pods always reach each other */
		VERDICT_WHY_LINK, /* never: link-local addresses are no pod addresses, nothing is forwarded for them */
		VERDICT_WHY_OVERLAY, /* never: no pod sends to the overlay's ports, nor is anything forwarded there */
	} why;
	struct ruling egress, ingress;
};

#endif
