/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Terms: one way of saying which addresses are meant that depends on pods.  Policies that say the same share a term, and
 * every set of addresses in the kernel is a union of terms.
 */
#ifndef SELVAGE_TERM_H
#define SELVAGE_TERM_H

#include <stdbool.h>

#include <selvage/hmap.h>
#include <selvage/object.h>

struct peers;

/* What must hold of a pod and one of its addresses. */
struct term {
	const char *ns;            /* atom: pods of this namespace; NULL: of those that ns_labels selects */
	struct selector ns_labels; /* where ns is NULL */
	struct selector pods;
	bool block; /* the address must be in ranges (a named port towards an ipBlock) */
	struct ip_ranges ranges;
	const char *port; /* atom or NULL: the pod must expose `number` under this name */
	uint8_t proto;
	uint16_t number;

	const char *name; /* atom: equal terms have equal names */
	size_t demands;   /* how many things must hold */
	unsigned refs;
	VEC(struct peers *) users; /* the unions it is part of */
	struct hnode node;
	struct scope *scope;
	struct term *prev, *next; /* in its scope */
};

/* The terms that name the same namespace, or none; never empty. */
struct scope {
	const char *ns; /* atom, owned */
	struct term *first;
	struct hnode node;
};

/* All terms in use. */
struct terms {
	struct hmap by_name;
	struct hmap scopes; /* by the hash of ns; the one without under 0 */
};

/* The shared term that says what `draft` says, which is moved from.  One more reference is yours. */
struct term *term_get(struct terms *terms, struct term *draft);

void term_put(struct terms *terms, struct term *term);

/* Does the term mean pods of a namespace (an atom), which has these labels? */
bool term_match_ns(const struct term *term, const char *ns, const struct labels *labels);

/* Does it mean this address of this pod, whose namespace it means? */
bool term_match_pod(const struct term *term, const struct pod *pod, const struct ip *ip);

/* Does `wide` mean every address that `narrow` means?  Seen where it demands some of the same and nothing else; false says
 * nothing. */
bool term_covers(const struct term *wide, const struct term *narrow);

/* Walks the terms that can mean pods of a namespace (an atom): its own and those that select namespaces. */
struct term *terms_walk(const struct terms *terms, const char *ns, const struct term *after);

void terms_fini(struct terms *terms);

#endif
