/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do rules become the expressions that nft makes of them, and come back? */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "../../src/dataplane/nl_expr.h"
#include "../lib/facts_world.h"
#include "make_fact.h"

/* Writes the only rule of a chain and reads it back; frees the chain. */
static struct exprs round_trip(struct facts *facts)
{
	struct exprs exprs;
	struct fact *f = &facts->at[0], again = {.kind = FACT_CHAIN, .name = atom(f->name)};

	nl_expr_write(&f->chain.rules[0], &exprs);
	nl_expr_read(&exprs, fact_add_rule(&again));
	cr_assert(fact_eq(f, &again));
	fact_fini(&again);
	facts_free(facts);
	for (size_t i = 0; i < exprs.n; i++)
		exprs.at[i].name = exprs.at[i].action.chain = NULL;
	return exprs;
}

static struct step addr_is(const char *text)
{
	struct step s = {.kind = STEP_ADDR_IS};
	struct err err;

	cr_assert_eq(cidr_parse(text, &s.addr, &err), 0);
	return s;
}

#define RULE_EXPRS(...)                                                      \
	({                                                                   \
		struct facts facts_ = {0};                                   \
		make_rule(make_fact(&facts_, FACT_CHAIN, "c"), __VA_ARGS__); \
		round_trip(&facts_);                                         \
	})

static void assert_kinds_of(const struct exprs *exprs, const enum expr_kind *kinds, size_t n)
{
	cr_assert_eq(exprs->n, n, "%zu expressions, not %zu", exprs->n, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(exprs->at[i].kind, kinds[i], "expression %zu", i);
}

#define assert_kinds(exprs, ...)                                      \
	assert_kinds_of(exprs, (const enum expr_kind[]){__VA_ARGS__}, \
			sizeof((const enum expr_kind[]){__VA_ARGS__}) / sizeof(enum expr_kind))

/* Reads the expressions of a rule after one of them was spoilt. */
static void assert_other(struct exprs *exprs)
{
	struct chain_rule rule = {0};

	nl_expr_read(exprs, &rule);
	cr_assert(rule.n == 1 && rule.steps[0].kind == STEP_OTHER);
}

UNIT(nl_expr, whole_bytes_of_a_prefix_are_loaded_and_compared)
{
	struct exprs e = RULE_EXPRS(addr_is("10.244.0.0/16"));

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_CMP);
	cr_assert_eq(e.at[1].data[0], NFPROTO_IPV4);
	cr_assert(e.at[2].offset == 16 && e.at[2].len == 2);
	cr_assert_eq(memcmp(e.at[3].data, (uint8_t[]){10, 244}, 2), 0);
}

UNIT(nl_expr, other_prefixes_go_through_a_mask)
{
	struct exprs e = RULE_EXPRS(addr_is("fe80::/10"));

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_BITWISE, EXPR_CMP);
	cr_assert(e.at[2].offset == 24 && e.at[2].len == 16);
	cr_assert_eq(memcmp(e.at[3].data, (uint8_t[16]){0xff, 0xc0}, 16), 0);
}

UNIT(nl_expr, every_prefix_length_comes_back)
{
	for (unsigned bits = 0; bits <= 128; bits++) {
		char text[64];
		snprintf(text, sizeof text, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/%u", bits);
		struct exprs six = RULE_EXPRS(addr_is(text));
		cr_assert_gt(six.n, 3);
		if (bits > 32)
			continue;
		snprintf(text, sizeof text, "255.255.255.255/%u", bits);
		struct exprs four = RULE_EXPRS(addr_is(text));
		cr_assert_gt(four.n, 3);
	}
}

UNIT(nl_expr, a_family_is_asked_for_once_in_a_rule)
{
	struct exprs e = RULE_EXPRS(addr_is("10.0.0.1/32"), step_named(STEP_ADDR_IN, "peers"));

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_CMP, EXPR_PAYLOAD, EXPR_LOOKUP);
}

UNIT(nl_expr, a_hop_limit_asks_for_the_family_that_an_icmpv6_type_then_knows)
{
	struct exprs e = RULE_EXPRS((struct step){.kind = STEP_HOP_LIMIT, .number = 255},
				    (struct step){.kind = STEP_ICMP6_TYPE, .number = 135});

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_CMP, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_CMP);
	cr_assert_eq(e.at[1].data[0], NFPROTO_IPV6);
	cr_assert(e.at[2].key == NFT_PAYLOAD_NETWORK_HEADER && e.at[2].offset == 7 && e.at[2].len == 1);
	cr_assert_eq(e.at[3].data[0], 255);
	cr_assert_eq(e.at[5].data[0], IPPROTO_ICMPV6);
}

UNIT(nl_expr, an_icmpv6_type_asks_for_family_and_protocol_first)
{
	struct exprs e = RULE_EXPRS((struct step){.kind = STEP_ICMP6_TYPE, .number = 135});

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_CMP);
	cr_assert_eq(e.at[1].data[0], NFPROTO_IPV6);
	cr_assert_eq(e.at[3].data[0], IPPROTO_ICMPV6);
	cr_assert_eq(e.at[5].data[0], 135);
}

UNIT(nl_expr, an_icmpv6_type_after_its_protocol_asks_for_nothing)
{
	struct exprs e = RULE_EXPRS((struct step){.kind = STEP_PROTO, .number = IPPROTO_ICMPV6},
				    (struct step){.kind = STEP_ICMP6_TYPE, .number = 1});

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_CMP);
}

UNIT(nl_expr, protocol_and_port_lie_side_by_side_in_registers)
{
	struct exprs e = RULE_EXPRS((struct step){.kind = STEP_PROTO_PORT_MAP, .name = atom("ports")});

	assert_kinds(&e, EXPR_META, EXPR_PAYLOAD, EXPR_LOOKUP);
	cr_assert(e.at[0].reg == NFT_REG_1 && e.at[1].reg == NFT_REG32_01 && e.at[2].key == 1);
}

UNIT(nl_expr, a_flow_lies_in_registers_as_its_set_is_keyed)
{
	static const uint32_t regs[FAMILY_COUNT][5] = {
		[FAMILY_4] = {NFT_REG_1, NFT_REG32_01, NFT_REG32_02, NFT_REG32_03, NFT_REG_2},
		[FAMILY_6] = {NFT_REG_1, NFT_REG_2, NFT_REG32_05, NFT_REG32_06, NFT_REG32_10},
	};

	for (uint8_t family = 0; family < FAMILY_COUNT; family++) {
		struct exprs e = RULE_EXPRS((struct step){.kind = STEP_FLOW_IN, .family = family, .name = atom("cut")});

		assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_PAYLOAD, EXPR_META, EXPR_PAYLOAD, EXPR_PAYLOAD, EXPR_PAYLOAD,
			     EXPR_LOOKUP);
		for (size_t i = 0; i < 5; i++)
			cr_assert_eq(e.at[2 + i].reg, regs[family][i], "register of field %zu", i);
		cr_assert(e.at[7].reg == NFT_REG_1 && e.at[7].key == 0);
	}
}

UNIT(nl_expr, a_family_alone_comes_back_as_one)
{
	struct exprs e =
		RULE_EXPRS((struct step){.kind = STEP_FAMILY, .family = FAMILY_6}, step_action(VERDICT_ACCEPT, NULL));

	assert_kinds(&e, EXPR_META, EXPR_CMP, EXPR_VERDICT);
	cr_assert_eq(e.at[1].data[0], NFPROTO_IPV6);
}

UNIT(nl_expr, a_flow_the_other_way_round_is_another_rule)
{
	struct exprs e = RULE_EXPRS((struct step){.kind = STEP_FLOW_IN, .name = atom("cut")});
	uint32_t source = e.at[2].offset;

	e.at[7].name = "cut";
	e.at[2].offset = e.at[5].offset;
	e.at[5].offset = source;
	assert_other(&e);
}

UNIT(nl_expr, rules_of_random_worlds_come_back)
{
	uint64_t state = 5;
	size_t rules = 0;

	for (int i = 0; i < 100; i++) {
		struct world world;
		struct facts facts;
		world_new(&world, &state);
		world_facts(&world, &facts);
		for (size_t j = 0; j < facts.n; j++) {
			struct fact *f = &facts.at[j], again = {.kind = FACT_CHAIN};
			for (size_t k = 0; f->kind == FACT_CHAIN && k < f->chain.n; k++, rules++) {
				struct exprs exprs;
				struct chain_rule *rule = fact_add_rule(&again);
				nl_expr_write(&f->chain.rules[k], &exprs);
				nl_expr_read(&exprs, rule);
				rule->comment = atom_ref(f->chain.rules[k].comment);
			}
			if (f->kind != FACT_CHAIN)
				continue;
			again.name = atom_ref(f->name);
			again.comment = atom_ref(f->comment);
			again.chain.base = f->chain.base;
			again.chain.hook = f->chain.hook;
			again.chain.priority = f->chain.priority;
			cr_assert(fact_eq(f, &again), "chain %s", f->name);
			fact_fini(&again);
		}
		facts_free(&facts);
	}
	cr_assert_gt(rules, 1000);
}

UNIT(nl_expr, what_we_never_write_makes_the_rule_another_one)
{
	struct exprs whole = RULE_EXPRS(addr_is("10.0.0.0/9"), (struct step){.kind = STEP_PROTO, .number = 6}), e;

	for (size_t i = 0; i < whole.n; i++) {
		e = whole;
		e.at[i].kind = EXPR_OTHER;
		assert_other(&e);
		e = whole;
		e.at[i].reg = NFT_REG_3;
		assert_other(&e);
	}
	e = whole;
	e.at[1].key = NFT_CMP_NEQ;
	assert_other(&e);
	e = whole;
	e.at[3].data[1] = 0x81; /* a mask with a hole */
	assert_other(&e);
	e = whole;
	e.at[2].offset = 15;
	assert_other(&e);
}

UNIT(nl_expr, a_rule_that_stops_half_way_is_another_one)
{
	struct exprs whole = RULE_EXPRS(addr_is("10.0.0.0/9"));

	for (size_t n = 1; n < whole.n; n++) {
		if (n == 2) /* the family is a step of its own */
			continue;
		struct exprs e = whole;
		e.n = n;
		assert_other(&e);
	}
}

UNIT(nl_expr, a_rule_of_more_steps_than_ours_is_another_one)
{
	struct exprs e = {.n = 0};

	while (e.n < EXPRS_MAX) {
		e.at[e.n++] = (struct expr){.kind = EXPR_META, .reg = NFT_REG_1, .key = NFT_META_L4PROTO};
		e.at[e.n++] =
			(struct expr){.kind = EXPR_CMP, .reg = NFT_REG_1, .key = NFT_CMP_EQ, .len = 1, .data = {6}};
	}
	assert_other(&e);
}
