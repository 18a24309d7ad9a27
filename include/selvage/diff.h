/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must change for the kernel's facts to become the wanted ones?  A merge of two sorted lists. */
#ifndef SELVAGE_DIFF_H
#define SELVAGE_DIFF_H

#include <stdbool.h>

#include <selvage/err.h>
#include <selvage/fact.h>

/*
 * Both lists sorted.  out is overwritten; yours to patch_free().  A counter, set or chain that must be made anew
 * (diff_anew()) takes along what refers to it: those elements and chains stand in both lists of the patch, though they
 * do not change.
 */
void diff_run(const struct facts *have, const struct facts *want, struct patch *out);

/* The same, of lists that are not needed any more: what the patch holds is moved, what it does not hold is freed. */
void diff_take(struct facts *have, struct facts *want, struct patch *out);

/* facts := facts with the patch applied; stays sorted.  -1 with ERR_INPUT if a fact to delete is not there as stated or
 * one to add is there already; then nothing has changed. */
int diff_apply(struct facts *facts, const struct patch *patch, struct err *err) __attribute__((warn_unused_result));

/* Two facts with equal keys: is there no way from one to the other but removing it and making it again?  The kernel
 * changes the rules of a chain in place, and elements, but no set, no counter and nothing else of a chain. */
bool diff_anew(const struct fact *have, const struct fact *want);

#endif
