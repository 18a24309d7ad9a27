/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets show what a row says? */
#include "planned.h"

/* A policy that lets shop/web out to these blocks. */
static struct policy *web_to(const char *const *blocks, size_t n)
{
	struct policy *policy = make_policy_for("shop", "out", "app=web", "egress");
	struct rule *rule = make_egress(policy);

	for (size_t i = 0; i < n; i++)
		make_peer_block(rule, blocks[i], NULL);
	return policy;
}

/* shop/web and a pod shop/db with these addresses, under a policy; shop/db is as it is in both worlds. */
static struct store *world(const char *const *ips, size_t n, struct policy *policy)
{
	struct store *store = store_new();
	struct pod *db = make_pod("shop", "db");

	make_labels(&db->labels, "app=db");
	for (size_t i = 0; i < n; i++)
		make_pod_ip(db, ips[i]);
	store_put(store, &db->object);
	put_pod(store, "shop", "web", "app=web", "10.0.0.1");
	if (policy)
		store_put(store, &policy->object);
	return store;
}

static void view_print(const struct plan_view *view, FILE *out)
{
	char text[IP_TEXT];

	fprintf(out, "%s %s %u/%u", view->family == FAMILY_4 ? "v4" : "v6", direction_name(view->direction),
		view->proto, view->port);
	for (size_t w = 0; w < REACH_WORLDS; w++)
		fprintf(out, " %s %s", ip_print(&view->peer[w], text), view->ruling[w].allowed ? "yes" : "no");
}

/* What is seen of the row that has this pair, by a plan between the stores, which are freed. */
static void assert_seen(struct store *before, struct store *after, enum plan_kind kind, const char *expected)
{
	struct planned planned;
	struct plan_view view;
	const struct plan_row *rows;
	size_t n, seen = 0;

	planned_init(&planned, before, after);
	rows = plan_rows(planned.plan, &n);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].kind != kind || rows[i].to.at[0] != planned_class(&planned, "shop", "db"))
			continue;
		seen++;
		plan_view_find(planned.plan, &rows[i], &view);
		UNIT_PRINTS(expected, view_print(&view, out));
		cr_assert_eq(view.from, planned_class(&planned, "shop", "web"));
		cr_assert_eq(view.to, planned_class(&planned, "shop", "db"));
	}
	cr_assert_eq(seen, 1);
	planned_fini(&planned);
}

UNIT(plan_view, a_peers_second_address_if_the_first_rules_the_same)
{
	static const char *const ips[] = {"10.0.0.9", "10.0.1.9"}, *const blocks[] = {"10.0.0.0/24"};

	assert_seen(world(ips, 2, NULL), world(ips, 2, web_to(blocks, 1)), PLAN_LOST,
		    "v4 egress 0/0 10.0.1.9 yes 10.0.1.9 no");
}

UNIT(plan_view, an_address_that_a_pod_might_get)
{
	static const char *const few[] = {"10.0.0.0/24"}, *const all[] = {"0.0.0.0/0"};

	assert_seen(world(NULL, 0, web_to(few, 1)), world(NULL, 0, web_to(all, 1)), PLAN_GAINED,
		    "v4 egress 0/0 0.0.0.0 no 0.0.0.0 yes");
}

UNIT(plan_view, an_address_of_a_block_that_is_gone)
{
	static const char *const two[] = {"10.0.1.0/24", "192.0.2.0/24"}, *const one[] = {"10.0.1.0/24"};
	struct store *before = world(NULL, 0, web_to(one, 1)), *after = world(NULL, 0, web_to(NULL, 0));

	assert_seen(before, after, PLAN_GAINED, "v4 egress 0/0 0.0.0.0 no 0.0.0.0 yes");
	before = world(NULL, 0, web_to(two, 2));
	after = world(NULL, 0, make_policy_for("shop", "out", "app=web", "egress"));
	assert_seen(before, after, PLAN_LOST, "v4 egress 0/0 10.0.1.0 yes 10.0.1.0 no");
}

/* Does a plan between the stores, which are freed, say nothing of who reaches shop/db? */
static void assert_no_row(struct store *before, struct store *after)
{
	struct planned planned;
	const struct plan_row *rows;
	size_t n;

	planned_init(&planned, before, after);
	rows = plan_rows(planned.plan, &n);
	for (size_t i = 0; i < n; i++)
		cr_assert_neq(rows[i].to.at[0], planned_class(&planned, "shop", "db"));
	planned_fini(&planned);
}

UNIT(plan_view, no_row_where_blocks_together_have_every_address_as_one_has)
{
	static const char *const halves[] = {"0.0.0.0/1", "128.0.0.0/1"}, *const all[] = {"0.0.0.0/0"};

	assert_no_row(world(NULL, 0, web_to(halves, 2)), world(NULL, 0, web_to(all, 1)));
	assert_no_row(world(NULL, 0, web_to(all, 1)), world(NULL, 0, web_to(halves, 2)));
}

UNIT(plan_view, the_other_end_if_the_sender_rules_the_same)
{
	static const char *const ips[] = {"10.0.0.9"};

	assert_seen(world(ips, 1, NULL), world(ips, 1, make_policy_for("shop", "p", "app=db", "ingress")), PLAN_LOST,
		    "v4 ingress 0/0 10.0.0.1 yes 10.0.0.1 no");
}
