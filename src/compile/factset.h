/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wanted facts as a counted set: several parts of the cluster may ask for the same fact, it is wanted while anyone
 * does.  What becomes wanted or stops being wanted between two takes is a patch; what comes and goes in between is not.
 *
 * A fact that only one ever asks for, and remembers (a pod's address in a set of peers), is not kept here a second time: it
 * enters and leaves, and is known from one take to the next.
 */
#ifndef SELVAGE_FACTSET_H
#define SELVAGE_FACTSET_H

#include <selvage/fact.h>

struct factset;

struct factset *factset_new(void);
void factset_free(struct factset *set);

/* One more asks for this fact; it is copied. */
void factset_add(struct factset *set, const struct fact *fact);

/* One fewer asks for it; somebody must have. */
void factset_del(struct factset *set, const struct fact *fact);

/* A fact whose only asker remembers it comes, or goes. */
void factset_enter(struct factset *set, const struct fact *fact);
void factset_leave(struct factset *set, const struct fact *fact);

/* Nobody wants to know what enters and leaves until the next take, which then takes no such facts. */
void factset_mute(struct factset *set);

/* The difference since the last take, sorted: yours to patch_free().  NULL: it is of no interest. */
void factset_take(struct factset *set, struct patch *out);

/* How many facts of a kind were wanted at the last take. */
size_t factset_count(const struct factset *set, enum fact_kind kind);

/* Appends every fact that is wanted now, but for those that entered, in no order. */
void factset_all(const struct factset *set, struct facts *out);

#endif
