/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the policies of a pod admit together, and who shares that? */
#include "../../src/compile/reach_parts.h"
#include "shop.h"

static const struct regime *regime_at(const struct reach *reach, enum reach_world world, const char *ip,
				      enum direction direction)
{
	struct ip at = make_ip(ip);

	return reach->regime[world][direction][reach_class_at(reach, world, &at)];
}

UNIT(regime, classes_under_the_same_policies_share_one)
{
	struct store *store = cluster();
	struct reach *reach;

	store_put(store, &db_policy("db", DIRECTION_INGRESS)->object);
	store_put(store, &make_policy_for("shop", "all", "", "ingress")->object);
	reach = reach_new(store, NULL);
	cr_assert_eq(regime_at(reach, REACH_BEFORE, "10.0.0.1", DIRECTION_INGRESS),
		     regime_at(reach, REACH_BEFORE, "10.0.0.2", DIRECTION_INGRESS));
	cr_assert_neq(regime_at(reach, REACH_BEFORE, DB, DIRECTION_INGRESS),
		      regime_at(reach, REACH_BEFORE, "10.0.0.2", DIRECTION_INGRESS));
	cr_assert_eq(regime_at(reach, REACH_BEFORE, DB, DIRECTION_INGRESS)->policies.n, 2);
	cr_assert_eq(regime_at(reach, REACH_BEFORE, DB, DIRECTION_EGRESS),
		     regime_at(reach, REACH_BEFORE, "10.0.1.1", DIRECTION_EGRESS), "not isolated is one for all");
	reach_free(reach);
	store_free(store);
}

UNIT(regime, what_says_the_same_in_two_worlds_has_the_same_spread)
{
	struct store *before = cluster(), *after = cluster();
	struct reach *reach;
	const struct regime *one, *two;

	store_put(before, &db_policy("a", DIRECTION_INGRESS)->object);
	store_put(after, &db_policy("b", DIRECTION_INGRESS)->object);
	reach = reach_new(before, after);
	one = regime_at(reach, REACH_BEFORE, DB, DIRECTION_INGRESS);
	two = regime_at(reach, REACH_AFTER, DB, DIRECTION_INGRESS);
	cr_assert_neq(one, two);
	cr_assert_eq(one->spread[FAMILY_4][CERTAIN], two->spread[FAMILY_4][CERTAIN]);
	reach_free(reach);
	store_free(before);
	store_free(after);
}

UNIT(regime, addresses_are_told_apart_by_family_only_where_ip_blocks_are)
{
	struct store *store = cluster();
	struct policy *block = make_policy_for("shop", "block", "app=db", "ingress"),
		      *pods = make_policy_for("shop", "pods", "app=web", "ingress");
	struct reach *reach;
	const struct regime *db, *web;

	make_peer_block(make_rule(block), "::/0", NULL);
	make_peer_pods(make_rule(pods), "", "");
	store_put(store, &block->object);
	store_put(store, &pods->object);
	reach = reach_new(store, NULL);
	db = regime_at(reach, REACH_BEFORE, DB, DIRECTION_INGRESS);
	web = regime_at(reach, REACH_BEFORE, "10.0.0.1", DIRECTION_INGRESS);
	cr_assert_neq(db->spread[FAMILY_4][CERTAIN], db->spread[FAMILY_6][CERTAIN]);
	cr_assert_eq(web->spread[FAMILY_4][CERTAIN], web->spread[FAMILY_6][CERTAIN]);
	cr_assert_eq(web->spread[FAMILY_4][CERTAIN], web->spread[FAMILY_4][POSSIBLE]);
	reach_free(reach);
	store_free(store);
}
