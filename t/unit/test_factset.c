/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a fact wanted exactly while somebody asks for it, and a patch exactly what changed? */
#include "kit.h"

static struct fact element(const char *set, uint8_t last)
{
	return (struct fact){.kind = FACT_ELEMENT,
			     .name = atom(set),
			     .element = {.lo = {10, 0, 0, last}, .hi = {10, 0, 0, last}, .size = 4}};
}

UNIT(factset, what_nobody_asks_for_is_not_there)
{
	struct factset *set = factset_new();

	assert_wanted(set, "");
	assert_taken(set, "");
	factset_free(set);
	factset_free(NULL);
}

UNIT(factset, a_fact_is_wanted_while_anyone_asks_for_it)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1);

	factset_add(set, &a);
	factset_add(set, &a);
	assert_taken(set, "+1 element peers");
	factset_del(set, &a);
	assert_taken(set, "");
	assert_wanted(set, "1 element peers");
	factset_del(set, &a);
	assert_wanted(set, "");
	assert_taken(set, "-1 element peers");
	fact_fini(&a);
	factset_free(set);
}

UNIT(factset, what_comes_and_goes_between_two_takes_is_no_change)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1), b = element("peers", 2);

	factset_add(set, &a);
	factset_add(set, &b);
	factset_del(set, &b);
	assert_taken(set, "+1 element peers");
	factset_del(set, &a);
	factset_add(set, &a);
	assert_taken(set, "");
	assert_wanted(set, "1 element peers");
	fact_fini(&a);
	fact_fini(&b);
	factset_free(set);
}

UNIT(factset, a_fact_can_come_back_after_it_was_taken_away)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1);

	for (unsigned i = 0; i < 3; i++) {
		factset_add(set, &a);
		assert_taken(set, "+1 element peers");
		factset_del(set, &a);
		assert_taken(set, "-1 element peers");
	}
	fact_fini(&a);
	factset_free(set);
}

UNIT(factset, two_versions_of_a_thing_are_a_del_and_an_add_with_one_key)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1), b = element("peers", 1);
	struct patch patch;

	a.comment = atom("shop/old");
	b.comment = atom("shop/new");
	factset_add(set, &a);
	assert_taken(set, "+1 element peers");
	factset_add(set, &b);
	factset_del(set, &a);
	factset_take(set, &patch);
	cr_assert_eq(patch.del.n, 1);
	cr_assert_eq(patch.add.n, 1);
	cr_assert(fact_eq(&patch.del.at[0], &a));
	cr_assert(fact_eq(&patch.add.at[0], &b));
	patch_free(&patch);
	assert_wanted(set, "1 element peers");
	fact_fini(&a);
	fact_fini(&b);
	factset_free(set);
}

UNIT(factset, patches_are_sorted_and_list_what_all_lists)
{
	struct factset *set = factset_new();
	struct facts all = {0};
	struct patch patch;

	for (unsigned i = 0; i < 100; i++) {
		struct fact fact = element(i % 2 ? "odd" : "even", (uint8_t)(i * 37 % 100));

		factset_add(set, &fact);
		fact_fini(&fact);
	}
	factset_take(set, &patch);
	factset_all(set, &all);
	facts_sort(&all);
	cr_assert_eq(patch.add.n, 100);
	cr_assert_eq(all.n, 100);
	for (size_t i = 0; i < all.n; i++) {
		cr_assert(i == 0 || fact_cmp(&all.at[i - 1], &all.at[i]) < 0);
		cr_assert(fact_eq(&all.at[i], &patch.add.at[i]));
	}
	facts_free(&all);
	patch_free(&patch);
	factset_free(set);
}

UNIT(factset, the_set_keeps_copies)
{
	struct factset *set = factset_new();
	struct fact chain = {.kind = FACT_CHAIN, .name = atom("in")};
	struct chain_rule *rule = fact_add_rule(&chain);

	rule->steps[rule->n++] = (struct step){.kind = STEP_COUNTER, .name = atom("in")};
	factset_add(set, &chain);
	fact_fini(&chain);
	assert_wanted(set, "1 chain in");
	factset_free(set);
}

UNIT(factset, what_enters_is_told_once_and_not_kept)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1);

	factset_enter(set, &a);
	assert_taken(set, "+1 element peers");
	cr_assert_eq(factset_count(set, FACT_ELEMENT), 1);
	assert_wanted(set, "");
	assert_taken(set, "");
	factset_leave(set, &a);
	assert_taken(set, "-1 element peers");
	cr_assert_eq(factset_count(set, FACT_ELEMENT), 0);
	fact_fini(&a);
	factset_free(set);
}

UNIT(factset, what_enters_and_leaves_or_leaves_and_enters_is_no_change)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1), b = element("peers", 2);

	factset_enter(set, &a);
	factset_leave(set, &a);
	assert_taken(set, "");
	factset_enter(set, &b);
	assert_taken(set, "+1 element peers");
	factset_leave(set, &b);
	factset_enter(set, &b);
	factset_leave(set, &b);
	factset_enter(set, &b);
	assert_taken(set, "");
	cr_assert_eq(factset_count(set, FACT_ELEMENT), 1);
	fact_fini(&a);
	fact_fini(&b);
	factset_free(set);
}

UNIT(factset, an_element_that_changes_its_owner_is_a_del_and_an_add)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1), b = element("peers", 1);
	struct patch patch;

	a.comment = atom("shop/old");
	b.comment = atom("shop/new");
	factset_enter(set, &a);
	assert_taken(set, "+1 element peers");
	factset_leave(set, &a);
	factset_enter(set, &b);
	factset_take(set, &patch);
	cr_assert(patch.del.n == 1 && fact_eq(&patch.del.at[0], &a));
	cr_assert(patch.add.n == 1 && fact_eq(&patch.add.at[0], &b));
	patch_free(&patch);
	fact_fini(&a);
	fact_fini(&b);
	factset_free(set);
}

UNIT(factset, until_the_next_take_a_muted_set_only_counts_what_enters)
{
	struct factset *set = factset_new();
	struct fact a = element("peers", 1), b = element("peers", 2), asked = element("map", 3);

	factset_mute(set);
	factset_enter(set, &a);
	factset_enter(set, &b);
	factset_leave(set, &b);
	factset_add(set, &asked);
	factset_take(set, NULL);
	cr_assert_eq(factset_count(set, FACT_ELEMENT), 2);
	assert_wanted(set, "1 element map");
	factset_leave(set, &a);
	factset_del(set, &asked);
	assert_taken(set, "-1 element map, -1 element peers");
	cr_assert_eq(factset_count(set, FACT_ELEMENT), 0);
	fact_fini(&a);
	fact_fini(&b);
	fact_fini(&asked);
	factset_free(set);
}
