/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the ruleset that never changes: the base chains and the dispatch maps by which they find a pod's chain. */
#ifndef SELVAGE_BASE_CHAINS_H
#define SELVAGE_BASE_CHAINS_H

#include <selvage/fact.h>
#include <selvage/object.h>

/* The name of the map from a pod's address to its chain: an atom of yours. */
const char *base_map(enum direction direction, enum family family);

/* Appends the facts. */
void base_write(struct facts *facts);

#endif
