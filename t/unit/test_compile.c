/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does an event touch the facts that it changes, and no others? */
#include <selvage/compile.h>

#include "cluster.h"

#define BASE "1 set egress4, 1 set egress6, 1 set ingress4, 1 set ingress6, 1 chain egress, 1 chain ingress"
#define MANY 70000

/* A cluster as node n0 sees it. */
struct node {
	struct store *store;
	struct compile *compile;
};

/* What is not named by a hash. */
static bool is_base(const struct fact *fact)
{
	return (fact->kind == FACT_CHAIN || fact->kind == FACT_SET) && !strchr(fact->name, '-');
}

/* Takes the changes in; what is immortal must not be among them. */
static struct patch node_update(struct node *node)
{
	struct patch patch;

	compile_update(node->compile, &patch);
	store_settle(node->store);
	for (size_t i = 0; i < patch.del.n; i++)
		cr_assert(!is_base(&patch.del.at[i]), "%s was removed", patch.del.at[i].name);
	for (size_t i = 0; i < patch.add.n; i++)
		cr_assert(!is_base(&patch.add.at[i]), "%s was added", patch.add.at[i].name);
	return patch;
}

static void node_init(struct node *node)
{
	struct patch first;

	node->store = store_new();
	node->compile = compile_new(node->store, "n0");
	compile_update(node->compile, &first);
	patch_free(&first);
}

static void node_fini(struct node *node)
{
	compile_free(node->compile);
	store_free(node->store);
}

static void node_settle(struct node *node)
{
	struct patch patch = node_update(node);

	patch_free(&patch);
}

static void assert_patch(struct node *node, const char *expected)
{
	struct patch patch = node_update(node);

	UNIT_PRINTS(expected, patch_tell(&patch, out));
	patch_free(&patch);
}

static void assert_holds(const struct node *node, const char *expected)
{
	struct facts facts;

	compile_facts(node->compile, &facts);
	assert_facts(&facts, expected);
	facts_free(&facts);
}

static void put_pod(struct node *node, const char *where, const char *name, const char *labels, const char *ip)
{
	store_put(node->store, &make_pod_at(where, "shop", name, labels, ip)->object);
}

/* TCP `port` of pods labelled `pods` is open to those labelled `peers`. */
static void put_allow(struct node *node, const char *name, const char *pods, const char *peers, uint16_t port)
{
	struct policy *policy = make_policy_for("shop", name, pods, "ingress");
	struct rule *rule = make_rule(policy);

	make_peer_pods(rule, NULL, peers);
	make_port(rule, PROTO_TCP, port, port);
	store_put(node->store, &policy->object);
}

UNIT(compile, the_first_patch_brings_the_base_and_no_later_one_speaks_of_it)
{
	struct store *store = store_new();
	struct node node = {store, compile_new(store, "n0")};
	struct patch patch;

	compile_update(node.compile, &patch);
	UNIT_PRINTS(
		"+1 set egress4, +1 set egress6, +1 set ingress4, +1 set ingress6, +1 chain egress, +1 chain ingress",
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

UNIT(compile, pods_that_no_policy_speaks_of_touch_nothing)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "here", "app=web", "10.0.0.1");
	put_pod(&node, "n1", "there", "app=web", "10.0.1.1");
	assert_patch(&node, "");
	store_del(node.store, OBJECT_POD, "shop", "here");
	put_pod(&node, "n1", "there", "app=job", "10.0.1.2");
	assert_patch(&node, "");
	node_fini(&node);
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
		     "+1 counter in, +1 set peers4, +1 set peers6, +1 set ports-in, +1 chain allow-in, +1 chain in, "
		     "+1 element ingress4, +1 element peers4, +1 element ports-in");
	node_fini(&node);
}

UNIT(compile, a_remote_pods_labels_are_elements)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_allow(&node, "web", "app=db", "app=web", 5432);
	put_allow(&node, "job", "app=db", "app=job", 5433);
	put_pod(&node, "n1", "pod", "app=web", "10.0.1.1");
	node_settle(&node);
	put_pod(&node, "n1", "pod", "app=web,version=2", "10.0.1.1");
	assert_patch(&node, "");
	put_pod(&node, "n1", "pod", "app=job", "10.0.1.1");
	assert_patch(&node, "-1 element peers4, +1 element peers4");
	put_pod(&node, "n1", "pod", "app=cat", "10.0.1.1");
	assert_patch(&node, "-1 element peers4");
	put_pod(&node, "n1", "pod", "app=web", "10.0.1.1");
	assert_patch(&node, "+1 element peers4");
	store_del(node.store, OBJECT_POD, "shop", "pod");
	assert_patch(&node, "-1 element peers4");
	node_fini(&node);
}

UNIT(compile, a_namespaces_labels_are_elements)
{
	struct node node;
	struct namespace *ns;
	struct policy *policy = make_policy_for("shop", "team", "app=db", "ingress");

	node_init(&node);
	make_peer_pods(make_rule(policy), "team=x", "");
	store_put(node.store, &policy->object);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	for (char ip[] = "10.0.1.1", name[] = "1"; ip[7] <= '3'; ip[7]++, name[0]++)
		store_put(node.store, &make_pod_at("n1", "prod", name, "", ip)->object);
	node_settle(&node);
	ns = make_namespace("prod");
	labels_put(&ns->labels, "team", "x");
	store_put(node.store, &ns->object);
	assert_patch(&node, "+3 element peers4");
	ns = make_namespace("prod");
	labels_put(&ns->labels, "team", "x");
	ns->terminating = true;
	store_put(node.store, &ns->object);
	assert_patch(&node, "");
	store_del(node.store, OBJECT_NAMESPACE, NULL, "prod");
	assert_patch(&node, "-3 element peers4");
	node_fini(&node);
}

UNIT(compile, a_new_replica_brings_its_own_chain_counter_and_dispatch_and_nothing_else)
{
	struct node node;
	struct pod *dual = make_pod_at("n0", "shop", "db-2", "app=db", "10.0.0.3");

	node_init(&node);
	put_pod(&node, "n0", "db-0", "app=db", "10.0.0.1");
	put_pod(&node, "n1", "web", "app=web", "10.0.1.1");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	node_settle(&node);
	put_pod(&node, "n0", "db-1", "app=db,replica=1", "10.0.0.2");
	assert_patch(&node, "+1 counter in, +1 chain in, +1 element ingress4");
	make_pod_ip(dual, "fd00::3");
	store_put(node.store, &dual->object);
	assert_patch(&node, "+1 counter in, +1 chain in, +1 element ingress4, +1 element ingress6");
	store_del(node.store, OBJECT_POD, "shop", "db-0");
	assert_patch(&node, "-1 counter in, -1 chain in, -1 element ingress4");
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
	assert_patch(&node, "-1 chain allow-in, -1 element ports-in, "
			    "+1 set peers4, +1 set peers6, +1 chain allow-in, +1 element peers4, +1 element ports-in");
	/* Another port: the element moves. */
	put_allow(&node, "db", "app=db", "app=job", 5433);
	assert_patch(&node, "-1 element ports-in, +1 element ports-in");
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
	assert_patch(&node, "+1 counter in, +1 chain in, +1 element ingress4");
	store_put(node.store, &make_policy_for("shop", "deny", "app=mq", "ingress")->object);
	assert_patch(
		&node,
		"-1 counter in, -1 chain in, -1 element ingress4, +1 counter in, +1 chain in, +1 element ingress4");
	store_put(node.store, &make_policy_for("shop", "deny", "app=mq", "egress")->object);
	assert_patch(&node, "-1 counter in, -1 chain in, -1 element ingress4, "
			    "+1 counter out, +1 chain out, +1 element egress4");
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

UNIT(compile, an_address_that_moves_to_another_pod_is_one_del_and_one_add_in_each_set)
{
	struct node node;
	struct pod *heir;
	struct patch patch;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_allow(&node, "web", "app=db", "app=web", 80);
	put_allow(&node, "any", "app=db", "", 443);
	put_pod(&node, "n1", "web-0", "app=web", "10.0.1.1");
	node_settle(&node);
	heir = make_pod_at("n1", "shop", "web-1", "app=web", "10.0.1.1");
	heir->created = 5;
	store_put(node.store, &heir->object);
	patch = node_update(&node);
	UNIT_PRINTS("-2 element peers4, +2 element peers4", patch_tell(&patch, out));
	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(fact_cmp(&patch.del.at[i], &patch.add.at[i]), 0, "it is not replaced in place");
		cr_assert_str_eq(patch.del.at[i].comment, "shop/web-0");
		cr_assert_str_eq(patch.add.at[i].comment, "shop/web-1");
	}
	patch_free(&patch);
	store_del(node.store, OBJECT_POD, "shop", "web-0");
	assert_patch(&node, "");
	node_fini(&node);
}

UNIT(compile, an_isolated_address_that_moves_keeps_a_dispatch_element)
{
	struct node node;
	struct pod *heir;
	struct patch patch;

	node_init(&node);
	put_pod(&node, "n0", "db-0", "app=db", "10.0.0.1");
	store_put(node.store, &make_policy_for("shop", "deny", "", "ingress")->object);
	node_settle(&node);
	heir = make_pod_at("n0", "shop", "db-1", "app=db", "10.0.0.1");
	heir->created = 5;
	store_put(node.store, &heir->object);
	patch = node_update(&node);
	UNIT_PRINTS("-1 counter in, -1 chain in, -1 element ingress4, +1 counter in, +1 chain in, +1 element ingress4",
		    patch_tell(&patch, out));
	cr_assert_eq(fact_cmp(&patch.del.at[2], &patch.add.at[2]), 0, "it is not replaced in place");
	patch_free(&patch);
	store_del(node.store, OBJECT_POD, "shop", "db-1");
	assert_patch(
		&node,
		"-1 counter in, -1 chain in, -1 element ingress4, +1 counter in, +1 chain in, +1 element ingress4");
	node_fini(&node);
}

UNIT(compile, a_pod_that_changes_its_address_keeps_its_counter)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	store_put(node.store, &make_policy_for("shop", "deny", "", "ingress")->object);
	node_settle(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.2");
	assert_patch(&node, "-1 chain in, -1 element ingress4, +1 chain in, +1 element ingress4");
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
	assert_patch(&node, "+1 counter in, +1 chain in, +1 element ingress4");
	node_fini(&node);
}

/* A pod as it is, and as `change` leaves it, isolated and a peer of others. */
static void assert_leaves(void (*change)(struct pod *))
{
	struct node node;
	struct pod *pod = make_pod_at("n0", "shop", "pod", "app=web", "10.0.0.2");

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	store_put(node.store, &make_policy_for("shop", "web", "app=web", "egress")->object);
	put_pod(&node, "n0", "pod", "app=web", "10.0.0.2");
	node_settle(&node);
	change(pod);
	store_put(node.store, &pod->object);
	assert_patch(&node, "-1 counter out, -1 chain out, -1 element egress4, -1 element peers4");
	put_pod(&node, "n0", "pod", "app=web", "10.0.0.2");
	assert_patch(&node, "+1 counter out, +1 chain out, +1 element egress4, +1 element peers4");
	node_fini(&node);
}

static void finish(struct pod *pod)
{
	pod->finished = true;
}

static void to_host_network(struct pod *pod)
{
	pod->host_network = true;
}

static void lose_address(struct pod *pod)
{
	pod->n_ips = 0;
}

UNIT(compile, a_pod_that_finishes_leaves)
{
	assert_leaves(finish);
}

UNIT(compile, a_pod_on_the_host_network_is_nowhere)
{
	assert_leaves(to_host_network);
}

UNIT(compile, a_pod_that_loses_its_address_leaves)
{
	assert_leaves(lose_address);
}

UNIT(compile, a_pod_that_comes_back_on_another_node_stays_a_peer)
{
	struct node node;

	node_init(&node);
	put_pod(&node, "n0", "db", "app=db", "10.0.0.1");
	put_allow(&node, "db", "app=db", "app=web", 5432);
	store_put(node.store, &make_policy_for("shop", "web", "app=web", "egress")->object);
	put_pod(&node, "n0", "web", "app=web", "10.0.0.2");
	node_settle(&node);
	put_pod(&node, "n1", "web", "app=web", "10.0.1.2");
	assert_patch(&node, "-1 counter out, -1 chain out, -1 element egress4, -1 element peers4, +1 element peers4");
	node_fini(&node);
}

UNIT(compile, a_number_that_a_remote_pod_exposes_under_a_name_is_a_list_for_it)
{
	struct node node;
	struct policy *policy = make_policy_for("shop", "out", "app=web", "egress");
	struct pod *server = make_pod_at("n1", "shop", "a", "", "10.0.1.1"),
		   *other = make_pod_at("n1", "shop", "b", "", "10.0.1.2");

	node_init(&node);
	make_port_named(make_egress(policy), PROTO_TCP, "http");
	store_put(node.store, &policy->object);
	put_pod(&node, "n0", "web", "app=web", "10.0.0.1");
	node_settle(&node);
	make_pod_port(server, "http", PROTO_TCP, 80);
	store_put(node.store, &server->object);
	assert_patch(&node,
		     "-1 chain out, +1 set peers4, +1 set peers6, +1 set ports-out, +1 chain allow-out, +1 chain out, "
		     "+1 element peers4, +1 element ports-out");
	make_pod_port(other, "http", PROTO_TCP, 80);
	store_put(node.store, &other->object);
	assert_patch(&node, "+1 element peers4");
	store_del(node.store, OBJECT_POD, "shop", "a");
	assert_patch(&node, "-1 element peers4");
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
		     "+1 counter in, +1 set peers4, +1 set peers6, +1 set ports-in, +1 chain allow-in, +1 chain in, "
		     "+1 element ingress4, +1 element peers4, +1 element ports-in");
	node_fini(&node);
}
