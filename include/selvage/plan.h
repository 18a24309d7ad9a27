/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a change open, close and isolate?  The difference of two stores as rows between sets of classes (reach.h):
 * each ordered pair of classes whose ports differ is in exactly the rows that say how.  Pure.
 *
 * A pod always reaches itself: where a row has a class of one pod at both ends, that pod's pair with itself is not meant.
 */
#ifndef SELVAGE_PLAN_H
#define SELVAGE_PLAN_H

#include <selvage/reach.h>
#include <selvage/resource.h>

enum plan_kind {
	PLAN_LOST,        /* some ports before, none after */
	PLAN_NARROWED,    /* fewer, but some are left */
	PLAN_GAINED,      /* none before */
	PLAN_WIDENED,     /* some before, and more after; what narrows and widens a pair is a row of each */
	PLAN_ISOLATED,    /* policies begin to isolate pods in a direction */
	PLAN_UN_ISOLATED, /* they cease to */
	PLAN_NOOP,        /* one end says something else, the other end decides as before */
	PLAN_KIND_COUNT
};

/* What it comes from. */
enum plan_why {
	PLAN_WHY_RULE,      /* a rule admits it now */
	PLAN_WHY_RULE_GONE, /* a rule admitted it, and does no longer */
	PLAN_WHY_POLICY,    /* a policy isolates the end now */
	PLAN_WHY_FREED,     /* a policy isolated the end, and does no longer */
	PLAN_WHY_LABELS,    /* a pod, or a namespace, is not what it was */
	PLAN_WHY_MOVED,     /* a pod that is as it was has lost an address to another, or got it from another */
	PLAN_WHY_APPEARED,  /* a pod is there, or has an address of the family, that was not */
	PLAN_WHY_VANISHED,  /* the other way round */
	PLAN_WHY_UNCLEAR,   /* of a pod without an address, it cannot be told */
	PLAN_WHY_COUNT
};

struct plan_cause {
	enum plan_why why;
	enum direction
		direction; /* of the end that says something else: egress of the sender, ingress of the receiver */
	/* RULE, RULE_GONE, POLICY, FREED: as it is after the change, before it where it is gone; NULL otherwise */
	const struct policy *policy;
	bool deleted; /* RULE_GONE, FREED: it is not there any more */
	/* RULE: what admits; RULE_GONE: what admitted, of the policy as it was.  rule NULL: none */
	struct ruling ruling;
	const struct object *object; /* LABELS, APPEARED, VANISHED: the pod or namespace; MOVED: the other pod */
	struct source source;        /* where the cause is written; file NULL: nowhere */
};

/* Classes, ascending. */
struct plan_classes {
	VEC(uint32_t);
};

struct plan_row {
	enum plan_kind kind;
	uint8_t families; /* bits 1 << enum family: it holds of packets of these; all: of every one a pair has */
	struct plan_classes from; /* of ISOLATED and UN_ISOLATED, who */
	struct plan_classes to;   /* of those, nobody */
	struct reach_ports
		before; /* what is open between them; of NOOP, what the changed end says; NULL: no such pair */
	struct reach_ports after;
	struct portset ports;     /* what is gained or lost */
	bool unsure;              /* it holds only if pods without an address get certain ones */
	enum direction direction; /* ISOLATED, UN_ISOLATED; of NOOP, the end that changed */
	struct plan_cause cause;
	const struct policy *still; /* NOOP: one that isolates the other end; NULL: none, or not all the same */
	size_t n_still;             /* NOOP: how many isolate it, of the first pair */
};

/* What classes are, as people call them. */
enum plan_end_kind {
	PLAN_END_WORKLOAD,  /* ns, what and name; or a pod of no workload, `what` "Pod" */
	PLAN_END_NAMESPACE, /* all pods of ns that there are before and after */
	PLAN_END_CLUSTER,   /* all pods */
	PLAN_END_RANGES,    /* addresses outside pods */
	PLAN_END_WORLD,     /* all of them, but for some */
	PLAN_END_KIND_COUNT
};

struct plan_end {
	enum plan_end_kind kind;
	const char *ns, *what, *name; /* atoms */
	size_t n, total;              /* pods that are meant, of how many it has before or after */
	uint8_t families;             /* WORLD */
	struct ip_ranges ranges;      /* RANGES: which, WORLD: all but these; normalised */
};

struct plan_ends {
	VEC(struct plan_end);
};

struct plan;

/* Borrows both stores, which must not change until plan_free(). */
struct plan *plan_new(const struct store *before, const struct store *after);
void plan_free(struct plan *plan);

/* By kind, then in the order of their classes; borrowed until plan_free(). */
const struct plan_row *plan_rows(const struct plan *plan, size_t *n);

/* Borrowed until plan_free(). */
const struct reach *plan_reach(const struct plan *plan);

/* Names classes in as few words as there are; overwrites out, yours to plan_ends_fini(). */
void plan_ends_of(const struct plan *plan, const struct plan_classes *classes, struct plan_ends *out);
void plan_ends_fini(struct plan_ends *ends);

/* "LOST", ..., "UN-ISOLATED", "NOOP" */
const char *plan_kind_name(enum plan_kind kind);

#endif
