/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the store know what is there, who has which address, and what changed? */
#include <selvage/store.h>

#include "make.h"

static void assert_changes(const struct store *store, size_t expected)
{
	size_t n;

	store_changes(store, &n);
	cr_assert_eq(n, expected, "%zu changes", n);
}

static const struct change *only_change(const struct store *store)
{
	size_t n;
	const struct change *changes = store_changes(store, &n);

	cr_assert_eq(n, 1, "%zu changes", n);
	return changes;
}

static struct pod *put_pod(struct store *store, const char *name, const char *ip)
{
	struct pod *pod = make_pod("shop", name);

	make_pod_ip(pod, ip);
	store_put(store, &pod->object);
	return pod;
}

static const char *owner_name(const struct store *store, const char *text)
{
	struct ip ip = make_ip(text);
	const struct pod *pod = store_owner(store, &ip);

	return pod ? pod->object.name : "";
}

static const char *node_name(const struct store *store, const char *text)
{
	struct ip ip = make_ip(text);
	const char *name = store_node(store, &ip);

	return name ? name : "";
}

UNIT(store, an_empty_store_has_nothing)
{
	struct store *store = store_new();
	struct ip ip = make_ip("10.0.0.1");

	cr_assert_null(store_find(store, OBJECT_POD, "shop", "db"));
	cr_assert_null(store_namespace(store, "shop"));
	cr_assert_null(store_walk(store, OBJECT_POD, NULL));
	cr_assert_null(store_walk_ns(store, OBJECT_NAMESPACE, NULL, NULL));
	cr_assert_null(store_owner(store, &ip));
	cr_assert_null(store_node(store, &ip));
	store_del(store, OBJECT_POD, "shop", "db");
	assert_changes(store, 0);
	store_settle(store);
	store_free(store);
	store_free(NULL);
}

UNIT(store, kinds_and_namespaces_keep_equal_names_apart)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("shop", "db"), *other = make_pod("prod", "db");
	struct policy *policy = make_policy("shop", "db");
	struct namespace *ns = make_namespace("db");

	store_put(store, &pod->object);
	store_put(store, &other->object);
	store_put(store, &policy->object);
	store_put(store, &ns->object);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "db"), &pod->object);
	cr_assert_eq(store_find(store, OBJECT_POD, "prod", "db"), &other->object);
	cr_assert_eq(store_find(store, OBJECT_POLICY, "shop", "db"), &policy->object);
	cr_assert_eq(store_namespace(store, "db"), ns);
	cr_assert_null(store_find(store, OBJECT_POLICY, "prod", "db"));
	cr_assert_eq(store_count(store, OBJECT_POD), 2);
	store_free(store);
}

UNIT(store, an_added_object_is_a_change_without_before)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");
	const struct change *change = only_change(store);

	cr_assert_null(change->before);
	cr_assert_eq(change->after, &pod->object);
	store_settle(store);
	assert_changes(store, 0);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "web"), &pod->object);
	store_free(store);
}

UNIT(store, two_puts_are_one_change_from_the_settled_value)
{
	struct store *store = store_new();
	struct pod *settled = put_pod(store, "web", "10.0.0.1"), *last;
	const struct change *change;

	store_settle(store);
	put_pod(store, "web", "10.0.0.2");
	last = put_pod(store, "web", "10.0.0.3");
	change = only_change(store);
	cr_assert_eq(change->before, &settled->object);
	cr_assert_str_eq(change->before->name, "web", "before is still there");
	cr_assert_eq(change->after, &last->object);
	store_free(store);
}

UNIT(store, a_deleted_object_lives_as_before_until_settle)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");
	const struct change *change;

	store_settle(store);
	store_del(store, OBJECT_POD, "shop", "web");
	cr_assert_null(store_find(store, OBJECT_POD, "shop", "web"));
	change = only_change(store);
	cr_assert_eq(change->before, &pod->object);
	cr_assert_null(change->after);
	cr_assert_str_eq(change->before->name, "web");
	store_del(store, OBJECT_POD, "shop", "web");
	only_change(store);
	store_settle(store);
	assert_changes(store, 0);
	store_free(store);
}

UNIT(store, added_and_deleted_is_no_change)
{
	struct store *store = store_new();

	put_pod(store, "web", "10.0.0.1");
	put_pod(store, "db", "10.0.0.2");
	put_pod(store, "api", "10.0.0.3");
	store_del(store, OBJECT_POD, "shop", "web");
	assert_changes(store, 2);
	store_del(store, OBJECT_POD, "shop", "api");
	cr_assert_str_eq(only_change(store)->after->name, "db");
	store_free(store);
}

UNIT(store, an_object_that_says_the_same_is_no_change)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");

	store_settle(store);
	put_pod(store, "web", "10.0.0.1");
	assert_changes(store, 0);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "web"), &pod->object, "the first one stays");
	store_free(store);
}

UNIT(store, going_back_to_the_settled_value_takes_the_change_back)
{
	struct store *store = store_new();
	struct pod *pod = put_pod(store, "web", "10.0.0.1");

	store_settle(store);
	put_pod(store, "web", "10.0.0.2");
	put_pod(store, "web", "10.0.0.1");
	assert_changes(store, 0);
	cr_assert_eq(store_find(store, OBJECT_POD, "shop", "web"), &pod->object);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "web");
	store_del(store, OBJECT_POD, "shop", "web");
	put_pod(store, "web", "10.0.0.1");
	assert_changes(store, 0);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "web");
	store_free(store);
}

UNIT(store, a_policy_that_moved_in_its_file_is_a_change)
{
	struct store *store = store_new();

	for (unsigned line = 1; line <= 3; line++) {
		struct policy *policy = make_policy("shop", "db");

		make_rule(policy)->source.line = line / 2;
		policy->object.source.line = 1 + line / 3;
		store_put(store, &policy->object);
		assert_changes(store, 1);
		store_settle(store);
	}
	store_free(store);
}

UNIT(store, an_address_has_one_owner_the_newest_live_pod)
{
	struct store *store = store_new();
	struct ip ip = make_ip("10.0.0.1");
	struct pod *late = make_pod("shop", "late");
	size_t claims = 0;

	put_pod(store, "b", "10.0.0.1");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "b");
	put_pod(store, "a", "10.0.0.1");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "a");
	late->created = 9;
	make_pod_ip(late, "10.0.0.1");
	make_pod_ip(late, "10.0.0.1");
	store_put(store, &late->object);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "late");
	for (const struct pod *pod = NULL; (pod = store_claim(store, &ip, pod));)
		claims++;
	cr_assert_eq(claims, 3, "a pod that lists an address twice claims it once");
	store_del(store, OBJECT_POD, "shop", "late");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "a");
	store_free(store);
}

UNIT(store, a_finished_pod_gives_its_address_up)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("shop", "job");

	put_pod(store, "job", "10.0.0.1");
	make_pod_ip(pod, "10.0.0.1");
	pod->finished = true;
	store_put(store, &pod->object);
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "");
	store_free(store);
}

UNIT(store, addresses_of_both_families_are_apart)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("shop", "six");

	make_pod_ip(pod, "a00:1::");
	store_put(store, &pod->object);
	put_pod(store, "four", "10.0.0.1");
	cr_assert_str_eq(owner_name(store, "a00:1::"), "six");
	cr_assert_str_eq(owner_name(store, "10.0.0.1"), "four");
	store_free(store);
}

UNIT(store, host_addresses_tell_the_node_until_the_last_pod_is_gone)
{
	struct store *store = store_new();

	for (int i = 0; i < 2; i++) {
		struct pod *pod = make_pod("shop", i ? "a" : "b");

		make_pod_host(pod, "n1", "192.168.0.1");
		make_pod_host(pod, "n1", "fd01::1");
		store_put(store, &pod->object);
	}
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "n1");
	cr_assert_str_eq(node_name(store, "fd01::1"), "n1");
	store_del(store, OBJECT_POD, "shop", "a");
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "n1");
	store_del(store, OBJECT_POD, "shop", "b");
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "");
	store_free(store);
}

UNIT(store, a_pod_on_the_host_network_reports_its_node_and_owns_nothing)
{
	struct store *store = store_new();
	struct pod *pod = make_pod("kube-system", "proxy");

	pod->host_network = true;
	make_pod_host(pod, "n1", "192.168.0.1");
	make_pod_ip(pod, "192.168.0.1");
	make_pod_ip(pod, "fd01::1");
	store_put(store, &pod->object);
	cr_assert_str_eq(owner_name(store, "192.168.0.1"), "");
	cr_assert_str_eq(node_name(store, "192.168.0.1"), "n1");
	cr_assert_str_eq(node_name(store, "fd01::1"), "n1");
	store_del(store, OBJECT_POD, "kube-system", "proxy");
	cr_assert_str_eq(node_name(store, "fd01::1"), "");
	store_free(store);
}

UNIT(store, of_nodes_with_one_address_most_pods_win_then_the_name)
{
	struct store *store = store_new();
	static const char *const nodes[] = {"n2", "n1", "n2"}, *const winners[] = {"n2", "n1", "n2"};

	for (size_t i = 0; i < 3; i++) {
		struct pod *pod = make_pod("shop", (const char *const[]){"a", "b", "c"}[i]);

		make_pod_host(pod, nodes[i], "192.168.0.1");
		store_put(store, &pod->object);
		cr_assert_str_eq(node_name(store, "192.168.0.1"), winners[i]);
	}
	store_free(store);
}

UNIT(store, walking_while_deleting_sees_all_when_the_successor_comes_first)
{
	struct store *store = store_new();
	size_t n = 0;

	for (size_t i = 0; i < 60; i++) {
		const char *name = atom_fmt("p%zu", i);
		struct pod *pod = make_pod(i % 3 ? "shop" : "prod", name);

		store_put(store, &pod->object);
		atom_put(name);
	}
	for (const struct object *object = store_walk(store, OBJECT_POD, NULL), *next; object; object = next, n++) {
		next = store_walk(store, OBJECT_POD, object);
		store_del(store, OBJECT_POD, object->ns, object->name);
	}
	cr_assert_eq(n, 60);
	cr_assert_eq(store_count(store, OBJECT_POD), 0);
	assert_changes(store, 0);
	store_free(store);
}
