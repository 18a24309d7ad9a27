/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the ruleset that does not depend on the cluster: the base chains, the dispatch maps by which they find a pod's
 * chain, and what they keep from being forwarded whatever policy says.
 */
#ifndef SELVAGE_BASE_CHAINS_H
#define SELVAGE_BASE_CHAINS_H

#include <selvage/compile.h>

/* The name of the map from a pod's address to its chain: an atom of yours. */
const char *base_map(enum direction direction, enum family family);

/* Appends the facts. */
void base_write(const struct compile_config *config, struct facts *facts);

#endif
