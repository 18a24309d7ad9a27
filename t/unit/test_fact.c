/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are facts ordered by what they are about, and equal only if all they say is? */
#include <selvage/atom.h>
#include <selvage/fact.h>
#include <selvage/mem.h>

#include "unit.h"

/* A chain with every kind of step that we make. */
static struct fact make_chain(const char *name)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom(name), .comment = atom("shop/db")};
	static const enum step_kind kinds[] = {STEP_ESTABLISHED, STEP_ADDR_IS,    STEP_ADDR_IN,  STEP_ADDR_MAP,
					       STEP_PROTO,       STEP_ICMP6_TYPE, STEP_PORT_MAP, STEP_PROTO_PORT_MAP,
					       STEP_COUNTER,     STEP_HOP_LIMIT};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct chain_rule *rule = fact_add_rule(&chain);

		rule->steps[0] = (struct step){.kind = kinds[i], .source = true, .name = atom("n"), .number = 6};
		rule->steps[1] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_JUMP, atom("allow")}};
		rule->n = 2;
		rule->comment = atom("why");
	}
	return chain;
}

static struct fact make_element(const char *set, uint8_t lo, uint8_t hi)
{
	struct fact element = {.kind = FACT_ELEMENT, .name = atom(set)};

	element.element.size = 4;
	element.element.lo[3] = lo;
	element.element.hi[3] = hi;
	return element;
}

static struct fact make_named(enum fact_kind kind, const char *name)
{
	return (struct fact){.kind = kind, .name = atom(name)};
}

/* Appends and releases. */
static void take(struct facts *facts, struct fact fact)
{
	facts_add(facts, &fact);
	fact_fini(&fact);
}

static void assert_eq_facts(const struct fact *a, const struct fact *b, bool same)
{
	cr_assert_eq(fact_eq(a, b), same);
	cr_assert_eq(fact_eq(b, a), same);
}

/* A chain that was changed differs from the one it was made as, and its key is the same. */
static void assert_chain_differs(struct fact *changed)
{
	struct fact chain = make_chain("c");

	assert_eq_facts(&chain, changed, false);
	cr_assert_eq(fact_cmp(&chain, changed), 0);
	fact_fini(&chain);
	fact_fini(changed);
}

#define CHAIN_CHANGE(...)                             \
	do {                                          \
		struct fact c = make_chain("c");      \
		struct chain_rule *r = c.chain.rules; \
                                                      \
		__VA_ARGS__;                          \
		(void)r;                              \
		assert_chain_differs(&c);             \
	} while (0)

UNIT(fact, order_is_kind_then_name_then_key)
{
	struct fact ordered[] = {
		make_named(FACT_COUNTER, "z"), make_named(FACT_SET, "a"),
		make_named(FACT_SET, "b"),     make_chain("a"),
		make_element("a", 1, 1),       make_element("a", 1, 2),
		make_element("a", 2, 2),       make_element("b", 0, 0),
	};
	size_t n = sizeof ordered / sizeof *ordered;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			int order = fact_cmp(&ordered[i], &ordered[j]);

			cr_assert_eq((order > 0) - (order < 0), (i > j) - (i < j), "%zu and %zu", i, j);
		}
	}
	for (size_t i = 0; i < n; i++)
		fact_fini(&ordered[i]);
}

UNIT(fact, keys_order_as_bytes_without_sign)
{
	struct fact low = make_element("a", 1, 1), high = make_element("a", 200, 200);

	cr_assert_lt(fact_cmp(&low, &high), 0);
	fact_fini(&low);
	fact_fini(&high);
}

UNIT(fact, bytes_behind_the_key_do_not_count)
{
	struct fact a = make_element("a", 1, 1), b = make_element("a", 1, 1);

	b.element.lo[9] = 7;
	assert_eq_facts(&a, &b, true);
	fact_fini(&a);
	fact_fini(&b);
}

UNIT(fact, keys_of_different_sizes_are_different_keys)
{
	struct fact a = make_element("a", 0, 0), b = make_element("a", 0, 0);

	b.element.size = 16;
	cr_assert_lt(fact_cmp(&a, &b), 0);
	cr_assert_gt(fact_cmp(&b, &a), 0);
	assert_eq_facts(&a, &b, false);
	fact_fini(&a);
	fact_fini(&b);
}

UNIT(fact, copies_are_equal_and_live_on_their_own)
{
	struct fact chain = make_chain("c"), copy;

	fact_copy(&copy, &chain);
	assert_eq_facts(&chain, &copy, true);
	fact_fini(&chain);
	cr_assert_str_eq(copy.name, "c");
	cr_assert_str_eq(copy.chain.rules[8].steps[1].action.chain, "allow");
	fact_add_rule(&copy);
	cr_assert_eq(copy.chain.n, 11);
	fact_fini(&copy);
}

UNIT(fact, everything_a_chain_says_counts)
{
	CHAIN_CHANGE((atom_put(c.comment), c.comment = NULL));
	CHAIN_CHANGE(c.chain.base = true);
	CHAIN_CHANGE(fact_add_rule(&c));
	CHAIN_CHANGE((atom_put(r[0].comment), r[0].comment = atom("else")));
	CHAIN_CHANGE(r[0].steps[0].kind = STEP_COUNTER);
	CHAIN_CHANGE(r[0].steps[1].action.kind = VERDICT_GOTO);
	CHAIN_CHANGE((atom_put(r[0].steps[1].action.chain), r[0].steps[1].action.chain = NULL));
	CHAIN_CHANGE(r[1].steps[0].source = false);
	CHAIN_CHANGE(r[1].steps[0].addr.bits = 8);
	CHAIN_CHANGE(r[1].steps[0].addr.addr.b[0] = 8);
	CHAIN_CHANGE(r[1].steps[0].addr.addr.family = FAMILY_6);
	CHAIN_CHANGE(r[2].steps[0].source = false);
	CHAIN_CHANGE(r[2].steps[0].family = FAMILY_6);
	CHAIN_CHANGE((atom_put(r[2].steps[0].name), r[2].steps[0].name = atom("m")));
	CHAIN_CHANGE(r[3].steps[0].family = FAMILY_6);
	CHAIN_CHANGE((atom_put(r[3].steps[0].name), r[3].steps[0].name = atom("m")));
	CHAIN_CHANGE(r[4].steps[0].number = 7);
	CHAIN_CHANGE(r[5].steps[0].number = 7);
	CHAIN_CHANGE(r[9].steps[0].number = 7);
	CHAIN_CHANGE((atom_put(r[6].steps[0].name), r[6].steps[0].name = atom("m")));
	CHAIN_CHANGE((atom_put(r[7].steps[0].name), r[7].steps[0].name = atom("m")));
	CHAIN_CHANGE((atom_put(r[8].steps[0].name), r[8].steps[0].name = atom("m")));
}

UNIT(fact, priority_counts_in_base_chains_only)
{
	struct fact a = make_named(FACT_CHAIN, "egress"), b = make_named(FACT_CHAIN, "egress");

	b.chain.priority = 1;
	assert_eq_facts(&a, &b, true);
	a.chain.base = b.chain.base = true;
	assert_eq_facts(&a, &b, false);
	fact_fini(&a);
	fact_fini(&b);
}

UNIT(fact, the_hook_counts_in_base_chains_only)
{
	struct fact a = make_named(FACT_CHAIN, "egress"), b = make_named(FACT_CHAIN, "egress");

	b.chain.hook = CHAIN_HOOK_OUTPUT;
	assert_eq_facts(&a, &b, true);
	a.chain.base = b.chain.base = true;
	assert_eq_facts(&a, &b, false);
	fact_fini(&a);
	fact_fini(&b);
}

/* Are chains of one such step each the same? */
static bool steps_eq(struct step a, struct step b)
{
	struct fact x = make_named(FACT_CHAIN, "c"), y = make_named(FACT_CHAIN, "c");
	bool eq;

	*fact_add_rule(&x) = (struct chain_rule){.steps = {a}, .n = 1};
	*fact_add_rule(&y) = (struct chain_rule){.steps = {b}, .n = 1};
	eq = fact_eq(&x, &y);
	fact_fini(&x);
	fact_fini(&y);
	return eq;
}

UNIT(fact, everything_a_step_of_the_frame_says_counts)
{
	static const enum step_kind numbered[] = {STEP_ADDR_TYPE, STEP_ADDR_TYPE_HERE, STEP_LINK_KIND, STEP_REJECT};

	for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++) {
		struct step a = {.kind = numbered[i], .number = 1}, b = {.kind = numbered[i]};

		cr_assert(steps_eq(a, a) && !steps_eq(a, b));
		a.number = 0;
		a.source = true;
		cr_assert_eq(steps_eq(a, b), numbered[i] == STEP_LINK_KIND || numbered[i] == STEP_REJECT);
	}
	cr_assert(steps_eq((struct step){.kind = STEP_LIMIT}, (struct step){.kind = STEP_LIMIT}));
	cr_assert(!steps_eq((struct step){.kind = STEP_LOG, .group = 1, .name = atom("a")},
			    (struct step){.kind = STEP_LOG, .group = 2, .name = atom("a")}));
	cr_assert(!steps_eq((struct step){.kind = STEP_LOG, .group = 1, .name = atom("a")},
			    (struct step){.kind = STEP_LOG, .group = 1, .name = atom("b")}));
	cr_assert(!steps_eq((struct step){.kind = STEP_PORT_IN, .name = atom("a")},
			    (struct step){.kind = STEP_PORT_IN, .name = atom("b")}));
}

UNIT(fact, names_refer_to_counters_and_sets_but_not_those_of_logs)
{
	enum fact_kind kind;

	cr_assert(step_refers(&(struct step){.kind = STEP_COUNTER, .name = "c"}, &kind) && kind == FACT_COUNTER);
	cr_assert(step_refers(&(struct step){.kind = STEP_PORT_IN, .name = "s"}, &kind) && kind == FACT_SET);
	cr_assert(!step_refers(&(struct step){.kind = STEP_LOG, .name = "c"}, &kind));
	cr_assert(!step_refers(&(struct step){.kind = STEP_ESTABLISHED}, &kind));
}

UNIT(fact, everything_a_set_says_counts)
{
	struct fact a = make_named(FACT_SET, "s"), b = make_named(FACT_SET, "s");

	assert_eq_facts(&a, &b, true);
	b.set.key = KEY_IP6;
	assert_eq_facts(&a, &b, false);
	b.set = a.set;
	b.set.map = true;
	assert_eq_facts(&a, &b, false);
	b.set = a.set;
	b.set.interval = true;
	assert_eq_facts(&a, &b, false);
	fact_fini(&a);
	fact_fini(&b);
}

UNIT(fact, everything_an_element_says_counts)
{
	struct fact a = make_element("s", 1, 1), b = make_element("s", 1, 1);

	assert_eq_facts(&a, &b, true);
	b.element.action.kind = VERDICT_DROP;
	assert_eq_facts(&a, &b, false);
	b.element.action = (struct action){VERDICT_CONTINUE, atom("c")};
	assert_eq_facts(&a, &b, false);
	atom_put(b.element.action.chain);
	b.element.action.chain = NULL;
	b.comment = atom("who");
	assert_eq_facts(&a, &b, false);
	fact_fini(&a);
	fact_fini(&b);
}

UNIT(fact, what_is_not_of_our_making_equals_nothing)
{
	struct fact chain = make_chain("c"), set = make_named(FACT_SET, "s");

	chain.chain.rules[0].steps[0].kind = STEP_OTHER;
	cr_assert_not(fact_eq(&chain, &chain));
	set.set.key = KEY_OTHER;
	cr_assert_not(fact_eq(&set, &set));
	fact_fini(&chain);
	fact_fini(&set);
}

UNIT(fact, sorted_lists_find_by_kind_and_name)
{
	struct facts facts = {VEC_EMPTY};
	unsigned seed = 5;

	for (int i = 0; i < 300; i++)
		take(&facts, make_element("peers", (uint8_t)rand_r(&seed), 255));
	take(&facts, make_chain("peers"));
	take(&facts, make_named(FACT_SET, "peers"));
	take(&facts, make_named(FACT_COUNTER, "in"));
	facts_sort(&facts);
	for (size_t i = 1; i < facts.n; i++)
		cr_assert_leq(fact_cmp(&facts.at[i - 1], &facts.at[i]), 0);
	cr_assert_eq(facts_find(&facts, FACT_COUNTER, "in"), &facts.at[0]);
	cr_assert_eq(facts_find(&facts, FACT_SET, "peers"), &facts.at[1]);
	cr_assert_eq(facts_find(&facts, FACT_CHAIN, "peers"), &facts.at[2]);
	cr_assert_eq(facts_find(&facts, FACT_ELEMENT, "peers"), &facts.at[3], "the first of the elements");
	cr_assert_null(facts_find(&facts, FACT_ELEMENT, "others"));
	cr_assert_null(facts_find(&facts, FACT_ELEMENT, "zzz"));
	cr_assert_null(facts_find(&facts, FACT_COUNTER, "a"));
	facts_free(&facts);
	cr_assert_null(facts_find(&facts, FACT_SET, "peers"));
}

UNIT(fact, a_patch_is_empty_when_both_lists_are)
{
	struct patch patch = {0};

	cr_assert(patch_empty(&patch));
	take(&patch.del, make_chain("c"));
	cr_assert_not(patch_empty(&patch));
	patch_free(&patch);
	cr_assert(patch_empty(&patch));
	take(&patch.add, make_element("s", 1, 1));
	cr_assert_not(patch_empty(&patch));
	patch_free(&patch);
}

UNIT(fact, key_sizes_are_those_of_the_kernel)
{
	cr_assert_eq(key_size(KEY_IP4), 4);
	cr_assert_eq(key_size(KEY_IP6), 16);
	cr_assert_eq(key_size(KEY_PROTO_PORT), 8);
	cr_assert_eq(key_size(KEY_PORT), 2);
	cr_assert_eq(key_size(KEY_OTHER), 0);
}
