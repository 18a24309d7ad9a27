/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a list the lookups it is made of, under a name that its content gives it? */
#include "../../src/compile/list.h"
#include "kit.h"

static struct peers *some_peers(struct kit *kit, const char *pods)
{
	struct term *term = make_term(&kit->unions.terms, "shop", pods);

	return peers_get(&kit->unions, &term, 1);
}

static struct blocks *some_blocks(struct kit *kit, const char *block)
{
	struct cidr cidr = make_cidr(block);
	struct ip_ranges ranges = {0};

	*vec_add(&ranges) = cidr_range(&cidr);
	return blocks_get(&kit->blocks, &ranges);
}

/* Whether two lists have the same name. */
static bool same_name(enum direction d1, const struct list_entry *a, const char *comment1, enum direction d2,
		      const struct list_entry *b, const char *comment2)
{
	struct facts facts = {0};
	const char *c1 = atom(comment1), *c2 = atom(comment2);
	const char *first = list_write(d1, a, 1, c1, &facts), *second = list_write(d2, b, 1, c2, &facts);
	bool same = first == second;

	cr_assert_eq(facts.n, 2);
	cr_assert_eq(same, fact_eq(&facts.at[0], &facts.at[1]));
	atom_put(first);
	atom_put(second);
	atom_put(c1);
	atom_put(c2);
	facts_free(&facts);
	return same;
}

/* "saddr peers4 accept, ..." */
static void lookups_print(const struct fact *chain, FILE *out)
{
	for (size_t i = 0; i < chain->chain.n; i++) {
		const struct chain_rule *rule = &chain->chain.rules[i];
		const struct step *lookup = &rule->steps[0];

		cr_assert(rule->n == 2 && lookup->kind == STEP_ADDR_IN && rule->steps[1].kind == STEP_ACTION);
		fprintf(out, "%s%s %.*s ", i ? ", " : "", lookup->source ? "saddr" : "daddr", name_stem(lookup->name),
			lookup->name);
		action_print(&rule->steps[1].action, out);
	}
}

UNIT(list, an_entry_is_a_lookup_in_each_of_its_sets)
{
	struct kit kit;
	struct peers *peers;
	struct blocks *blocks;
	struct list_entry entry = {.verdict = VERDICT_ACCEPT};
	struct facts facts = {0};
	const char *from, *to;

	kit_init(&kit);
	entry.peers = peers = some_peers(&kit, "app=web");
	entry.blocks = blocks = some_blocks(&kit, "10.0.0.0/8");
	from = list_write(DIRECTION_INGRESS, &entry, 1, NULL, &facts);
	to = list_write(DIRECTION_EGRESS, &entry, 1, NULL, &facts);
	UNIT_PRINTS("saddr peers4 accept, saddr cidr4 accept, saddr peers6 accept",
		    lookups_print(only_fact(&facts, FACT_CHAIN, "allow-in-"), out));
	UNIT_PRINTS("daddr peers4 accept, daddr cidr4 accept, daddr peers6 accept",
		    lookups_print(only_fact(&facts, FACT_CHAIN, "allow-out-"), out));
	atom_put(from);
	atom_put(to);
	facts_free(&facts);
	peers_put(&kit.unions, peers);
	blocks_put(&kit.blocks, blocks);
	kit_fini(&kit);
}

UNIT(list, entries_stand_in_the_order_given_each_with_its_verdict)
{
	struct kit kit;
	struct peers *web, *db;
	struct facts facts = {0};
	const char *ab, *ba;

	kit_init(&kit);
	web = some_peers(&kit, "app=web");
	db = some_peers(&kit, "app=db");
	ab = list_write(DIRECTION_INGRESS, (struct list_entry[]){{web, NULL, VERDICT_DROP}, {db, NULL, VERDICT_ACCEPT}},
			2, NULL, &facts);
	ba = list_write(DIRECTION_INGRESS, (struct list_entry[]){{db, NULL, VERDICT_ACCEPT}, {web, NULL, VERDICT_DROP}},
			2, NULL, &facts);
	cr_assert_neq(ab, ba);
	UNIT_PRINTS("saddr peers4 drop, saddr peers6 drop, saddr peers4 accept, saddr peers6 accept",
		    lookups_print(&facts.at[0], out));
	cr_assert_eq(facts.at[0].chain.rules[0].steps[0].name, web->set[FAMILY_4]);
	cr_assert_eq(facts.at[1].chain.rules[0].steps[0].name, db->set[FAMILY_4]);
	atom_put(ab);
	atom_put(ba);
	facts_free(&facts);
	peers_put(&kit.unions, web);
	peers_put(&kit.unions, db);
	kit_fini(&kit);
}

UNIT(list, the_name_tells_apart_whatever_differs)
{
	struct kit kit;
	struct peers *first, *second;
	struct blocks *blocks;
	struct list_entry web = {.verdict = VERDICT_ACCEPT}, db = web, block = web, drop;
	const enum direction in = DIRECTION_INGRESS, out = DIRECTION_EGRESS;

	kit_init(&kit);
	web.peers = first = some_peers(&kit, "app=web");
	db.peers = second = some_peers(&kit, "app=db");
	block.blocks = blocks = some_blocks(&kit, "10.0.0.0/8");
	drop = web;
	drop.verdict = VERDICT_DROP;
	cr_assert(same_name(in, &web, "shop/a", in, &web, "shop/a"));
	cr_assert(!same_name(in, &web, "shop/a", in, &web, "shop/b"));
	cr_assert(!same_name(in, &web, "shop/a", out, &web, "shop/a"));
	cr_assert(!same_name(in, &web, "shop/a", in, &db, "shop/a"));
	cr_assert(!same_name(in, &web, "shop/a", in, &block, "shop/a"));
	cr_assert(!same_name(in, &web, "shop/a", in, &drop, "shop/a"));
	peers_put(&kit.unions, first);
	peers_put(&kit.unions, second);
	blocks_put(&kit.blocks, blocks);
	kit_fini(&kit);
}

UNIT(list, a_list_of_nobody_has_no_rules)
{
	struct facts facts = {0};
	const char *name = list_write(DIRECTION_INGRESS, NULL, 0, NULL, &facts);

	cr_assert_eq(only_fact(&facts, FACT_CHAIN, "allow-in-")->chain.n, 0);
	atom_put(name);
	facts_free(&facts);
}
