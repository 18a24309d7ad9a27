/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a pod or a namespace that changes touch the facts that it changes, and no others? */
#include "node.h"

UNIT(compile_pods, pods_that_no_policy_speaks_of_touch_nothing)
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

UNIT(compile_pods, a_remote_pods_labels_are_elements)
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

UNIT(compile_pods, a_namespaces_labels_are_elements)
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

UNIT(compile_pods, a_new_replica_brings_its_own_chain_counter_and_dispatch_and_nothing_else)
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

UNIT(compile_pods, an_address_that_moves_to_another_pod_is_one_del_and_one_add_in_each_set)
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

UNIT(compile_pods, an_isolated_address_that_moves_keeps_a_dispatch_element)
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

UNIT(compile_pods, a_pod_that_changes_its_address_keeps_its_counter)
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

UNIT(compile_pods, a_pod_that_finishes_leaves)
{
	assert_leaves(finish);
}

UNIT(compile_pods, a_pod_on_the_host_network_is_nowhere)
{
	assert_leaves(to_host_network);
}

UNIT(compile_pods, a_pod_that_loses_its_address_leaves)
{
	assert_leaves(lose_address);
}

UNIT(compile_pods, a_pod_that_comes_back_on_another_node_stays_a_peer)
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

UNIT(compile_pods, a_number_that_a_remote_pod_exposes_under_a_name_is_a_list_for_it)
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
