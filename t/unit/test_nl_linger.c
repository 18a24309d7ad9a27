/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what packets on their way may want kept apart, until it is old or in the way? */
#include "../../src/dataplane/nl_linger.h"
#include "make_fact.h"

/* A patch that removes a set with one element, and the chain that looks into it. */
static void removal(struct patch *patch, const char *set, const char *chain)
{
	*patch = (struct patch){0};
	make_set(&patch->del, set, KEY_IP4, false, false);
	make_rule(make_fact(&patch->del, FACT_CHAIN, chain), step_named(STEP_ADDR_IN, set),
		  step_action(VERDICT_ACCEPT, NULL));
	make_ip_element(&patch->del, set, "10.0.0.1");
	facts_sort(&patch->del);
}

/* Lets what it removes linger since then; the patch is gone. */
static void linger_since(struct lingering *linger, const char *set, const char *chain, int64_t ns)
{
	struct patch patch;
	struct plan plan;

	removal(&patch, set, chain);
	nl_plan_run(&patch, false, &plan);
	linger_add(linger, &plan, 0, (struct mono){ns});
	vec_free(&plan);
	patch_free(&patch);
}

/* Is a patch that makes one set hindered? */
static bool hinders(const struct lingering *linger, const char *set)
{
	struct patch patch = {0};
	bool hindered;

	make_set(&patch.add, set, KEY_IP4, false, false);
	hindered = linger_hinders(linger, &patch);
	patch_free(&patch);
	return hindered;
}

UNIT(nl_linger, the_oldest_is_taken_first_and_nothing_before_its_time)
{
	struct lingering linger;
	struct leftover *first;

	linger_init(&linger);
	linger_since(&linger, "old", "to-old", 10);
	linger_since(&linger, "new", "to-new", 20);
	cr_assert_null(linger_take(&linger, (struct mono){9}));
	first = linger_take(&linger, (struct mono){15});
	cr_assert_not_null(first);
	cr_assert_not_null(facts_find(&first->gone, FACT_SET, "old"));
	cr_assert_null(linger_take(&linger, (struct mono){15}));
	leftover_free(first);
	linger_since(&linger, "newer", "to-newer", 30);
	cr_assert(hinders(&linger, "new") && hinders(&linger, "newer") && !hinders(&linger, "old"));
	linger_clear(&linger);
	cr_assert_null(linger_take(&linger, (struct mono){INT64_MAX}));
	linger_since(&linger, "last", "to-last", 40);
	cr_assert(hinders(&linger, "last"));
	linger_clear(&linger);
}

UNIT(nl_linger, it_is_broken_off_as_it_would_have_been_at_once)
{
	static const enum op_kind order[] = {OP_FLUSH, OP_DEL_SET, OP_DEL_CHAIN};
	struct lingering linger;
	struct leftover *leftover;

	linger_init(&linger);
	linger_since(&linger, "peers", "allow", 1);
	leftover = linger_take(&linger, (struct mono){1});
	cr_assert_eq(leftover->plan.n, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(leftover->plan.at[i].kind, order[i]);
	cr_assert_str_eq(leftover->plan.at[0].fact->name, "allow");
	cr_assert_str_eq(leftover->plan.at[1].fact->name, "peers");
	leftover_free(leftover);
}

UNIT(nl_linger, what_is_made_anew_may_not_find_what_refers_to_it)
{
	struct patch patch = {0};
	struct lingering linger;

	linger_init(&linger);
	make_set(&patch.del, "kept", KEY_IP4, false, false);
	make_set(&patch.add, "kept", KEY_IP6, false, false);
	cr_assert_not(linger_hinders(&linger, &patch));
	linger_since(&linger, "peers", "allow", 1);
	cr_assert(linger_hinders(&linger, &patch));
	linger_clear(&linger);
	patch_free(&patch);
}

UNIT(nl_linger, elements_are_hidden_with_their_set)
{
	struct facts facts = {0};
	struct lingering linger;

	linger_init(&linger);
	linger_since(&linger, "peers", "allow", 1);
	make_set(&facts, "peers", KEY_IP4, false, false);
	make_set(&facts, "others", KEY_IP4, false, false);
	make_fact(&facts, FACT_CHAIN, "allow");
	make_fact(&facts, FACT_CHAIN, "peers"); /* of that name is a set */
	make_ip_element(&facts, "peers", "10.0.0.1");
	make_ip_element(&facts, "others", "10.0.0.2");
	facts_sort(&facts);
	linger_hide(&linger, &facts);
	cr_assert_eq(facts.n, 3);
	cr_assert_str_eq(facts.at[0].name, "others");
	cr_assert_eq(facts.at[1].kind, FACT_CHAIN);
	cr_assert_str_eq(facts.at[1].name, "peers");
	cr_assert_str_eq(facts.at[2].name, "others");
	linger_clear(&linger);
	facts_free(&facts);
}
