/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are all rules found that admit some of a peer, and few others? */
#include "../../src/compile/audit_cover.h"
#include "../law/rng.h"
#include "shop.h"

#define RULES 12

static void random_selector(struct rng *rng, struct selector *sel)
{
	static const char *const keys[] = {"a", "b"}, *const values[] = {"x", "y", "z"};

	for (unsigned i = rng_below(rng, 3); i > 0; i--) {
		const char *some[] = {values[rng_below(rng, 3)], values[rng_below(rng, 3)]};
		enum selector_op op = (enum selector_op)rng_below(rng, 4);
		bool valued = op == SELECTOR_IN || op == SELECTOR_NOT_IN;

		selector_add(sel, op, keys[rng_below(rng, 2)], some, valued ? rng_below(rng, 3) : 0);
	}
	selector_normalise(sel);
}

static void random_peer(struct rng *rng, struct rule *rule)
{
	static const char *const blocks[] = {"0.0.0.0/0",     "10.0.0.0/8",  "10.0.0.0/24", "10.0.0.0/25",
					     "10.0.0.64/26",  "10.0.1.0/24", "10.0.1.7/32", "128.0.0.0/1",
					     "::/0",          "fd00::/64",   "fd00::1/128", "8000::/1",
					     "10.0.0.128/25", "10.9.0.0/16"};
	struct peer *peer;

	if (rng_one_in(rng, 2)) {
		make_peer_block(rule, blocks[rng_below(rng, sizeof blocks / sizeof *blocks)], NULL);
		return;
	}
	peer = make_peer(rule, rng_one_in(rng, 8) ? PEER_NOBODY : PEER_PODS);
	peer->any_ns = peer->kind == PEER_PODS && rng_one_in(rng, 2);
	if (peer->any_ns)
		random_selector(rng, &peer->ns);
	if (peer->kind == PEER_PODS)
		random_selector(rng, &peer->pods);
}

/* Has a rule a peer that covers the one of the other, or an address of it? */
static bool meets(const struct rule *rule, const struct rule *other)
{
	const struct peer *peer = other->peers;

	if (rule->everyone || other->everyone)
		return rule->everyone;
	for (size_t i = 0; i < rule->n_peers; i++) {
		struct rule one = {.peers = &rule->peers[i], .n_peers = 1, .every_port = true};

		if (audit_rule_covers(&one, other) ||
		    (peer->kind == PEER_BLOCK && one.peers->kind == PEER_BLOCK &&
		     (cidr_covers(&peer->block, &one.peers->block) || cidr_covers(&one.peers->block, &peer->block))))
			return true;
	}
	return false;
}

static bool has(const struct meet_list *list, uint32_t n)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i] == n)
			return true;
	return false;
}

/* Gives how many were found that do not meet the peer. */
static size_t assert_found(const struct meet_index *index, const struct policy *policy, const struct rule *other)
{
	struct meet_list found;
	size_t vain = 0;

	meet_find(index, other->everyone ? NULL : &other->peers[0], &found);
	for (size_t i = 1; i < found.n; i++)
		cr_assert(found.at[i - 1] < found.at[i]);
	for (uint32_t i = 0; i < policy->n_rules; i++) {
		cr_assert(has(&found, i) || !meets(&policy->rules[i], other));
		vain += has(&found, i) && !meets(&policy->rules[i], other);
	}
	vec_free(&found);
	return vain;
}

UNIT(audit_meet, all_rules_that_admit_some_of_a_peer_are_found)
{
	struct rng rng = {1};
	size_t vain = 0, asked = 0;

	for (unsigned round = 0; round < 1000; round++) {
		struct policy *rules = make_policy("shop", "rules"), *one = make_policy("shop", "one");
		struct meet_index index = {0};

		for (size_t i = 0; i < RULES; i++) {
			make_rule(rules);
			for (unsigned k = rng_below(&rng, 4); k > 0; k--)
				random_peer(&rng, &rules->rules[i]);
			meet_add(&index, &rules->rules[i]);
		}
		meet_settle(&index);
		make_rule(one);
		if (!rng_one_in(&rng, 5))
			random_peer(&rng, &one->rules[0]);
		if (one->rules[0].everyone || one->rules[0].peers[0].kind != PEER_NOBODY) {
			vain += assert_found(&index, rules, &one->rules[0]);
			asked += RULES;
		}
		meet_fini(&index);
		object_free(&rules->object);
		object_free(&one->object);
	}
	cr_assert(vain * 4 < asked, "%zu of %zu are found in vain", vain, asked);
}

UNIT(audit_meet, nothing_is_found_where_there_is_nothing)
{
	struct policy *policy = make_policy("shop", "p");
	struct meet_index index = {0};
	struct meet_list found;

	make_peer_block(make_rule(policy), "10.0.0.0/8", NULL);
	meet_settle(&index);
	meet_find(&index, &policy->rules[0].peers[0], &found);
	cr_assert_eq(found.n, 0);
	meet_fini(&index);
	object_free(&policy->object);
}
