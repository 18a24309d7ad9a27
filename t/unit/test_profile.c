/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do pods under the same policies share a profile, and is exactly what changed built anew? */
#include "kit.h"

static struct pod *put_pod(struct kit *kit, const char *ns, const char *name, const char *labels)
{
	struct pod *pod = make_pod_at("n", ns, name, labels, "10.0.0.1");

	store_put(kit->store, &pod->object);
	return pod;
}

/* A policy that was not there. */
static struct policy *put_policy(struct kit *kit, const char *name, const char *pods, const char *types)
{
	struct policy *policy = make_policy_for("shop", name, pods, types);

	store_put(kit->store, &policy->object);
	return policy;
}

UNIT(profile, a_pod_that_no_policy_isolates_has_none)
{
	struct kit kit;
	struct pod *web, *foreign;

	kit_init(&kit);
	web = put_pod(&kit, "shop", "web", "app=web");
	foreign = put_pod(&kit, "prod", "db", "app=db");
	put_policy(&kit, "db", "app=db", "ingress");
	put_policy(&kit, "none", "", "");
	cr_assert_null(profile_get(&kit.profiles, web, DIRECTION_INGRESS));
	cr_assert_null(profile_get(&kit.profiles, foreign, DIRECTION_INGRESS));
	profile_put(&kit.profiles, NULL);
	kit_fini(&kit);
}

UNIT(profile, replicas_share_one)
{
	struct kit kit;
	struct pod *pods[3];
	struct profile *first, *other;

	kit_init(&kit);
	pods[0] = put_pod(&kit, "shop", "web-0", "app=web,pod=0");
	pods[1] = put_pod(&kit, "shop", "web-1", "app=web,pod=1");
	make_port(make_rule(put_policy(&kit, "web", "app=web", "ingress")), PROTO_TCP, 80, 80);
	first = profile_get(&kit.profiles, pods[0], DIRECTION_INGRESS);
	other = profile_get(&kit.profiles, pods[1], DIRECTION_INGRESS);
	cr_assert_not_null(first);
	cr_assert_eq(first, other);
	cr_assert_eq(first->refs, 2);
	profile_put(&kit.profiles, first);
	assert_wanted(kit.wanted, "1 set ports-in, 1 element ports-in");
	profile_put(&kit.profiles, other);
	assert_wanted(kit.wanted, "");
	kit_fini(&kit);
}

UNIT(profile, one_more_policy_and_the_other_direction_are_other_profiles)
{
	struct kit kit;
	struct pod *web, *special;
	struct profile *all[3];

	kit_init(&kit);
	web = put_pod(&kit, "shop", "web", "app=web");
	special = put_pod(&kit, "shop", "special", "app=web,special=yes");
	put_policy(&kit, "web", "app=web", "ingress egress");
	put_policy(&kit, "special", "special=yes", "ingress");
	all[0] = profile_get(&kit.profiles, web, DIRECTION_INGRESS);
	all[1] = profile_get(&kit.profiles, special, DIRECTION_INGRESS);
	all[2] = profile_get(&kit.profiles, web, DIRECTION_EGRESS);
	cr_assert(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
	cr_assert_eq(all[1]->policies.n, 2);
	for (size_t i = 0; i < 3; i++)
		profile_put(&kit.profiles, all[i]);
	kit_fini(&kit);
}

/* The profile of a pod that exposes web/tcp under two numbers at most, and another port. */
static struct profile *exposing(struct kit *kit, const char *name, uint16_t web, uint16_t other)
{
	struct pod *pod = make_pod_at("n", "shop", name, "", "10.0.0.1");

	make_pod_port(pod, "web", PROTO_TCP, web);
	make_pod_port(pod, "other", PROTO_TCP, other);
	store_put(kit->store, &pod->object);
	return profile_get(&kit->profiles, pod, DIRECTION_INGRESS);
}

UNIT(profile, a_port_that_the_policies_name_tells_profiles_apart)
{
	struct kit kit;
	struct profile *a, *b, *c;

	kit_init(&kit);
	make_port_named(make_rule(put_policy(&kit, "p", "", "ingress")), PROTO_TCP, "web");
	a = exposing(&kit, "a", 80, 1);
	b = exposing(&kit, "b", 8080, 1);
	c = exposing(&kit, "c", 80, 2);
	cr_assert_neq(a, b);
	cr_assert_eq(a, c, "a port that no policy names tells them apart");
	profile_put(&kit.profiles, a);
	profile_put(&kit.profiles, b);
	profile_put(&kit.profiles, c);
	kit_fini(&kit);
}

UNIT(profile, a_named_port_is_kept_once_however_many_policies_name_it)
{
	struct kit kit;
	struct profile *profile;

	kit_init(&kit);
	for (char name[] = "a"; name[0] <= 'e'; name[0]++)
		make_port_named(make_rule(put_policy(&kit, name, "", "ingress")), PROTO_TCP, "web");
	profile = exposing(&kit, "pod", 80, 1);
	cr_assert_eq(profile->policies.n, 5);
	cr_assert_eq(profile->named.n, 1);
	profile_put(&kit.profiles, profile);
	kit_fini(&kit);
}

UNIT(profile, an_edited_policy_makes_its_profiles_stale_and_no_others)
{
	struct kit kit;
	struct pod *web, *db;
	struct policy *edited;
	struct profile *touched, *untouched;

	kit_init(&kit);
	web = put_pod(&kit, "shop", "web", "app=web");
	db = put_pod(&kit, "shop", "db", "app=db");
	put_policy(&kit, "web", "app=web", "ingress");
	put_policy(&kit, "db", "app=db", "ingress");
	touched = profile_get(&kit.profiles, web, DIRECTION_INGRESS);
	untouched = profile_get(&kit.profiles, db, DIRECTION_INGRESS);
	cr_assert(!profiles_rebuild(&kit.profiles));
	edited = make_policy_for("shop", "web", "app=web", "ingress");
	make_port(make_rule(edited), PROTO_TCP, 80, 80);
	store_put(kit.store, &edited->object);
	profiles_touch(&kit.profiles, edited);
	cr_assert(touched->stale && !untouched->stale);
	assert_wanted(kit.wanted, "");
	cr_assert(profiles_rebuild(&kit.profiles));
	cr_assert(touched->rebuilt && !touched->stale && !untouched->rebuilt);
	assert_wanted(kit.wanted, "1 set ports-in, 1 element ports-in");
	profiles_settle(&kit.profiles);
	cr_assert(!touched->rebuilt);
	profile_put(&kit.profiles, touched);
	profile_put(&kit.profiles, untouched);
	kit_fini(&kit);
}

UNIT(profile, a_map_with_other_ports_is_another_map)
{
	struct kit kit;
	struct policy *policy;
	struct profile *profile;

	kit_init(&kit);
	make_port(make_rule(put_policy(&kit, "web", "", "ingress")), PROTO_TCP, 80, 80);
	profile = profile_get(&kit.profiles, put_pod(&kit, "shop", "web", ""), DIRECTION_INGRESS);
	assert_taken(kit.wanted, "+1 set ports-in, +1 element ports-in");
	policy = make_policy_for("shop", "web", "", "ingress");
	make_port(make_rule(policy), PROTO_TCP, 80, 81);
	store_put(kit.store, &policy->object);
	profiles_touch(&kit.profiles, policy);
	profiles_rebuild(&kit.profiles);
	assert_taken(kit.wanted, "-1 set ports-in, -1 element ports-in, +1 set ports-in, +2 element ports-in");
	profile_put(&kit.profiles, profile);
	kit_fini(&kit);
}

UNIT(profile, what_old_and_new_content_have_in_common_is_no_change)
{
	struct kit kit;
	struct profile *profile;

	kit_init(&kit);
	make_port(make_rule(put_policy(&kit, "web", "", "ingress")), PROTO_TCP, 80, 80);
	profile = profile_get(&kit.profiles, put_pod(&kit, "shop", "web", ""), DIRECTION_INGRESS);
	assert_taken(kit.wanted, "+1 set ports-in, +1 element ports-in");
	profiles_touch(&kit.profiles, (const struct policy *)store_find(kit.store, OBJECT_POLICY, "shop", "web"));
	profiles_rebuild(&kit.profiles);
	assert_taken(kit.wanted, "");
	profile_put(&kit.profiles, profile);
	kit_fini(&kit);
}

UNIT(profile, only_egress_profiles_that_name_a_port_care_who_exposes_it)
{
	struct kit kit;
	struct pod *web, *server = make_pod_at("n", "shop", "server", "", "10.0.0.2");
	struct policy *both;
	struct profile *in, *egress;

	kit_init(&kit);
	both = put_policy(&kit, "p", "", "ingress egress");
	make_port_named(make_rule(both), PROTO_TCP, "web");
	make_port_named(make_egress(both), PROTO_TCP, "web");
	web = put_pod(&kit, "shop", "web", "");
	in = profile_get(&kit.profiles, web, DIRECTION_INGRESS);
	egress = profile_get(&kit.profiles, web, DIRECTION_EGRESS);
	make_pod_port(server, "dns", PROTO_UDP, 53);
	make_pod_port(server, "web", PROTO_UDP, 80);
	exposed_add(&kit.exposed, server);
	profiles_touch_named(&kit.profiles);
	cr_assert(!in->stale && !egress->stale);
	make_pod_port(server, "web", PROTO_TCP, 80);
	exposed_add(&kit.exposed, server);
	profiles_touch_named(&kit.profiles);
	cr_assert(!in->stale && egress->stale);
	profiles_rebuild(&kit.profiles);
	assert_wanted(kit.wanted,
		      "1 set peers4, 1 set peers6, 1 set ports-out, 1 chain allow-out, 1 element ports-out");
	profile_put(&kit.profiles, in);
	profile_put(&kit.profiles, egress);
	object_free(&server->object);
	kit_fini(&kit);
}
