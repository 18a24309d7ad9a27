/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store, but for one thing: policies that are deleted while their namespace terminates stay in it until the last pod
 * of the namespace is gone, or the namespace lives again.  Otherwise whoever may delete a namespace opens its pods for as
 * long as they take to end (CVE-2024-7598).
 *
 * For a store that knows every namespace, as the API server does: a namespace that is not there counts as ending.
 */
#ifndef SELVAGE_STICKY_H
#define SELVAGE_STICKY_H

#include <selvage/store.h>

struct sticky;

/* Borrows the store.  While it exists, nobody else may put or del. */
struct sticky *sticky_new(struct store *store);

/* As store_put(), and releases what the object no longer justifies to hold back. */
void sticky_put(struct sticky *sticky, struct object *take);

/* As store_del(), or holds a policy back. */
void sticky_del(struct sticky *sticky, enum object_kind kind, const char *ns, const char *name);

/* Isolates the pods of a namespace in this direction, admitting nobody, until the namespace ends or lives again: for
 * policies that were there once and that we know nothing more of.  False, and nothing is done, if it is not ending. */
bool sticky_close(struct sticky *sticky, const char *ns, enum direction direction);

/* Policies that the store holds although they were deleted. */
size_t sticky_count(const struct sticky *sticky);

/* What is held back stays in the store. */
void sticky_free(struct sticky *sticky);

#endif
