/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clusters are small enough to be thorough about? */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/vec.h>

#include "address.h"

const char *const world_nodes[WORLD_NODES] = {"n0", "n1"};

static const char *const ns_names[] = {"alpha", "beta", "gamma"};
static const char *const pod_names[] = {"p0", "p1", "p2", "p3", "p4"};
static const char *const policy_names[] = {"allow", "base", "deny"};
static const char *const keys[] = {"app", "tier"};
static const char *const values[] = {"a", "b", "c"};
static const char *const port_names[] = {"web", "dns"};
static const uint16_t numbers[] = {53, 80, 81, 8080};
static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PICK(rng, array) ((array)[rng_below(rng, COUNT(array))])

/* Pod addresses: few enough that two pods claim the same one now and then. */
static const char *const pod_ips[] = {
	"10.244.0.1", "10.244.0.2", "10.244.0.3", "10.244.1.1", "10.244.1.2", "fd00::1:1", "fd00::1:2", "fd00::2:1",
};
static const char *const other_ips[] = {
	"0.0.0.0",
	"10.243.255.255",
	"10.244.0.0",
	"10.244.0.128",
	"10.244.255.255",
	"10.245.0.0",
	"192.0.2.1",
	"223.255.255.255",
	"224.0.0.251",
	"239.255.255.255",
	"240.0.0.0",
	"255.255.255.255",
	"::",
	"fcff::",
	"fd00::",
	"fd00::1:3",
	"2001:db8::1",
	"fe80::1",
	"fec0::1",
	"feff:ffff::1",
	"ff02::fb",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};
static const char *const blocks[] = {
	"0.0.0.0/0",     "10.244.0.0/16", "10.244.0.0/25", "10.244.0.2/32", "10.0.0.0/8",
	"192.0.2.0/24",  "128.0.0.0/1",   "10.244.1.0/24", "::/0",          "fd00::/64",
	"fd00::1:0/112", "fd00::1:1/128", "2001:db8::/32", "8000::/1",
};

static void random_labels(struct rng *rng, struct labels *labels)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		if (!rng_one_in(rng, 3))
			labels_put(labels, keys[i], PICK(rng, values));
}

static void random_selector(struct rng *rng, struct selector *sel)
{
	for (unsigned i = rng_below(rng, 3); i > 0; i--) {
		const char *some[2] = {PICK(rng, values), PICK(rng, values)};
		enum selector_op op = (enum selector_op)rng_below(rng, 4);
		bool valued = op == SELECTOR_IN || op == SELECTOR_NOT_IN;

		selector_add(sel, op, PICK(rng, keys), some, valued ? 1 + rng_below(rng, 2) : 0);
	}
	selector_normalise(sel);
}

struct object *world_namespace(struct rng *rng)
{
	struct namespace *ns = mem_new(1, sizeof *ns);

	ns->object.kind = OBJECT_NAMESPACE;
	ns->object.name = atom(PICK(rng, ns_names));
	labels_put(&ns->labels, "kubernetes.io/metadata.name", ns->object.name);
	random_labels(rng, &ns->labels);
	return &ns->object;
}

static void random_ips(struct rng *rng, struct pod *pod)
{
	unsigned n = rng_one_in(rng, 8) ? 0 : 1 + rng_below(rng, 2);

	pod->ips = mem_new(n ? n : 1, sizeof *pod->ips);
	for (unsigned i = 0; i < n; i++) {
		struct ip ip = ip_of(PICK(rng, pod_ips));

		if (i == 0 || ip_cmp(&ip, &pod->ips[0]) != 0)
			pod->ips[pod->n_ips++] = ip;
	}
}

static void random_ports(struct rng *rng, struct pod *pod)
{
	unsigned n = rng_below(rng, 3);

	pod->ports = mem_new(n ? n : 1, sizeof *pod->ports);
	for (unsigned i = 0; i < n; i++)
		pod->ports[pod->n_ports++] =
			(struct named_port){atom(PICK(rng, port_names)), PICK(rng, protos), PICK(rng, numbers)};
}

struct object *world_pod(struct rng *rng)
{
	struct pod *pod = mem_new(1, sizeof *pod);

	pod->object.kind = OBJECT_POD;
	pod->object.ns = atom(PICK(rng, ns_names));
	pod->object.name = atom(PICK(rng, pod_names));
	pod->node = atom(PICK(rng, world_nodes));
	pod->host_network = rng_one_in(rng, 12);
	pod->finished = rng_one_in(rng, 12);
	pod->terminating = rng_one_in(rng, 12);
	pod->created = rng_below(rng, 3);
	random_labels(rng, &pod->labels);
	random_ips(rng, pod);
	random_ports(rng, pod);
	return &pod->object;
}

static void random_block(struct rng *rng, struct peer *peer)
{
	peer->kind = PEER_BLOCK;
	peer->block = cidr_of(PICK(rng, blocks));
	peer->except = mem_new(2, sizeof *peer->except);
	for (unsigned i = rng_below(rng, 3); i > 0; i--) {
		struct cidr except = cidr_of(PICK(rng, blocks));

		if (except.bits > peer->block.bits && cidr_covers(&peer->block, &except))
			peer->except[peer->n_except++] = except;
	}
}

static void random_peer(struct rng *rng, struct peer *peer)
{
	if (rng_one_in(rng, 10)) {
		peer->kind = PEER_NOBODY;
	} else if (rng_one_in(rng, 3)) {
		random_block(rng, peer);
	} else {
		peer->kind = PEER_PODS;
		peer->any_ns = rng_one_in(rng, 2);
		if (peer->any_ns)
			random_selector(rng, &peer->ns);
		random_selector(rng, &peer->pods);
	}
}

static void random_port(struct rng *rng, struct port *port)
{
	port->proto = PICK(rng, protos);
	port->nothing = rng_one_in(rng, 12);
	switch (rng_below(rng, 4)) {
	case 0:
		port->name = atom(PICK(rng, port_names));
		break;
	case 1:
		port->hi = UINT16_MAX;
		break;
	case 2:
		port->lo = PICK(rng, numbers);
		port->hi = (uint16_t)(port->lo + rng_below(rng, 40));
		break;
	default:
		port->lo = port->hi = PICK(rng, numbers);
	}
}

static void random_rule(struct rng *rng, struct rule *rule)
{
	rule->direction = (enum direction)rng_below(rng, DIRECTION_COUNT);
	rule->everyone = rng_one_in(rng, 5);
	rule->every_port = rng_one_in(rng, 4);
	rule->n_peers = rule->everyone ? 0 : rng_below(rng, 3);
	rule->n_ports = rule->every_port ? 0 : rng_below(rng, 4);
	rule->peers = mem_new(rule->n_peers + 1, sizeof *rule->peers);
	rule->ports = mem_new(rule->n_ports + 1, sizeof *rule->ports);
	for (size_t i = 0; i < rule->n_peers; i++)
		random_peer(rng, &rule->peers[i]);
	for (size_t i = 0; i < rule->n_ports; i++)
		random_port(rng, &rule->ports[i]);
}

struct object *world_policy(struct rng *rng)
{
	struct policy *policy = mem_new(1, sizeof *policy);

	policy->object.kind = OBJECT_POLICY;
	policy->object.ns = atom(PICK(rng, ns_names));
	policy->object.name = atom(PICK(rng, policy_names));
	random_selector(rng, &policy->pods);
	policy->types[DIRECTION_INGRESS] = !rng_one_in(rng, 3);
	policy->types[DIRECTION_EGRESS] = !policy->types[DIRECTION_INGRESS] || rng_one_in(rng, 2);
	policy->n_rules = rng_below(rng, 4);
	policy->rules = mem_new(policy->n_rules + 1, sizeof *policy->rules);
	for (size_t i = 0; i < policy->n_rules; i++) {
		policy->rules[i].index = (unsigned)i;
		random_rule(rng, &policy->rules[i]);
	}
	return &policy->object;
}

struct object *world_object(struct rng *rng)
{
	switch (rng_below(rng, 8)) {
	case 0:
		return world_namespace(rng);
	case 1:
	case 2:
		return world_policy(rng);
	default:
		return world_pod(rng);
	}
}

void world_step(struct rng *rng, struct store *store)
{
	for (unsigned i = rng_below(rng, 3) + 1; i > 0; i--) {
		struct object *object = world_object(rng);

		if (rng_one_in(rng, 4)) {
			store_del(store, object->kind, object->ns, object->name);
			object_free(object);
		} else {
			store_put(store, object);
		}
	}
}

static struct ip random_ip(struct rng *rng)
{
	return ip_of(rng_one_in(rng, 4) ? PICK(rng, other_ips) : PICK(rng, pod_ips));
}

struct packet world_packet(struct rng *rng)
{
	static const uint8_t all[] = {PROTO_TCP, PROTO_TCP, PROTO_UDP, PROTO_SCTP, 1, 47};
	struct packet packet = {.from = random_ip(rng), .to = random_ip(rng), .proto = PICK(rng, all)};

	while (packet.to.family != packet.from.family)
		packet.to = random_ip(rng);
	if (packet.proto == 1)
		packet.proto = packet.from.family == FAMILY_4 ? 1 : 58;
	else if (packet.proto == PROTO_UDP && rng_one_in(rng, 6))
		packet.port = rng_one_in(rng, 2) ? 8472 : 4789;
	else if (packet.proto != 47)
		packet.port = (uint16_t)(rng_one_in(rng, 8) ? rng_below(rng, 65536)
							    : PICK(rng, numbers) + rng_below(rng, 3) - 1);
	return packet;
}
