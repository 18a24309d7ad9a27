/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are two ends changed by the same thing? */
#include "planned.h"

struct asking {
	struct planned planned;
	struct plan_reasons *reasons;
};

static void asking_init(struct asking *asking, struct store *before, struct store *after)
{
	planned_init(&asking->planned, before, after);
	asking->reasons = plan_reasons_new(asking->planned.plan);
}

static void asking_fini(struct asking *asking)
{
	plan_reasons_free(asking->reasons);
	planned_fini(&asking->planned);
}

/* The reason for which a pod says something else, of anybody. */
static uint32_t own_reason(const struct asking *asking, const char *ns, const char *name, enum direction direction)
{
	return plan_reason(asking->reasons, planned_class(&asking->planned, ns, name), SIZE_MAX, direction);
}

UNIT(plan_reason, pods_under_one_changed_policy_have_one_reason)
{
	struct store *before = cluster(), *after = cluster();
	struct asking asking;
	uint32_t web;

	/* Something else keeps each pod in a class of its own. */
	for (size_t w = 0; w < REACH_WORLDS; w++)
		store_put(w ? after : before, &admits_web(80)->object);
	store_put(after, &make_policy_for("shop", "all", "", "ingress")->object);
	asking_init(&asking, before, after);
	web = own_reason(&asking, "shop", "web", DIRECTION_INGRESS);
	cr_assert_neq(web, 0);
	cr_assert_eq(own_reason(&asking, "shop", "db", DIRECTION_INGRESS), web);
	cr_assert_eq(own_reason(&asking, "shop", "db", DIRECTION_EGRESS), 0);
	cr_assert_eq(own_reason(&asking, "prod", "web", DIRECTION_INGRESS), 0);
	asking_fini(&asking);
}

UNIT(plan_reason, other_policies_are_other_reasons)
{
	struct store *before = cluster(), *after = cluster();
	struct asking asking;

	store_put(after, &make_policy_for("shop", "a", "app=web", "ingress")->object);
	store_put(after, &make_policy_for("shop", "b", "app=db", "ingress")->object);
	asking_init(&asking, before, after);
	cr_assert_neq(own_reason(&asking, "shop", "web", DIRECTION_INGRESS),
		      own_reason(&asking, "shop", "db", DIRECTION_INGRESS));
	asking_fini(&asking);
}

UNIT(plan_reason, a_policy_that_is_as_it_was_is_none)
{
	struct store *before = cluster(), *after = cluster();
	struct asking asking;

	for (size_t w = 0; w < REACH_WORLDS; w++)
		store_put(w ? after : before, &admits_web(80)->object);
	asking_init(&asking, before, after);
	cr_assert_eq(own_reason(&asking, "shop", "db", DIRECTION_INGRESS), 0);
	asking_fini(&asking);
}

UNIT(plan_reason, a_changed_pod_is_its_own_reason_and_the_peers_where_that_has_none)
{
	struct store *before = cluster(), *after = cluster();
	struct asking asking;
	size_t web, db;
	uint32_t own;

	for (size_t w = 0; w < REACH_WORLDS; w++)
		store_put(w ? after : before, &admits_web(80)->object);
	put_pod(after, "shop", "web", "app=job", "10.0.0.1");
	asking_init(&asking, before, after);
	web = planned_class(&asking.planned, "shop", "web");
	db = planned_class(&asking.planned, "shop", "db");
	own = plan_reason(asking.reasons, web, SIZE_MAX, DIRECTION_EGRESS);
	cr_assert_neq(own, 0);
	cr_assert_eq(plan_reason(asking.reasons, db, SIZE_MAX, DIRECTION_INGRESS), 0);
	cr_assert_eq(plan_reason(asking.reasons, db, web, DIRECTION_INGRESS), own);
	asking_fini(&asking);
}
