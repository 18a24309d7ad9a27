/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a pod sit where it belongs: its addresses in the sets that mean them, its own chains behind the maps? */
#include "kit.h"

/* The place of a pod, which goes to the store, as after an update; local. */
static struct place *settled(struct kit *kit, struct pod *pod)
{
	struct place *place = place_new(pod);

	store_put(kit->store, &pod->object);
	place->local = true;
	place_move(place, pod, &kit->profiles);
	place_subject(place, &kit->profiles);
	place_join(place, &kit->profiles);
	place_write(place, &kit->profiles);
	return place;
}

static struct peers *peers_of(struct kit *kit, const char *pods)
{
	struct term *term = make_term(&kit->unions.terms, "shop", pods);

	return peers_get(&kit->unions, &term, 1);
}

/* The rules of the pod's ingress chain, without hashes, one per line. */
static void chain_print(const struct place *place, FILE *out)
{
	const struct fact *chain = only_fact(&place->own->facts, FACT_CHAIN, "in-");

	for (size_t i = 0; i < chain->chain.n; i++) {
		for (size_t k = 0; k < chain->chain.rules[i].n; k++) {
			const struct step *step = &chain->chain.rules[i].steps[k];

			fputs(k ? " " : "", out);
			if (step->name)
				fprintf(out, "%s@%.*s", step->kind == STEP_COUNTER ? "count " : "",
					name_stem(step->name), step->name);
			else
				step_print(step, out);
		}
		fputc('\n', out);
	}
}

UNIT(place, a_pods_chain_accepts_itself_then_asks_for_the_port_then_drops)
{
	struct kit kit;
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct rule *rule = make_rule(policy);
	struct place *place;

	kit_init(&kit);
	make_port(rule, PROTO_TCP, 80, 80);
	make_port(rule, PROTO_TCP, 1000, 2000);
	make_port(rule, PROTO_SCTP, 1000, 2000);
	store_put(kit.store, &policy->object);
	place = settled(&kit, make_pod_at("n", "shop", "web", "", "10.0.0.1"));
	UNIT_PRINTS("ip saddr 10.0.0.1 accept\n"
		    "@ports-in\n"
		    "meta l4proto tcp @tcp-in\n"
		    "meta l4proto sctp @sctp-in\n"
		    "count @in drop\n",
		    chain_print(place, out));
	place_free(place, &kit.profiles);
	kit_fini(&kit);
}

UNIT(place, what_holds_for_every_port_stands_after_the_ports)
{
	struct kit kit;
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct place *place;

	kit_init(&kit);
	make_rule(policy);
	store_put(kit.store, &policy->object);
	place = settled(&kit, make_pod_at("n", "shop", "web", "", "10.0.0.1"));
	UNIT_PRINTS("ip saddr 10.0.0.1 accept\n"
		    "accept\n"
		    "count @in drop\n",
		    chain_print(place, out));
	place_free(place, &kit.profiles);
	kit_fini(&kit);
}

UNIT(place, each_address_has_a_dispatch_element_in_the_map_of_its_family)
{
	struct kit kit;
	struct policy *policy = make_policy_for("shop", "p", "", "ingress egress");
	struct pod *pod = make_pod_at("n", "shop", "web", "", "fd00::1");
	struct place *place;

	kit_init(&kit);
	store_put(kit.store, &policy->object);
	make_pod_ip(pod, "10.0.0.1");
	make_pod_ip(pod, "10.0.0.1"); /* again */
	place = settled(&kit, pod);
	assert_wanted(kit.wanted,
		      "1 counter in, 1 counter out, 1 chain in, 1 chain out, 1 element egress4, 1 element egress6, "
		      "1 element ingress4, 1 element ingress6");
	UNIT_PRINTS("ip saddr 10.0.0.1 accept\n"
		    "ip6 saddr fd00::1 accept\n"
		    "count @in drop\n",
		    chain_print(place, out));
	place_free(place, &kit.profiles);
	kit_fini(&kit);
}

UNIT(place, everything_a_pod_has_of_its_own_names_it)
{
	struct kit kit;
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct place *place;

	kit_init(&kit);
	store_put(kit.store, &policy->object);
	place = settled(&kit, make_pod_at("n", "shop", "web", "", "10.0.0.1"));
	cr_assert_eq(place->own->facts.n, 3);
	for (size_t i = 0; i < place->own->facts.n; i++)
		cr_assert_str_eq(place->own->facts.at[i].comment, "shop/web");
	place_free(place, &kit.profiles);
	kit_fini(&kit);
}

UNIT(place, a_pod_without_an_address_of_its_own_has_nothing)
{
	struct kit kit;
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct pod *newer = make_pod_at("n", "shop", "newer", "", "10.0.0.1");
	struct place *place;

	kit_init(&kit);
	newer->created = 5;
	store_put(kit.store, &policy->object);
	store_put(kit.store, &newer->object);
	place = settled(&kit, make_pod_at("n", "shop", "older", "", "10.0.0.1"));
	cr_assert_not_null(place->own->profile[DIRECTION_INGRESS]);
	assert_wanted(kit.wanted, "");
	place_free(place, &kit.profiles);
	kit_fini(&kit);
}

UNIT(place, addresses_join_the_unions_that_mean_them)
{
	struct kit kit;
	struct peers *web, *front, *db;
	struct pod *pod;
	struct place *place;

	kit_init(&kit);
	web = peers_of(&kit, "app=web");
	front = peers_of(&kit, "tier=front");
	db = peers_of(&kit, "app=db");
	pod = make_pod_at("n", "shop", "web", "app=web,tier=front", "10.0.0.1");
	make_pod_ip(pod, "fd00::1");
	place = settled(&kit, pod);
	assert_placed(kit.wanted, place, "3 set peers4, 3 set peers6, 2 element peers4, 2 element peers6");
	place_join(place, &kit.profiles);
	assert_placed(kit.wanted, place, "3 set peers4, 3 set peers6, 2 element peers4, 2 element peers6");
	place_free(place, &kit.profiles);
	assert_wanted(kit.wanted, "3 set peers4, 3 set peers6");
	peers_put(&kit.unions, web);
	peers_put(&kit.unions, front);
	peers_put(&kit.unions, db);
	kit_fini(&kit);
}

UNIT(place, two_terms_of_a_union_that_mean_one_address_are_one_element)
{
	struct kit kit;
	struct term *terms[2];
	struct peers *peers;
	struct place *place;

	kit_init(&kit);
	terms[0] = make_term(&kit.unions.terms, "shop", "app=web");
	terms[1] = make_term(&kit.unions.terms, NULL, "tier=front");
	peers = peers_get(&kit.unions, terms, 2);
	place = settled(&kit, make_pod_at("n", "shop", "web", "app=web,tier=front", "10.0.0.1"));
	cr_assert_eq(place->seats[0]->n, 1);
	assert_placed(kit.wanted, place, "1 set peers4, 1 set peers6, 1 element peers4");
	place_free(place, &kit.profiles);
	peers_put(&kit.unions, peers);
	kit_fini(&kit);
}

UNIT(place, a_namespace_known_only_from_its_pods_has_its_name_for_a_label)
{
	struct kit kit;
	struct term draft = {0}, *term;
	struct peers *peers;
	struct place *place;

	kit_init(&kit);
	make_selector(&draft.ns_labels, "kubernetes.io/metadata.name=shop");
	term = term_get(&kit.unions.terms, &draft);
	peers = peers_get(&kit.unions, &term, 1);
	place = settled(&kit, make_pod_at("n", "shop", "web", "", "10.0.0.1"));
	cr_assert_eq(place->seats[0]->n, 1);
	place_free(place, &kit.profiles);
	peers_put(&kit.unions, peers);
	kit_fini(&kit);
}

UNIT(place, entering_a_fresh_union_and_leaving_a_dropped_one_is_joining_anew)
{
	struct kit kit;
	struct peers *old, *fresh, *foreign;
	struct place *place;

	kit_init(&kit);
	old = peers_of(&kit, "app=web");
	place = settled(&kit, make_pod_at("n", "shop", "web", "app=web,tier=front", "10.0.0.1"));
	unions_settle(&kit.unions);
	fresh = peers_of(&kit, "tier=front");
	foreign = peers_of(&kit, "tier=back");
	peers_put(&kit.unions, old);
	place_leave(place, old, &kit.profiles);
	place_leave(place, old, &kit.profiles);
	for (int twice = 0; twice < 2; twice++) {
		place_enter(place, fresh, fresh->terms.at[0], &kit.profiles);
		place_enter(place, foreign, foreign->terms.at[0], &kit.profiles);
	}
	cr_assert_eq(place->seats[0]->n, 1);
	cr_assert_eq(place->seats[0]->in[0], fresh);
	unions_settle(&kit.unions);
	assert_placed(kit.wanted, place, "2 set peers4, 2 set peers6, 1 element peers4");
	place_join(place, &kit.profiles);
	assert_placed(kit.wanted, place, "2 set peers4, 2 set peers6, 1 element peers4");
	place_free(place, &kit.profiles);
	peers_put(&kit.unions, fresh);
	peers_put(&kit.unions, foreign);
	kit_fini(&kit);
}

UNIT(place, a_moved_pod_leaves_with_its_old_address_and_keeps_the_one_that_stays)
{
	struct kit kit;
	struct peers *web;
	struct pod *pod, *moved;
	struct place *place;

	kit_init(&kit);
	web = peers_of(&kit, "app=web");
	pod = make_pod_at("n", "shop", "web", "app=web", "10.0.0.1");
	make_pod_ip(pod, "fd00::1");
	place = settled(&kit, pod);
	assert_taken(kit.wanted, "+1 set peers4, +1 set peers6, +1 element peers4, +1 element peers6");
	moved = make_pod_at("n", "shop", "web", "app=web", "10.0.0.2");
	make_pod_ip(moved, "fd00::1");
	store_settle(kit.store);
	store_put(kit.store, &moved->object); /* the pod of before is there until the next settle */
	place_move(place, moved, &kit.profiles);
	place_join(place, &kit.profiles);
	assert_taken(kit.wanted, "-1 element peers4, +1 element peers4");
	place_free(place, &kit.profiles);
	peers_put(&kit.unions, web);
	kit_fini(&kit);
}

UNIT(place, addresses_in_the_same_unions_share_a_membership)
{
	struct kit kit;
	struct peers *web, *front;
	struct place *one, *two, *other;
	struct pod *pod;

	kit_init(&kit);
	web = peers_of(&kit, "app=web");
	front = peers_of(&kit, "tier=front");
	pod = make_pod_at("n", "shop", "one", "app=web", "10.0.0.1");
	make_pod_ip(pod, "fd00::1");
	one = settled(&kit, pod);
	two = settled(&kit, make_pod_at("n", "shop", "two", "app=web", "10.0.0.2"));
	other = settled(&kit, make_pod_at("n", "shop", "other", "app=web,tier=front", "10.0.0.3"));
	cr_assert_eq(one->seats[0], one->seats[1]);
	cr_assert_eq(one->seats[0], two->seats[0]);
	cr_assert_neq(one->seats[0], other->seats[0]);
	place_leave(other, front, &kit.profiles);
	cr_assert_eq(one->seats[0], other->seats[0]);
	place_free(one, &kit.profiles);
	place_free(two, &kit.profiles);
	cr_assert_eq(other->seats[0]->refs, 1);
	place_free(other, &kit.profiles);
	peers_put(&kit.unions, web);
	peers_put(&kit.unions, front);
	kit_fini(&kit);
}

UNIT(place, a_pod_that_reorders_its_addresses_changes_nothing)
{
	struct kit kit;
	struct policy *policy = make_policy_for("shop", "p", "", "ingress");
	struct peers *web;
	struct pod *pod, *turned;
	struct place *place;
	struct patch patch;

	kit_init(&kit);
	web = peers_of(&kit, "app=web");
	store_put(kit.store, &policy->object);
	pod = make_pod_at("n", "shop", "web", "app=web", "10.0.0.1");
	make_pod_ip(pod, "fd00::1");
	place = settled(&kit, pod);
	factset_take(kit.wanted, &patch);
	patch_free(&patch);
	store_settle(kit.store);
	turned = make_pod_at("n", "shop", "web", "app=web", "fd00::1");
	make_pod_ip(turned, "10.0.0.1");
	store_put(kit.store, &turned->object);
	place_move(place, turned, &kit.profiles);
	place_join(place, &kit.profiles);
	place_write(place, &kit.profiles);
	assert_taken(kit.wanted, "");
	place_free(place, &kit.profiles);
	peers_put(&kit.unions, web);
	kit_fini(&kit);
}
