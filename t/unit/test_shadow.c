/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the shadow the proposed world, under names of its own, and without a say? */
#include <selvage/shadow.h>

#include "node.h"

#define OWN_BASE                                                                                     \
	"1 set shadow-egress4, 1 set shadow-egress6, 1 set shadow-ingress4, 1 set shadow-ingress6, " \
	"1 chain shadow-egress, 1 chain shadow-ingress"

/* A node with one pod that nothing isolates, and the shadow beside it. */
struct fixture {
	struct store *store;
	struct shadow *shadow;
};

static struct fixture begin(const struct compile_config *config)
{
	struct fixture f = {.store = store_new()};

	f.shadow = shadow_new(f.store, config);
	store_put(f.store, &make_pod_at("n0", "shop", "db", "app=db", "10.244.1.5")->object);
	return f;
}

static struct fixture begin_usual(void)
{
	struct compile_config config = compile_usual("n0");

	return begin(&config);
}

static void end(struct fixture *f)
{
	shadow_free(f->shadow);
	store_free(f->store);
}

static struct patch update(struct fixture *f)
{
	struct patch patch = {0};

	shadow_update(f->shadow, &patch);
	store_settle(f->store);
	return patch;
}

static void propose(struct fixture *f, const char *name, const char *types)
{
	shadow_put(f->shadow, &make_policy_for("shop", name, "app=db", types)->object);
}

/* Is there a counter of the pod in this direction? */
static bool counts(const struct fixture *f, const char *prefix)
{
	struct facts facts = {0};
	bool found = false;

	shadow_facts(f->shadow, &facts);
	for (size_t i = 0; i < facts.n; i++)
		found |= facts.at[i].kind == FACT_COUNTER && !strncmp(facts.at[i].name, prefix, strlen(prefix));
	facts_free(&facts);
	return found;
}

UNIT(shadow, its_base_has_a_prefix_and_comes_after_what_is_enforced)
{
	struct fixture f = begin_usual();
	struct facts facts = {0};
	struct patch patch = update(&f);

	assert_facts(&patch.add, OWN_BASE);
	shadow_facts(f.shadow, &facts);
	assert_facts(&facts, OWN_BASE);
	cr_assert_eq(only_fact(&facts, FACT_CHAIN, "shadow-egress")->chain.priority, SHADOW_AFTER);
	cr_assert_eq(only_fact(&facts, FACT_CHAIN, "shadow-ingress")->chain.priority, SHADOW_AFTER + 1);
	facts_free(&facts);
	patch_free(&patch);
	end(&f);
}

UNIT(shadow, what_it_would_drop_is_told_and_counted_and_accepted)
{
	struct compile_config config = compile_usual("n0");
	struct facts facts = {0};
	const struct chain_rule *last, *log;
	const struct fact *chain;
	struct fixture f;
	struct patch patch;

	config.log_group = 7;
	config.reject = true;
	f = begin(&config);
	propose(&f, "deny", "ingress");
	patch = update(&f);
	shadow_facts(f.shadow, &facts);
	chain = only_fact(&facts, FACT_CHAIN, "shadow-in-");
	last = &chain->chain.rules[chain->chain.n - 1];
	log = last - 1;
	cr_assert_eq(last->steps[0].kind, STEP_COUNTER);
	cr_assert_eq(last->steps[0].name, chain->name);
	cr_assert_eq(last->steps[1].action.kind, VERDICT_ACCEPT);
	cr_assert_eq(log->steps[1].kind, STEP_LOG);
	cr_assert_eq(log->steps[1].name, chain->name);
	cr_assert_eq(log->steps[1].group, 7);
	facts_free(&facts);
	patch_free(&patch);
	end(&f);
}

UNIT(shadow, what_is_proposed_stands_in_the_place_of_what_is_enforced)
{
	struct fixture f = begin_usual();
	struct patch patch;

	store_put(f.store, &make_policy_for("shop", "a", "app=db", "ingress")->object);
	patch = update(&f);
	cr_assert(counts(&f, "shadow-in-") && !counts(&f, "shadow-out-"));
	patch_free(&patch);
	propose(&f, "a", "egress");
	patch = update(&f);
	cr_assert(!counts(&f, "shadow-in-") && counts(&f, "shadow-out-"));
	patch_free(&patch);
	shadow_del(f.shadow, "shop", "a");
	patch = update(&f);
	cr_assert(counts(&f, "shadow-in-") && !counts(&f, "shadow-out-"), "what is enforced is back");
	patch_free(&patch);
	end(&f);
}

UNIT(shadow, what_is_enforced_does_not_end_what_is_proposed)
{
	struct fixture f = begin_usual();
	struct patch patch;

	propose(&f, "a", "egress");
	patch = update(&f);
	patch_free(&patch);
	store_put(f.store, &make_policy_for("shop", "a", "app=db", "ingress")->object);
	patch = update(&f);
	cr_assert(patch_empty(&patch));
	patch_free(&patch);
	store_del(f.store, OBJECT_POLICY, "shop", "a");
	patch = update(&f);
	cr_assert(patch_empty(&patch));
	cr_assert(counts(&f, "shadow-out-"));
	patch_free(&patch);
	end(&f);
}

UNIT(shadow, a_change_is_seen_until_it_is_taken_in)
{
	struct fixture f = begin_usual();
	struct patch patch;

	cr_assert(!shadow_changed(f.shadow));
	propose(&f, "a", "egress");
	cr_assert(shadow_changed(f.shadow));
	cr_assert_eq(shadow_count(f.shadow), 1);
	patch = update(&f);
	cr_assert(!shadow_changed(f.shadow));
	patch_free(&patch);
	end(&f);
}

UNIT(shadow, a_patch_is_added_to_in_order)
{
	struct fixture f = begin_usual();
	struct compile *compile = compile_new_usual(f.store, "n0");
	struct patch patch;

	propose(&f, "a", "ingress egress");
	store_put(f.store, &make_policy_for("shop", "a", "app=db", "ingress")->object);
	compile_update(compile, &patch);
	shadow_update(f.shadow, &patch);
	cr_assert(facts_find(&patch.add, FACT_CHAIN, "egress"));
	cr_assert(facts_find(&patch.add, FACT_CHAIN, "shadow-egress"));
	for (size_t i = 1; i < patch.add.n; i++)
		cr_assert_lt(fact_cmp(&patch.add.at[i - 1], &patch.add.at[i]), 0);
	patch_free(&patch);
	compile_free(compile);
	end(&f);
}

UNIT(shadow, ipvs_is_followed)
{
	struct fixture f = begin_usual();
	struct patch patch = update(&f);

	patch_free(&patch);
	shadow_found(f.shadow, true);
	patch = update(&f);
	assert_facts(&patch.add, "1 chain shadow-output-egress, 1 chain shadow-output-ingress");
	patch_free(&patch);
	end(&f);
}

UNIT(shadow, a_name_is_one_of_its_own_or_not)
{
	cr_assert_str_eq(fact_shadow("shadow-in-1a"), "in-1a");
	cr_assert_null(fact_shadow("in-1a"));
	cr_assert_null(fact_shadow("shadow"));
}

UNIT(shadow, no_name_is_too_long)
{
	struct fixture f = begin_usual();
	struct facts facts = {0};
	struct policy *policy = make_policy_for("shop", "a", "app=db", "ingress egress");
	struct rule *rule = make_rule(policy);
	struct patch patch;

	make_peer_pods(rule, NULL, "app=web");
	make_port(rule, PROTO_SCTP, 1000, 2000);
	rule->direction = DIRECTION_EGRESS;
	shadow_put(f.shadow, &policy->object);
	patch = update(&f);
	shadow_facts(f.shadow, &facts);
	cr_assert_gt(facts.n, 10);
	for (size_t i = 0; i < facts.n; i++)
		cr_assert_leq(strlen(facts.at[i].name), FACT_NAME_MAX, "%s", facts.at[i].name);
	facts_free(&facts);
	patch_free(&patch);
	end(&f);
}
