/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can reach whom, on which ports, over a whole store, or over two stores at once: before and after a change.  It says
 * what verdict_of() says, of classes: pods that every policy treats alike, and addresses outside pods that every ipBlock
 * treats alike.  Pure; it never looks at pairs of pods.
 *
 * Classes are the same in both worlds: pods (by namespace and name) are in one class if they are alike in each of them.
 *
 * Three things are not in it.  A pod always reaches itself, and so a class of one pod is no pair with itself.  A pod and
 * its own node always reach each other; nodes are outside addresses here, and what is said of those does not hold between
 * a node and its own pods.  What passes between two outside addresses is nobody's business.
 *
 * No class has: a pod that is finished or on the host network, or one that owns none of its addresses (store_owner()), and
 * the link-local addresses fe80::/10, which nothing is forwarded for.
 */
#ifndef SELVAGE_REACH_H
#define SELVAGE_REACH_H

#include <selvage/packet.h>
#include <selvage/portset.h>
#include <selvage/store.h>

#define REACH_WORLDS 2

/* Before and after; who has one store asks about REACH_BEFORE only. */
enum reach_world { REACH_BEFORE, REACH_AFTER };

struct reach;

/* A pod of a class, as each world has it; NULL where it is not there. */
struct reach_pod {
	const struct pod *in[REACH_WORLDS];
};

/* A class, known by its index.  Order: by namespace, then by its first pod's name; then outside classes, IPv4 first, by
 * their first address. */
struct reach_class {
	const char *ns;         /* atom; NULL: addresses outside pods */
	struct reach_pod *pods; /* sorted by name */
	size_t n;
	struct ip_ranges ranges; /* outside: where it is; normalised.  Pods' addresses in it are not taken out */
	struct ip sample;        /* outside: an address of it that is no pod's in any world it is in */
	bool rest;               /* outside: no ipBlock of any world has it, the rest of the world */
	/* Bits 1 << enum family: the families it has addresses of; 0: it is not there. */
	uint8_t families[REACH_WORLDS];
	/* Pods without an address yet: of the families that pods of the store have (both if none has any); an ipBlock may
	 * or may not have what they get. */
	bool pending[REACH_WORLDS];
};

/* The classes of a namespace. */
struct reach_ns {
	const char *name; /* atom; NULL, the last one: outside */
	size_t first, n;  /* its classes; n > 0 but for outside */
};

/*
 * Ports that are open whatever address a pending pod gets, and those that some address opens.  Each address is asked about
 * by itself, of all rules of all policies at that end: rules whose ipBlocks have all addresses only together (0.0.0.0/1 and
 * 128.0.0.0/1, or a block and its exception) open what they have in common as surely as one that has them all.  All
 * addresses are those of the family that classes are made of, link-local ones not among them.
 *
 * `open` is part of `maybe`, and what is in `maybe` alone is unknown; where nothing is, the two are the same pointer.  (A
 * pod with two addresses of one family, which ipBlocks tell apart, counts as one that may have either.)  Equal sets are the
 * same pointer, in both worlds; valid until reach_free().
 */
struct reach_ports {
	const struct portset *open, *maybe;
};

/* What policies say of one pair: each end alone, and both together. */
struct reach_link {
	struct reach_ports egress, ingress, both;
};

/* Addresses. */
struct reach_ips {
	VEC(struct ip);
};

/* What holds between two namespaces, over all pairs of their pods and all families that both ends of a pair have. */
struct reach_cell {
	bool pairs;                  /* is there any pair?  If not, all three are empty */
	const struct portset *every; /* open between each pair; all ports: "all" */
	const struct portset *some;  /* open between some pair; the same pointer as every: uniform */
	const struct portset *maybe; /* may be open between some pair; empty: "none" */
};

/* `after` is NULL where there is but one world.  Borrows the stores, which must not change until reach_free(). */
struct reach *reach_new(const struct store *before, const struct store *after);
void reach_free(struct reach *reach);

/* Borrowed until reach_free(). */
const struct reach_class *reach_classes(const struct reach *reach, size_t *n);
const struct reach_ns *reach_namespaces(const struct reach *reach, size_t *n);

/* The class of a pod, of an address; SIZE_MAX if it is in none.  An address that a pod owns is in that pod's class. */
size_t reach_class_of(const struct reach *reach, enum reach_world world, const struct pod *pod);
size_t reach_class_at(const struct reach *reach, enum reach_world world, const struct ip *ip);

/* The policies that isolate a class in a direction, sorted by name; NULL and 0 if none does.  Borrowed until
 * reach_free(). */
const struct policy *const *reach_isolating(const struct reach *reach, enum reach_world world, size_t class,
					    enum direction direction, size_t *n);

/* The bits 1 << enum family of the families in which there is a packet from one class to the other. */
uint8_t reach_families(const struct reach *reach, enum reach_world world, size_t from, size_t to);

/* Which ports does a class reach at another, by packets of one of reach_families()? */
struct reach_link reach_ports(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			      enum family family);

/* The cause, at one end, for one port, as verdict_of() gives it: which rule admits, or that none does.  A pending peer is
 * in no ipBlock.  Isolated and not admitted: see reach_isolating(). */
struct ruling reach_ruling(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			   enum family family, enum direction direction, uint8_t proto, uint16_t port);

/* The same of a packet whose other end has this address, one of reach_peer_ips(). */
struct ruling reach_ruling_at(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			      const struct ip *peer, enum direction direction, uint8_t proto, uint16_t port);

/* Overwrites `out`, yours to vec_free(), with the addresses of the family that the peer of an end, the receiver for egress,
 * has: a pod those that it owns, a pending one any, of which one stands for all that every ipBlock treats alike.  Not
 * empty if the family is one of reach_families(). */
void reach_peer_ips(const struct reach *reach, enum reach_world world, size_t from, size_t to, enum family family,
		    enum direction direction, struct reach_ips *out);

/* The two sets, as one of the pointers that reach_ports() gives; for adding up what pairs have in common. */
const struct portset *reach_union(const struct reach *reach, const struct portset *a, const struct portset *b);
const struct portset *reach_intersect(const struct reach *reach, const struct portset *a, const struct portset *b);

/* The set of no port, likewise. */
const struct portset *reach_nothing(const struct reach *reach);

/* Calls `visit` for each ordered pair of namespaces, indexes of reach_namespaces(), outside among them but not with
 * itself; from, then to, ascending. */
void reach_matrix(const struct reach *reach, enum reach_world world,
		  void (*visit)(void *ctx, size_t from, size_t to, const struct reach_cell *cell), void *ctx);

/* Calls `visit` for each ordered pair of classes and each family that are there in both worlds and of which the worlds
 * say different things, at one end at least (`both` may be as it was); from, to, family ascending.  What did not change
 * costs nothing: a pair is looked at only if an end of it has a policy that says something else. */
void reach_changes(const struct reach *reach,
		   void (*visit)(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
				 const struct reach_link *after),
		   void *ctx);

#endif
