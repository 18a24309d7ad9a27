/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wanted facts of one node, kept equal to what the store says.  Pure: no clock, no log, no kernel.  A new compile that
 * is updated once from a full store, and one that followed every change, hold the same facts.
 */
#ifndef SELVAGE_COMPILE_H
#define SELVAGE_COMPILE_H

#include <selvage/fact.h>
#include <selvage/store.h>

struct compile;

/* For the pods of node `node`; borrows the store, which must outlive it. */
struct compile *compile_new(const struct store *store, const char *node);
void compile_free(struct compile *compile);

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
