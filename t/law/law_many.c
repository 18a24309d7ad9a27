/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that do not fit into 16 bits: as many policies on one pod, as many rules in one policy (C11), as many blocks in
 * one, and ten thousand ports in one rule (C9).  The facts must agree with verdict() all the same.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "fresh.h"
#include "interp.h"
#include "rng.h"
#include "tap.h"

#define MANY 70000
#define MANY_PORTS 10000
#define MANY_BLOCKS 100000
#define SAMPLES 300

static const struct ip pod_ip = {.family = FAMILY_4, .b = {10, 244, 0, 1}};

/* The nth of many peers: a /32 of 11.0.0.0/8, every second address so that they stay apart. */
static struct ip nth_ip(unsigned n)
{
	n *= 2;
	return (struct ip){.family = FAMILY_4, .b = {11, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

static void *object_new(enum object_kind kind, size_t size, const char *name)
{
	struct object *object = mem_new(1, size);

	object->kind = kind;
	object->ns = atom("ns");
	object->name = atom(name);
	return object;
}

static struct store *one_pod(void)
{
	struct store *store = store_new();
	struct pod *pod = object_new(OBJECT_POD, sizeof *pod, "pod");

	pod->node = atom("n0");
	pod->ips = mem_copy(&pod_ip, sizeof pod_ip);
	pod->n_ips = 1;
	store_put(store, &pod->object);
	return store;
}

static struct policy *policy_new(const char *name, size_t rules)
{
	struct policy *policy = object_new(OBJECT_POLICY, sizeof *policy, name);

	policy->types[DIRECTION_INGRESS] = true;
	policy->rules = mem_new(rules, sizeof *policy->rules);
	return policy;
}

static struct rule *rule_add(struct policy *policy)
{
	struct rule *rule = &policy->rules[policy->n_rules];

	*rule = (struct rule){.index = (unsigned)policy->n_rules++, .everyone = true, .every_port = true};
	return rule;
}

/* The nth address, at the nth port. */
static void rule_fill(struct rule *rule, unsigned nth)
{
	rule->everyone = rule->every_port = false;
	rule->peers = mem_new(1, sizeof *rule->peers);
	rule->peers[rule->n_peers++] = (struct peer){.kind = PEER_BLOCK, .block = {nth_ip(nth), 32}};
	rule->ports = mem_new(1, sizeof *rule->ports);
	rule->ports[rule->n_ports++] =
		(struct port){.proto = PROTO_TCP, .lo = (uint16_t)(nth % 7), .hi = (uint16_t)(nth % 7)};
}

static void many_policies(struct store *store)
{
	for (unsigned i = 0; i < MANY; i++) {
		struct policy *policy;
		char name[16];

		snprintf(name, sizeof name, "policy-%u", i);
		policy = policy_new(name, 1);
		rule_fill(rule_add(policy), i);
		store_put(store, &policy->object);
	}
}

static void many_rules(struct store *store)
{
	struct policy *policy = policy_new("many-rules", MANY);

	for (unsigned i = 0; i < MANY; i++)
		rule_fill(rule_add(policy), i);
	store_put(store, &policy->object);
}

static void many_blocks(struct store *store)
{
	struct policy *policy = policy_new("many-blocks", 1);
	struct rule *rule = rule_add(policy);

	rule->everyone = false;
	rule->peers = mem_new(MANY_BLOCKS, sizeof *rule->peers);
	for (; rule->n_peers < MANY_BLOCKS; rule->n_peers++)
		rule->peers[rule->n_peers] =
			(struct peer){.kind = PEER_BLOCK, .block = {nth_ip((unsigned)rule->n_peers), 32}};
	store_put(store, &policy->object);
}

/* Every second port, and the last range of all. */
static void many_ports(struct store *store)
{
	struct policy *policy = policy_new("many-ports", 1);
	struct rule *rule = rule_add(policy);

	rule->every_port = false;
	rule->ports = mem_new(MANY_PORTS, sizeof *rule->ports);
	for (; rule->n_ports < MANY_PORTS - 1; rule->n_ports++)
		rule->ports[rule->n_ports] = (struct port){.proto = PROTO_TCP,
							   .lo = (uint16_t)(2 * rule->n_ports),
							   .hi = (uint16_t)(2 * rule->n_ports)};
	rule->ports[rule->n_ports++] = (struct port){.proto = PROTO_TCP, .lo = 65534, .hi = 65535};
	store_put(store, &policy->object);
}

/* A random packet to the pod: from one of the peers, often at its port, or from a neighbour of theirs. */
static struct packet random_packet(struct rng *rng)
{
	unsigned nth = rng_below(rng, MANY_BLOCKS);
	struct packet packet = {.from = nth_ip(nth), .to = pod_ip, .proto = PROTO_TCP, .port = (uint16_t)(nth % 7)};

	if (rng_one_in(rng, 3))
		ip_next(&packet.from);
	if (rng_one_in(rng, 3))
		packet.port = (uint16_t)rng_below(rng, 65536);
	if (rng_one_in(rng, 20))
		packet.port = UINT16_MAX;
	return packet;
}

struct figures {
	size_t facts;
	unsigned allowed, wrong;
};

/* Facts of the pod under what `fill` puts there: how often do they disagree with verdict? */
static struct figures ask(void (*fill)(struct store *store))
{
	struct store *store = one_pod();
	struct rng rng = {23};
	struct figures figures = {0};
	struct facts facts;

	fill(store);
	fresh_facts(store, "n0", &facts);
	figures.facts = facts.n;
	for (unsigned i = 0; i < SAMPLES / LAW_SCALE; i++) {
		struct packet packet = random_packet(&rng);
		bool allowed = verdict_of(store, &packet).allowed;

		figures.allowed += allowed;
		figures.wrong += allowed != interp_accepts(&facts, &packet, NULL);
	}
	facts_free(&facts);
	store_free(store);
	return figures;
}

int main(void)
{
	static const struct {
		void (*fill)(struct store *store);
		size_t facts; /* at least */
		const char *law;
	} laws[] = {
		{many_policies, MANY, "C11: 70,000 policies on one pod"},
		{many_rules, MANY, "C11: 70,000 rules in one policy"},
		{many_blocks, MANY_BLOCKS, "E5: 100,000 blocks in one policy"},
		{many_ports, MANY_PORTS, "C9: 10,000 ports in one rule"},
	};
	struct tap tap = {0};

	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
		struct figures figures = ask(laws[i].fill);

		printf("# %zu facts; %u samples allowed, %u wrong\n", figures.facts, figures.allowed, figures.wrong);
		tap_ok(&tap, figures.facts >= laws[i].facts && figures.allowed && !figures.wrong, laws[i].law);
	}
	return tap_end(&tap);
}
