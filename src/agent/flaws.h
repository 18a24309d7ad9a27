/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with the objects of a live cluster, as they are now. */
#ifndef SELVAGE_AGENT_FLAWS_H
#define SELVAGE_AGENT_FLAWS_H

#include <selvage/hmap.h>
#include <selvage/object.h>
#include <selvage/problem.h>

struct flaws {
	struct hmap by_key;
	size_t n[OBJECT_KIND_COUNT]; /* objects with flaws */
};

/* The object has these problems and no others; n 0: none.  True if that is news: it had none and has some, or the other
 * way round, or has more or fewer, or another comes first. */
bool flaws_set(struct flaws *flaws, enum object_kind kind, const char *ns, const char *name,
	       const struct problem *problems, size_t n);

/* One line per object, sorted: the first of its problems, safe for a terminal.  At most `most` lines, then how many are
 * left out. */
void flaws_print(const struct flaws *flaws, size_t most, FILE *out);

void flaws_fini(struct flaws *flaws);

#endif
