/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How well is a cluster isolated, and which of its policies do not do what they seem to?  Namespaces as rows, findings, and
 * who reaches whom, of a whole store.  Everything is judged by what all policies of a pod say together (reach.h).  Pure.
 */
#ifndef SELVAGE_AUDIT_H
#define SELVAGE_AUDIT_H

#include <selvage/finding.h>
#include <selvage/reach.h>
#include <selvage/resource.h>

struct audit_input {
	const struct store *store; /* with resources and details, where there are any */
	uint32_t unknown;          /* bits 1 << enum object_kind: there may be more of this kind than the store has */
	unsigned max_prefix[FAMILY_COUNT]; /* NP145: blocks with a shorter prefix are wide */
};

#define AUDIT_MAX_PREFIX4 16
#define AUDIT_MAX_PREFIX6 32

/* Can the pods that need the cluster's DNS ask it? */
enum audit_dns {
	AUDIT_DNS_UNUSED, /* no pod needs it */
	AUDIT_DNS_OK,
	AUDIT_DNS_UDP_ONLY, /* some not over TCP */
	AUDIT_DNS_BROKEN,   /* some not at all */
	AUDIT_DNS_UNKNOWN   /* where it is, or what a pod's address will be, is not known */
};

/* A namespace, also one that is known from its pods or policies only. */
struct audit_ns {
	const char *name;                 /* atom */
	size_t index;                     /* of reach_namespaces(); SIZE_MAX: none of its pods is in a class */
	size_t pods;                      /* those of its classes */
	size_t host_pods;                 /* those on the host network, which no policy can speak about */
	size_t isolated[DIRECTION_COUNT]; /* how many of its pods are */
	size_t policies;
	bool new_isolated[DIRECTION_COUNT]; /* would a pod be that appears with labels that no policy knows? */
	enum audit_dns dns;
	size_t counts[SEVERITY_COUNT]; /* findings; see audit_count() */
};

/* What belongs together: pods of one owner, or one pod without any, as far as they are in one class.  Those of an owner are
 * neighbours. */
struct audit_unit {
	const char *ns, *kind, *name; /* atoms */
	size_t class;
	const struct pod *pod; /* the first of them */
	size_t n;
};

/* All borrowed from what audit_new() made, sorted, until audit_free(). */
struct audit {
	struct reach *reach;
	VEC(struct audit_ns) namespaces; /* by name */
	VEC(struct audit_unit) units;    /* by namespace, name, kind, class */
	struct reach_cell *cells;        /* [from * n + to], by index of reach_namespaces(); n of them */
	size_t n_cells;                  /* that n */
	struct findings findings;        /* sorted */
	size_t pods, host_pods, policies;
	uint32_t unknown; /* as in audit_input: bits 1 << enum object_kind */
};

/* Borrows the store, which must not change until audit_free(). */
struct audit *audit_new(const struct audit_input *input);
void audit_free(struct audit *audit);

/* Some units, of which nothing is between but what is meant: all of an owner, of a namespace. */
struct audit_part {
	const struct audit_unit *at;
	size_t n;
};

/* All units of the owner whose first one it is. */
struct audit_part audit_part(const struct audit *audit, size_t first);

/* What is open from the one to the other; from or to addresses outside pods (EGRESS: to them). */
struct reach_cell audit_between(const struct audit *audit, struct audit_part from, struct audit_part to);
struct reach_cell audit_outside(const struct audit *audit, struct audit_part part, enum direction direction);

/* A number that is the same for classes that the same policies isolate in the direction, with the same effect. */
size_t audit_regime(const struct audit *audit, size_t class, enum direction direction);

/* What the policies of a class admit at its end: calls `visit` with runs of classes, which end before `end`, and the ports
 * that are open towards (or from) each of the run. */
void audit_runs(const struct audit *audit, size_t class, enum direction direction, enum family family,
		void (*visit)(void *ctx, size_t end, const struct portset *ports), void *ctx);

/* Are all objects of a kind known?  Of policies that are not, rows have no true `isolated` and `new_isolated`, and all cells
 * of the matrix are only maybe open; of pods, no true counts. */
bool audit_knows(const struct audit *audit, enum object_kind kind);

/* Counts the findings of each namespace anew: for who has taken some away. */
void audit_count(struct audit *audit);

/* What a finding of this id cannot be told without: bits 1 << enum object_kind. */
uint32_t audit_needs(const char *id);

/* That, and what there may be more findings of this id in. */
uint32_t audit_hangs_on(const char *id);

/* All rules, sorted by id; their texts are those of the manual. */
const struct rule_text *audit_rules(size_t *n);

/* The rule with this id ("NP111") or name ("dns-blocked"), or NULL. */
const struct rule_text *audit_rule(const char *id);

#endif
