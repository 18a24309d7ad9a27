/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who reaches whom on which ports, in few rows: classes by their names, and rows that differ in one end only taken together. */
#ifndef SELVAGE_LINKS_H
#define SELVAGE_LINKS_H

#include <jansson.h>

#include <selvage/portset.h>
#include <selvage/reach.h>
#include <selvage/resource.h>
#include <selvage/vec.h>

struct names {
	VEC(char *);
};

struct link {
	int effect; /* the caller's: rows of different effects are not taken together */
	struct names from, to;
	struct portset ports;
};

struct links {
	VEC(struct link);
};

/* Adds a row; copies the ports.  Nothing for no ports.  Classes are called "Deployment shop/web (3 pods)", "shop/web-0",
 * "10.0.0.0/8", "the rest of the world". */
void links_add(struct links *links, int effect, const struct store *store, const struct reach_class *from,
	       const struct reach_class *to, const struct portset *ports);

/* Takes rows together. */
void links_merge(struct links *links);
void links_free(struct links *links);

/* "a, b and 7 more"; all of them if `all`.  Yours. */
char *names_text(const struct names *names, bool all);
char *ports_text(const struct portset *ports);

json_t *names_json(const struct names *names);

/* [{"proto":"TCP","from":80,"to":80}]; what has no ports is {"proto":"other"}. */
json_t *ports_json(const struct portset *ports);

#endif
