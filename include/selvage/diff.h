/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must change for the kernel's facts to become the wanted ones?  A merge of two sorted lists. */
#ifndef SELVAGE_DIFF_H
#define SELVAGE_DIFF_H

#include <selvage/fact.h>

/* Both lists sorted.  out is overwritten; yours to patch_free(). */
void diff_run(const struct facts *have, const struct facts *want, struct patch *out);

/* facts := facts with the patch applied; stays sorted.  -1 with ERR_INPUT if a fact to delete is not there as stated or one
 * to add is there already. */
int diff_apply(struct facts *facts, const struct patch *patch, struct err *err);

#endif
