/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept from pods, or from what may be one, whatever policy says: the overlay's ports, addresses of no pod, and those
 * that stand for many. */
#ifndef SELVAGE_GUARDS_H
#define SELVAGE_GUARDS_H

#include <selvage/compile.h>

/* Appends to a base chain: what is forwarded to the overlay's ports ends here. */
void overlay_rule(const struct compile_config *config, struct fact *chain);

/* The same where packets for the node arrive, among them those of its overlay. */
void overlay_input_rule(const struct compile_config *config, struct fact *chain);

/* The chains, counters and sets that these two speak of. */
void overlay_write(const struct compile_config *config, struct facts *facts);

/* Appends, after the dispatch: what is from or to an address of the node's pods that none of them has ends here. */
void unknown_rules(const struct compile_config *config, enum direction direction, enum family family,
		   struct fact *chain);

/* What those speak of. */
void unknown_write(const struct compile_config *config, struct facts *facts);

/* Appends, behind what belongs to connections: "ct state untracked jump untracked". */
void untracked_rule(struct fact *chain);

/* The chain, and its counter. */
void untracked_write(struct facts *facts);

/*
 * Multicast and broadcast.  They are addressed to no pod, so that no pod's chain can keep them from it, and a bridge gives
 * them to all its pods: while one of the node's is isolated for ingress, they are not forwarded at all.
 */

/* Appends, before the dispatch for ingress: looks at who is addressed. */
void many_rule(const struct compile_config *config, enum family family, struct fact *chain);

/* What ends there, and is counted. */
void many_write(const struct compile_config *config, struct facts *facts);

/* What is looked for: for nothing, unless some pod of the node is isolated for ingress. */
void many_look(bool isolated, struct facts *facts);

#endif
