/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies that outlive their delete, because their namespace ends before its pods do. */
#include <selvage/sticky.h>

#include "make.h"

struct scene {
	struct store *store;
	struct sticky *sticky;
};

static void put_ns(struct scene *s, bool terminating)
{
	struct namespace *ns = make_namespace("n");

	ns->terminating = terminating;
	sticky_put(s->sticky, &ns->object);
}

static void put_pod(struct scene *s, const char *name, bool finished)
{
	struct pod *pod = make_pod("n", name);

	pod->finished = finished;
	sticky_put(s->sticky, &pod->object);
}

static void put_policy(struct scene *s, const char *name)
{
	sticky_put(s->sticky, &make_policy("n", name)->object);
}

static void del(struct scene *s, enum object_kind kind, const char *name)
{
	sticky_del(s->sticky, kind, kind == OBJECT_NAMESPACE ? NULL : "n", name);
	store_settle(s->store);
}

static bool enforced(const struct scene *s, const char *name)
{
	return store_find(s->store, OBJECT_POLICY, "n", name);
}

/* A namespace with two pods and two policies. */
static void scene_begin(struct scene *s)
{
	s->store = store_new();
	s->sticky = sticky_new(s->store);
	put_ns(s, false);
	put_pod(s, "a", false);
	put_pod(s, "b", false);
	put_policy(s, "p");
	put_policy(s, "q");
	store_settle(s->store);
}

static void scene_end(struct scene *s)
{
	sticky_free(s->sticky);
	store_free(s->store);
}

UNIT(sticky, a_policy_of_a_living_namespace_is_deleted_at_once)
{
	struct scene s;

	scene_begin(&s);
	del(&s, OBJECT_POLICY, "p");
	cr_expect(!enforced(&s, "p"));
	cr_expect_eq(sticky_count(s.sticky), 0);
	scene_end(&s);
}

UNIT(sticky, policies_of_an_ending_namespace_stay_until_its_last_pod_is_gone)
{
	struct scene s;

	scene_begin(&s);
	put_ns(&s, true);
	del(&s, OBJECT_POLICY, "p");
	del(&s, OBJECT_POLICY, "q");
	cr_expect_eq(sticky_count(s.sticky), 2);
	del(&s, OBJECT_POD, "a");
	cr_expect(enforced(&s, "p") && enforced(&s, "q"));
	del(&s, OBJECT_POD, "b");
	cr_expect(!enforced(&s, "p") && !enforced(&s, "q"));
	cr_expect_eq(sticky_count(s.sticky), 0);
	scene_end(&s);
}

UNIT(sticky, a_namespace_that_is_gone_before_its_pods_counts_as_ending)
{
	struct scene s;

	scene_begin(&s);
	del(&s, OBJECT_NAMESPACE, "n");
	del(&s, OBJECT_POLICY, "p");
	cr_expect(enforced(&s, "p"));
	del(&s, OBJECT_POD, "b");
	cr_expect(enforced(&s, "p"));
	del(&s, OBJECT_POD, "a");
	cr_expect(!enforced(&s, "p"));
	cr_expect(enforced(&s, "q"));
	scene_end(&s);
}

UNIT(sticky, a_namespace_that_goes_while_policies_are_held_releases_none)
{
	struct scene s;

	scene_begin(&s);
	put_ns(&s, true);
	del(&s, OBJECT_POLICY, "p");
	del(&s, OBJECT_NAMESPACE, "n");
	cr_expect(enforced(&s, "p"));
	scene_end(&s);
}

UNIT(sticky, a_namespace_that_lives_again_releases_them)
{
	struct scene s;

	scene_begin(&s);
	put_ns(&s, true);
	del(&s, OBJECT_POLICY, "p");
	put_ns(&s, false);
	cr_expect(!enforced(&s, "p"));
	cr_expect_eq(sticky_count(s.sticky), 0);
	scene_end(&s);
}

UNIT(sticky, a_policy_that_is_made_again_is_no_longer_held)
{
	struct scene s;

	scene_begin(&s);
	put_ns(&s, true);
	del(&s, OBJECT_POLICY, "p");
	put_policy(&s, "p");
	cr_expect_eq(sticky_count(s.sticky), 0);
	put_ns(&s, false);
	cr_expect(enforced(&s, "p"));
	scene_end(&s);
}

UNIT(sticky, finished_pods_need_no_policies)
{
	struct scene s;

	scene_begin(&s);
	put_ns(&s, true);
	del(&s, OBJECT_POLICY, "p");
	put_pod(&s, "a", true);
	cr_expect(enforced(&s, "p"));
	put_pod(&s, "b", true);
	cr_expect(!enforced(&s, "p"));
	scene_end(&s);
}

UNIT(sticky, a_delete_that_comes_twice_is_held_once)
{
	struct scene s;

	scene_begin(&s);
	put_ns(&s, true);
	del(&s, OBJECT_POLICY, "p");
	del(&s, OBJECT_POLICY, "p");
	del(&s, OBJECT_POLICY, "unknown");
	cr_expect_eq(sticky_count(s.sticky), 1);
	scene_end(&s);
}

UNIT(sticky, other_namespaces_go_on_as_ever)
{
	struct scene s;
	struct namespace *other;

	scene_begin(&s);
	put_ns(&s, true);
	other = make_namespace("m");
	sticky_put(s.sticky, &other->object);
	sticky_put(s.sticky, &make_policy("m", "p")->object);
	sticky_put(s.sticky, &make_pod("m", "a")->object);
	sticky_del(s.sticky, OBJECT_POLICY, "m", "p");
	cr_expect_null(store_find(s.store, OBJECT_POLICY, "m", "p"));
	del(&s, OBJECT_POLICY, "p");
	sticky_del(s.sticky, OBJECT_POD, "m", "a");
	cr_expect(enforced(&s, "p"));
	scene_end(&s);
}
