/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May this packet pass?  The specification, clause by clause, with no compiler between. */
#include <string.h>

#include <selvage/verdict.h>

#include "match.h"

/* Lets a policy admit the packet, unless one with a smaller name has already. */
static void policy_admit(const struct store *store, const struct policy *policy, const struct verdict_view *view,
			 struct ruling *ruling)
{
	size_t peer, port;

	if (ruling->allowed && strcmp(ruling->policy->object.name, policy->object.name) < 0)
		return;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (!match_rule(store, policy, rule, view, &peer, &port))
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
static bool is_isolating(const struct policy *policy, const struct pod *pod, enum direction direction)
{
	return policy->types[direction] && policy_selects(policy, pod);
}

static bool pod_isolated(const struct store *store, const struct pod *pod, enum direction direction)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o)))
		if (is_isolating((const struct policy *)o, pod, direction))
			return true;
	return false;
}

struct ruling verdict_rule(const struct store *store, const struct pod *pod, const struct verdict_view *view)
{
	struct ruling ruling = {.pod = pod, .allowed = true, .peer = SIZE_MAX, .port = SIZE_MAX};
	const struct object *o = NULL;

	while (pod && (o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o))) {
		const struct policy *policy = (const struct policy *)o;

		if (!is_isolating(policy, pod, view->direction))
			continue;
		if (!ruling.isolated)
			ruling.allowed = false;
		ruling.isolated = true;
		policy_admit(store, policy, view, &ruling);
	}
	return ruling;
}

/* The same of a party whose policies are known already. */
static struct ruling rule_of(const struct store *store, const struct verdict_party *party,
			     const struct verdict_view *view)
{
	struct ruling ruling = {.pod = party->pod, .peer = SIZE_MAX, .port = SIZE_MAX};
	const struct policy_list *isolating;

	if (!party->isolating)
		return verdict_rule(store, party->pod, view);
	isolating = &party->isolating[view->direction];
	ruling.isolated = isolating->n;
	ruling.allowed = !ruling.isolated;
	for (size_t i = 0; !ruling.allowed && i < isolating->n; i++)
		policy_admit(store, isolating->at[i], view, &ruling);
	return ruling;
}

static int policy_order(const void *a, const void *b)
{
	const struct policy *const *x = a, *const *y = b;

	return strcmp((*x)->object.name, (*y)->object.name);
}

void verdict_isolating(const struct store *store, const struct pod *pod, enum direction direction,
		       struct policy_list *out)
{
	const struct object *o = NULL;

	*out = (struct policy_list){VEC_EMPTY};
	while ((o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o)))
		if (is_isolating((const struct policy *)o, pod, direction))
			*vec_add(out) = (const struct policy *)o;
	vec_sort(out, policy_order);
}

/* "Traffic to and from the node where a Pod is running is always allowed, regardless of the IP address of the Pod or the
 * node." */
static bool is_own_node(const struct pod *pod, const struct verdict_party *other)
{
	return pod && pod->node && other->node == pod->node;
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
static bool is_injection(const struct overlay *overlay, const struct packet *packet, const struct verdict_party *from,
			 const struct verdict_party *to)
{
	return (from->pod || to->pod) && overlay_has(overlay, packet) && !is_own_node(to->pod, from);
}

/* Is any pod of the node isolated for ingress? */
static bool has_isolated(const struct store *store, const char *node)
{
	const struct object *o = NULL;

	while (node && (o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)o;

		if (pod_live(pod) && pod->node == node && pod_isolated(store, pod, DIRECTION_INGRESS))
			return true;
	}
	return false;
}

/*
 * What is for many is given to all pods on the sender's bridge, and none of them is its destination: an isolated one can
 * only be spared it by nobody getting it.  Whoever answers what came from such an address would address many.
 */
static bool is_for_many(const struct store *store, const struct verdict_party *from, const struct verdict_party *to)
{
	return (from->pod && ip_is_many(&to->ip) && has_isolated(store, from->pod->node)) ||
	       (to->pod && ip_is_many(&from->ip) && has_isolated(store, to->pod->node));
}

static bool verdict_allows(const struct verdict *verdict)
{
	switch (verdict->why) {
	case VERDICT_WHY_SELF:
	case VERDICT_WHY_NODE:
		return true;
	case VERDICT_WHY_LINK:
	case VERDICT_WHY_MANY:
	case VERDICT_WHY_OVERLAY:
		return false;
	case VERDICT_WHY_POLICY:
		break;
	}
	return verdict->egress.allowed && verdict->ingress.allowed;
}

struct verdict verdict_between(const struct store *store, const struct overlay *overlay,
			       const struct verdict_party *from, const struct verdict_party *to, uint8_t proto,
			       uint16_t port)
{
	struct packet packet = {from->ip, to->ip, proto, port};
	struct verdict_view out = {&packet, DIRECTION_EGRESS, &packet.to, to->pod, to->pod};
	struct verdict_view in = {&packet, DIRECTION_INGRESS, &packet.from, from->pod, to->pod};
	struct verdict verdict = {.why = VERDICT_WHY_POLICY};

	verdict.egress = rule_of(store, from, &out);
	verdict.ingress = rule_of(store, to, &in);
	if (is_injection(overlay, &packet, from, to))
		verdict.why = VERDICT_WHY_OVERLAY;
	else if (verdict.egress.allowed && is_for_many(store, from, to))
		verdict.why = VERDICT_WHY_MANY;
	else if (from->pod && from->pod == to->pod) /* "A Pod cannot block access to itself." */
		verdict.why = VERDICT_WHY_SELF;
	else if (is_own_node(from->pod, to) || is_own_node(to->pod, from))
		verdict.why = VERDICT_WHY_NODE;
	else if ((from->pod || to->pod) && (is_link_local(&packet.from) || is_link_local(&packet.to)))
		verdict.why = VERDICT_WHY_LINK;
	verdict.allowed = verdict_allows(&verdict);
	return verdict;
}

struct verdict_party verdict_party_of(const struct store *store, const struct ip *ip)
{
	return (struct verdict_party){*ip, store_owner(store, ip), store_node(store, ip), NULL};
}

struct verdict verdict_beside(const struct store *store, const struct overlay *overlay, const struct packet *packet)
{
	struct verdict_party from = verdict_party_of(store, &packet->from), to = verdict_party_of(store, &packet->to);

	return verdict_between(store, overlay, &from, &to, packet->proto, packet->port);
}

struct verdict verdict_of(const struct store *store, const struct packet *packet)
{
	struct overlay usual = overlay_usual();

	return verdict_beside(store, &usual, packet);
}
