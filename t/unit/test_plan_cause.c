/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes the difference between two ends? */
#include "planned.h"

/* Namespace shop with a receiver that has these addresses, shop/db, and one other pod, shop/web. */
static struct store *two_pods(const char *const *ips, size_t n)
{
	struct store *store = store_new();
	struct pod *db = make_pod("shop", "db");

	make_labels(&db->labels, "app=db");
	for (size_t i = 0; i < n; i++)
		make_pod_ip(db, ips[i]);
	store_put(store, &db->object);
	put_pod(store, "shop", "web", "app=web", "10.0.0.1");
	return store;
}

static struct policy *web_egress(void)
{
	return make_policy_for("shop", "out", "app=web", "egress");
}

/* Lets shop/web out to a block alone. */
static struct policy *web_to(const char *block)
{
	struct policy *policy = web_egress();

	make_peer_block(make_egress(policy), block, NULL);
	return policy;
}

/* A pod of another namespace that claims an address; of two, the later made owns it. */
static void put_rival(struct store *store, const char *ip, int64_t created)
{
	struct pod *pod = make_pod("prod", "rival");

	make_pod_ip(pod, ip);
	pod->created = created;
	store_put(store, &pod->object);
}

UNIT(plan_cause, a_policy_that_begins_to_isolate)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(after, &make_policy_for("shop", "p", "app=db", "ingress")->object);
	assert_rows(before, after,
		    "LOST shop/db,shop/web,outside > shop/db all: policy ingress shop/p\n"
		    "ISOLATED shop/db: policy ingress shop/p\n");
}

UNIT(plan_cause, a_policy_that_is_deleted_frees)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &make_policy_for("shop", "p", "app=db", "ingress")->object);
	assert_rows(before, after,
		    "GAINED shop/db,shop/web,outside > shop/db all: freed ingress shop/p deleted\n"
		    "UN-ISOLATED shop/db: freed ingress shop/p deleted\n");
}

UNIT(plan_cause, a_policy_that_selects_others_now_frees_and_is_there)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &make_policy_for("shop", "p", "app=db", "ingress")->object);
	store_put(after, &make_policy_for("shop", "p", "app=none", "ingress")->object);
	assert_rows(before, after,
		    "GAINED shop/db,shop/web,outside > shop/db all: freed ingress shop/p\n"
		    "UN-ISOLATED shop/db: freed ingress shop/p\n");
}

UNIT(plan_cause, a_rule_that_admits_and_one_that_is_gone)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &admits_web(80)->object);
	store_put(after, &admits_web(81)->object);
	assert_rows(before, after,
		    "NARROWED shop/db,shop/web > shop/db TCP 80: rule-gone ingress shop/p[0]\n"
		    "WIDENED shop/db,shop/web > shop/db TCP 81: rule ingress shop/p[0]\n");
}

UNIT(plan_cause, a_rule_that_is_gone_with_its_policy_where_another_isolates)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &make_policy_for("shop", "deny", "", "ingress")->object);
	store_put(after, &make_policy_for("shop", "deny", "", "ingress")->object);
	store_put(before, &admits_web(80)->object);
	assert_rows(before, after, "LOST shop/db,shop/web > shop/db TCP 80: rule-gone ingress shop/p[0] deleted\n");
}

UNIT(plan_cause, an_end_that_opens_in_vain)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	store_put(after, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	store_put(before, &web_to("192.0.2.0/24")->object);
	store_put(after, &web_to("10.0.0.0/8")->object);
	assert_rows(before, after,
		    "LOST shop/web > outside all: rule-gone egress shop/out[0]\n"
		    "GAINED shop/web > outside all: rule egress shop/out[0]\n"
		    "NOOP shop/db,shop/web > shop/db all: rule egress shop/out[0]\n");
}

UNIT(plan_cause, a_pod_with_other_labels)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &admits_web(80)->object);
	store_put(after, &admits_web(80)->object);
	put_pod(after, "shop", "web", "app=job", "10.0.0.1");
	assert_rows(before, after, "LOST shop/db,shop/web > shop/db TCP 80: labels ingress shop/web\n");
}

UNIT(plan_cause, labels_by_which_a_policy_isolates)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &make_policy_for("shop", "p", "app=none", "ingress")->object);
	store_put(after, &make_policy_for("shop", "p", "app=none", "ingress")->object);
	put_pod(after, "shop", "web", "app=none", "10.0.0.1");
	assert_rows(before, after,
		    "LOST shop/db,shop/web,outside > shop/web all: labels ingress shop/web\n"
		    "ISOLATED shop/web: labels ingress shop/web\n");
}

UNIT(plan_cause, a_namespace_with_other_labels)
{
	struct store *before = cluster(), *after = cluster();
	struct policy *policies[2];

	for (size_t i = 0; i < 2; i++) {
		policies[i] = db_policy("p", DIRECTION_INGRESS);
		make_peer_pods(&policies[i]->rules[0], "team=y", "");
		store_put(i ? after : before, &policies[i]->object);
	}
	put_namespace(after, "prod", "team=z");
	assert_rows(before, after, "LOST prod/job+1 > shop/db all: labels ingress prod\n");
}

UNIT(plan_cause, pods_that_come_and_go)
{
	struct store *before = two_pods((const char *const[]){DB}, 1), *after = two_pods((const char *const[]){DB}, 1);

	store_put(before, &admits_web(80)->object);
	store_put(after, &admits_web(80)->object);
	store_del(after, OBJECT_POD, "shop", "web");
	put_pod(after, "shop", "web2", "app=web", "10.0.0.2");
	assert_rows(before, after,
		    "LOST shop/db,outside > shop/web all: vanished ingress shop/web\n"
		    "LOST shop/web > shop/db TCP 80: vanished egress shop/web\n"
		    "LOST shop/web > outside all: vanished egress shop/web\n"
		    "GAINED shop/db,outside > shop/web2 all: appeared ingress shop/web2\n"
		    "GAINED shop/web2 > shop/db TCP 80: appeared egress shop/web2\n"
		    "GAINED shop/web2 > outside all: appeared egress shop/web2\n");
}

UNIT(plan_cause, an_address_that_another_pod_takes)
{
	static const char *const ips[] = {"10.0.0.9", "10.0.1.9"};
	struct store *before = two_pods(ips, 2), *after = two_pods(ips, 2);

	store_put(before, &web_to("10.0.1.0/24")->object);
	store_put(after, &web_to("10.0.1.0/24")->object);
	put_rival(before, "10.0.2.2", 2);
	put_rival(after, "10.0.1.9", 2);
	assert_rows(before, after,
		    "LOST? shop/db,shop/web > shop/db all: moved egress prod/rival\n"
		    "GAINED shop/web > prod/rival all: labels egress prod/rival\n");
}

UNIT(plan_cause, an_address_that_another_pod_gives_up)
{
	static const char *const ips[] = {"10.0.1.9", "10.0.0.9"};
	struct store *before = two_pods(ips, 2), *after = two_pods(ips, 2);

	store_put(before, &web_to("10.0.1.0/24")->object);
	store_put(after, &web_to("10.0.1.0/24")->object);
	put_rival(before, "10.0.0.9", 2);
	assert_rows(before, after,
		    "LOST prod/rival > shop/db,shop/web,outside all: vanished egress prod/rival\n"
		    "LOST shop/db,shop/web > shop/db all: moved egress prod/rival\n"
		    "LOST shop/db,outside > prod/rival all: vanished ingress prod/rival\n");
}

UNIT(plan_cause, the_only_address_that_another_pod_takes)
{
	static const char *const ips[] = {"10.0.0.9"};
	struct store *before = two_pods(ips, 1), *after = two_pods(ips, 1);

	put_rival(before, "10.0.2.2", 2);
	put_rival(after, "10.0.0.9", 2);
	assert_rows(before, after,
		    "LOST prod/rival,shop/db,shop/web,outside > shop/db all: moved ingress prod/rival\n"
		    "LOST shop/db > prod/rival,shop/web,outside all: moved egress prod/rival\n");
}

UNIT(plan_cause, a_pod_that_takes_an_address_by_being_newer)
{
	static const char *const ips[] = {"10.0.0.9", "10.0.1.9"};
	struct store *before = two_pods(ips, 2), *after = two_pods(ips, 2);
	struct pod *newer = make_pod("shop", "db");

	make_labels(&newer->labels, "app=db");
	make_pod_ip(newer, ips[0]);
	make_pod_ip(newer, ips[1]);
	newer->created = 3;
	store_put(after, &newer->object);
	store_put(before, &web_to("10.0.1.0/24")->object);
	store_put(after, &web_to("10.0.1.0/24")->object);
	put_rival(before, "10.0.0.9", 2);
	put_rival(after, "10.0.0.9", 2);
	assert_rows(before, after,
		    "LOST prod/rival > shop/db,shop/web,outside all: moved egress shop/db\n"
		    "LOST shop/db,shop/web > shop/db all: labels egress shop/db\n"
		    "LOST shop/db,outside > prod/rival all: moved ingress shop/db\n");
}

UNIT(plan_cause, the_second_address_of_a_pod_where_the_first_is_admitted_still)
{
	static const char *const ips[] = {"10.0.0.9", "10.0.1.9"};
	struct store *before = two_pods(ips, 2), *after = two_pods(ips, 2);

	store_put(after, &web_to("10.0.0.0/24")->object);
	assert_rows(before, after,
		    "LOST shop/db,shop/web > shop/db all: policy egress shop/out\n"
		    "LOST shop/web > outside all: policy egress shop/out\n"
		    "ISOLATED shop/web: policy egress shop/out\n");
}

UNIT(plan_cause, no_row_of_a_pod_whose_addresses_were_admitted_by_one_block_each)
{
	static const char *const ips[] = {"10.0.0.9", "10.0.1.9"}, *const more[] = {"10.0.0.10", "10.0.2.10"};
	struct store *before = two_pods(ips, 2), *after = two_pods(ips, 2);
	struct policy *out = web_to("10.0.0.0/24");

	/* Two blocks have shop/db's addresses; of shop/store's, one was in none. */
	make_peer_block(&out->rules[0], "10.0.1.0/24", NULL);
	store_put(before, &out->object);
	store_put(after, &web_to("10.0.0.0/16")->object);
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		struct pod *pod = make_pod("shop", "store");

		make_pod_ip(pod, more[0]);
		make_pod_ip(pod, more[1]);
		store_put(w ? after : before, &pod->object);
	}
	assert_rows(before, after,
		    "GAINED shop/web > shop/store all: rule egress shop/out[0]\n"
		    "GAINED shop/web > outside all: rule egress shop/out[0]\n");
}

UNIT(plan_cause, of_an_address_that_a_pod_has_not_got_yet_it_can_be_told_of_any)
{
	struct store *before = two_pods(NULL, 0), *after = two_pods(NULL, 0);

	store_put(before, &web_egress()->object);
	store_put(after, &web_to("0.0.0.0/0")->object);
	assert_rows(before, after, "GAINED shop/web > shop/db,outside all: rule egress shop/out[0]\n");
}

UNIT(plan_cause, an_address_that_only_some_blocks_have)
{
	struct store *before = two_pods(NULL, 0), *after = two_pods(NULL, 0);

	store_put(before, &web_egress()->object);
	store_put(after, &web_to("192.0.2.0/24")->object);
	assert_rows(before, after,
		    "GAINED? shop/db,shop/web > shop/db all: rule egress shop/out[0]\n"
		    "GAINED shop/web > outside all: rule egress shop/out[0]\n");
}

UNIT(plan_cause, a_family_that_another_brings_to_a_pod_without_address_is_unclear)
{
	struct store *before = two_pods(NULL, 0), *after = two_pods(NULL, 0);

	store_put(before, &make_policy_for("shop", "deny", "app=six", "ingress egress")->object);
	store_put(after, &make_policy_for("shop", "deny", "app=six", "ingress egress")->object);
	put_pod(after, "shop", "six", "app=six", "fd00::1");
	assert_rows(before, after,
		    "GAINED shop/db > outside all: unclear egress\n"
		    "GAINED outside > shop/db all: unclear ingress\n");
}

UNIT(plan_cause, a_pod_that_is_new_is_named_before_those_without_address)
{
	struct store *before = two_pods(NULL, 0), *after = two_pods(NULL, 0);

	put_pod(after, "shop", "six", "app=six", "fd00::1");
	assert_rows(before, after,
		    "GAINED shop/db,shop/six > shop/db,shop/six,outside all: appeared ingress shop/six\n"
		    "GAINED outside > shop/db,shop/six all: appeared ingress shop/six\n");
}
