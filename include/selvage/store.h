/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster as far as we know it: objects by (kind, namespace, name), with what changed since the last settle.  The
 * store owns its objects; those that were replaced or deleted live on, as `before` of a change, until store_settle().
 */
#ifndef SELVAGE_STORE_H
#define SELVAGE_STORE_H

#include <stddef.h>

#include <selvage/object.h>

struct store;

/* One object that is not what it was at the last settle; before or after is NULL where there is none. */
struct change {
	const struct object *before, *after;
};

struct store *store_new(void);
void store_free(struct store *store);

/* Puts an object, replacing one of the same kind, namespace and name.  Takes it.  One that equals what is there, down to
 * the place it was written at, is freed and changes nothing; one that equals what was there at the last settle takes the
 * change back. */
void store_put(struct store *store, struct object *take);

/* Removes an object if it is there. */
void store_del(struct store *store, enum object_kind kind, const char *ns, const char *name);

/* Borrowed until the next put or del of it; NULL if it is not there.  Any strings, not only atoms. */
const struct object *store_find(const struct store *store, enum object_kind kind, const char *ns, const char *name);
const struct namespace *store_namespace(const struct store *store, const char *name);

/* The next object of a kind after `after` (NULL: the first), in no particular order.  `after` must still be there: fetch
 * the successor before a put or del of it. */
const struct object *store_walk(const struct store *store, enum object_kind kind, const struct object *after);
size_t store_count(const struct store *store, enum object_kind kind);

/* The next object of any kind of this shape. */
const struct object *store_walk_shape(const struct store *store, enum object_shape shape, const struct object *after);

/* The next object of a kind in a namespace (an atom, NULL for the Namespaces themselves). */
const struct object *store_walk_ns(const struct store *store, enum object_kind kind, const char *ns,
				   const struct object *after);

/* The live pod that owns an address: the newest of those that claim it (pod_newer), or NULL. */
const struct pod *store_owner(const struct store *store, const struct ip *ip);

/* The next live pod that claims an address. */
const struct pod *store_claim(const struct store *store, const struct ip *ip, const struct pod *after);

/* The node (an atom) that has this address, as the host addresses of its pods and the addresses of its pods on the host
 * network tell, or NULL.  If pods disagree, the node that most name, of equals the first by name. */
const char *store_node(const struct store *store, const struct ip *ip);

/* What changed since the last settle, each object once, in no particular order; borrowed until the next put, del, settle. */
const struct change *store_changes(const struct store *store, size_t *n);

/* Forgets the changes and frees what they replaced. */
void store_settle(struct store *store);

#endif
