/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May this packet pass?  The specification, clause by clause, with no compiler between. */
#include <string.h>

#include <selvage/verdict.h>

#include "verdict_rule.h"

/*
 * Does the namespace selector match?  "This is a label query over namespaces": a namespace that is known only from its
 * pods has the one label that the API server gives every namespace.
 */
static bool namespace_matches(const struct store *store, const char *name, const struct selector *selector)
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
static bool peer_matches(const struct store *store, const struct policy *policy, const struct peer *peer,
			 const struct ip *ip, const struct pod *pod)
{
	switch (peer->kind) {
	case PEER_BLOCK:
		return block_matches(peer, ip);
	case PEER_PODS:
		if (!pod || !selector_match(&peer->pods, &pod->labels))
			return false;
		if (!peer->any_ns)
			return pod->object.ns == policy->object.ns;
		return namespace_matches(store, pod->object.ns, &peer->ns);
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
static bool port_matches(const struct port *port, const struct packet *packet, const struct pod *destination)
{
	if (port->nothing || port->proto != packet->proto)
		return false;
	if (port->name)
		return pod_exposes(destination, port->name, packet->proto, packet->port);
	return port->lo <= packet->port && packet->port <= port->hi;
}

/* The first of the rule's ports that matches, SIZE_MAX where it names none; false if it names some and none matches. */
static bool rule_has_port(const struct rule *rule, const struct packet *packet, const struct pod *destination,
			  size_t *out)
{
	*out = SIZE_MAX;
	if (rule->every_port)
		return true;
	for (size_t i = 0; i < rule->n_ports; i++) {
		if (port_matches(&rule->ports[i], packet, destination)) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* The same for its peers. */
static bool rule_has_peer(const struct store *store, const struct policy *policy, const struct rule *rule,
			  const struct ip *ip, const struct pod *pod, size_t *out)
{
	*out = SIZE_MAX;
	if (rule->everyone)
		return true;
	for (size_t i = 0; i < rule->n_peers; i++) {
		if (peer_matches(store, policy, &rule->peers[i], ip, pod)) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* Lets a policy admit the packet, unless one with a smaller name has already. */
static void policy_admit(const struct store *store, const struct policy *policy, const struct verdict_view *view,
			 struct ruling *ruling)
{
	size_t peer, port;

	if (ruling->allowed && strcmp(ruling->policy->object.name, policy->object.name) < 0)
		return;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->direction != view->direction ||
		    !rule_has_port(rule, view->packet, view->destination, &port) ||
		    !rule_has_peer(store, policy, rule, view->peer_ip, view->peer, &peer))
			continue;
		ruling->allowed = true;
		ruling->policy = policy;
		ruling->rule = rule;
		ruling->peer = peer;
		ruling->port = port;
		return;
	}
}

/*
 * "By default, a pod is non-isolated [...]; all connections are allowed.  A pod is isolated for [a direction] if there is
 * any NetworkPolicy that both selects the pod and has [it] in its policyTypes [...]  When a pod is isolated, the only
 * allowed connections [...] are those allowed by the [...] list of some NetworkPolicy that applies to the pod."
 * (Kubernetes, Concepts: Network Policies, "The two sorts of pod isolation")
 */
struct ruling verdict_rule(const struct store *store, const struct pod *pod, const struct verdict_view *view)
{
	struct ruling ruling = {.pod = pod, .allowed = true, .peer = SIZE_MAX, .port = SIZE_MAX};
	const struct object *o = NULL;

	while (pod && (o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o))) {
		const struct policy *policy = (const struct policy *)o;

		if (!policy->types[view->direction] || !policy_selects(policy, pod))
			continue;
		if (!ruling.isolated)
			ruling.allowed = false;
		ruling.isolated = true;
		policy_admit(store, policy, view, &ruling);
	}
	return ruling;
}

/* "Traffic to and from the node where a Pod is running is always allowed, regardless of the IP address of the Pod or the
 * node." */
static bool is_own_node(const struct store *store, const struct pod *pod, const struct ip *other)
{
	return pod && pod->node && store_node(store, other) == pod->node;
}

/* "Routers must not forward any packets with Link-Local source or destination addresses to other links."  (RFC 4291)
 * A bridge would: it is one link. */
static bool is_link_local(const struct ip *ip)
{
	return ip->family == FAMILY_6 && ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

/*
 * Frames of the overlay are made and taken by nodes.  One that a pod sends puts into the network of pods what it likes,
 * from whom it likes, so that none reaches any node, its own included; and no pod, since nobody honest forwards one.
 */
static bool is_injection(const struct store *store, const struct overlay *overlay, const struct packet *packet,
			 const struct verdict *verdict)
{
	const struct pod *from = verdict->egress.pod, *to = verdict->ingress.pod;

	return (from || to) && overlay_has(overlay, packet) && !is_own_node(store, to, &packet->from);
}

static bool verdict_allows(const struct verdict *verdict)
{
	switch (verdict->why) {
	case VERDICT_WHY_SELF:
	case VERDICT_WHY_NODE:
		return true;
	case VERDICT_WHY_LINK:
	case VERDICT_WHY_OVERLAY:
		return false;
	case VERDICT_WHY_POLICY:
		break;
	}
	return verdict->egress.allowed && verdict->ingress.allowed;
}

struct verdict verdict_of(const struct store *store, const struct packet *packet)
{
	struct overlay usual = overlay_usual();

	return verdict_beside(store, &usual, packet);
}

struct verdict verdict_beside(const struct store *store, const struct overlay *overlay, const struct packet *packet)
{
	const struct pod *from = store_owner(store, &packet->from), *to = store_owner(store, &packet->to);
	struct verdict_view out = {packet, DIRECTION_EGRESS, &packet->to, to, to};
	struct verdict_view in = {packet, DIRECTION_INGRESS, &packet->from, from, to};
	struct verdict verdict = {.why = VERDICT_WHY_POLICY};

	verdict.egress = verdict_rule(store, from, &out);
	verdict.ingress = verdict_rule(store, to, &in);
	if (is_injection(store, overlay, packet, &verdict))
		verdict.why = VERDICT_WHY_OVERLAY;
	else if (from && from == to) /* "A Pod cannot block access to itself." */
		verdict.why = VERDICT_WHY_SELF;
	else if (is_own_node(store, from, &packet->to) || is_own_node(store, to, &packet->from))
		verdict.why = VERDICT_WHY_NODE;
	else if ((from || to) && (is_link_local(&packet->from) || is_link_local(&packet->to)))
		verdict.why = VERDICT_WHY_LINK;
	verdict.allowed = verdict_allows(&verdict);
	return verdict;
}
