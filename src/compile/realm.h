/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Realms: the places of one namespace, so that a set of peers that comes or goes concerns only those it may mean. */
#ifndef SELVAGE_REALM_H
#define SELVAGE_REALM_H

#include <selvage/store.h>

#include "term.h"

struct place;

struct realm {
	const char *ns; /* atom */
	VEC(struct place *) places;
	struct hnode node;
};

struct realms {
	struct hmap by_ns;
	const struct store *store; /* borrowed */
};

/* Puts a place into the realm of its pod's namespace, or takes it out. */
void realms_add(struct realms *realms, struct place *place);
void realms_del(struct realms *realms, struct place *place);

/* The next realm after `after` (NULL: the first) whose namespace a term means. */
struct realm *realms_walk(const struct realms *realms, const struct term *term, const struct realm *after);

void realms_fini(struct realms *realms);

#endif
