/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wanted facts of one node, kept equal to what the store says.  Pure: no clock, no log, no kernel.  A new compile that
 * is updated once from a full store, and one that followed every change, hold the same facts.
 */
#ifndef SELVAGE_COMPILE_H
#define SELVAGE_COMPILE_H

#include <selvage/cidrs.h>
#include <selvage/fact.h>
#include <selvage/overlay.h>
#include <selvage/store.h>

struct compile;

/*
 * How a cluster becomes the facts of one node.  What it says beside the node is about the frame around the policies' own
 * rules: it changes the base chains, and how a chain ends that let nobody in.
 */
struct compile_config {
	const char *node;       /* whose pods to protect; copied */
	struct overlay overlay; /* its frames come from no pod */
	bool reject;        /* what policy denies is answered: TCP with a reset, the rest as prohibited; else silence */
	uint16_t log_group; /* NFLOG group that some of the dropped packets are told to; 0: none */
	struct cidrs pod_cidrs; /* where pods of the node get their addresses; none if unknown */
	bool deny_unknown;      /* an address in them that no live pod of the node has is closed in both directions */
	bool ipvs;              /* what the node sends for others is forwarded: IPVS hands it on so */
	bool count_only;        /* what policy denies is counted and told of, and passes (shadow.h) */
};

/* The usual overlay's ports, silence, nothing logged, unknown pods open, no IPVS. */
struct compile_config compile_usual(const char *node);

/* Borrows the store, which must outlive it. */
struct compile *compile_new(const struct store *store, const struct compile_config *config);
void compile_free(struct compile *compile);

/* What was found out since about the node: its pod_cidrs, and whether it has IPVS.  The next update takes them in. */
void compile_found(struct compile *compile, const struct cidrs *pod_cidrs, bool ipvs);

/* Takes in what changed in the store since its last settle and gives the difference to the wanted facts, as a patch of
 * yours; NULL if that is of no interest, because all facts are asked for next.  The caller settles the store afterwards. */
void compile_update(struct compile *compile, struct patch *out);

/* All wanted facts, sorted: yours to facts_free(). */
void compile_facts(const struct compile *compile, struct facts *out);

/* Do these facts, sorted, isolate the pod in this direction? */
bool compile_isolates(const struct facts *facts, const struct pod *pod, enum direction direction);

/* How many facts of a kind are wanted. */
size_t compile_count(const struct compile *compile, enum fact_kind kind);

/* Pods that name this node, live or not, on the host network or not. */
size_t compile_here(const struct compile *compile);

/* Pods of this node that are live, and those of them that some policy isolates. */
size_t compile_local(const struct compile *compile, size_t *isolated);

#endif
