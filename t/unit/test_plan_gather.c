/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which few rows is told which pairs changed? */
#include "planned.h"

/* A world of two families in which shop/db admits shop/web and shop/job, of each a port; 0: no policy. */
static struct store *world(uint16_t web, uint16_t job)
{
	static const char *const names[] = {"db", "job", "web"};
	struct store *store = store_new();
	struct policy *policy = make_policy_for("shop", "p", "app=db", "ingress");

	for (size_t i = 0; i < 3; i++) {
		char labels[16], ip[FAMILY_COUNT][16];
		struct pod *pod;

		snprintf(labels, sizeof labels, "app=%s", names[i]);
		snprintf(ip[0], sizeof ip[0], "10.0.0.%zu", i + 1);
		snprintf(ip[1], sizeof ip[1], "fd00::%zu", i + 1);
		pod = make_pod_at("n1", "shop", names[i], labels, ip[0]);
		make_pod_ip(pod, ip[1]);
		store_put(store, &pod->object);
	}
	for (size_t i = 0; i < 2; i++) {
		struct rule *rule = make_rule(policy);

		make_peer_pods(rule, NULL, i ? "app=job" : "app=web");
		make_port(rule, PROTO_TCP, i ? job : web, i ? job : web);
	}
	store_put(store, &policy->object);
	return store;
}

/* Lets everybody of a block in as well. */
static void add_block(struct store *store, const char *block)
{
	struct policy *policy = make_policy_for("shop", "q", "app=db", "ingress");

	make_peer_block(make_rule(policy), block, NULL);
	store_put(store, &policy->object);
}

UNIT(plan_gather, senders_that_lose_alike_are_one_row)
{
	assert_rows(world(80, 80), world(81, 81),
		    "NARROWED shop/db,shop/job,shop/web > shop/db TCP 80: rule-gone ingress shop/p[1]\n"
		    "WIDENED shop/db,shop/job,shop/web > shop/db TCP 81: rule ingress shop/p[1]\n");
}

UNIT(plan_gather, senders_that_lose_otherwise_are_two)
{
	assert_rows(world(80, 82), world(81, 83),
		    "NARROWED shop/job > shop/db TCP 82: rule-gone ingress shop/p[1]\n"
		    "NARROWED shop/web > shop/db TCP 80: rule-gone ingress shop/p[0]\n"
		    "WIDENED shop/job > shop/db TCP 83: rule ingress shop/p[1]\n"
		    "WIDENED shop/web > shop/db TCP 81: rule ingress shop/p[0]\n");
}

UNIT(plan_gather, what_changes_in_one_family_says_which)
{
	struct store *before = world(80, 80), *after = world(80, 80);

	add_block(after, "fd00::3/128");
	assert_rows(before, after,
		    "WIDENED shop/web > shop/db v6 TCP 0-79,81-65535; UDP; SCTP; other protocols: rule ingress "
		    "shop/q[0]\n");
}

UNIT(plan_gather, what_changes_alike_in_both_families_is_said_once)
{
	struct store *before = world(80, 80), *after = world(80, 80);
	struct policy *policy = make_policy_for("shop", "q", "app=db", "ingress");

	make_peer_pods(make_rule(policy), NULL, "app=web");
	store_put(after, &policy->object);
	assert_rows(
		before, after,
		"WIDENED shop/web > shop/db TCP 0-79,81-65535; UDP; SCTP; other protocols: rule ingress shop/q[0]\n");
}

UNIT(plan_gather, nothing_changes_and_there_is_no_row)
{
	assert_rows(world(80, 81), world(80, 81), "");
}
