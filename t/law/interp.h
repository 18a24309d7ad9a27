/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a kernel that holds these facts do with a packet?  Written from what nftables documents of each expression,
 * with no code of the compiler's, slow and plain.
 */
#ifndef SELVAGE_LAW_INTERP_H
#define SELVAGE_LAW_INTERP_H

#include <stdbool.h>

#include <selvage/fact.h>
#include <selvage/verdict.h>

/* The fate of the first packet of a connection that is forwarded (an ICMP packet is an echo request).  Sorted facts.
 * *steps, if given, counts rules and lookups. */
bool interp_accepts(const struct facts *facts, const struct packet *packet, unsigned *steps);

/* The same where it meets another hook: `input`, coming in over a bridge to an address of the node that is not the
 * bridge's; `output`, sent by the node in a stranger's name. */
bool interp_hook(const struct facts *facts, enum chain_hook hook, const struct packet *packet, unsigned *steps);

#endif
