/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the policies of a profile come to the right maps, lists and sets, and to no more of them than needed? */
#include "kit.h"

struct fixture {
	struct kit kit;
	struct pod *pod;
	struct profile *profile;
};

static void fixture_init(struct fixture *f)
{
	kit_init(&f->kit);
	f->pod = make_pod_at("n", "shop", "db", "", "10.0.0.1");
	store_put(f->kit.store, &f->pod->object);
}

/* A new rule, for ingress, in a policy of this name that selects the pod. */
static struct rule *fixture_rule(struct fixture *f, const char *policy_name)
{
	struct policy *policy = make_policy("shop", policy_name);

	store_put(f->kit.store, &policy->object);
	return make_rule(policy);
}

static void fixture_build(struct fixture *f, const char *expected)
{
	f->profile = profile_get(&f->kit.profiles, f->pod, DIRECTION_INGRESS);
	assert_wanted(f->kit.wanted, expected);
}

static void fixture_fini(struct fixture *f)
{
	profile_put(&f->kit.profiles, f->profile);
	kit_fini(&f->kit);
}

/* The list that TCP `port` leads to, or "accept". */
static const char *destination(const struct fixture *f, uint16_t port)
{
	const struct facts *facts = &f->profile->content.facts;

	for (size_t i = 0; i < facts->n; i++) {
		const struct fact *e = &facts->at[i];

		if (e->kind != FACT_ELEMENT || e->element.size != 8 || e->element.lo[0] != PROTO_TCP ||
		    e->element.lo[4] != port >> 8 || e->element.lo[5] != (port & 0xff))
			continue;
		return e->element.action.kind == VERDICT_ACCEPT ? "accept" : e->element.action.chain;
	}
	return NULL;
}

UNIT(content, policies_without_rules_ask_for_nothing)
{
	struct fixture f;
	struct policy *policy = make_policy("shop", "deny");

	fixture_init(&f);
	store_put(f.kit.store, &policy->object);
	fixture_build(&f, "");
	cr_assert_eq(f.profile->content.any.kind, VERDICT_CONTINUE);
	cr_assert(!f.profile->content.ports);
	fixture_fini(&f);
}

UNIT(content, everyone_on_every_port_is_accepted_without_a_map)
{
	struct fixture f;

	fixture_init(&f);
	fixture_rule(&f, "all");
	fixture_build(&f, "");
	cr_assert_eq(f.profile->content.any.kind, VERDICT_ACCEPT);
	fixture_fini(&f);
}

UNIT(content, everyone_on_a_port_is_accepted_without_a_chain)
{
	struct fixture f;

	fixture_init(&f);
	make_port(fixture_rule(&f, "web"), PROTO_TCP, 80, 80);
	fixture_build(&f, "1 set ports-in, 1 element ports-in");
	cr_assert(f.profile->content.ports);
	cr_assert_str_eq(destination(&f, 80), "accept");
	fixture_fini(&f);
}

UNIT(content, peers_on_a_port_are_a_list)
{
	struct fixture f;
	struct rule *rule;

	fixture_init(&f);
	rule = fixture_rule(&f, "web");
	make_port(rule, PROTO_TCP, 80, 80);
	make_peer_pods(rule, NULL, "app=web");
	make_peer_block(rule, "192.0.2.0/24", NULL);
	fixture_build(&f, "1 set cidr4, 1 set peers4, 1 set peers6, 1 set ports-in, 1 chain allow-in, "
			  "1 element cidr4, 1 element ports-in");
	cr_assert_eq(destination(&f, 80), only_fact(&f.profile->content.facts, FACT_CHAIN, "allow-in-")->name);
	fixture_fini(&f);
}

UNIT(content, peers_on_every_port_are_a_list_without_a_map)
{
	struct fixture f;

	fixture_init(&f);
	make_peer_pods(fixture_rule(&f, "web"), NULL, "app=web");
	fixture_build(&f, "1 set peers4, 1 set peers6, 1 chain allow-in");
	cr_assert_eq(f.profile->content.any.kind, VERDICT_JUMP);
	cr_assert(!f.profile->content.ports);
	fixture_fini(&f);
}

UNIT(content, a_rule_that_means_nobody_asks_for_nothing)
{
	struct fixture f;
	struct rule *rule;

	fixture_init(&f);
	rule = fixture_rule(&f, "broken");
	make_peer(rule, PEER_NOBODY);
	make_port(rule, PROTO_TCP, 80, 80);
	make_peer_block(rule, "192.0.2.0/24", "192.0.2.0/24");
	fixture_build(&f, "");
	cr_assert_eq(f.profile->content.any.kind, VERDICT_CONTINUE);
	fixture_fini(&f);
}

UNIT(content, sixteen_ports_are_elements_and_seventeen_are_a_range)
{
	struct fixture f;

	fixture_init(&f);
	make_port(fixture_rule(&f, "narrow"), PROTO_TCP, 100, 115);
	make_port(fixture_rule(&f, "wide"), PROTO_UDP, 100, 116);
	fixture_build(&f, "1 set ports-in, 1 set udp-in, 16 element ports-in, 1 element udp-in");
	fixture_fini(&f);
}

UNIT(content, each_protocol_has_a_range_map_of_its_own)
{
	struct fixture f;
	struct rule *rule;
	const struct fact *e;

	fixture_init(&f);
	rule = fixture_rule(&f, "wide");
	make_port(rule, PROTO_TCP, 0, UINT16_MAX);
	make_port(rule, PROTO_UDP, 1000, 2000);
	make_port(rule, PROTO_SCTP, 0, 16);
	fixture_build(
		&f, "1 set sctp-in, 1 set tcp-in, 1 set udp-in, 1 element sctp-in, 1 element tcp-in, 1 element udp-in");
	e = only_fact(&f.profile->content.facts, FACT_ELEMENT, "udp-in-");
	cr_assert_arr_eq(e->element.lo, ((uint8_t[]){1000 >> 8, 1000 & 0xff}), 2);
	cr_assert_arr_eq(e->element.hi, ((uint8_t[]){2000 >> 8, 2000 & 0xff}), 2);
	cr_assert_eq(e->element.size, 2);
	cr_assert(!f.profile->content.ports);
	fixture_fini(&f);
}

UNIT(content, a_range_map_that_would_change_is_another_one)
{
	struct fixture f;
	const char *before;

	fixture_init(&f);
	make_port(fixture_rule(&f, "wide"), PROTO_UDP, 1000, 2000);
	fixture_build(&f, "1 set udp-in, 1 element udp-in");
	before = atom_ref(only_fact(&f.profile->content.facts, FACT_SET, "udp-in-")->name);
	make_port(fixture_rule(&f, "wide"), PROTO_UDP, 1000, 2001);
	f.profile->stale = true;
	cr_assert(profiles_rebuild(&f.kit.profiles));
	cr_assert_neq(only_fact(&f.profile->content.facts, FACT_SET, "udp-in-")->name, before);
	atom_put(before);
	fixture_fini(&f);
}

UNIT(content, policies_on_one_port_are_one_list_that_names_them)
{
	struct fixture f;
	static const char *const names[] = {"b", "a", "c"};

	fixture_init(&f);
	for (size_t i = 0; i < 3; i++) {
		struct rule *rule = fixture_rule(&f, names[i]);

		make_port(rule, PROTO_TCP, 80, 80);
		make_peer_pods(rule, NULL, i == 0 ? "app=web" : "app=job");
	}
	fixture_build(&f, "1 set peers4, 1 set peers6, 1 set ports-in, 1 chain allow-in, 1 element ports-in");
	cr_assert_str_eq(only_fact(&f.profile->content.facts, FACT_CHAIN, "allow-in-")->comment, "shop/a, b, c");
	fixture_fini(&f);
}

UNIT(content, a_comment_names_a_policy_once_and_is_cut)
{
	struct fixture f;
	const char *comment;

	fixture_init(&f);
	for (char name[] = "policy-with-a-long-name-a"; name[24] <= 'j'; name[24]++) {
		struct policy *policy = make_policy("shop", name);

		make_peer_pods(make_rule(policy), NULL, "app=web");
		make_peer_pods(make_rule(policy), NULL, "app=job");
		store_put(f.kit.store, &policy->object);
	}
	fixture_build(&f, "1 set peers4, 1 set peers6, 1 chain allow-in");
	comment = only_fact(&f.profile->content.facts, FACT_CHAIN, "allow-in-")->comment;
	cr_assert_eq(strlen(comment), FACT_COMMENT_MAX);
	cr_assert_eq(strncmp(comment, "shop/policy-with-a-long-name-a, policy-with-a-long-name-b, policy-", 66), 0,
		     "%s", comment);
	fixture_fini(&f);
}

UNIT(content, whoever_may_use_every_port_has_a_list_behind_the_others)
{
	struct fixture f;
	struct rule *rule;

	fixture_init(&f);
	make_peer_pods(fixture_rule(&f, "all"), NULL, "app=admin");
	rule = fixture_rule(&f, "web");
	make_port(rule, PROTO_TCP, 80, 80);
	make_peer_pods(rule, NULL, "app=web");
	fixture_build(&f, "2 set peers4, 2 set peers6, 1 set ports-in, 2 chain allow-in, 1 element ports-in");
	cr_assert_eq(f.profile->content.any.kind, VERDICT_JUMP);
	cr_assert_neq(destination(&f, 80), f.profile->content.any.chain);
	cr_assert_eq(f.profile->content.peers.n, 2);
	cr_assert_eq(f.profile->content.peers.at[0]->terms.n + f.profile->content.peers.at[1]->terms.n, 2);
	fixture_fini(&f);
}

UNIT(content, everyone_among_others_on_a_port_needs_no_list)
{
	struct fixture f;
	struct rule *rule;

	fixture_init(&f);
	make_port(fixture_rule(&f, "all"), PROTO_TCP, 80, 80);
	rule = fixture_rule(&f, "web");
	make_port(rule, PROTO_TCP, 80, 80);
	make_peer_pods(rule, NULL, "app=web");
	make_peer_block(rule, "192.0.2.0/24", NULL);
	fixture_build(&f, "1 set ports-in, 1 element ports-in");
	cr_assert_str_eq(destination(&f, 80), "accept");
	fixture_fini(&f);
}

UNIT(content, cells_of_the_same_clauses_share_a_list)
{
	struct fixture f;
	struct rule *rule;

	fixture_init(&f);
	rule = fixture_rule(&f, "web");
	make_port(rule, PROTO_TCP, 80, 80);
	make_port(rule, PROTO_TCP, 443, 443);
	make_port(rule, PROTO_UDP, 443, 443);
	make_peer_pods(rule, NULL, "app=web");
	fixture_build(&f, "1 set peers4, 1 set peers6, 1 set ports-in, 1 chain allow-in, 3 element ports-in");
	cr_assert_eq(destination(&f, 80), destination(&f, 443));
	fixture_fini(&f);
}

UNIT(content, policies_that_mean_the_same_peers_share_their_sets)
{
	struct fixture f;

	fixture_init(&f);
	for (uint16_t port = 80; port < 82; port++) {
		struct rule *rule = fixture_rule(&f, port % 2 ? "odd" : "even");

		make_port(rule, PROTO_TCP, port, port);
		make_peer_pods(rule, NULL, "app=web");
	}
	fixture_build(&f, "1 set peers4, 1 set peers6, 1 set ports-in, 2 chain allow-in, 2 element ports-in");
	cr_assert_neq(destination(&f, 80), destination(&f, 81));
	fixture_fini(&f);
}
