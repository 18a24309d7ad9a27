/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a rule speak of this packet?  The specification, clause by clause. */
#include "match.h"

#include <string.h>

/*
 * Does the namespace selector match?  "This is a label query over namespaces": a namespace that is known only from its
 * pods has the one label that the API server gives every namespace.
 */
bool match_namespace(const struct store *store, const char *name, const struct selector *selector)
{
	const struct namespace *ns = store_namespace(store, name);
	struct labels implied = {0};
	bool match;

	if (ns)
		return selector_match(selector, &ns->labels);
	labels_put(&implied, "kubernetes.io/metadata.name", name);
	match = selector_match(selector, &implied);
	labels_fini(&implied);
	return match;
}

/*
 * "ipBlock defines policy on a particular IPBlock [...] Except is a slice of CIDRs that should not be included within an
 * IPBlock."  Pod addresses are addresses like any other.
 */
static bool block_matches(const struct peer *peer, const struct ip *ip)
{
	if (!ip || !cidr_has(&peer->block, ip))
		return false;
	for (size_t i = 0; i < peer->n_except; i++)
		if (cidr_has(&peer->except[i], ip))
			return false;
	return true;
}

/*
 * "If namespaceSelector is also set, then the NetworkPolicyPeer as a whole selects the pods matching podSelector in the
 * namespaces selected by namespaceSelector.  Otherwise it selects the pods matching podSelector in the policy's own
 * namespace."
 */
bool match_peer(const struct store *store, const struct policy *policy, const struct peer *peer,
		const struct verdict_view *view)
{
	const struct pod *pod = view->peer;

	switch (peer->kind) {
	case PEER_BLOCK:
		return block_matches(peer, view->peer_ip);
	case PEER_PODS:
		if (!pod || !selector_match(&peer->pods, &pod->labels))
			return false;
		if (!peer->any_ns)
			return pod->object.ns == policy->object.ns;
		return match_namespace(store, pod->object.ns, &peer->ns);
	case PEER_NOBODY:
		return false;
	}
	return false;
}

/* Does a pod expose this number under this name?  "port: [...] either a numerical or named port on a pod." */
static bool pod_exposes(const struct pod *pod, const char *name, uint8_t proto, uint16_t number)
{
	for (size_t i = 0; pod && i < pod->n_ports; i++)
		if (pod->ports[i].name == name && pod->ports[i].proto == proto && pod->ports[i].number == number)
			return true;
	return false;
}

/* Names are those of the destination, whichever side's policy speaks. */
bool match_port(const struct port *port, const struct packet *packet, const struct pod *destination)
{
	if (port->nothing || port->proto != packet->proto)
		return false;
	if (port->name)
		return pod_exposes(destination, port->name, packet->proto, packet->port);
	return port->lo <= packet->port && packet->port <= port->hi;
}

/* The first of the rule's ports that matches, SIZE_MAX where it names none; false if it names some and none matches. */
static bool rule_has_port(const struct rule *rule, const struct verdict_view *view, size_t *out)
{
	*out = SIZE_MAX;
	if (rule->every_port)
		return true;
	for (size_t i = 0; i < rule->n_ports; i++) {
		if (match_port(&rule->ports[i], view->packet, view->destination)) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* The same for its peers. */
static bool rule_has_peer(const struct store *store, const struct policy *policy, const struct rule *rule,
			  const struct verdict_view *view, size_t *out)
{
	*out = SIZE_MAX;
	if (rule->everyone)
		return true;
	for (size_t i = 0; i < rule->n_peers; i++) {
		if (match_peer(store, policy, &rule->peers[i], view)) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool match_rule(const struct store *store, const struct policy *policy, const struct rule *rule,
		const struct verdict_view *view, size_t *peer, size_t *port)
{
	return rule->direction == view->direction && rule_has_port(rule, view, port) &&
	       rule_has_peer(store, policy, rule, view, peer);
}
