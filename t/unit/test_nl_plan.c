/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is every patch told to the kernel in an order that it takes, and so that no packet meets a half-way state? */
#include <selvage/diff.h>

#include "../../src/dataplane/nl_plan.h"
#include "../lib/facts_world.h"
#include "../lib/kernel_model.h"
#include "make_fact.h"

/* The place of the first operation of a kind (on a fact of that name, if given), or the length of the plan. */
static size_t op_at(const struct plan *plan, enum op_kind kind, const char *name)
{
	size_t i = 0;

	while (i < plan->n && (plan->at[i].kind != kind || (name && strcmp(plan->at[i].fact->name, name))))
		i++;
	return i;
}

static size_t transactions(const struct plan *plan)
{
	return plan->n ? plan->at[plan->n - 1].transaction + 1 : 0;
}

static void assert_op(const struct plan *plan, size_t i, enum op_kind kind, size_t transaction)
{
	cr_assert_lt(i, plan->n);
	cr_assert_eq(plan->at[i].kind, kind, "operation %zu is of kind %d", i, plan->at[i].kind);
	cr_assert_eq(plan->at[i].transaction, transaction, "operation %zu is in transaction %zu", i,
		     plan->at[i].transaction);
}

/* A pod that is isolated: a hook, a dispatch map, a chain with a counter, and n peers. */
static void pod_facts(struct facts *out, uint32_t n)
{
	*out = (struct facts){0};
	make_fact(out, FACT_COUNTER, "in-db");
	make_set(out, "ingress4", KEY_IP4, true, false);
	make_set(out, "peers", KEY_IP4, false, false);
	make_ip_goto(out, "ingress4", "10.0.0.9", "in-db");
	make_rule(make_base(out, "ingress", 1), step_named(STEP_ADDR_MAP, "ingress4"));
	struct fact *chain = make_fact(out, FACT_CHAIN, "in-db");
	make_rule(chain, step_named(STEP_ADDR_IN, "peers"), step_action(VERDICT_ACCEPT, NULL));
	make_rule(chain, step_named(STEP_COUNTER, "in-db"), step_action(VERDICT_DROP, NULL));
	for (uint32_t i = 0; i < n; i++) {
		struct fact *e = make_ip_element(out, "peers", "10.0.0.0");
		e->element.lo[1] = e->element.hi[1] = (uint8_t)(i >> 16);
		e->element.lo[2] = e->element.hi[2] = (uint8_t)(i >> 8);
		e->element.lo[3] = e->element.hi[3] = (uint8_t)i;
	}
	facts_sort(out);
}

/* The patch between two lists; frees them. */
static struct patch patch_between(struct facts *have, struct facts *want)
{
	struct patch patch;

	diff_run(have, want, &patch);
	facts_free(have);
	facts_free(want);
	return patch;
}

static struct patch patch_of_new_pod(uint32_t peers)
{
	struct facts have = {0}, want;

	pod_facts(&want, peers);
	return patch_between(&have, &want);
}

static struct fact *fact_of(struct facts *facts, enum fact_kind kind, const char *name)
{
	const struct fact *f = facts_find(facts, kind, name);

	cr_assert_not_null(f);
	return &facts->at[f - facts->at];
}

UNIT(nl_plan, an_empty_patch_needs_nothing)
{
	struct patch patch = {0};
	struct plan plan;

	nl_plan_run(&patch, true, &plan);
	cr_assert_eq(plan.n, 0);
}

UNIT(nl_plan, one_element_is_one_operation)
{
	struct patch patch = {0};
	struct plan plan;

	make_ip_element(&patch.add, "peers", "10.0.0.1");
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 1);
	assert_op(&plan, 0, OP_ELEMENTS, 0);
	cr_assert_eq(plan.at[0].n, 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, a_replaced_element_goes_and_comes_in_one_transaction)
{
	struct patch patch = {0};
	struct plan plan;

	make_ip_goto(&patch.del, "ingress4", "10.0.0.9", "a");
	make_ip_goto(&patch.add, "ingress4", "10.0.0.9", "b");
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 2);
	assert_op(&plan, 0, OP_DEL_ELEMENTS, 0);
	assert_op(&plan, 1, OP_ELEMENTS, 0);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, a_small_first_programming_is_one_transaction)
{
	struct patch patch = patch_of_new_pod(3);
	struct plan plan;

	nl_plan_run(&patch, true, &plan);
	assert_op(&plan, 0, OP_TABLE, 0);
	cr_assert_eq(transactions(&plan), 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, a_large_first_programming_hooks_its_base_chains_last)
{
	struct patch patch = patch_of_new_pod(50000);
	struct plan plan;

	nl_plan_run(&patch, true, &plan);
	cr_assert_gt(transactions(&plan), 2);
	size_t last = transactions(&plan) - 1, hook = op_at(&plan, OP_CHAIN, "ingress");
	assert_op(&plan, hook, OP_CHAIN, last);
	assert_op(&plan, hook + 1, OP_RULES, last);
	cr_assert_eq(hook + 2, plan.n);
	cr_assert_eq(plan.at[hook - 1].transaction, last - 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, no_message_and_no_transaction_grows_too_large)
{
	struct patch patch = patch_of_new_pod(50000);
	struct plan plan;
	size_t bytes = 0, elements = 0;

	nl_plan_run(&patch, true, &plan);
	for (size_t i = 0; i < plan.n; i++) {
		cr_assert_leq(plan.at[i].bytes, PLAN_MESSAGE_MAX);
		bytes = i && plan.at[i].transaction == plan.at[i - 1].transaction ? bytes : 0;
		bytes += plan.at[i].bytes;
		cr_assert_leq(bytes, PLAN_TRANSACTION_MAX);
		elements += plan.at[i].n;
	}
	cr_assert_eq(elements, 50001);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, what_changes_in_force_is_one_transaction_however_large)
{
	struct facts have, want;
	struct plan plan;

	pod_facts(&have, 0);
	pod_facts(&want, 50000);
	struct patch patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_gt(plan.n, 10);
	cr_assert_eq(transactions(&plan), 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, a_chain_with_other_rules_is_emptied_and_filled_in_one_transaction)
{
	struct facts have, want;
	struct plan plan;

	pod_facts(&have, 3);
	pod_facts(&want, 3);
	make_rule(fact_of(&want, FACT_CHAIN, "in-db"), step_action(VERDICT_DROP, NULL));
	struct patch patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 2);
	assert_op(&plan, 0, OP_FLUSH, 0);
	assert_op(&plan, 1, OP_RULES, 0);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, a_new_interval_set_is_made_ahead_of_the_flip)
{
	struct facts have, want;
	struct plan plan;

	pod_facts(&have, 1);
	pod_facts(&want, 1);
	make_set(&want, "cidr", KEY_IP4, false, true);
	make_ip_element(&want, "cidr", "192.0.2.0");
	make_rule(fact_of(&want, FACT_CHAIN, "in-db"), step_named(STEP_ADDR_IN, "cidr"),
		  step_action(VERDICT_ACCEPT, NULL));
	facts_sort(&want);
	struct patch patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 4);
	assert_op(&plan, 0, OP_SET, 0);
	assert_op(&plan, 1, OP_ELEMENTS, 0);
	assert_op(&plan, 2, OP_FLUSH, 1);
	assert_op(&plan, 3, OP_RULES, 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, an_element_that_is_led_elsewhere_finds_that_made)
{
	struct facts have, want;
	struct patch patch;
	struct plan plan;

	pod_facts(&have, 1);
	pod_facts(&want, 1);
	make_rule(make_fact(&want, FACT_CHAIN, "in-web"), step_action(VERDICT_DROP, NULL));
	make_ip_goto(&want, "ingress4", "10.0.0.8", "in-web");
	facts_sort(&want);
	patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(transactions(&plan), 1, "nothing led from there before");
	vec_free(&plan);
	patch_free(&patch);

	pod_facts(&have, 1);
	make_ip_goto(&have, "ingress4", "10.0.0.8", "in-db");
	facts_sort(&have);
	pod_facts(&want, 1);
	make_rule(make_fact(&want, FACT_CHAIN, "in-web"), step_action(VERDICT_DROP, NULL));
	make_ip_goto(&want, "ingress4", "10.0.0.8", "in-web");
	facts_sort(&want);
	patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 4);
	assert_op(&plan, 0, OP_CHAIN, 0);
	assert_op(&plan, 1, OP_RULES, 0);
	assert_op(&plan, 2, OP_DEL_ELEMENTS, 1);
	assert_op(&plan, 3, OP_ELEMENTS, 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, what_goes_is_broken_off_after_the_flip_without_its_elements)
{
	struct facts have, want;
	struct plan plan;

	pod_facts(&have, 3);
	pod_facts(&want, 0);
	/* The pod is not isolated any more: hook and dispatch map stay. */
	facts_free(&want);
	make_set(&want, "ingress4", KEY_IP4, true, false);
	make_rule(make_base(&want, "ingress", 1), step_named(STEP_ADDR_MAP, "ingress4"));
	facts_sort(&want);
	struct patch patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 5);
	assert_op(&plan, 0, OP_DEL_ELEMENTS, 0);
	assert_op(&plan, 1, OP_FLUSH, 1);
	assert_op(&plan, 2, OP_DEL_SET, 1);
	assert_op(&plan, 3, OP_DEL_CHAIN, 1);
	assert_op(&plan, 4, OP_DEL_COUNTER, 1);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, a_base_chain_goes_within_the_flip)
{
	struct facts have, want;
	struct plan plan;

	pod_facts(&have, 0);
	make_rule(make_base(&have, "theirs", -5), step_action(VERDICT_DROP, NULL));
	facts_sort(&have);
	pod_facts(&want, 1);
	struct patch patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(plan.n, 3);
	assert_op(&plan, 0, OP_FLUSH, 0);
	assert_op(&plan, 1, OP_DEL_CHAIN, 0);
	assert_op(&plan, 2, OP_ELEMENTS, 0);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, what_is_made_anew_goes_before_it_comes_in_one_transaction)
{
	struct facts have, want;
	struct plan plan;

	pod_facts(&have, 3);
	pod_facts(&want, 3);
	fact_of(&want, FACT_SET, "peers")->set.interval = true;
	struct patch patch = patch_between(&have, &want);
	nl_plan_run(&patch, false, &plan);
	cr_assert_eq(transactions(&plan), 1);
	cr_assert_lt(op_at(&plan, OP_FLUSH, "in-db"), op_at(&plan, OP_DEL_SET, "peers"));
	cr_assert_lt(op_at(&plan, OP_DEL_SET, "peers"), op_at(&plan, OP_SET, "peers"));
	cr_assert_lt(op_at(&plan, OP_ELEMENTS, "peers"), op_at(&plan, OP_RULES, "in-db"));
	cr_assert_eq(op_at(&plan, OP_DEL_ELEMENTS, NULL), plan.n);
	vec_free(&plan);
	patch_free(&patch);
}

/* Runs the plan between two worlds on the model of the kernel, and looks at what is in force after each transaction. */
static void assert_good_plan(const struct facts *have, const struct facts *want)
{
	struct patch patch;
	struct plan plan;
	struct kernel_model model;

	diff_run(have, want, &patch);
	nl_plan_run(&patch, false, &plan);
	kernel_model_init(&model, have);
	for (size_t i = 0; i < plan.n; i++) {
		const char *against = kernel_model_op(&model, &plan.at[i]);
		cr_assert_null(against, "operation %zu: %s %s", i, plan.at[i].fact->name, against);
		bool last = i + 1 == plan.n || plan.at[i + 1].transaction != plan.at[i].transaction;
		cr_assert(!last || kernel_model_in_force(&model, have) || kernel_model_in_force(&model, want),
			  "after transaction %zu of %zu neither the old nor the new rules are in force",
			  plan.at[i].transaction + 1, transactions(&plan));
	}
	facts_sort(&model.facts);
	assert_same_facts(&model.facts, want);
	kernel_model_fini(&model);
	vec_free(&plan);
	patch_free(&patch);
}

UNIT(nl_plan, random_changes_are_told_in_an_order_that_the_kernel_takes)
{
	uint64_t state = 9;
	struct world world;

	world_new(&world, &state);
	for (unsigned i = 0; i < 150; i++) {
		struct facts have, want;
		world_facts(&world, &have);
		if (i % 5 == 4)
			world_new(&world, &state);
		else
			world_change(&world, i % 3, &state);
		world_facts(&world, &want);
		assert_good_plan(&have, &want);
		facts_free(&have);
		facts_free(&want);
	}
}
