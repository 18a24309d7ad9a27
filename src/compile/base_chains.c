/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How does a packet find the chain of its pod?
 *
 * Egress and ingress are base chains of their own: accepting in the first only ends the first, so both ends must agree,
 * and no egress list leads into the ingress chains, which would let the kernel's loop check walk every pair of pods.
 * Base chains and maps are never removed: a packet in flight can pair an old rule with the new contents of a set.
 */
#include <linux/rtnetlink.h>

#include <selvage/atom.h>

#include "base_chains.h"
#include "ending.h"
#include "guards.h"

#define ICMP6_NEIGHBOUR_SOLICITATION 135 /* RFC 4861 */
#define ICMP6_NEIGHBOUR_ADVERTISEMENT 136
#define HOP_LIMIT_UNROUTED 255

const char *base_map(enum direction direction, enum family family)
{
	static const char *const names[DIRECTION_COUNT][FAMILY_COUNT] = {
		[DIRECTION_INGRESS] = {"ingress4", "ingress6"},
		[DIRECTION_EGRESS] = {"egress4", "egress6"},
	};

	return atom(names[direction][family]);
}

static void rule_action(struct fact *chain, struct step match, enum verdict_kind verdict)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = match;
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action.kind = verdict};
	rule->n = 2;
}

/*
 * Pods on one bridge find each other by neighbour discovery, which crosses the hook where bridged IPv6 does.  "The IP Hop
 * Limit field has a value of 255, i.e., the packet could not possibly have been forwarded by a router" (RFC 4861, 7.1):
 * a router has taken one off before the hook, so that no pod reaches the world, nor the world a pod, in such packets.
 */
static void accept_discovery(struct fact *chain, uint8_t type)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){.kind = STEP_HOP_LIMIT, .number = HOP_LIMIT_UNROUTED};
	rule->steps[1] = (struct step){.kind = STEP_ICMP6_TYPE, .number = type};
	rule->steps[2] = (struct step){.kind = STEP_ACTION, .action.kind = VERDICT_ACCEPT};
	rule->n = 3;
}

/* Link-local addresses are no pod addresses: without this, pods of one bridge would reach each other around the policies. */
static void drop_link_local(struct fact *chain)
{
	struct step step = {.kind = STEP_ADDR_IS,
			    .addr = {.addr = {.b = {0xfe, 0x80}, .family = FAMILY_6}, .bits = 10}};

	for (int source = 0; source < 2; source++) {
		step.source = source;
		rule_action(chain, step, VERDICT_DROP);
	}
}

static void dispatch(struct fact *chain, enum direction direction, enum family family)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){
		.kind = STEP_ADDR_MAP,
		.source = direction == DIRECTION_EGRESS,
		.family = (uint8_t)family,
		.name = base_map(direction, family),
	};
	rule->n = 1;
}

static const char *cut_set(enum family family)
{
	return atom(family == FAMILY_4 ? FACT_CUT4 : FACT_CUT6);
}

/*
 * The replies of connections that were cut.  Without the entry of its connection, a reply under way would be the first
 * packet of a connection the other way round, which policy may well allow; its entry would then carry on what was cut.
 */
static void drop_cut(struct fact *chain, enum family family)
{
	struct step step = {.kind = STEP_FLOW_IN, .family = (uint8_t)family, .name = cut_set(family)};

	rule_action(chain, step, VERDICT_DROP);
}

static void cut_write(enum family family, struct facts *facts)
{
	struct fact set = {.kind = FACT_SET, .name = cut_set(family)};

	set.set.key = family == FAMILY_4 ? KEY_FLOW4 : KEY_FLOW6;
	set.set.transient = true;
	facts_add(facts, &set);
	fact_fini(&set);
}

/*
 * What finds a packet its pod in one direction.  IPv4 is done where its dispatch is; the rest is about IPv6.  Who only counts
 * comes after who drops, and need not drop again what no policy speaks of.
 */
static void direction_write(const struct compile_config *config, enum direction direction, struct fact *chain)
{
	bool drops = direction == DIRECTION_EGRESS && !config->count_only;

	rule_action(chain, (struct step){.kind = STEP_ESTABLISHED}, VERDICT_ACCEPT);
	if (drops)
		untracked_rule(chain);
	if (drops)
		drop_cut(chain, FAMILY_4);
	if (direction == DIRECTION_INGRESS)
		many_rule(config, FAMILY_4, chain);
	dispatch(chain, direction, FAMILY_4);
	unknown_rules(config, direction, FAMILY_4, chain);
	rule_action(chain, (struct step){.kind = STEP_FAMILY, .family = FAMILY_4}, VERDICT_ACCEPT);
	accept_discovery(chain, ICMP6_NEIGHBOUR_SOLICITATION);
	accept_discovery(chain, ICMP6_NEIGHBOUR_ADVERTISEMENT);
	if (drops)
		drop_link_local(chain);
	if (drops)
		drop_cut(chain, FAMILY_6);
	if (direction == DIRECTION_INGRESS)
		many_rule(config, FAMILY_6, chain);
	dispatch(chain, direction, FAMILY_6);
	unknown_rules(config, direction, FAMILY_6, chain);
}

static struct fact base_chain(const char *name, enum chain_hook hook, enum direction direction)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom(name)};

	chain.chain.base = true;
	chain.chain.hook = hook;
	chain.chain.priority = direction == DIRECTION_EGRESS ? 0 : 1;
	return chain;
}

static void forward_write(const struct compile_config *config, enum direction direction, struct facts *facts)
{
	struct fact chain = base_chain(direction_name(direction), CHAIN_HOOK_FORWARD, direction);

	if (direction == DIRECTION_EGRESS)
		overlay_rule(config, &chain);
	direction_write(config, direction, &chain);
	facts_add(facts, &chain);
	fact_fini(&chain);
}

/* IPVS takes in what is for a Service and sends it on: to us the node sends it, though it comes from elsewhere. */
static void output_write(const struct compile_config *config, enum direction direction, struct facts *facts)
{
	static const char *const names[DIRECTION_COUNT] = {
		[DIRECTION_INGRESS] = "output-ingress", [DIRECTION_EGRESS] = "output-egress"};
	struct fact chain = base_chain(names[direction], CHAIN_HOOK_OUTPUT, direction);
	struct step own = {.kind = STEP_ADDR_TYPE, .source = true, .number = RTN_LOCAL};

	rule_action(&chain, own, VERDICT_ACCEPT);
	if (direction == DIRECTION_EGRESS)
		overlay_rule(config, &chain);
	direction_write(config, direction, &chain);
	facts_add(facts, &chain);
	fact_fini(&chain);
}

static void input_write(const struct compile_config *config, struct facts *facts)
{
	struct fact chain = base_chain("input", CHAIN_HOOK_INPUT, DIRECTION_EGRESS);

	overlay_input_rule(config, &chain);
	if (chain.chain.n)
		facts_add(facts, &chain);
	fact_fini(&chain);
}

static void map_write(enum direction direction, enum family family, struct facts *facts)
{
	struct fact map = {.kind = FACT_SET, .name = base_map(direction, family)};

	map.set.key = family == FAMILY_4 ? KEY_IP4 : KEY_IP6;
	map.set.map = true;
	facts_add(facts, &map);
	fact_fini(&map);
}

void base_write(const struct compile_config *config, struct facts *facts)
{
	for (int f = 0; f < FAMILY_COUNT && !config->count_only; f++)
		cut_write((enum family)f, facts);
	overlay_write(config, facts);
	unknown_write(config, facts);
	many_write(config, facts);
	if (!config->count_only)
		untracked_write(facts);
	ending_base(config, facts);
	input_write(config, facts);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		for (int f = 0; f < FAMILY_COUNT; f++)
			map_write((enum direction)d, (enum family)f, facts);
		forward_write(config, (enum direction)d, facts);
		if (config->ipvs)
			output_write(config, (enum direction)d, facts);
	}
}
