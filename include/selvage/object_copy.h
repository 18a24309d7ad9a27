/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of objects, for a second store that differs from a first. */
#ifndef SELVAGE_OBJECT_COPY_H
#define SELVAGE_OBJECT_COPY_H

#include <selvage/object.h>
#include <selvage/store.h>

/* A copy of yours of a namespace, a pod without its details or a policy; NULL of what decides no packet. */
struct object *object_copy(const struct object *from);

/* Puts a copy of everything that decides packets (namespaces, pods without their details, policies) into a new store of
 * yours, but for one object (NULL: all). */
struct store *store_copy_without(const struct store *store, const struct object *without);

#endif
