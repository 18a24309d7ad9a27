/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods look alike? */
#include "../../src/compile/kinds.h"
#include "shop.h"

/* "shop/a+b, shop/c": kinds with the names of their pods. */
static void kinds_print(const struct census *census, const struct kinds *kinds, FILE *out)
{
	for (uint32_t k = 0; k < kinds->n; k++) {
		bool first = true;

		fprintf(out, "%s%s/", k ? ", " : "", kinds->at[k].ns);
		for (size_t i = 0; i < census->residents.n; i++) {
			if (kinds->of[i] != k)
				continue;
			fprintf(out, "%s%s", first ? "" : "+", census->residents.at[i].name);
			first = false;
		}
	}
}

static void assert_kinds(const struct store *before, const struct store *after, const struct ip_ranges *sets, size_t n,
			 const char *expected)
{
	const struct store *const stores[REACH_WORLDS] = {before, after};
	struct census census;
	struct regions regions;
	struct kinds kinds;

	census_take(stores, &census);
	regions_cut(sets, n, &regions);
	kinds_make(&census, &regions, stores, &kinds);
	UNIT_PRINTS(expected, kinds_print(&census, &kinds, out));
	kinds_fini(&kinds);
	regions_fini(&regions);
	census_fini(&census);
}

UNIT(kinds, replicas_are_a_kind_in_the_order_of_their_first_names)
{
	struct store *store = store_new();

	put_pod(store, "shop", "db-1", "app=db", "10.0.0.1");
	put_pod(store, "shop", "web-1", "app=web", "10.0.0.2");
	put_pod(store, "shop", "db-0", "app=db", "10.0.0.3");
	put_pod(store, "shop", "web-0", "app=web,x=y", "10.0.0.4");
	put_pod(store, "prod", "web-0", "app=web", "10.0.0.5");
	assert_kinds(store, NULL, NULL, 0, "prod/web-0, shop/db-0+db-1, shop/web-0, shop/web-1");
	store_free(store);
}

UNIT(kinds, regions_families_and_waiting_tell_pods_apart)
{
	struct store *store = store_new();
	struct cidr cidr = make_cidr("10.0.0.0/31");
	struct ip_ranges set = {0};
	struct pod *both = make_pod_at("n1", "shop", "both", "", "10.0.0.5");

	*vec_add(&set) = cidr_range(&cidr);
	make_pod_ip(both, "fd00::1");
	put_pod(store, "shop", "a", "", "10.0.0.1");
	put_pod(store, "shop", "b", "", "10.0.0.2");
	put_pod(store, "shop", "c", "", "10.0.0.3");
	store_put(store, &both->object);
	store_put(store, &make_pod("shop", "pending")->object);
	assert_kinds(store, NULL, &set, 1, "shop/a, shop/b+c, shop/both, shop/pending");
	vec_free(&set);
	store_free(store);
}

UNIT(kinds, only_ports_that_policies_speak_of_tell_pods_apart)
{
	struct store *store = store_new();
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct pod *a = make_pod_at("n1", "shop", "a", "", "10.0.0.1"),
		   *b = make_pod_at("n1", "shop", "b", "", "10.0.0.2"),
		   *c = make_pod_at("n1", "shop", "c", "", "10.0.0.3");

	make_pod_port(a, "web", PROTO_TCP, 80);
	make_pod_port(a, "other", PROTO_TCP, 81);
	make_pod_port(b, "other", PROTO_TCP, 82);
	make_pod_port(b, "web", PROTO_TCP, 80);
	make_pod_port(b, "web", PROTO_TCP, 80);
	make_pod_port(c, "web", PROTO_TCP, 8080);
	make_port_named(make_rule(policy), PROTO_TCP, "web");
	store_put(store, &policy->object);
	store_put(store, &a->object);
	store_put(store, &b->object);
	store_put(store, &c->object);
	assert_kinds(store, NULL, NULL, 0, "shop/a+b, shop/c");
	store_free(store);
}

UNIT(kinds, pods_are_alike_if_they_are_in_both_worlds)
{
	struct store *before = store_new(), *after = store_new();

	put_pod(before, "shop", "a", "app=x", "10.0.0.1");
	put_pod(before, "shop", "b", "app=x", "10.0.0.2");
	put_pod(before, "shop", "c", "app=x", "10.0.0.3");
	put_pod(before, "shop", "d", "app=x", "10.0.0.4");
	put_pod(after, "shop", "a", "app=y", "10.0.0.1");
	put_pod(after, "shop", "b", "app=y", "10.0.0.2");
	put_pod(after, "shop", "c", "app=x", "10.0.0.3");
	assert_kinds(before, after, NULL, 0, "shop/a+b, shop/c, shop/d");
	store_free(before);
	store_free(after);
}
