/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wanted facts as a counted set: several parts of the cluster may ask for the same fact, it is wanted while anyone
 * does.  What becomes wanted or stops being wanted between two takes is a patch; what comes and goes in between is not.
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

/* The difference since the last take, sorted: yours to patch_free(). */
void factset_take(struct factset *set, struct patch *out);

/* How many facts of a kind were wanted at the last take. */
size_t factset_count(const struct factset *set, enum fact_kind kind);

/* Every fact that is wanted now, sorted: yours to facts_free(). */
void factset_all(const struct factset *set, struct facts *out);

#endif
