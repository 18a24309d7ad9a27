/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of a verdict: what the policies of a pod say of a packet. */
#ifndef SELVAGE_VERDICT_RULE_H
#define SELVAGE_VERDICT_RULE_H

#include <selvage/packet.h>
#include <selvage/store.h>

/* What is at the two ends of the packet, seen from the pod that is being asked. */
struct verdict_view {
	const struct packet *packet; /* its protocol and port are looked at */
	enum direction direction;
	const struct ip *peer_ip;             /* NULL: not known yet, in no ipBlock */
	const struct pod *peer, *destination; /* NULL: no pods */
};

/* Borrows from the store; with pod NULL, nothing isolates. */
struct ruling verdict_rule(const struct store *store, const struct pod *pod, const struct verdict_view *view);

#endif
