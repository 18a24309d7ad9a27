/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every small world: three pods on two nodes under every policy that one rule can make of a few selectors, peers and
 * ports, and under pairs of those; every packet among their addresses.  The facts must agree with verdict().
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/compile.h>

#include "../lib/compile_usual.h"
#include "address.h"
#include "interp.h"
#include "tap.h"
#include "world.h"

enum { SELECTORS = 2, TYPES = 3, PEERS = 8, PORTS = 8, DIRECTIONS = DIRECTION_COUNT };
enum { POLICIES = SELECTORS * TYPES * PEERS * PORTS * DIRECTIONS };

/* Of each policy's partners in a pair, one in this many: a prime, so that every choice meets every other. */
#define PAIR_STRIDE 53

static const char *const addresses[] = {"10.244.0.1", "10.244.0.2", "10.244.1.1", "10.244.0.9", "192.0.2.1"};
static const struct packet questions[] = {
	{.proto = PROTO_TCP, .port = 79},  {.proto = PROTO_TCP, .port = 80},
	{.proto = PROTO_TCP, .port = 81},  {.proto = PROTO_TCP, .port = 8080},
	{.proto = PROTO_TCP, .port = 0},   {.proto = PROTO_UDP, .port = 53},
	{.proto = PROTO_UDP, .port = 80},  {.proto = PROTO_UDP, .port = 8472},
	{.proto = PROTO_SCTP, .port = 80}, {.proto = 1},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void put_namespace(struct store *store, const char *name, const char *team)
{
	struct namespace *ns = mem_new(1, sizeof *ns);

	ns->object.kind = OBJECT_NAMESPACE;
	ns->object.name = atom(name);
	labels_put(&ns->labels, "team", team);
	store_put(store, &ns->object);
}

static void put_pod(struct store *store, const char *ns, const char *name, const char *node, const char *ip,
		    const char *app, uint16_t web)
{
	struct pod *pod = mem_new(1, sizeof *pod);

	pod->object.kind = OBJECT_POD;
	pod->object.ns = atom(ns);
	pod->object.name = atom(name);
	pod->node = atom(node);
	pod->ips = mem_new(1, sizeof *pod->ips);
	pod->ips[pod->n_ips++] = ip_of(ip);
	if (app)
		labels_put(&pod->labels, "app", app);
	if (web) {
		pod->ports = mem_new(1, sizeof *pod->ports);
		pod->ports[pod->n_ports++] = (struct named_port){atom("web"), PROTO_TCP, web};
	}
	store_put(store, &pod->object);
}

static struct store *world(void)
{
	struct store *store = store_new();

	put_namespace(store, "a", "x");
	put_namespace(store, "b", "y");
	put_pod(store, "a", "p", world_nodes[0], addresses[0], "1", 80);
	put_pod(store, "a", "q", world_nodes[0], addresses[1], NULL, 0);
	put_pod(store, "b", "r", world_nodes[1], addresses[2], "1", 8080);
	return store;
}

static void select_label(struct selector *sel, const char *key, const char *value)
{
	selector_add(sel, SELECTOR_IN, key, &value, 1);
	selector_normalise(sel);
}

static void choose_block(struct peer *peer, const char *block, const char *except)
{
	peer->kind = PEER_BLOCK;
	peer->block = cidr_of(block);
	if (!except)
		return;
	peer->except = mem_new(1, sizeof *peer->except);
	peer->except[peer->n_except++] = cidr_of(except);
}

static void choose_peers(struct rule *rule, unsigned choice)
{
	struct peer *peer = rule->peers = mem_new(1, sizeof *rule->peers);

	rule->n_peers = choice > 1;
	rule->everyone = choice == 0; /* 1: a list that admits nobody */
	if (choice == 2 || choice == 4)
		select_label(&peer->pods, "app", "1");
	peer->any_ns = choice == 3 || choice == 4;
	if (choice == 3)
		select_label(&peer->ns, "team", "x");
	if (choice == 5)
		choose_block(peer, "10.244.0.0/24", NULL);
	if (choice == 6)
		choose_block(peer, "0.0.0.0/0", "10.244.0.2/32");
	if (choice == 7)
		peer->kind = PEER_NOBODY;
}

static void choose_ports(struct rule *rule, unsigned choice)
{
	static const struct port ports[PORTS] = {
		{.lo = 1, .hi = 0}, /* every port, see below */
		{.proto = PROTO_TCP, .lo = 80, .hi = 80},
		{.proto = PROTO_TCP, .lo = 0, .hi = UINT16_MAX},
		{.proto = PROTO_UDP, .lo = 53, .hi = 53},
		{.proto = PROTO_TCP, .name = "web"},
		{.proto = PROTO_TCP, .lo = 79, .hi = 81},
		{.proto = PROTO_TCP, .lo = 80, .hi = UINT16_MAX},
		{.proto = PROTO_TCP, .nothing = true},
	};

	rule->every_port = choice == 0;
	rule->n_ports = choice != 0;
	rule->ports = mem_copy(&ports[choice], sizeof *ports);
	if (ports[choice].name)
		rule->ports[0].name = atom(ports[choice].name);
}

/* The policy of a number below POLICIES. */
static struct object *policy_of(unsigned number, const char *name)
{
	struct policy *policy = mem_new(1, sizeof *policy);
	struct rule *rule = policy->rules = mem_new(1, sizeof *policy->rules);
	unsigned types;

	policy->object.kind = OBJECT_POLICY;
	policy->object.ns = atom("a");
	policy->object.name = atom(name);
	policy->n_rules = 1;
	if (number % SELECTORS)
		select_label(&policy->pods, "app", "1");
	number /= SELECTORS;
	types = number % TYPES + 1;
	policy->types[DIRECTION_INGRESS] = types & 1;
	policy->types[DIRECTION_EGRESS] = types & 2;
	number /= TYPES;
	rule->direction = (enum direction)(number % DIRECTIONS);
	number /= DIRECTIONS;
	choose_peers(rule, number % PEERS);
	choose_ports(rule, number / PEERS);
	return &policy->object;
}

static bool crosses(const struct store *store, const struct ip *ip, const char *node)
{
	const struct pod *pod = store_owner(store, ip);

	return pod && strcmp(pod->node, node) == 0;
}

/* Every packet of a state; gives how many disagree. */
static unsigned disagreements(const struct store *store, const struct facts facts[static WORLD_NODES])
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(addresses) * COUNT(addresses) * COUNT(questions); i++) {
		struct packet packet = questions[i % COUNT(questions)];
		bool accepted = true;

		packet.from = ip_of(addresses[i / COUNT(questions) % COUNT(addresses)]);
		packet.to = ip_of(addresses[i / COUNT(questions) / COUNT(addresses)]);
		for (size_t n = 0; n < WORLD_NODES; n++)
			if (crosses(store, &packet.from, world_nodes[n]) || crosses(store, &packet.to, world_nodes[n]))
				accepted = accepted && interp_accepts(&facts[n], &packet, NULL);
		wrong += accepted != verdict_of(store, &packet).allowed;
	}
	return wrong;
}

/* The node's compile follows the store from one world to the next, as it would in the agent. */
struct nodes {
	struct store *store;
	struct compile *compile[WORLD_NODES];
};

static unsigned state_disagreements(struct nodes *nodes)
{
	struct facts facts[WORLD_NODES];
	unsigned wrong;

	for (size_t n = 0; n < WORLD_NODES; n++) {
		struct patch patch;

		compile_update(nodes->compile[n], &patch);
		patch_free(&patch);
		compile_facts(nodes->compile[n], &facts[n]);
	}
	store_settle(nodes->store);
	wrong = disagreements(nodes->store, facts);
	for (size_t n = 0; n < WORLD_NODES; n++)
		facts_free(&facts[n]);
	return wrong;
}

int main(void)
{
	struct nodes nodes = {.store = world()};
	unsigned wrong_single = 0, wrong_pairs = 0, pairs = 0;
	struct tap tap = {0};

	for (size_t n = 0; n < WORLD_NODES; n++)
		nodes.compile[n] = compile_new_usual(nodes.store, world_nodes[n]);
	for (unsigned one = 0; one < POLICIES; one++) {
		store_put(nodes.store, policy_of(one, "one"));
		wrong_single += state_disagreements(&nodes);
		for (unsigned two = one % PAIR_STRIDE; two < POLICIES; two += PAIR_STRIDE, pairs++) {
			store_put(nodes.store, policy_of(two, "two"));
			wrong_pairs += state_disagreements(&nodes);
		}
		store_del(nodes.store, OBJECT_POLICY, "a", "two");
	}
	printf("# %d policies, %u pairs, %zu packets each\n", POLICIES, pairs,
	       COUNT(addresses) * COUNT(addresses) * COUNT(questions));
	tap_ok(&tap, !wrong_single, "under every policy of one rule, facts agree with verdict on every packet");
	tap_ok(&tap, pairs > POLICIES && !wrong_pairs, "under pairs of them too");
	for (size_t n = 0; n < WORLD_NODES; n++)
		compile_free(nodes.compile[n]);
	store_free(nodes.store);
	return tap_end(&tap);
}
