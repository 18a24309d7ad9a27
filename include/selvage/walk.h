/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a kernel that holds these facts do with a packet?  Written from what nftables documents of each expression,
 * with no code of the compiler's, slow and plain: the laws of the compiler are tested with it, and `explain --verify` asks
 * it of what the kernel holds.
 */
#ifndef SELVAGE_WALK_H
#define SELVAGE_WALK_H

#include <stdbool.h>

#include <selvage/fact.h>
#include <selvage/packet.h>

/* The fate of the first packet of a connection (an ICMP packet is an echo request) that is forwarded, or meets another
 * hook: `input`, coming in over a bridge to an address of the node that is not the bridge's; `output`, sent by the node in
 * a stranger's name.  Sorted facts.
 * *steps, if given, counts rules and lookups.  -1 with ERR_INPUT: facts that do not hang together, or that the packet
 * meets and that selvage does not make. */
int walk_packet(const struct facts *facts, enum chain_hook hook, const struct packet *packet, bool *accepted,
		unsigned *steps, struct err *err) __attribute__((warn_unused_result));

#endif
