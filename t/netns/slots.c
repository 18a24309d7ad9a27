/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What object does a seed stand for? */
#include "slots.h"

#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "../law/world.h"

#define PINS 2 /* for each namespace, so that one holds while the other changes or goes */
#define POLICIES 12
#define REMOTES 24
#define LOCALS 12
#define FIRST_FREE 100 /* last byte of made-up addresses */

static const char *const namespaces[] = {"alpha", "beta", "gamma"};

#define NAMESPACES (sizeof namespaces / sizeof *namespaces)

const char *slot_kind_name(enum slot_kind kind)
{
	static const char *const names[SLOT_KIND_COUNT] = {
		[SLOT_NAMESPACE] = "namespace", [SLOT_POD] = "pod",       [SLOT_PIN] = "pin",
		[SLOT_POLICY] = "policy",       [SLOT_REMOTE] = "remote", [SLOT_LOCAL] = "local",
	};

	return names[kind];
}

static void slots_add(struct slots *slots, enum slot_kind kind, uint64_t n, uint64_t seed)
{
	for (uint64_t i = 0; i < n; i++)
		*vec_add(slots) = (struct slot){.kind = kind, .number = i, .seed = seed};
}

void slots_init(struct slots *slots, const struct people *people, const struct guards *guards, const char *node)
{
	*slots = (struct slots){.people = people, .guards = guards, .node = node};
	for (size_t i = 0; i < people->n; i++)
		if (person_is_pod(&people->at[i]))
			*vec_add(slots) = (struct slot){.kind = SLOT_POD, .number = i, .seed = 1};
	slots_add(slots, SLOT_NAMESPACE, NAMESPACES, 1);
	slots_add(slots, SLOT_PIN, NAMESPACES * PINS, 1);
	slots_add(slots, SLOT_POLICY, POLICIES, 0);
	slots_add(slots, SLOT_REMOTE, REMOTES, 0);
	slots_add(slots, SLOT_LOCAL, LOCALS, 0);
}

static struct object *make_namespace(const struct slot *slot, struct rng *rng)
{
	struct namespace *ns = (struct namespace *)(void *)world_namespace(rng);

	text_set(&ns->object.name, namespaces[slot->number]);
	labels_put(&ns->labels, "kubernetes.io/metadata.name", ns->object.name);
	return &ns->object;
}

/* On this node or on another one, at an address that nobody in the lab has. */
static struct object *make_pod(const struct slots *slots, const struct slot *slot, struct rng *rng)
{
	bool local = slot->kind == SLOT_LOCAL;
	const struct person *at = NULL;
	struct pod *pod;
	const char *name = atom_fmt("%s-%u", slot_kind_name(slot->kind), (unsigned)slot->number);

	for (size_t i = 0; i < slots->people->n && !at; i++)
		if (person_is_pod(&slots->people->at[i]) && local == !strcmp(slots->people->at[i].node, slots->node))
			at = &slots->people->at[i];
	if (!at)
		abort();
	pod = person_pod(slots->people, at, rng);
	text_set(&pod->object.ns, namespaces[slot->number % NAMESPACES]);
	atom_put(pod->object.name);
	pod->object.name = name;
	pod->ips[FAMILY_4].b[3] = pod->ips[FAMILY_6].b[15] = (uint8_t)(FIRST_FREE + slot->number);
	pod->n_ips = rng_one_in(rng, 4) ? 1 : pod->n_ips;
	pod->finished = rng_one_in(rng, 8);
	return &pod->object;
}

static struct object *make_policy(const struct slot *slot, struct rng *rng)
{
	struct object *policy = world_policy(rng);

	text_set(&policy->ns, namespaces[slot->number % NAMESPACES]);
	atom_put(policy->name);
	policy->name = atom_fmt("policy-%u", (unsigned)slot->number);
	return policy;
}

/* One of the ways to name an address: by itself, among others, by its namespace, as everybody. */
static void pin_peer(struct rule *rule, const struct ip *ip, const char *ns, unsigned way)
{
	struct peer *peer = rule->peers = mem_new(1, sizeof *peer);

	rule->everyone = way == 3;
	rule->n_peers = !rule->everyone;
	if (way == 2 && ns) {
		peer->any_ns = true;
		selector_add(&peer->ns, SELECTOR_IN, "kubernetes.io/metadata.name", &ns, 1);
		selector_normalise(&peer->ns);
		return;
	}
	peer->kind = PEER_BLOCK;
	peer->block = (struct cidr){*ip, (uint8_t)(ip_size((enum family)ip->family) * 8)};
	if (way == 1) { /* with its neighbour */
		peer->block.bits--;
		peer->block.addr.b[ip_size((enum family)ip->family) - 1] &= 0xfe;
	}
}

/* One of the ways to name a port: by itself, in a small or large range, as all of the protocol, as all there are. */
static void pin_port(struct rule *rule, const struct packet *packet, unsigned way)
{
	static const uint16_t below[] = {0, 2, 30, UINT16_MAX}, above[] = {0, 3, 100, UINT16_MAX};
	struct port *port = rule->ports = mem_new(1, sizeof *port);

	rule->every_port = way == 4;
	rule->n_ports = !rule->every_port;
	if (rule->every_port)
		return;
	port->proto = packet->proto;
	port->lo = packet->port > below[way] ? (uint16_t)(packet->port - below[way]) : 0;
	port->hi = packet->port < UINT16_MAX - above[way] ? (uint16_t)(packet->port + above[way]) : UINT16_MAX;
	if (!port->lo && port->hi != UINT16_MAX)
		port->lo = 1;
}

static void pin_rule(struct policy *pin, enum direction direction, const struct guard *guard, struct rng *rng)
{
	bool in = direction == DIRECTION_INGRESS, plain = rng->state == 1;
	struct rule *rule = &pin->rules[pin->n_rules++];
	unsigned peer_way = plain ? 0 : rng_below(rng, 4), port_way = plain ? 0 : rng_below(rng, 5);

	rule->direction = direction;
	pin_peer(rule, in ? &guard->packet.from : &guard->packet.to, in ? guard->from_ns : guard->to_ns, peer_way);
	pin_port(rule, &guard->packet, port_way);
}

/* Isolates its namespace both ways, and allows what the guards want allowed there.  Seed 1 says it in the plainest way. */
static struct object *make_pin(const struct slots *slots, const struct slot *slot, struct rng *rng)
{
	struct policy *pin = mem_new(1, sizeof *pin);

	pin->object.kind = OBJECT_POLICY;
	pin->object.ns = atom(namespaces[slot->number % NAMESPACES]);
	pin->object.name = atom_fmt("pin-%u", (unsigned)slot->number);
	pin->types[DIRECTION_INGRESS] = pin->types[DIRECTION_EGRESS] = true;
	pin->rules = mem_new(slots->guards->n * DIRECTION_COUNT + 1, sizeof *pin->rules);
	for (size_t i = 0; i < slots->guards->n; i++) {
		const struct guard *guard = &slots->guards->at[i];

		if (guard->allowed && guard->to_ns == pin->object.ns)
			pin_rule(pin, DIRECTION_INGRESS, guard, rng);
		if (guard->allowed && guard->from_ns == pin->object.ns)
			pin_rule(pin, DIRECTION_EGRESS, guard, rng);
	}
	for (size_t i = 0; i < pin->n_rules; i++)
		pin->rules[i].index = (unsigned)i;
	return &pin->object;
}

struct object *slot_object(const struct slots *slots, const struct slot *slot)
{
	struct rng rng = {slot->seed};

	switch (slot->kind) {
	case SLOT_NAMESPACE:
		return make_namespace(slot, &rng);
	case SLOT_POD:
		return person_named_pod(slots->people, &slots->people->at[slot->number], &rng);
	case SLOT_PIN:
		return make_pin(slots, slot, &rng);
	case SLOT_POLICY:
		return make_policy(slot, &rng);
	case SLOT_REMOTE:
	case SLOT_LOCAL:
		return make_pod(slots, slot, &rng);
	case SLOT_KIND_COUNT:
		break;
	}
	abort();
}
