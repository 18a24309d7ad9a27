/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets may no pod send or get, whatever policy says? */
#include <netinet/in.h>

#include <linux/rtnetlink.h>

#include <selvage/atom.h>

#include "ending.h"
#include "guards.h"

#define OVERLAY "overlay"   /* the set of its ports; the chain and the counter of what is dropped for their sake */
#define INJECTED "injected" /* the chain that tells a pod's frames from those of other nodes */

/* "MATCH goto CHAIN" */
static void rule_goto(struct fact *chain, struct step match, const char *to)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = match;
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_GOTO, atom(to)}};
	rule->n = 2;
}

static void rule_accept(struct fact *chain, struct step match)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = match;
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action.kind = VERDICT_ACCEPT};
	rule->n = 2;
}

/* "meta l4proto udp th dport @overlay goto CHAIN" */
static void to_overlay(const struct compile_config *config, const char *to, struct fact *chain)
{
	struct chain_rule *rule;

	if (!config->overlay.n)
		return;
	rule = fact_add_rule(chain);
	rule->steps[0] = (struct step){.kind = STEP_PROTO, .number = PROTO_UDP};
	rule->steps[1] = (struct step){.kind = STEP_PORT_IN, .name = atom(OVERLAY)};
	rule->steps[2] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_GOTO, atom(to)}};
	rule->n = 3;
}

/* The overlay's own frames are sent and received by nodes, not forwarded: whoever's address the packet bears, it is none. */
void overlay_rule(const struct compile_config *config, struct fact *chain)
{
	to_overlay(config, OVERLAY, chain);
}

void overlay_input_rule(const struct compile_config *config, struct fact *chain)
{
	to_overlay(config, INJECTED, chain);
}

static void ports_write(const struct compile_config *config, struct facts *facts)
{
	struct fact set = {.kind = FACT_SET, .name = atom(OVERLAY)};

	set.set.key = KEY_PORT;
	facts_add(facts, &set);
	for (size_t i = 0; i < config->overlay.n; i++) {
		struct fact port = {.kind = FACT_ELEMENT, .name = set.name};

		port.element.size = key_size(KEY_PORT);
		port.element.lo[0] = port.element.hi[0] = (uint8_t)(config->overlay.ports[i] >> 8);
		port.element.lo[1] = port.element.hi[1] = (uint8_t)config->overlay.ports[i];
		facts_add(facts, &port);
	}
	fact_fini(&set);
}

/*
 * Who sent this node a frame: a node, or a pod?
 *
 * A pod is known by its address, where it uses it.  Forged or unknown, it still sends over a link that leads to pods (a
 * bridge, one end of a veth pair, or the overlay itself), to an address of the node that is not that link's; a node's
 * frames arrive where the address that they are sent to is at home, or on a link of another kind.  What is left is a
 * bridge's own address, to which a pod may send: it is in the pods' prefix, and no node's overlay is.
 */
static void injected_write(const struct compile_config *config, struct facts *facts)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom(INJECTED)};

	for (size_t i = 0; i < config->pod_cidrs.n; i++) {
		struct step step = {.kind = STEP_ADDR_IS, .addr = config->pod_cidrs.at[i]};

		rule_goto(&chain, step, OVERLAY);
		step.source = true;
		rule_goto(&chain, step, OVERLAY);
	}
	rule_accept(&chain, (struct step){.kind = STEP_ADDR_TYPE_HERE, .number = RTN_LOCAL});
	rule_accept(&chain, (struct step){.kind = STEP_ADDR_TYPE, .number = RTN_MULTICAST});
	for (int kind = 0; kind < LINK_KIND_COUNT; kind++)
		rule_goto(&chain, (struct step){.kind = STEP_LINK_KIND, .number = (uint8_t)kind}, OVERLAY);
	facts_add(facts, &chain);
	fact_fini(&chain);
}

/* The chain, and its counter, of what ends without a word. */
static void end_write(const struct compile_config *config, const char *name, const char *whose, struct facts *facts)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom(name), .comment = atom(whose)};
	struct fact counter = {.kind = FACT_COUNTER, .name = chain.name, .comment = chain.comment};

	ending_write(config, ENDING_DROP, &chain);
	facts_add(facts, &counter);
	facts_add(facts, &chain);
	fact_fini(&chain);
}

void overlay_write(const struct compile_config *config, struct facts *facts)
{
	if (!config->overlay.n)
		return;
	ports_write(config, facts);
	injected_write(config, facts);
	end_write(config, OVERLAY, "frames for the overlay that no node sent", facts);
}

static const char *unknown_name(enum direction direction)
{
	return direction == DIRECTION_INGRESS ? "unknown-in" : "unknown-out";
}

void unknown_rules(const struct compile_config *config, enum direction direction, enum family family,
		   struct fact *chain)
{
	for (size_t i = 0; config->deny_unknown && i < config->pod_cidrs.n; i++) {
		struct step step = {
			.kind = STEP_ADDR_IS,
			.source = direction == DIRECTION_EGRESS,
			.addr = config->pod_cidrs.at[i],
		};

		if (step.addr.addr.family == family)
			rule_goto(chain, step, unknown_name(direction));
	}
}

void unknown_write(const struct compile_config *config, struct facts *facts)
{
	for (int d = 0; config->deny_unknown && config->pod_cidrs.n && d < DIRECTION_COUNT; d++)
		end_write(config, unknown_name((enum direction)d), "addresses of no known pod", facts);
}

static const char *many_name(enum family family)
{
	return family == FAMILY_4 ? FACT_MANY4 : FACT_MANY6;
}

/* "jump many-4" */
void many_rule(const struct compile_config *config, enum family family, struct fact *chain)
{
	struct chain_rule *rule;

	if (config->count_only)
		return;
	rule = fact_add_rule(chain);
	rule->steps[0] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_JUMP, atom(many_name(family))}};
	rule->n = 1;
}

void many_write(const struct compile_config *config, struct facts *facts)
{
	if (!config->count_only)
		end_write(config, FACT_MULTICAST, "to many, a pod that is isolated among them", facts);
}

/* "meta nfproto ipv4 fib daddr type broadcast goto multicast": the limited one, and those of the node's links. */
static void broadcast_rule(struct fact *chain, bool source)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){.kind = STEP_FAMILY, .family = FAMILY_4};
	rule->steps[1] = (struct step){.kind = STEP_ADDR_TYPE, .source = source, .number = RTN_BROADCAST};
	rule->steps[2] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_GOTO, atom(FACT_MULTICAST)}};
	rule->n = 3;
}

/* The source as well: nobody honest sends from there, and a flow that somebody did would have answers to many. */
void many_look(bool isolated, struct facts *facts)
{
	static const struct cidr groups[FAMILY_COUNT] = {
		[FAMILY_4] = {.addr = {.b = {224}, .family = FAMILY_4}, .bits = 4},
		[FAMILY_6] = {.addr = {.b = {0xff}, .family = FAMILY_6}, .bits = 8},
	};

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct fact chain = {.kind = FACT_CHAIN, .name = atom(many_name((enum family)f))};

		for (int source = 0; isolated && source < 2; source++) {
			struct step step = {.kind = STEP_ADDR_IS, .source = source, .addr = groups[f]};

			rule_goto(&chain, step, FACT_MULTICAST);
			if (f == FAMILY_4)
				broadcast_rule(&chain, source);
		}
		facts_add(facts, &chain);
		fact_fini(&chain);
	}
}

void untracked_rule(struct fact *chain)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){.kind = STEP_UNTRACKED};
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_JUMP, atom(FACT_UNTRACKED)}};
	rule->n = 2;
}

/* Counts and decides nothing.  Of ICMPv6 the kernel never tracks what finds neighbours and routers. */
void untracked_write(struct facts *facts)
{
	static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP, IPPROTO_ICMP};
	struct fact chain = {.kind = FACT_CHAIN, .name = atom(FACT_UNTRACKED)};
	struct fact counter = {.kind = FACT_COUNTER, .name = chain.name, .comment = atom("others say notrack")};

	for (size_t i = 0; i < sizeof protos; i++) {
		struct chain_rule *rule = fact_add_rule(&chain);

		rule->steps[0] = (struct step){.kind = STEP_PROTO, .number = protos[i]};
		rule->steps[1] = (struct step){.kind = STEP_COUNTER, .name = atom_ref(counter.name)};
		rule->n = 2;
	}
	facts_add(facts, &counter);
	facts_add(facts, &chain);
	fact_fini(&chain);
	atom_put(counter.comment);
}
