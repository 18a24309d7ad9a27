/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which connections may be judged otherwise than before?  A verdict depends on who owns the two addresses, on their labels
 * and those of their namespaces, and on the policies that select them: of a packet whose verdict changed, one end is in
 * here.
 */
#ifndef SELVAGE_TOUCHED_H
#define SELVAGE_TOUCHED_H

#include <selvage/store.h>

#define TOUCHED_MAX 4 /* ends; of more, nobody is told apart */

/* An address in one direction: INGRESS, connections to it; EGRESS, those from it. */
struct end {
	struct ip ip;
	enum direction direction;
};

struct touched {
	bool all; /* any connection; then there are no ends */
	size_t n;
	struct end at[TOUCHED_MAX];
};

/* Adds the ends that the changes since the store's last settle touch, as far as node `node` can tell: of a policy's pods
 * only those that are there, whose rules it holds. */
void touched_add(struct touched *touched, const struct store *store, const char *node);

/* Any connection. */
void touched_add_all(struct touched *touched);

bool touched_none(const struct touched *touched);

#endif
