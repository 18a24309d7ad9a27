/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of the nearest miss, over seeded random clusters:
 *   1. a direction that denies has one if and only if some isolating policy has a rule for it;
 *   2. once each part that it names is made to match, and nothing else is changed, the direction allows;
 *   3. as long as one of them is not, it denies: none is named in vain;
 * and of the index: it says what verdict_of() says.
 *
 * usage: law_miss [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "tap.h"
#include "world.h"

#define STEPS 12
#define PACKETS 60

/* What one run has seen. */
struct seen {
	unsigned misses, unclear, none, wrong[3], index;
	unsigned parts[MISS_PART_COUNT];
};

/* The world is ours to change. */
static void *mine(const void *borrowed)
{
	return (void *)(uintptr_t)borrowed;
}

static bool allows(const struct store *store, const struct packet *packet, enum direction direction)
{
	struct verdict verdict = verdict_of(store, packet);

	return direction == DIRECTION_INGRESS ? verdict.ingress.allowed : verdict.egress.allowed;
}

static bool has_rule(const struct store *store, const struct packet *packet, enum direction direction)
{
	const struct pod *pod = store_owner(store, direction == DIRECTION_INGRESS ? &packet->to : &packet->from);
	struct policy_list isolating;
	bool found = false;

	verdict_isolating(store, pod, direction, &isolating);
	for (size_t i = 0; i < isolating.n; i++)
		for (size_t r = 0; r < isolating.at[i]->n_rules; r++)
			found |= isolating.at[i]->rules[r].direction == direction;
	vec_free(&isolating);
	return found;
}

/* Takes away the requirements that do not match. */
static void selector_relax(struct selector *sel, const struct labels *labels)
{
	struct selector kept = {0};

	for (size_t i = 0; i < sel->n; i++)
		if (requirement_match(&sel->at[i], labels))
			selector_add(&kept, sel->at[i].op, sel->at[i].key, sel->at[i].values, sel->at[i].n_values);
	selector_fini(sel);
	selector_normalise(&kept);
	*sel = kept;
}

static void repair_namespace(const struct miss *miss, struct peer *peer)
{
	struct labels implied = {0};

	if (!peer->any_ns) {
		peer->any_ns = true;
		return;
	}
	labels_put(&implied, "kubernetes.io/metadata.name", miss->pod->object.ns);
	selector_relax(&peer->ns, miss->ns ? &miss->ns->labels : &implied);
	labels_fini(&implied);
}

static void repair_address(const struct miss *miss, struct peer *peer)
{
	size_t kept = 0;

	for (size_t i = 0; i < peer->n_except; i++)
		if (!cidr_has(&peer->except[i], miss->address))
			peer->except[kept++] = peer->except[i];
	peer->n_except = kept;
	if (miss->except)
		return;
	peer->n_except = 0; /* "Except values will be rejected if they are outside the cidr range" */
	peer->block = (struct cidr){*miss->address, (uint8_t)(8 * ip_size((enum family)miss->address->family))};
}

static void repair_port(const struct miss *miss, struct port *port)
{
	atom_put(port->name);
	port->name = NULL;
	port->lo = port->hi = miss->packet->port;
}

/* Makes one part match. */
static void repair(const struct miss *miss, enum miss_part part)
{
	struct peer *peer = mine(miss->peer);
	struct port *port = mine(miss->port);
	struct rule *rule = mine(miss->rule);

	switch (part) {
	case MISS_POD:
		peer_fini(peer);
		*peer = (struct peer){.kind = PEER_BLOCK};
		repair_address(miss, peer);
		break;
	case MISS_NAMESPACE:
		repair_namespace(miss, peer);
		break;
	case MISS_PODS:
		selector_relax(&peer->pods, &miss->pod->labels);
		break;
	case MISS_ADDRESS:
		repair_address(miss, peer);
		break;
	case MISS_PROTOCOL:
		port->proto = miss->packet->proto;
		if (!proto_name(port->proto)) /* what has no ports only a rule without ports admits */
			rule->every_port = true;
		break;
	case MISS_PORT:
		repair_port(miss, port);
		break;
	case MISS_UNCLEAR:
	case MISS_PART_COUNT:
		abort();
	}
}

static void check_repairs(const struct store *store, const struct packet *packet, enum direction direction,
			  struct seen *seen)
{
	struct miss miss = verdict_miss(store, packet, direction);

	for (unsigned part = 0; part < MISS_PART_COUNT; part++) {
		if (!(miss.failed & MISS_BIT(part)))
			continue;
		seen->parts[part]++;
		seen->wrong[2] += allows(store, packet, direction);
		repair(&miss, (enum miss_part)part);
	}
	seen->wrong[1] += !allows(store, packet, direction);
}

static void check(const struct store *store, const struct packet *packet, enum direction direction, struct seen *seen)
{
	struct miss miss = verdict_miss(store, packet, direction);
	bool denied = !allows(store, packet, direction);

	seen->wrong[0] += (miss.policy != NULL) != (denied && has_rule(store, packet, direction));
	seen->none += denied && !miss.policy;
	if (!miss.policy)
		return;
	seen->misses++;
	if (miss.failed & MISS_BIT(MISS_UNCLEAR))
		seen->unclear++;
	else
		check_repairs(store, packet, direction, seen);
}

static bool ruling_same(const struct ruling *a, const struct ruling *b)
{
	return a->pod == b->pod && a->isolated == b->isolated && a->allowed == b->allowed && a->policy == b->policy &&
	       a->rule == b->rule && a->peer == b->peer && a->port == b->port;
}

/* Asks the same packets twice, so that pods are known the second time. */
static void check_index(struct rng *rng, const struct store *store, struct seen *seen)
{
	struct overlay usual = overlay_usual();
	struct verdict_index *index = verdict_index_new(store, &usual);

	for (unsigned i = 0; i < PACKETS; i++) {
		struct packet packet = world_packet(rng);
		struct verdict want = verdict_of(store, &packet);

		for (unsigned again = 0; again < 2; again++) {
			struct verdict have = verdict_index_of(index, &packet);

			seen->index += want.allowed != have.allowed || want.why != have.why ||
				       !ruling_same(&want.egress, &have.egress) ||
				       !ruling_same(&want.ingress, &have.ingress);
		}
	}
	verdict_index_free(index);
}

static void world_check(uint64_t seed, struct seen *seen)
{
	struct rng rng = {seed};
	struct store *store = store_new();

	for (unsigned step = 0; step < STEPS; step++) {
		for (unsigned i = 0; i < 3; i++)
			world_step(&rng, store);
		check_index(&rng, store, seen);
		for (unsigned i = 0; i < PACKETS; i++) {
			struct packet packet = world_packet(&rng);

			check(store, &packet, DIRECTION_INGRESS, seen);
			check(store, &packet, DIRECTION_EGRESS, seen);
		}
		store_settle(store);
	}
	store_free(store);
}

static bool saw_every_part(const struct seen *seen)
{
	bool all = seen->none > 0 && seen->unclear > 0;

	for (unsigned part = MISS_UNCLEAR + 1; part < MISS_PART_COUNT; part++)
		all &= seen->parts[part] > 0;
	return all;
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : 200;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct seen seen = {0};
	struct tap tap = {0};

	for (unsigned i = 0; i < worlds; i++)
		world_check(seed + i, &seen);
	printf("# %u misses, %u of them unclear; %u denied without a rule\n", seen.misses, seen.unclear, seen.none);
	tap_ok(&tap, seen.wrong[0] == 0, "a denied direction has a nearest miss if there is a rule to name");
	tap_ok(&tap, seen.wrong[1] == 0, "once every named part matches, the rule admits");
	tap_ok(&tap, seen.wrong[2] == 0, "while one of them does not, none admits");
	tap_ok(&tap, seen.index == 0, "the index says what the store says, and for the same reason");
	tap_ok(&tap, saw_every_part(&seen), "every part has failed somewhere");
	tap_ok(&tap, atom_count() == 0, "every atom was given back");
	return tap_end(&tap);
}
