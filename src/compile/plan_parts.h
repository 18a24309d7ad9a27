/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What plan.h is made of. */
#ifndef SELVAGE_PLAN_PARTS_H
#define SELVAGE_PLAN_PARTS_H

#include <selvage/plan.h>

#include "numbering.h"

/* Pods of one owner, or a pod that has none. */
struct plan_workload {
	const char *ns, *what, *name; /* atoms, borrowed from the stores */
	size_t total;
};

struct plan_workloads {
	struct numbering numbering;
	VEC(struct plan_workload) all;
	VEC(uint32_t) of;      /* the workload of each pod, class by class */
	VEC(size_t) first;     /* where those of a class begin in `of` */
	VEC(uint32_t) in_ns;   /* how many workloads each namespace of the reach has */
	VEC(uint32_t) pods_of; /* how many pods it has */
};

/* How a pair of classes changed: bytes that are the same if it is the same. */
struct plan_value {
	struct reach_ports before, after;                      /* of both ends; all NULL: as it was, see `end` */
	struct reach_ports end[DIRECTION_COUNT][REACH_WORLDS]; /* NOOP: of ends that changed; NULL: did not */
	uint32_t why[DIRECTION_COUNT];                         /* what changed the end, as a number; 0: nothing */
};

struct plan {
	const struct store *stores[REACH_WORLDS];
	struct reach *reach;
	const struct reach_class *classes;
	size_t n_classes;
	const struct reach_ns *namespaces;
	size_t n_namespaces;
	VEC(const struct object *)
	changed; /* policies and namespaces of either store that the other says otherwise;
					     * sorted by address */
	struct plan_workloads workloads;
	VEC(struct plan_row) rows;
};

/* Is the policy or namespace not the same, or not there, in the other world? */
bool plan_changed(const struct plan *plan, const struct object *object);

/* Is a pod of the class, or its namespace, not what it was?  The object as it is after the change, or NULL. */
const struct object *plan_class_changed(const struct plan *plan, size_t class);

/* Packets that show what a row says: of one of its pairs, in one of its families, to one of its ports; before and after
 * from or to the same address, if there is one that does. */
struct plan_view {
	const struct plan *plan;
	const struct plan_row *row;
	size_t from, to;
	enum family family;
	/* If the pair is there before and after: the end that says something else, and of what. */
	enum direction direction;
	uint8_t proto;
	uint16_t port;
	struct ip peer[REACH_WORLDS];
	struct ruling ruling[REACH_WORLDS];
};

/* Of any row but those of isolation.  There always are such packets: reach is sure of what every address of a peer is
 * admitted at, and of nothing else (reach.h). */
void plan_view_find(const struct plan *plan, const struct plan_row *row, struct plan_view *out);

/* Finds what made a row. */
void plan_cause_find(const struct plan *plan, struct plan_row *row);

/* Who owns which pods. */
void plan_workloads_make(struct plan *plan);
void plan_workloads_fini(struct plan_workloads *workloads);

/* What changed an end of a pair: 0 or a number; equal numbers, equal changes. */
struct plan_reasons;
struct plan_reasons *plan_reasons_new(const struct plan *plan);
void plan_reasons_free(struct plan_reasons *reasons);
uint32_t plan_reason(struct plan_reasons *reasons, size_t class, size_t peer, enum direction direction);

/* Collects pairs into rows (plan_gather.c): pairs come in ascending order of `from`. */
struct plan_gather;
struct plan_gather *plan_gather_new(struct plan *plan);
void plan_gather_add(struct plan_gather *gather, size_t from, size_t to, enum family family,
		     const struct plan_value *value);
/* What `from` had is complete. */
void plan_gather_turn(struct plan_gather *gather, size_t from);
/* Makes the rows. */
void plan_gather_end(struct plan_gather *gather);

#endif
