/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names of ports matter, and where? */
#include <stdlib.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "spoken.h"

struct entry {
	struct hnode node;
	const char *name, *ns; /* atoms, borrowed; ns NULL: in every namespace */
	uint8_t proto;
};

static uint64_t entry_hash(const char *ns, const char *name, uint8_t proto)
{
	return hmap_mix(atom_hash(name) + proto, ns ? atom_hash(ns) : 0);
}

static bool has(const struct spoken *spoken, const char *ns, const char *name, uint8_t proto)
{
	for (struct hnode *h = hmap_find(&spoken->names, entry_hash(ns, name, proto)); h; h = hmap_next(h)) {
		const struct entry *entry = hmap_entry(h, struct entry, node);

		if (entry->name == name && entry->ns == ns && entry->proto == proto)
			return true;
	}
	return false;
}

bool rule_counts(const struct policy *policy, const struct rule *rule)
{
	return policy->types[rule->direction];
}

/* Names are resolved on the destination: of an ingress rule a pod of the policy's namespace, of an egress rule any. */
static void rule_read(struct spoken *spoken, const struct policy *policy, const struct rule *rule)
{
	const char *ns = rule->direction == DIRECTION_INGRESS ? policy->object.ns : NULL;

	for (size_t i = 0; i < rule->n_ports; i++) {
		const struct port *port = &rule->ports[i];
		struct entry *entry;

		if (!port->name || port->nothing || has(spoken, ns, port->name, port->proto))
			continue;
		entry = mem_new(1, sizeof *entry);
		*entry = (struct entry){.name = port->name, .ns = ns, .proto = port->proto};
		hmap_put(&spoken->names, &entry->node, entry_hash(ns, port->name, port->proto));
	}
}

void spoken_read(struct spoken *spoken, const struct store *store)
{
	const struct object *o = NULL;

	while ((o = store_walk(store, OBJECT_POLICY, o))) {
		const struct policy *policy = (const struct policy *)(const void *)o;

		for (size_t i = 0; i < policy->n_rules; i++)
			if (rule_counts(policy, &policy->rules[i]))
				rule_read(spoken, policy, &policy->rules[i]);
	}
}

bool spoken_has(const struct spoken *spoken, const char *ns, const struct named_port *port)
{
	return has(spoken, NULL, port->name, port->proto) || has(spoken, ns, port->name, port->proto);
}

void spoken_fini(struct spoken *spoken)
{
	for (struct hnode *h = hmap_walk(&spoken->names, NULL), *next; h; h = next) {
		next = hmap_walk(&spoken->names, h);
		free(hmap_entry(h, struct entry, node));
	}
	hmap_fini(&spoken->names);
}
