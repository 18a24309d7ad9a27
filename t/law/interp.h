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

#endif
