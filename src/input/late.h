/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deletes of policies that wait a moment, because the watch of namespaces may be about to tell that theirs terminates:
 * the two watches are not ordered among each other.
 */
#ifndef SELVAGE_INPUT_LATE_H
#define SELVAGE_INPUT_LATE_H

#include <selvage/mono.h>
#include <selvage/vec.h>

struct late_delete {
	const char *ns, *name; /* atoms, owned */
	struct mono since;
};

struct late {
	VEC(struct late_delete);
};

void late_add(struct late *late, const char *ns, const char *name, struct mono now);

/* The policy lives again: it is not deleted any more. */
void late_drop(struct late *late, const char *ns, const char *name);

/* Calls `each` for every delete that has waited for so many seconds, and forgets it. */
void late_release(struct late *late, struct mono now, double seconds,
		  void (*each)(void *ctx, const char *ns, const char *name), void *ctx);

void late_fini(struct late *late);

#endif
