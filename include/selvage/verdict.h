/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May this packet pass?  Straight from the policies, as the specification words it, with no compiler between: what
 * `explain` answers and what the compiled facts must agree with.
 */
#ifndef SELVAGE_VERDICT_H
#define SELVAGE_VERDICT_H

#include <selvage/packet.h>
#include <selvage/store.h>

/* The store's addresses decide who is who.  Borrows from the store. */
struct verdict verdict_of(const struct store *store, const struct packet *packet);

#endif
