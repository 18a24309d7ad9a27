/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is let in and out by address, or wholesale?  NP141 world-ingress, NP142 world-egress, NP143 metadata-endpoint, NP144
 * cluster-wide, NP145 wide-cidr, NP146 ipblock-covers-cluster, NP147 single-family. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_parts.h"

static const char *const metadata_at[FAMILY_COUNT] = {[FAMILY_4] = "169.254.169.254", [FAMILY_6] = "fd00:ec2::254"};

/* The first 32 bits of an address as a number. */
static uint64_t head(const struct ip *ip)
{
	return (uint64_t)ip->b[0] << 24 | (uint64_t)ip->b[1] << 16 | (uint64_t)ip->b[2] << 8 | ip->b[3];
}

/* Are the addresses most of all that there are?  In IPv6, as much as 2000::/3, which is all that is given out. */
static bool is_world(const struct ip_ranges *ranges, enum family family)
{
	uint64_t sum = 0, all = (uint64_t)1 << 32;

	for (size_t i = 0; i < ranges->n; i++)
		sum += head(&ranges->at[i].hi) - head(&ranges->at[i].lo) + 1;
	return sum >= (family == FAMILY_4 ? all / 2 : all / 8);
}

/* Does the rule admit the world?  Gives the words for it. */
static const char *world_of(const struct rule *rule)
{
	static const char *const words[] = {NULL, "0.0.0.0/0", "::/0", "0.0.0.0/0 and ::/0"};
	unsigned found = 0;

	if (rule->everyone)
		return "everyone";
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct ip_ranges ranges;

		audit_rule_ranges(rule, (enum family)f, &ranges);
		if (is_world(&ranges, (enum family)f))
			found |= 1U << f;
		vec_free(&ranges);
	}
	return words[found];
}

static char *rule_ports(const struct rule *rule)
{
	struct portset set = {VEC_EMPTY};
	char *out, *all;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	if (!to)
		abort();
	for (size_t i = 0; i < rule->n_ports; i++) {
		const struct port *port = &rule->ports[i];

		if (port->name)
			fprintf(to, "%s%s/%s", ftell(to) ? ", " : "", proto_name(port->proto), port->name);
		else if (!port->nothing)
			portset_add(&set, port->proto, port->lo, port->hi);
	}
	if (rule->every_port)
		portset_add(&set, PROTO_ANY, 0, 0xffff);
	all = audit_ports_text(&set);
	if (set.n)
		fprintf(to, "%s%s", ftell(to) ? ", " : "", portset_is_all(&set) ? "every port" : all);
	fclose(to);
	free(all);
	vec_free(&set);
	return out;
}

/* The workloads that a policy selects; NULL: none. */
static char *subjects(const struct audit_view *view, const struct policy *policy)
{
	struct audit_span span = audit_units_in(view, policy->object.ns);
	struct audit_names names = {VEC_EMPTY};

	for (size_t i = span.first; i < span.end; i++)
		if (policy_selects(policy, view->audit->units.at[i].pod))
			audit_names_add(&names, view->audit->units.at[i].name);
	return names.n ? audit_names_take(&names) : NULL;
}

/* NP141, NP142; everyone on every port is NP104. */
static bool check_world(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
			const char *names)
{
	const char *world = world_of(rule);
	bool egress = rule->direction == DIRECTION_EGRESS;
	char *ports;

	if (!world || (rule->everyone && rule->every_port))
		return world;
	ports = rule_ports(rule);
	audit_key(audit_about_rule(view, egress ? "NP142" : "NP141", policy, rule, "admits %s %s %s on %s",
				   egress ? "egress of" : "ingress of", names,
				   egress ? "to the world" : "from the world", ports),
		  "world");
	free(ports);
	return true;
}

/* NP144 */
static void check_cluster_wide(const struct audit_view *view, const struct policy *policy, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_peers; i++) {
		const struct peer *peer = &rule->peers[i];
		char *ports;

		if (peer->kind != PEER_PODS || !peer->any_ns || peer->ns.n || peer->pods.n)
			continue;
		ports = rule_ports(rule);
		audit_key(audit_about_rule(view, "NP144", policy, rule,
					   "namespaceSelector {} admits every pod of the cluster on %s", ports),
			  "cluster");
		free(ports);
		return;
	}
}

static char *block_text(const struct cidr *block)
{
	char ip[IP_TEXT], *out;

	if (asprintf(&out, "%s/%u", ip_print(&block->addr, ip), block->bits) < 0)
		abort();
	return out;
}

/* NP145 */
static void check_wide(const struct audit_view *view, const struct policy *policy, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_peers; i++) {
		const struct cidr *block = &rule->peers[i].block;
		unsigned most;
		char *text;

		if (rule->peers[i].kind != PEER_BLOCK)
			continue;
		most = view->input->max_prefix[block->addr.family];
		if (block->bits >= most)
			continue;
		text = block_text(block);
		audit_key(audit_about_rule(view, "NP145", policy, rule, "ipBlock %s is wider than /%u", text, most),
			  "%s", text);
		free(text);
	}
}

static bool peer_has(const struct peer *peer, const struct ip *ip)
{
	if (!cidr_has(&peer->block, ip))
		return false;
	for (size_t i = 0; i < peer->n_except; i++)
		if (cidr_has(&peer->except[i], ip))
			return false;
	return true;
}

/* Is some of the CIDR in the block, and not all of that in one of the exceptions? */
static bool peer_overlaps(const struct peer *peer, const struct cidr *cidr)
{
	const struct cidr *inner = cidr_covers(&peer->block, cidr) ? cidr : &peer->block;

	if (!cidr_covers(&peer->block, cidr) && !cidr_covers(cidr, &peer->block))
		return false;
	for (size_t i = 0; i < peer->n_except; i++)
		if (cidr_covers(&peer->except[i], inner))
			return false;
	return true;
}

/* The first address of a pod in the block.  Yours to free(). */
static char *covered_address(const struct audit_view *view, const struct peer *peer)
{
	struct ip_range range = cidr_range(&peer->block);
	size_t lo = 0, hi = view->ips.n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (ip_cmp(&view->ips.at[middle], &range.lo) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	for (; lo < view->ips.n && ip_cmp(&view->ips.at[lo], &range.hi) <= 0; lo++)
		if (peer_has(peer, &view->ips.at[lo]))
			return block_text(&(struct cidr){view->ips.at[lo], (uint8_t)(ip_size(range.lo.family) * 8)});
	return NULL;
}

/* An address range of pods that the block has a part of; of nodes, or if none tells, of pods.  Yours to free(). */
static char *covered_pods(const struct audit_view *view, const struct peer *peer)
{
	const struct object *o = NULL;
	bool told = false;

	while ((o = store_walk(view->store, OBJECT_NODE, o))) {
		const struct node *node = (const struct node *)(const void *)o;

		for (size_t i = 0; i < node->n_pod_cidrs; i++) {
			told = true;
			if (peer_overlaps(peer, &node->pod_cidrs[i]))
				return block_text(&node->pod_cidrs[i]);
		}
	}
	return told ? NULL : covered_address(view, peer);
}

static const struct service *covered_service(const struct audit_view *view, const struct peer *peer)
{
	for (size_t i = 0; i < view->services.n; i++)
		for (size_t k = 0; k < view->services.at[i]->n_ips; k++)
			if (peer_has(peer, &view->services.at[i]->ips[k]))
				return view->services.at[i];
	return NULL;
}

/* NP146; the world has everything in it, and is NP141 or NP142. */
static void check_covers(const struct audit_view *view, const struct policy *policy, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_peers; i++) {
		const struct peer *peer = &rule->peers[i];
		const struct service *service;
		char *block, *pods;

		if (peer->kind != PEER_BLOCK)
			continue;
		block = block_text(&peer->block);
		pods = covered_pods(view, peer);
		service = covered_service(view, peer);
		if (pods)
			audit_key(audit_about_rule(view, "NP146", policy, rule,
						   "ipBlock %s has addresses of pods in it (%s), whoever gets them",
						   block, pods),
				  "%s", block);
		else if (service)
			audit_key(audit_about_rule(
					  view, "NP146", policy, rule,
					  "ipBlock %s has the address of Service %s/%s in it, which no packet has by "
					  "the time policies are asked",
					  block, service->object.ns, service->object.name),
				  "%s", block);
		free(block);
		free(pods);
	}
}

/* Families of the blocks of all policies that isolate the class; both if everyone is admitted. */
static uint8_t block_families(const struct audit_view *view, size_t class, enum direction direction,
			      const struct policy **policy, const struct rule **rule)
{
	const struct policy *const *policies;
	uint8_t families = 0;
	size_t n;

	policies = audit_isolating(view, class, direction, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < policies[i]->n_rules; r++) {
			const struct rule *at = &policies[i]->rules[r];

			if (at->direction != direction)
				continue;
			for (size_t p = 0; p < at->n_peers; p++) {
				if (at->peers[p].kind != PEER_BLOCK)
					continue;
				families |= (uint8_t)(1U << at->peers[p].block.addr.family);
				*policy = *rule ? *policy : policies[i];
				*rule = *rule ? *rule : at;
			}
			if (at->everyone)
				return 3;
		}
	return families;
}

/* NP147 */
static void check_family(const struct audit_view *view, size_t first, size_t end, enum direction direction)
{
	for (size_t i = first; i < end; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];
		const struct policy *policy = NULL;
		const struct rule *rule = NULL;
		uint8_t has;

		if (!unit->pod->n_ips || view->classes[unit->class].families[REACH_BEFORE] != 3)
			continue;
		has = block_families(view, unit->class, direction, &policy, &rule);
		if (has != 1 && has != 2)
			continue;
		audit_key(audit_about_unit(view, "NP147", unit,
					   "has IPv4 and IPv6 addresses, but its %s rules by address are for IPv%c "
					   "only (%s %c[%u])",
					   direction_name(direction), has == 1 ? '4' : '6', policy->object.name,
					   *direction_name(direction), rule->index),
			  "%s", direction_name(direction));
		return;
	}
}

/* Where the class, isolated for egress, gets at instance metadata; false if it does not. */
static bool reaches_metadata(const struct audit_view *view, size_t class, struct ruling *ruling, const char **address)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		size_t at, n;
		struct ip ip;
		struct err err;

		audit_isolating(view, class, DIRECTION_EGRESS, &n);
		if (!n || ip_parse(metadata_at[f], &ip, &err))
			continue;
		at = reach_class_at(view->reach, REACH_BEFORE, &ip);
		if (at == SIZE_MAX || !(reach_families(view->reach, REACH_BEFORE, class, at) & 1U << f))
			continue;
		*ruling = reach_ruling(view->reach, REACH_BEFORE, class, at, (enum family)f, DIRECTION_EGRESS,
				       PROTO_TCP, 80);
		*address = metadata_at[f];
		if (ruling->isolated && ruling->allowed)
			return true;
	}
	return false;
}

/* NP143, once for each rule that opens the way. */
static void check_metadata(const struct audit_view *view)
{
	const struct rule *last = NULL;

	for (size_t i = 0; i < view->audit->units.n; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];
		struct ruling ruling;
		const char *address;
		char *names;

		if (!reaches_metadata(view, unit->class, &ruling, &address) || ruling.rule == last ||
		    (ruling.rule->everyone && ruling.rule->every_port))
			continue;
		last = ruling.rule;
		names = subjects(view, ruling.policy);
		audit_key(audit_about_rule(view, "NP143", ruling.policy, ruling.rule,
					   "lets %s reach %s, where cloud instances "
					   "have their credentials",
					   names ? names : unit->name, address),
			  "%s", address);
		free(names);
	}
}

static void check_policy(const struct audit_view *view, const struct policy *policy)
{
	char *names = subjects(view, policy);

	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct rule *rule = &policy->rules[r];

		if (!policy->types[rule->direction])
			continue;
		if (!names || !check_world(view, policy, rule, names)) {
			if (!world_of(rule)) {
				check_wide(view, policy, rule);
				check_covers(view, policy, rule);
			}
		}
		check_cluster_wide(view, policy, rule);
	}
	free(names);
}

void audit_blocks(const struct audit_view *view)
{
	for (size_t i = 0; i < view->policies.n; i++)
		check_policy(view, view->policies.at[i]);
	for (size_t i = 0; i < view->audit->units.n; i = audit_unit_end(view, i)) {
		check_family(view, i, audit_unit_end(view, i), DIRECTION_INGRESS);
		check_family(view, i, audit_unit_end(view, i), DIRECTION_EGRESS);
	}
	check_metadata(view);
}
