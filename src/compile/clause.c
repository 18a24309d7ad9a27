/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does each rule mean, and which ports does it open to them? */
#include <selvage/atom.h>

#include "clause.h"

/* The term of a peer; `port` is NULL or what the peer's pods must expose. */
static struct term *peer_term(struct terms *terms, const struct policy *policy, const struct peer *peer,
			      const struct named_port *port)
{
	struct term draft = {0};

	if (peer && peer->kind == PEER_BLOCK) {
		draft.block = true;
		block_add(peer, &draft.ranges);
		ip_ranges_normalise(&draft.ranges);
	} else if (peer) {
		if (!peer->any_ns)
			draft.ns = atom_ref(policy->object.ns);
		else
			selector_copy(&draft.ns_labels, &peer->ns);
		selector_copy(&draft.pods, &peer->pods);
	}
	if (port) {
		draft.port = atom_ref(port->name);
		draft.proto = port->proto;
		draft.number = port->number;
	}
	return term_get(terms, &draft);
}

static void clause_add_peer(struct clause *clause, struct terms *terms, const struct peer *peer,
			    const struct named_port *port)
{
	if (peer->kind == PEER_NOBODY)
		return;
	if (peer->kind == PEER_BLOCK && !port)
		block_add(peer, &clause->ranges);
	else
		*vec_add(&clause->terms) = peer_term(terms, clause->policy, peer, port);
}

/* Appends the clause of a rule, for all destinations or for those that expose a port; gives its number. */
static size_t clause_add(struct clauses *clauses, struct terms *terms, const struct policy *policy,
			 const struct rule *rule, const struct named_port *port)
{
	struct clause clause = {.policy = policy, .everyone = rule->everyone && !port};

	if (rule->everyone && port)
		*vec_add(&clause.terms) = peer_term(terms, policy, NULL, port);
	for (size_t i = 0; !rule->everyone && i < rule->n_peers; i++)
		clause_add_peer(&clause, terms, &rule->peers[i], port);
	*vec_add(clauses) = clause;
	return clauses->n - 1;
}

/* "port: [...] named port on a pod": of an ingress rule on the pod itself, of an egress rule on each destination. */
static void grant_named(const struct profiles *profiles, const struct profile *profile, const struct policy *policy,
			const struct rule *rule, size_t clause, const struct port *port, struct clauses *out)
{
	const struct exposure *e = NULL;

	for (size_t i = 0; i < profile->named.n; i++) {
		const struct named_port *named = &profile->named.at[i];

		if (named->name == port->name && named->proto == port->proto)
			*vec_add(&out->grants) = (struct grant){named->proto, named->number, named->number, clause};
	}
	if (profile->direction == DIRECTION_INGRESS)
		return;
	while ((e = exposed_walk(profiles->exposed, port->name, port->proto, e))) {
		size_t to = clause_add(out, &profiles->unions->terms, policy, rule, &e->port);

		*vec_add(&out->grants) = (struct grant){e->port.proto, e->port.number, e->port.number, to};
	}
}

static void rule_read(const struct profiles *profiles, const struct profile *profile, const struct policy *policy,
		      const struct rule *rule, struct clauses *out)
{
	size_t clause = clause_add(out, &profiles->unions->terms, policy, rule, NULL);

	if (rule->every_port)
		*vec_add(&out->grants) = (struct grant){PROTO_ANY, 0, UINT16_MAX, clause};
	for (size_t i = 0; !rule->every_port && i < rule->n_ports; i++) {
		const struct port *port = &rule->ports[i];

		if (port->nothing)
			continue;
		if (port->name)
			grant_named(profiles, profile, policy, rule, clause, port, out);
		else
			*vec_add(&out->grants) = (struct grant){port->proto, port->lo, port->hi, clause};
	}
}

void clauses_read(const struct profiles *profiles, const struct profile *profile, struct clauses *out)
{
	*out = (struct clauses){0};
	for (size_t i = 0; i < profile->policies.n; i++) {
		const struct policy *policy = (const struct policy *)store_find(profiles->store, OBJECT_POLICY,
										profile->ns, profile->policies.at[i]);

		for (size_t k = 0; policy && k < policy->n_rules; k++)
			if (policy->rules[k].direction == profile->direction)
				rule_read(profiles, profile, policy, &policy->rules[k], out);
	}
}

void clauses_free(const struct profiles *profiles, struct clauses *clauses)
{
	for (size_t i = 0; i < clauses->n; i++) {
		struct clause *clause = &clauses->at[i];

		for (size_t k = 0; k < clause->terms.n; k++)
			term_put(&profiles->unions->terms, clause->terms.at[k]);
		vec_free(&clause->terms);
		vec_free(&clause->ranges);
	}
	vec_free(clauses);
	vec_free(&clauses->grants);
}
