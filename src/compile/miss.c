/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rule came nearest to admitting a packet that none admits? */
#include <string.h>

#include <selvage/verdict.h>

#include "match.h"

/* How far a rule is from admitting: its failing parts, and one that is beyond repair weighs more than all others. */
static unsigned distance(unsigned failed)
{
	unsigned n = (unsigned)__builtin_popcount(failed);

	return failed & MISS_BIT(MISS_UNCLEAR) ? n + MISS_PART_COUNT : n;
}

static unsigned pods_failed(const struct store *store, const struct policy *policy, const struct peer *peer,
			    const struct pod *pod)
{
	unsigned failed = 0;

	if (!pod)
		return MISS_BIT(MISS_POD);
	if (peer->any_ns ? !match_namespace(store, pod->object.ns, &peer->ns) : pod->object.ns != policy->object.ns)
		failed |= MISS_BIT(MISS_NAMESPACE);
	if (!selector_match(&peer->pods, &pod->labels))
		failed |= MISS_BIT(MISS_PODS);
	return failed;
}

static unsigned peer_failed(const struct store *store, const struct policy *policy, const struct peer *peer,
			    const struct verdict_view *view)
{
	switch (peer->kind) {
	case PEER_PODS:
		return pods_failed(store, policy, peer, view->peer);
	case PEER_BLOCK:
		return match_peer(store, policy, peer, view) ? 0 : MISS_BIT(MISS_ADDRESS);
	case PEER_NOBODY:
		break;
	}
	return MISS_BIT(MISS_UNCLEAR);
}

static unsigned port_failed(const struct port *port, const struct verdict_view *view)
{
	struct port spoken = *port;
	unsigned failed = 0;

	if (port->nothing)
		return MISS_BIT(MISS_UNCLEAR);
	spoken.proto = view->packet->proto;
	if (port->proto != spoken.proto)
		failed |= MISS_BIT(MISS_PROTOCOL);
	if (proto_name(spoken.proto) && !match_port(&spoken, view->packet, view->destination))
		failed |= MISS_BIT(MISS_PORT);
	return failed;
}

static void peer_nearest(const struct store *store, const struct verdict_view *view, struct miss *miss)
{
	unsigned best = MISS_BIT(MISS_UNCLEAR);

	for (size_t i = 0; i < miss->rule->n_peers; i++) {
		const struct peer *peer = &miss->rule->peers[i];
		unsigned failed = peer_failed(store, miss->policy, peer, view);

		if (miss->peer && distance(failed) >= distance(best))
			continue;
		best = failed;
		miss->peer = peer;
	}
	miss->failed |= miss->rule->everyone ? 0 : best;
}

static void port_nearest(const struct verdict_view *view, struct miss *miss)
{
	unsigned best = MISS_BIT(MISS_UNCLEAR);

	for (size_t i = 0; i < miss->rule->n_ports; i++) {
		const struct port *port = &miss->rule->ports[i];
		unsigned failed = port_failed(port, view);

		if (miss->port && distance(failed) >= distance(best))
			continue;
		best = failed;
		miss->port = port;
	}
	miss->failed |= miss->rule->every_port ? 0 : best;
}

static const struct cidr *except_of(const struct peer *peer, const struct ip *ip)
{
	for (size_t i = 0; i < peer->n_except; i++)
		if (cidr_has(&peer->except[i], ip))
			return &peer->except[i];
	return NULL;
}

/* The nearest rule of a policy, if it is nearer than *best. */
static void policy_nearest(const struct store *store, const struct policy *policy, const struct verdict_view *view,
			   struct miss *best)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		struct miss miss = {.policy = policy, .rule = &policy->rules[i]};

		if (miss.rule->direction != view->direction)
			continue;
		peer_nearest(store, view, &miss);
		port_nearest(view, &miss);
		if (!best->policy || distance(miss.failed) < distance(best->failed))
			*best = miss;
	}
}

struct miss verdict_miss(const struct store *store, const struct packet *packet, enum direction direction)
{
	const struct pod *from = store_owner(store, &packet->from), *to = store_owner(store, &packet->to);
	bool in = direction == DIRECTION_INGRESS;
	struct verdict_view view = {packet, direction, in ? &packet->from : &packet->to, in ? from : to, to};
	const struct pod *subject = in ? to : from;
	struct policy_list isolating;
	struct miss miss = {0};

	if (!subject)
		return miss;
	verdict_isolating(store, subject, direction, &isolating);
	for (size_t i = 0; i < isolating.n; i++)
		policy_nearest(store, isolating.at[i], &view, &miss);
	vec_free(&isolating);
	if (!miss.failed)
		return (struct miss){0};
	miss.packet = packet;
	miss.address = view.peer_ip;
	miss.pod = view.peer;
	miss.ns = view.peer ? store_namespace(store, view.peer->object.ns) : NULL;
	miss.receiver = view.destination;
	if (miss.failed & MISS_BIT(MISS_ADDRESS) && miss.peer)
		miss.except = except_of(miss.peer, view.peer_ip);
	return miss;
}
