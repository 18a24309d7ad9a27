/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which port numbers do the cluster's pods expose under a name?  Egress rules with named ports need every one of them. */
#ifndef SELVAGE_EXPOSED_H
#define SELVAGE_EXPOSED_H

#include <stdbool.h>

#include <selvage/hmap.h>
#include <selvage/object.h>

struct exposure {
	struct named_port port; /* its name is an atom with a reference */
	unsigned pods;          /* how often it is exposed */
	struct hnode node;
};

struct exposed {
	struct hmap by_name;            /* by hash of (name, proto) */
	VEC(struct named_port) changed; /* numbers that came or went since exposed_settle(); names with a reference */
};

void exposed_add(struct exposed *exposed, const struct pod *pod);
void exposed_del(struct exposed *exposed, const struct pod *pod);

/* The next number that some pod exposes under (name, proto). */
const struct exposure *exposed_walk(const struct exposed *exposed, const char *name, uint8_t proto,
				    const struct exposure *after);

/* Did a number come or go under (name, proto)? */
bool exposed_changed(const struct exposed *exposed, const char *name, uint8_t proto);

void exposed_settle(struct exposed *exposed);
void exposed_fini(struct exposed *exposed);

#endif
