/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports that policies speak of by name; no other name of a pod's port matters. */
#ifndef SELVAGE_SPOKEN_H
#define SELVAGE_SPOKEN_H

#include <selvage/hmap.h>
#include <selvage/store.h>

struct spoken {
	struct hmap names;
};

/* Does the policy isolate in the direction of its rule?  If not, the rule says nothing. */
bool rule_counts(const struct policy *policy, const struct rule *rule);

/* Adds what the policies of a store speak of; borrows their names. */
void spoken_read(struct spoken *spoken, const struct store *store);

/* Does it matter that a pod of this namespace (an atom) exposes the port? */
bool spoken_has(const struct spoken *spoken, const char *ns, const struct named_port *port);

void spoken_fini(struct spoken *spoken);

#endif
