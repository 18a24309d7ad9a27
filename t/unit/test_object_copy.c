/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a copy the same, and does it own what it holds? */
#include <selvage/object_copy.h>

#include "cluster.h"

/* The copy outlives what it was made of. */
static void assert_copied(struct object *take, struct object *same)
{
	struct object *copy = object_copy(take);

	object_free(take);
	cr_assert_not_null(copy);
	cr_assert_eq(copy->kind, same->kind);
	cr_assert_eq(copy->ns, same->ns);
	cr_assert_eq(copy->name, same->name);
	cr_assert(object_same(copy, same));
	object_free(copy);
	object_free(same);
}

static struct object *some_pod(void)
{
	struct pod *pod = make_pod_at("n0", "shop", "db", "app=db,tier=back", "10.244.1.5");

	make_pod_host(pod, "n0", "192.0.2.1");
	make_pod_port(pod, "sql", PROTO_TCP, 5432);
	pod->created = 7;
	return &pod->object;
}

static struct object *some_policy(void)
{
	struct policy *policy = make_policy_for("shop", "db", "app=db", "ingress egress");
	struct rule *rule = make_rule(policy);

	make_peer_pods(rule, "team=a", "app=web");
	make_port(rule, PROTO_TCP, 80, 90);
	make_port(rule, PROTO_TCP, 0, 0)->name = atom("sql");
	return &policy->object;
}

UNIT(object_copy, a_pod_is_copied_whole)
{
	assert_copied(some_pod(), some_pod());
}

UNIT(object_copy, a_policy_is_copied_whole)
{
	assert_copied(some_policy(), some_policy());
}

UNIT(object_copy, a_namespace_is_copied_whole)
{
	assert_copied(&make_namespace("shop")->object, &make_namespace("shop")->object);
}

UNIT(object_copy, a_store_is_copied_but_for_one)
{
	struct store *store = store_new(), *copy;
	struct object *same = some_pod();

	store_put(store, some_pod());
	store_put(store, some_policy());
	copy = store_copy_without(store, store_find(store, OBJECT_POLICY, "shop", "db"));
	cr_assert_null(store_find(copy, OBJECT_POLICY, "shop", "db"));
	store_free(store);
	cr_assert(object_same(store_find(copy, OBJECT_POD, "shop", "db"), same));
	object_free(same);
	store_free(copy);
}
