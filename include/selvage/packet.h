/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet, and what may be said about whether it passes. */
#ifndef SELVAGE_PACKET_H
#define SELVAGE_PACKET_H

#include <selvage/object.h>
#include <selvage/vec.h>

/* The first packet of a connection, with the addresses that pods see (after DNAT, before SNAT). */
struct packet {
	struct ip from, to;
	uint8_t proto; /* IP protocol number */
	uint16_t port; /* destination port; 0 for protocols without ports */
};

/* Borrowed policies. */
struct policy_list {
	VEC(const struct policy *);
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
		VERDICT_WHY_MANY, /* never: multicast, or broadcast, on a node of which some pod is isolated for ingress */
		VERDICT_WHY_OVERLAY, /* never: no pod sends to the overlay's ports, nor is anything forwarded there */
	} why;
	struct ruling egress, ingress;
};

/* What of a rule may fail to match a packet. */
enum miss_part {
	MISS_UNCLEAR,   /* a peer or port that could not be understood, or an empty list: matches nothing */
	MISS_POD,       /* selectors match pods only, and the address is no pod's */
	MISS_NAMESPACE, /* the peer's namespace */
	MISS_PODS,      /* its labels */
	MISS_ADDRESS,   /* ipBlock */
	MISS_PROTOCOL,
	MISS_PORT,
	MISS_PART_COUNT
};

#define MISS_BIT(part) (1u << (part))

/* The rule that came nearest to admitting a packet. */
struct miss {
	const struct policy *policy; /* NULL: there is no rule to name */
	const struct rule *rule;     /* of that policy */
	const struct peer *peer;     /* of that rule; NULL: it names none */
	const struct port *port;
	unsigned failed; /* a set of MISS_BIT() */
	const struct packet *packet;
	const struct ip *address;   /* the other end of the packet */
	const struct pod *pod;      /* its pod, or NULL */
	const struct namespace *ns; /* the pod's Namespace; NULL: there is none, and its only label is its name */
	const struct pod *receiver; /* whose port names count, or NULL */
	const struct cidr *except;  /* the one of the peer that holds the address; NULL: the block does not */
};

#endif
