/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may packets on their way still look for, though no rule leads there any more? */
#ifndef SELVAGE_DATAPLANE_NL_LINGER_H
#define SELVAGE_DATAPLANE_NL_LINGER_H

#include <selvage/mono.h>

#include "nl_plan.h"

/* What one flip left to be broken off: chains, sets and counters, by kind and name. */
struct leftover {
	struct mono since;
	struct facts gone; /* sorted, without contents */
	struct plan plan;  /* how; its facts are those of `gone` */
	struct leftover *next;
};

/* Oldest first. */
struct lingering {
	struct leftover *first, **end;
};

void linger_init(struct lingering *linger);

/* Takes over the operations of a plan from `first` on, all of PHASE_BREAK. */
void linger_add(struct lingering *linger, const struct plan *plan, size_t first, struct mono now);

/* Removes the oldest and gives it to you, for leftover_free(); NULL if there is none that old. */
struct leftover *linger_take(struct lingering *linger, struct mono until);
void leftover_free(struct leftover *leftover);

/* Does the patch make anew, or under an old name, what lingers?  Then that must go first. */
bool linger_hinders(const struct lingering *linger, const struct patch *patch);

/* Takes out of a sorted list what lingers, with its elements. */
void linger_hide(const struct lingering *linger, struct facts *facts);

/* Everything. */
void linger_clear(struct lingering *linger);

#endif
