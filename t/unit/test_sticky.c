/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do policies outlive the deletion of their namespace, and nothing else does? */
#include <selvage/sticky.h>

#include "make.h"

struct fixture {
	struct store *store;
	struct sticky *sticky;
};

static void put_namespace(struct fixture *f, bool terminating)
{
	struct namespace *ns = make_namespace("shop");

	ns->terminating = terminating;
	sticky_put(f->sticky, &ns->object);
}

static void put_pod(struct fixture *f, bool finished)
{
	struct pod *pod = make_pod("shop", "db");

	make_pod_ip(pod, "10.0.0.1");
	pod->finished = finished;
	sticky_put(f->sticky, &pod->object);
}

static void put_policy(struct fixture *f)
{
	sticky_put(f->sticky, &make_policy("shop", "closed")->object);
}

/* A namespace that terminates, with a pod and a policy. */
static struct fixture begin(void)
{
	struct fixture f = {.store = store_new()};

	f.sticky = sticky_new(f.store);
	put_namespace(&f, true);
	put_pod(&f, false);
	put_policy(&f);
	return f;
}

static void end(struct fixture *f)
{
	sticky_free(f->sticky);
	store_free(f->store);
}

static size_t policies(const struct fixture *f)
{
	return store_count(f->store, OBJECT_POLICY);
}

static void del_policy(struct fixture *f)
{
	sticky_del(f->sticky, OBJECT_POLICY, "shop", "closed");
}

UNIT(sticky, a_policy_stays_while_its_namespace_terminates_with_a_pod_in_it)
{
	struct fixture f = begin();

	del_policy(&f);
	del_policy(&f);
	cr_assert_eq(policies(&f), 1);
	cr_assert_eq(sticky_count(f.sticky), 1);
	end(&f);
}

UNIT(sticky, a_policy_goes_at_once_in_a_namespace_that_lives)
{
	struct fixture f = begin();

	put_namespace(&f, false);
	del_policy(&f);
	cr_assert_eq(policies(&f), 0);
	end(&f);
}

UNIT(sticky, the_last_pod_takes_the_policy_with_it)
{
	struct fixture f = begin();

	del_policy(&f);
	sticky_del(f.sticky, OBJECT_POD, "shop", "db");
	cr_assert_eq(policies(&f), 0);
	cr_assert_eq(sticky_count(f.sticky), 0);
	end(&f);
}

UNIT(sticky, a_pod_that_finished_is_no_reason_to_stay)
{
	struct fixture f = begin();

	del_policy(&f);
	put_pod(&f, true);
	cr_assert_eq(policies(&f), 0);
	end(&f);
}

UNIT(sticky, a_namespace_that_is_gone_before_its_pods_counts_as_terminating)
{
	struct fixture f = begin();

	sticky_del(f.sticky, OBJECT_NAMESPACE, NULL, "shop");
	del_policy(&f);
	cr_assert_eq(policies(&f), 1);
	end(&f);
}

UNIT(sticky, a_namespace_that_lives_again_lets_go)
{
	struct fixture f = begin();

	del_policy(&f);
	put_namespace(&f, false);
	cr_assert_eq(policies(&f), 0);
	end(&f);
}

UNIT(sticky, a_policy_that_lives_again_is_not_held)
{
	struct fixture f = begin();

	del_policy(&f);
	put_policy(&f);
	sticky_del(f.sticky, OBJECT_POD, "shop", "db");
	cr_assert_eq(policies(&f), 1);
	cr_assert_eq(sticky_count(f.sticky), 0);
	end(&f);
}

UNIT(sticky, closing_isolates_every_pod_and_admits_nobody_until_the_last_is_gone)
{
	struct fixture f = begin();
	const struct object *o = NULL;

	del_policy(&f);
	sticky_del(f.sticky, OBJECT_POD, "shop", "db");
	put_pod(&f, false);
	cr_assert_eq(policies(&f), 0);
	cr_assert(sticky_close(f.sticky, "shop", DIRECTION_EGRESS));
	cr_assert(sticky_close(f.sticky, "shop", DIRECTION_EGRESS));
	cr_assert(sticky_close(f.sticky, "shop", DIRECTION_INGRESS));
	cr_assert_eq(policies(&f), 2);
	while ((o = store_walk(f.store, OBJECT_POLICY, o))) {
		const struct policy *policy = (const struct policy *)(const void *)o;

		cr_assert(policy->types[DIRECTION_EGRESS] != policy->types[DIRECTION_INGRESS]);
		cr_assert_eq(policy->pods.n + policy->n_rules, 0);
	}
	sticky_del(f.sticky, OBJECT_POD, "shop", "db");
	cr_assert_eq(policies(&f), 0);
	end(&f);
}

UNIT(sticky, nothing_is_closed_in_a_namespace_that_lives)
{
	struct fixture f = begin();

	del_policy(&f);
	put_namespace(&f, false);
	cr_assert_not(sticky_close(f.sticky, "shop", DIRECTION_INGRESS));
	cr_assert_eq(policies(&f), 0);
	end(&f);
}

UNIT(sticky, a_namespace_that_goes_while_a_policy_is_held_keeps_it)
{
	struct fixture f = begin();

	del_policy(&f);
	sticky_del(f.sticky, OBJECT_NAMESPACE, NULL, "shop");
	cr_assert_eq(policies(&f), 1);
	end(&f);
}

UNIT(sticky, pods_of_other_namespaces_release_nothing)
{
	struct fixture f = begin();
	struct namespace *other = make_namespace("bank");

	sticky_put(f.sticky, &other->object);
	sticky_put(f.sticky, &make_pod("bank", "db")->object);
	del_policy(&f);
	sticky_del(f.sticky, OBJECT_POD, "bank", "db");
	cr_assert_eq(policies(&f), 1);
	end(&f);
}
