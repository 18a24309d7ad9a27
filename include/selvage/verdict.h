/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May this packet pass?  Straight from the policies, as the specification words it, with no compiler between: what
 * `explain` answers and what the compiled facts must agree with.
 */
#ifndef SELVAGE_VERDICT_H
#define SELVAGE_VERDICT_H

#include <selvage/overlay.h>
#include <selvage/store.h>

/* The store's addresses decide who is who.  Borrows from the store. */
struct verdict verdict_of(const struct store *store, const struct packet *packet);

/* The same where the overlay has other ports than overlay_usual(). */
struct verdict verdict_beside(const struct store *store, const struct overlay *overlay, const struct packet *packet);

#endif
