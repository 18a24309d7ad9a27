/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the base chains lead every packet to its pod, and let nothing pass or fall that they must not? */
#include "../../src/compile/base_chains.h"
#include "../../src/compile/guards.h"
#include "node.h"

/* The rules of a chain, one per line. */
static void rules_print(const struct fact *chain, FILE *out)
{
	for (size_t i = 0; i < chain->chain.n; i++) {
		for (size_t k = 0; k < chain->chain.rules[i].n; k++) {
			fputs(k ? " " : "", out);
			step_print(&chain->chain.rules[i].steps[k], out);
		}
		fputc('\n', out);
	}
}

static void usual_write(struct facts *facts)
{
	struct compile_config config = compile_usual("n0");

	base_write(&config, facts);
	many_look(false, facts);
}

UNIT(base_chains, there_are_two_chains_and_a_map_for_each_direction_and_family)
{
	struct facts facts = {0};

	usual_write(&facts);
	facts_sort(&facts);
	assert_facts(&facts, BASE);
	facts_free(&facts);
}

UNIT(base_chains, egress_is_asked_before_ingress)
{
	struct facts facts = {0};
	const struct fact *egress, *ingress;

	usual_write(&facts);
	egress = only_fact(&facts, FACT_CHAIN, "egress");
	ingress = only_fact(&facts, FACT_CHAIN, "ingress");
	cr_assert(egress->chain.base && ingress->chain.base);
	cr_assert_lt(egress->chain.priority, ingress->chain.priority);
	UNIT_PRINTS("meta l4proto udp th dport @overlay goto overlay\n"
		    "ct state established,related accept\n"
		    "ct state untracked jump untracked\n"
		    "ip saddr . meta l4proto . th sport . ip daddr . th dport @cut4 drop\n"
		    "ip saddr vmap @egress4\n"
		    "meta nfproto ipv4 accept\n"
		    "ip6 hoplimit 255 icmpv6 type 135 accept\n"
		    "ip6 hoplimit 255 icmpv6 type 136 accept\n"
		    "ip6 daddr fe80::/10 drop\n"
		    "ip6 saddr fe80::/10 drop\n"
		    "ip6 saddr . meta l4proto . th sport . ip6 daddr . th dport @cut6 drop\n"
		    "ip6 saddr vmap @egress6\n",
		    rules_print(egress, out));
	UNIT_PRINTS("ct state established,related accept\n"
		    "jump many-4\n"
		    "ip daddr vmap @ingress4\n"
		    "meta nfproto ipv4 accept\n"
		    "ip6 hoplimit 255 icmpv6 type 135 accept\n"
		    "ip6 hoplimit 255 icmpv6 type 136 accept\n"
		    "jump many-6\n"
		    "ip6 daddr vmap @ingress6\n",
		    rules_print(ingress, out));
	facts_free(&facts);
}

UNIT(base_chains, what_was_cut_is_kept_by_family_and_comes_and_goes_by_itself)
{
	static const enum key_type keys[FAMILY_COUNT] = {[FAMILY_4] = KEY_FLOW4, [FAMILY_6] = KEY_FLOW6};
	static const char *const names[FAMILY_COUNT] = {[FAMILY_4] = FACT_CUT4, [FAMILY_6] = FACT_CUT6};
	struct facts facts = {0};

	usual_write(&facts);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct fact *set = only_fact(&facts, FACT_SET, names[f]);

		cr_assert_eq(set->set.key, keys[f]);
		cr_assert(set->set.transient && !set->set.map && !set->set.interval);
	}
	facts_free(&facts);
}

UNIT(base_chains, each_map_is_keyed_by_its_family)
{
	struct facts facts = {0};

	usual_write(&facts);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		for (int f = 0; f < FAMILY_COUNT; f++) {
			const char *name = base_map((enum direction)d, (enum family)f);
			const struct fact *map = only_fact(&facts, FACT_SET, name);

			cr_assert_eq(map->set.key, f == FAMILY_4 ? KEY_IP4 : KEY_IP6);
			cr_assert(map->set.map && !map->set.interval);
			atom_put(name);
		}
	}
	facts_free(&facts);
}
