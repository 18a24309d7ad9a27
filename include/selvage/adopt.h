/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an agent inherits from the one before it. */
#ifndef SELVAGE_ADOPT_H
#define SELVAGE_ADOPT_H

#include <selvage/fact.h>
#include <selvage/sticky.h>

/*
 * The agent before us may have held back policies of namespaces that end, which nobody tells of any more.  What the kernel
 * holds does: a pod of this node, in such a namespace, that is isolated there and by no policy of the store, stays closed
 * with its namespace until that has ended.  Returns how often that was so; then the store has changed.
 */
size_t adopt_held(const struct facts *have, const struct store *store, const char *node, struct sticky *sticky);

#endif
