/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From which addresses may the pods of this node send?  A policy knows a pod by its address, so nobody is to send with that
 * of another.  The one thing about a packet that its sender cannot choose is the interface by which it reaches the node: the
 * node's end of the veth pair that the CNI plugin made for the pod.
 */
#ifndef SELVAGE_VETHS_H
#define SELVAGE_VETHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <selvage/ip.h>
#include <selvage/store.h>

#define VETH_IPS 20
#define VETH_NAME 16 /* bytes of an interface's name, with its NUL: IFNAMSIZ */

struct veth {
	uint32_t index;  /* of the interface: no other has it while it lives */
	uint32_t bridge; /* index of the bridge, or whatever else, it is a port of; 0: of none */
	uint32_t netns;  /* number of the network namespace that it leads into */
	char name[VETH_NAME];
	struct ip ips[VETH_IPS]; /* sorted; seen: those of that namespace; chosen: what may be sent from */
	uint8_t n;
	uint32_t pods; /* chosen: bit i tells that ips[i] was known to be that of a pod of the node */
	bool more;     /* it has others still */
};

struct veths {
	VEC(struct veth); /* sorted by index */
};

/*
 * Of the veth pairs that lead from here into other network namespaces: whose packets are to be checked, and what they may
 * send from?
 *
 * Checked is who has an address that is no link-local one, and belongs to a live pod of the node or to the bridge of one: the
 * CNI plugin gives a pod its address before the API tells of it.  It may send from every address in the namespace it leads
 * into, except
 *   - those of pods of other nodes, of pods on the host network, and of nodes;
 *   - those that are in another namespace as well, unless it had them `before` (what was chosen the last time) as its pod's,
 *     or only the other has addresses of several pods;
 *   - those of a second pod of the node: an interface leads to one, the one it led to before.
 * What it was given before, when it was known to be its pod's, it keeps while that is an address of the node's pods: a pod may
 * hand it on to what runs inside.  An address that nobody was known to have gives no claim to it: its pod may come yet.
 * Thus a pod with CAP_NET_ADMIN gains nothing from giving itself the address of another.
 */
void veths_choose(const struct veths *seen, const struct veths *before, const struct store *store, const char *node,
		  struct veths *out);

/* NULL: there is none of this index. */
const struct veth *veths_find(const struct veths *veths, uint32_t index);

bool veth_eq(const struct veth *a, const struct veth *b);
bool veths_eq(const struct veths *a, const struct veths *b);

/* Is it known by which interface this address is sent from? */
bool veths_have(const struct veths *veths, const struct ip *ip);

#endif
