/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a patch hold what must change, all of it and nothing else? */
#include <selvage/diff.h>

#include "../lib/facts_world.h"
#include "make_fact.h"

/* A dispatch map to a pod's chain, which counts and looks into a set of peers; `peer` is in it. */
static void pod_facts(struct facts *out, const char *peer)
{
	*out = (struct facts){0};
	make_fact(out, FACT_COUNTER, "in-db");
	make_set(out, "ingress4", KEY_IP4, true, false);
	make_set(out, "peers", KEY_IP4, false, false);
	make_ip_goto(out, "ingress4", "10.0.0.9", "in-db");
	make_ip_element(out, "peers", peer);
	struct fact *base = make_base(out, "ingress", 1);
	make_rule(base, step_named(STEP_ADDR_MAP, "ingress4"));
	struct fact *chain = make_fact(out, FACT_CHAIN, "in-db");
	make_rule(chain, step_named(STEP_ADDR_IN, "peers"), step_action(VERDICT_ACCEPT, NULL));
	make_rule(chain, step_named(STEP_COUNTER, "in-db"), step_action(VERDICT_DROP, NULL));
	facts_sort(out);
}

/* A fact of a sorted list, to be changed. */
static struct fact *fact_of(struct facts *facts, enum fact_kind kind, const char *name)
{
	const struct fact *f = facts_find(facts, kind, name);

	cr_assert_not_null(f);
	return &facts->at[f - facts->at];
}

static bool stands_in(const struct facts *facts, enum fact_kind kind, const char *name)
{
	return facts_find(facts, kind, name);
}

/* The patch between two lists, checked against what applying it gives; frees the lists. */
static struct patch checked_diff(struct facts *have, struct facts *want)
{
	struct patch patch;
	struct err err = {0};

	diff_run(have, want, &patch);
	cr_assert_eq(diff_apply(have, &patch, &err), 0, "%s", err.msg);
	assert_same_facts(have, want);
	facts_free(have);
	facts_free(want);
	return patch;
}

UNIT(diff, equal_lists_give_an_empty_patch)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	struct patch patch = checked_diff(&have, &want);
	cr_assert(patch_empty(&patch));
	patch_free(&patch);
}

UNIT(diff, lists_that_are_taken_are_empty_and_what_the_patch_holds_is_theirs)
{
	struct facts have, want;
	struct patch patch;
	const struct chain_rule *rules;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.2");
	rules = fact_of(&want, FACT_CHAIN, "in-db")->chain.rules;
	fact_of(&have, FACT_CHAIN, "in-db")->chain.rules[0].steps[0].source ^= true;
	diff_take(&have, &want, &patch);
	cr_assert(!have.n && !have.at && !want.n && !want.at);
	cr_assert_eq(patch.del.n, 2);
	cr_assert_eq(patch.add.n, 2);
	cr_assert_eq(patch.add.at[0].chain.rules, rules);
	patch_free(&patch);
}

UNIT(diff, a_moved_pod_is_one_del_and_one_add)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.2");
	struct patch patch = checked_diff(&have, &want);
	cr_assert_eq(patch.del.n, 1);
	cr_assert_eq(patch.del.at[0].element.lo[3], 1);
	cr_assert_eq(patch.add.n, 1);
	cr_assert_eq(patch.add.at[0].element.lo[3], 2);
	patch_free(&patch);
}

UNIT(diff, an_element_with_another_verdict_stands_in_both_lists)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	fact_of(&want, FACT_ELEMENT, "ingress4")->element.action.kind = VERDICT_JUMP;
	struct patch patch = checked_diff(&have, &want);
	cr_assert(patch.del.n == 1 && patch.add.n == 1);
	cr_assert_eq(fact_cmp(&patch.del.at[0], &patch.add.at[0]), 0);
	patch_free(&patch);
}

UNIT(diff, a_chain_with_other_rules_comes_alone)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	make_rule(fact_of(&want, FACT_CHAIN, "in-db"), step_action(VERDICT_DROP, NULL));
	struct patch patch = checked_diff(&have, &want);
	cr_assert(patch.del.n == 1 && patch.add.n == 1 && patch.add.at[0].kind == FACT_CHAIN);
	patch_free(&patch);
}

UNIT(diff, a_set_made_anew_takes_its_elements_and_the_chains_that_look_into_it_along)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	fact_of(&want, FACT_SET, "peers")->set.interval = true;
	struct patch patch = checked_diff(&have, &want);
	cr_assert_eq(patch.del.n, 3);
	cr_assert_eq(patch.add.n, 3);
	cr_assert(stands_in(&patch.add, FACT_SET, "peers") && stands_in(&patch.add, FACT_ELEMENT, "peers"));
	cr_assert(stands_in(&patch.add, FACT_CHAIN, "in-db"));
	patch_free(&patch);
}

UNIT(diff, a_chain_made_anew_takes_what_leads_to_it_along)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	fact_of(&want, FACT_CHAIN, "in-db")->comment = atom("shop/db");
	struct patch patch = checked_diff(&have, &want);
	cr_assert_eq(patch.del.n, 2);
	cr_assert(stands_in(&patch.add, FACT_CHAIN, "in-db") && stands_in(&patch.add, FACT_ELEMENT, "ingress4"));
	patch_free(&patch);
}

UNIT(diff, a_counter_made_anew_takes_the_chains_that_count_in_it_along)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	fact_of(&want, FACT_COUNTER, "in-db")->comment = atom("shop/db");
	struct patch patch = checked_diff(&have, &want);
	cr_assert_eq(patch.del.n, 2);
	cr_assert(stands_in(&patch.add, FACT_COUNTER, "in-db") && stands_in(&patch.add, FACT_CHAIN, "in-db"));
	patch_free(&patch);
}

UNIT(diff, what_is_not_ours_is_always_removed)
{
	struct facts have, want;

	pod_facts(&have, "10.0.0.1");
	pod_facts(&want, "10.0.0.1");
	make_set(&have, "theirs", KEY_OTHER, false, false);
	struct fact *chain = make_fact(&have, FACT_CHAIN, "theirs");
	make_rule(chain, (struct step){.kind = STEP_OTHER});
	facts_sort(&have);
	make_rule(fact_of(&have, FACT_CHAIN, "ingress"), (struct step){.kind = STEP_OTHER});
	struct patch patch = checked_diff(&have, &want);
	cr_assert_eq(patch.del.n, 3);
	cr_assert_eq(patch.add.n, 1);
	patch_free(&patch);
}

UNIT(diff, applying_the_difference_of_random_worlds_gives_the_wanted_one)
{
	uint64_t state = 3;
	struct world world;

	world_new(&world, &state);
	for (unsigned i = 0; i < 300; i++) {
		struct facts have, want;
		world_facts(&world, &have);
		if (i % 10 == 9)
			world_new(&world, &state);
		else
			world_change(&world, i % 3, &state);
		world_facts(&world, &want);
		struct patch patch = checked_diff(&have, &want);
		patch_free(&patch);
	}
}

/* Applies `patch` to facts that it does not fit; they must stay as they are. */
static void assert_refused(struct patch *patch, const char *why)
{
	struct facts facts, same;
	struct err err = {0};

	pod_facts(&facts, "10.0.0.1");
	pod_facts(&same, "10.0.0.1");
	cr_assert_eq(diff_apply(&facts, patch, &err), -1);
	cr_assert_eq(err.code, ERR_INPUT);
	cr_assert_not_null(strstr(err.msg, why), "%s", err.msg);
	assert_same_facts(&facts, &same);
	facts_free(&facts);
	facts_free(&same);
	patch_free(patch);
}

UNIT(diff, a_fact_to_delete_that_is_not_there_is_refused)
{
	struct patch patch = {0};

	make_ip_element(&patch.del, "peers", "10.0.0.1");
	make_ip_element(&patch.del, "peers", "10.0.0.2");
	assert_refused(&patch, "not there as stated");
}

UNIT(diff, a_fact_to_delete_that_says_something_else_is_refused)
{
	struct patch patch = {0};

	make_ip_element(&patch.del, "peers", "10.0.0.1")->comment = atom("another");
	assert_refused(&patch, "not there as stated");
}

UNIT(diff, a_fact_to_add_that_is_there_is_refused)
{
	struct patch patch = {0};

	make_ip_element(&patch.add, "peers", "10.0.0.1");
	assert_refused(&patch, "there already");
}
