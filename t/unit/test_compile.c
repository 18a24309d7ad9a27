/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a policy touch the facts that it changes, and no others? */
#include "node.h"

#define MANY 70000

UNIT(compile, the_first_patch_brings_the_base_and_no_later_one_speaks_of_it)
{
	struct store *store = store_new();
	struct node node = {store, compile_new_usual(store, "n0")};
	struct patch patch;

	compile_update(node.compile, &patch);
	UNIT_PRINTS("+1 counter multicast, +1 counter overlay, +1 counter untracked, +1 set cut4, +1 set cut6, +1 set "
		    "egress4, +1 set "
		    "egress6, +1 set ingress4, "
		    "+1 set ingress6, +1 set overlay, +1 chain egress, +1 chain ingress, +1 chain injected, +1 chain "
		    "input, " MANY_ADD "+1 chain multicast, "
		    "+1 chain overlay, +1 chain untracked, +2 element overlay",
		    patch_tell(&patch, out));
	patch_free(&patch);
	assert_patch(&node, "");
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	node_settle(&node); /* asserts that the base is not in it, as do all below */
	store_del(store, OBJECT_POD, "shop", "db");
	node_settle(&node);
	assert_holds(&node, BASE);
	node_fini(&node);
	compile_free(NULL);
}

UNIT(compile, a_policy_of_other_nodes_pods_touches_nothing)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n1", "db", "app=db", "10.0.1.1");
	put_pod(&node, "n0", "web", "app=web", "10.0.0.1");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	assert_patch(&node, "");
	node_fini(&node);
}

UNIT(compile, an_isolated_pod_has_chain_counter_dispatch_map_list_and_peers)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_pod(&node, "n1", "web", "app=web", "10.0.1.1");
	node_settle(&node);
	put_allow(&node, "db", "app=db", "app=web", 5432);
	assert_patch(&node,
		     MANY_DEL "+1 counter in, +1 set peers4, +1 set peers6, +1 set ports-in, +1 chain allow-in, +1 "
			      "chain in, " MANY_ADD "+1 element ingress4, +1 element peers4, +1 element ports-in");
	node_fini(&node);
}

UNIT(compile, a_policy_edit_keeps_what_other_policies_made)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_pod(&node, "n0", "mq", "app=mq", "10.0.0.2");
	put_pod(&node, "n1", "web", "app=web", "10.0.1.1");
	put_pod(&node, "n1", "job", "app=job", "10.0.1.2");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	put_allow(&node, "metrics", "app=db", "app=web,metrics=yes", 9090);
	put_allow(&node, "mq", "app=mq", "app=web", 5672);
	node_settle(&node);
	/* Other peers: a list and a union for those of before; the set of app=web stays for mq. */
	put_allow(&node, "db", "app=db", "app=job", 5432);
	assert_patch(&node, "-1 set ports-in, -1 chain allow-in, -1 chain in, -2 element ports-in, "
			    "+1 set peers4, +1 set peers6, +1 set ports-in, +1 chain allow-in, +1 chain in, "
			    "+1 element peers4, +2 element ports-in");
	/* Another port: another map, but the same list. */
	put_allow(&node, "db", "app=db", "app=job", 5433);
	assert_patch(&node, "-1 set ports-in, -1 chain in, -2 element ports-in, "
			    "+1 set ports-in, +1 chain in, +2 element ports-in");
	node_fini(&node);
}

UNIT(compile, a_policy_that_turns_to_other_pods_lets_go_of_the_first)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_pod(&node, "n0", "mq", "app=mq", "10.0.0.2");
	put_pod(&node, "n0", "web", "app=web", "10.0.0.3");
	store_put(node.store, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	assert_patch(&node, MANY_DEL "+1 counter in, +1 chain in, " MANY_ADD "+1 element ingress4");
	store_put(node.store, &make_policy_for("shop", "deny", "app=mq", "ingress")->object);
	assert_patch(
		&node,
		"-1 counter in, -1 chain in, -1 element ingress4, +1 counter in, +1 chain in, +1 element ingress4");
	store_put(node.store, &make_policy_for("shop", "deny", "app=mq", "egress")->object);
	assert_patch(&node, "-1 counter in, -1 chain in, " MANY_DEL "-1 element ingress4, "
			    "+1 counter out, " MANY_ADD "+1 chain out, +1 element egress4");
	store_put(node.store, &make_policy_for("shop", "deny", "", "egress")->object);
	assert_patch(&node, "+2 counter out, +2 chain out, +2 element egress4");
	node_fini(&node);
}

UNIT(compile, pods_and_policies_that_change_at_once_meet_as_they_are_now)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "pod", "app=db", "10.0.0.1");
	store_put(node.store, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	node_settle(&node);
	store_put(node.store, &make_policy_for("shop", "deny", "app=mq", "ingress")->object);
	put_pod(&node, "n0", "pod", "app=mq", "10.0.0.1");
	put_pod(&node, "n0", "other", "app=mq", "10.0.0.2");
	assert_patch(&node, "+1 counter in, +1 chain in, +1 element ingress4");
	put_pod(&node, "n0", "pod", "app=db", "10.0.0.1");
	store_del(node.store, OBJECT_POD, "shop", "other");
	store_del(node.store, OBJECT_POLICY, "shop", "deny");
	node_settle(&node);
	assert_holds(&node, BASE);
	node_fini(&node);
}

UNIT(compile, a_policy_that_says_the_same_elsewhere_changes_nothing)
{
	struct node node;
	struct policy *moved = make_policy_for("shop", "db", "app=db", "ingress");

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	store_put(node.store, &make_policy_for("shop", "db", "app=db", "ingress")->object);
	node_settle(&node);
	moved->object.source = (struct source){.file = atom("b.yaml"), .line = 7, .col = 1};
	store_put(node.store, &moved->object);
	assert_patch(&node, "");
	node_fini(&node);
}

UNIT(compile, one_more_policy_for_a_pod_is_a_new_map_behind_the_same_dispatch)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	node_settle(&node);
	put_allow(&node, "metrics", "app=db", "app=web", 9090);
	assert_patch(&node, "-1 set ports-in, -1 chain in, -1 element ports-in, "
			    "+1 set ports-in, +1 chain allow-in, +1 chain in, +2 element ports-in");
	node_fini(&node);
}

UNIT(compile, the_last_policy_takes_everything_but_the_base_along)
{
	struct node node;
	struct policy *both = make_policy_for("shop", "both", "", "ingress egress");

	node_init(&node);
	make_peer_block(make_rule(both), "10.0.0.0/8", "10.1.0.0/16");
	make_port(make_egress(both), PROTO_UDP, 1000, 2000);
	store_put(node.store, &both->object);
	put_allow(&node, "db", "app=db", "app=web", 5432);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_pod(&node, "n1", "web", "app=web", "10.0.1.1");
	node_settle(&node);
	store_del(node.store, OBJECT_POLICY, "shop", "both");
	node_settle(&node);
	store_del(node.store, OBJECT_POLICY, "shop", "db");
	node_settle(&node);
	assert_holds(&node, BASE);
	node_fini(&node);
}

UNIT(compile, a_rule_for_nobody_isolates_and_opens_nothing)
{
	struct node node;
	struct policy *policy = make_policy_for("shop", "broken", "app=db", "ingress");
	struct rule *rule = make_rule(policy);

	node_init(&node);
	make_peer(rule, PEER_NOBODY);
	make_port(rule, PROTO_TCP, 80, 80);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	store_put(node.store, &policy->object);
	assert_patch(&node, MANY_DEL "+1 counter in, +1 chain in, " MANY_ADD "+1 element ingress4");
	node_fini(&node);
}

UNIT(compile, names_and_comments_fit_however_long_the_objects_names_are)
{
	struct node node;
	struct policy *policy;
	struct facts facts;
	char ns[64], name[254];

	memset(ns, 'n', sizeof ns - 1);
	memset(name, 'x', sizeof name - 1);
	ns[sizeof ns - 1] = name[sizeof name - 1] = '\0';
	policy = make_policy_for(ns, name, "", "ingress egress");
	make_peer_pods(make_rule(policy), NULL, "app=web");
	make_port(make_rule(policy), PROTO_TCP, 80, 80);
	make_port(make_egress(policy), PROTO_SCTP, 1000, 2000);
	make_peer_block(make_egress(policy), "10.0.0.0/8", NULL);
	node_init(&node);
	store_put(node.store, &policy->object);
	store_put(node.store, &make_pod_at("n0", ns, name, "", "10.0.0.1")->object);
	node_settle(&node);
	compile_facts(node.compile, &facts);
	cr_assert_gt(facts.n, 12);
	for (size_t i = 0; i < facts.n; i++) {
		cr_assert_leq(strlen(facts.at[i].name), FACT_NAME_MAX, "%s", facts.at[i].name);
		cr_assert(!facts.at[i].comment || strlen(facts.at[i].comment) <= FACT_COMMENT_MAX);
	}
	facts_free(&facts);
	node_fini(&node);
}

UNIT(compile, local_pods_are_counted)
{
	struct node node;
	struct pod *done = make_pod_at("n0", "shop", "done", "app=db", "10.0.0.3");
	size_t isolated;

	node_init(&node);
	cr_assert_eq(compile_local(node.compile, NULL), 0);
	done->finished = true;
	store_put(node.store, &done->object);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_pod(&node, "n0", "web", "app=web", "10.0.0.2");
	put_pod(&node, "n1", "there", "app=db", "10.0.1.1");
	store_put(node.store, &make_policy_for("shop", "db", "app=db", "egress")->object);
	node_settle(&node);
	cr_assert_eq(compile_local(node.compile, &isolated), 2);
	cr_assert_eq(isolated, 1);
	store_del(node.store, OBJECT_POD, "shop", "db");
	node_settle(&node);
	cr_assert_eq(compile_local(node.compile, &isolated), 1);
	cr_assert_eq(isolated, 0);
	node_fini(&node);
}

/* Each opens a port by name to pods of its own. */
static void put_many(struct node *node)
{
	for (unsigned i = 0; i < MANY; i++) {
		char name[16], peers[16];
		struct policy *policy;
		struct rule *rule;

		snprintf(name, sizeof name, "p%u", i);
		snprintf(peers, sizeof peers, "app=%u", i);
		policy = make_policy_for("shop", name, "app=db", "ingress");
		rule = make_rule(policy);
		make_port_named(rule, PROTO_TCP, "sql");
		make_peer_pods(rule, NULL, peers);
		store_put(node->store, &policy->object);
	}
}

UNIT(compile, a_pod_under_seventy_thousand_policies_has_one_list)
{
	struct node node;
	struct pod *db = make_pod_at("n0", "shop", "db", "app=db", "10.0.0.1");

	node_init(&node);
	make_pod_port(db, "sql", PROTO_TCP, 5432);
	store_put(node.store, &db->object);
	put_pod(&node, "n1", "peer", "app=69999", "10.0.1.1");
	put_pod(&node, "n1", "stranger", "app=70000", "10.0.1.2");
	put_many(&node);
	assert_patch(&node,
		     MANY_DEL "+1 counter in, +1 set peers4, +1 set peers6, +1 set ports-in, +1 chain allow-in, +1 "
			      "chain in, " MANY_ADD "+1 element ingress4, +1 element peers4, +1 element ports-in");
	node_fini(&node);
}
