/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does reach say what verdict_of() says? */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>

const struct ask_port ask_ports[ASK_PORTS] = {
	{PROTO_TCP, 0},
	{PROTO_TCP, 52},
	{PROTO_TCP, 53},
	{PROTO_TCP, 54},
	{PROTO_TCP, 80},
	{PROTO_TCP, 81},
	{PROTO_TCP, 82},
	{PROTO_TCP, 119},
	{PROTO_TCP, 8079},
	{PROTO_TCP, 8080},
	{PROTO_TCP, 8100},
	{PROTO_TCP, 65535},
	{PROTO_UDP, 0},
	{PROTO_UDP, 53},
	{PROTO_UDP, 80},
	{PROTO_UDP, 81},
	{PROTO_UDP, 8080},
	{PROTO_UDP, 8090},
	{PROTO_SCTP, 53},
	{PROTO_SCTP, 80},
	{PROTO_SCTP, 8080},
	{PROTO_SCTP, 65535},
	{1, 0},
	{58, 0},
	{47, 0},
};

static int address_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

/* The ends of an ipBlock, and their neighbours. */
static void add_edges(struct ask_ips *out, const struct cidr *cidr)
{
	struct ip_range range = cidr_range(cidr);

	*vec_add(out) = range.lo;
	*vec_add(out) = range.hi;
	if (ip_prev(&range.lo))
		*vec_add(out) = range.lo;
	if (ip_next(&range.hi))
		*vec_add(out) = range.hi;
}

static void add_policy(struct ask_ips *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		for (size_t k = 0; k < policy->rules[i].n_peers; k++) {
			const struct peer *peer = &policy->rules[i].peers[k];

			if (peer->kind != PEER_BLOCK)
				continue;
			add_edges(out, &peer->block);
			for (size_t e = 0; e < peer->n_except; e++)
				add_edges(out, &peer->except[e]);
		}
	}
}

void ask_addresses(const struct store *store, struct ask_ips *out)
{
	static const char *const more[] = {"fe80::1", "fe7f:ffff::", "fec0::", "192.0.2.9", "2001:db8::9"};
	const struct object *o = NULL;
	size_t n = 0;

	while ((o = store_walk(store, OBJECT_POD, o)))
		for (size_t i = 0; i < ((const struct pod *)(const void *)o)->n_ips; i++)
			*vec_add(out) = ((const struct pod *)(const void *)o)->ips[i];
	while ((o = store_walk(store, OBJECT_POLICY, o)))
		add_policy(out, (const struct policy *)(const void *)o);
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		struct err err;

		if (ip_parse(more[i], vec_add(out), &err))
			abort();
	}
	vec_sort(out, address_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (!n || ip_cmp(&out->at[n - 1], &out->at[i]))
			out->at[n++] = out->at[i];
	out->n = n;
}

bool ask_is_ambiguous(const struct store *store, const struct ip *ip)
{
	const struct pod *owner = store_owner(store, ip);
	unsigned own = 0;

	for (size_t i = 0; owner && i < owner->n_ips; i++)
		own += owner->ips[i].family == ip->family && store_owner(store, &owner->ips[i]) == owner;
	return own > 1;
}

static bool rulings_same(const struct ruling *a, const struct ruling *b)
{
	return a->isolated == b->isolated && a->allowed == b->allowed && a->policy == b->policy && a->rule == b->rule &&
	       a->peer == b->peer && a->port == b->port;
}

/* Does reach name the same rule at both ends?  Of a class any pod may be the one that it looks at. */
static bool causes_same(const struct reach *reach, enum reach_world world, const size_t class[static 2],
			const struct packet *packet, const struct verdict *verdict)
{
	enum family family = (enum family)packet->from.family;
	struct ruling egress = reach_ruling(reach, world, class[0], class[1], family, DIRECTION_EGRESS, packet -> proto,
					    packet -> port);
	struct ruling ingress = reach_ruling(reach, world, class[0], class[1], family, DIRECTION_INGRESS,
					     packet -> proto, packet -> port);
	size_t n_egress, n_ingress;

	reach_isolating(reach, world, class[0], DIRECTION_EGRESS, &n_egress);
	reach_isolating(reach, world, class[1], DIRECTION_INGRESS, &n_ingress);
	return rulings_same(&egress, &verdict->egress) && rulings_same(&ingress, &verdict->ingress) &&
	       verdict->egress.isolated == (n_egress > 0) && verdict->ingress.isolated == (n_ingress > 0);
}

/* Is what reach says of one port possible, and certain where nothing is open? */
static bool ports_agree(const struct reach_ports *said, const struct packet *packet, bool allowed, bool ambiguous)
{
	bool open = portset_has(said->open, packet->proto, packet->port),
	     maybe = portset_has(said->maybe, packet->proto, packet->port);

	return ambiguous ? (!open || allowed) && (maybe || !allowed) : open == allowed && maybe == allowed;
}

/* Counts, and describes the first. */
static void blame(const struct ask_totals *totals, unsigned *wrong, const struct packet *packet,
		  const struct verdict *verdict, const char *what)
{
	char from[IP_TEXT], to[IP_TEXT];

	if ((*wrong)++ || totals->quiet)
		return;
	printf("# %s -> %s proto %u port %u: verdict says %s; %s\n", ip_print(&packet->from, from),
	       ip_print(&packet->to, to), packet->proto, packet->port, verdict->allowed ? "allowed" : "denied", what);
}

static void ask_port(const struct store *store, const struct reach *reach, enum reach_world world,
		     const size_t class[static 2], const struct reach_link *link, const struct packet *packet,
		     struct ask_totals *totals)
{
	struct verdict verdict = verdict_of(store, packet);
	bool blurred = ask_is_ambiguous(store, &packet->from) || ask_is_ambiguous(store, &packet->to);

	if (verdict.why == VERDICT_WHY_SELF || verdict.why == VERDICT_WHY_LINK)
		return;
	totals->packets++;
	if (!ports_agree(&link->egress, packet, verdict.egress.allowed, blurred) ||
	    !ports_agree(&link->ingress, packet, verdict.ingress.allowed, blurred) ||
	    !ports_agree(&link->both, packet, verdict.egress.allowed && verdict.ingress.allowed, blurred))
		blame(totals, &totals->wrong_packets, packet, &verdict, "reach does not");
	if (!blurred && !causes_same(reach, world, class, packet, &verdict))
		blame(totals, &totals->wrong_causes, packet, &verdict, "reach names another cause");
}

/* Two addresses have classes and can meet exactly if verdict_of() decides between them by policy. */
static void ask_pair(const struct store *store, const struct reach *reach, enum reach_world world,
		     const struct ip *from, const struct ip *to, struct ask_totals *totals)
{
	size_t class[2] = {reach_class_at(reach, world, from), reach_class_at(reach, world, to)};
	struct packet packet = {.from = *from, .to = *to};
	struct verdict verdict = verdict_of(store, &packet);
	const struct pod *source = store_owner(store, from), *target = store_owner(store, to);
	bool pair = (source || target) && source != target && verdict.why != VERDICT_WHY_LINK, said;
	struct reach_link link;

	said = class[0] != SIZE_MAX && class[1] != SIZE_MAX &&
	       reach_families(reach, world, class[0], class[1]) & 1U << from->family;
	if (pair && !said)
		blame(totals, &totals->wrong_packets, &packet, &verdict, "reach knows no such pair");
	if (!pair || !said)
		return;
	totals->pairs++;
	link = reach_ports(reach, world, class[0], class[1], (enum family)from -> family);
	for (size_t i = 0; i < ASK_PORTS; i++) {
		packet.proto = ask_ports[i].proto;
		packet.port = ask_ports[i].port;
		ask_port(store, reach, world, class, &link, &packet, totals);
	}
}

void ask_all(const struct store *store, const struct reach *reach, enum reach_world world, struct ask_totals *totals)
{
	struct ask_ips ips = {0};

	ask_addresses(store, &ips);
	for (size_t i = 0; i < ips.n; i++)
		for (size_t k = 0; k < ips.n; k++)
			if (ips.at[i].family == ips.at[k].family)
				ask_pair(store, reach, world, &ips.at[i], &ips.at[k], totals);
	vec_free(&ips);
}
