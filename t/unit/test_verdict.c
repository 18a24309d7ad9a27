/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the verdict what the specification of NetworkPolicy says, clause by clause? */
#include "shop.h"

UNIT(verdict, without_policies_everybody_may_do_everything)
{
	struct store *store = cluster();

	assert_admitted(store, DIRECTION_INGRESS, everybody);
	assert_admitted(store, DIRECTION_EGRESS, everybody);
	cr_assert(passes(store, "192.0.2.1", DB, PROTO_ICMP, 0));
	cr_assert(passes(store, "192.0.2.1", "192.0.2.2", PROTO_TCP, 80));
	store_free(store);
}

/* "the only allowed connections [...] are those allowed by the ingress list": only the types isolate, only rules of an
 * isolated direction matter. */
UNIT(verdict, types_isolate_and_rules_of_that_direction_admit)
{
	static const struct {
		const char *types;
		bool in_rule, out_rule, isolated_in, isolated_out, in, out;
	} cases[] = {
		{"", false, false, false, false, true, true},
		{"", true, false, false, false, true, true},
		{"", false, true, false, false, true, true},
		{"", true, true, false, false, true, true},
		{"ingress", false, false, true, false, false, true},
		{"ingress", true, false, true, false, true, true},
		{"ingress", false, true, true, false, false, true},
		{"ingress", true, true, true, false, true, true},
		{"egress", false, false, false, true, true, false},
		{"egress", true, false, false, true, true, false},
		{"egress", false, true, false, true, true, true},
		{"egress", true, true, false, true, true, true},
		{"ingress egress", false, false, true, true, false, false},
		{"ingress egress", true, false, true, true, true, false},
		{"ingress egress", false, true, true, true, false, true},
		{"ingress egress", true, true, true, true, true, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store *store = cluster();
		struct policy *policy = make_policy_for("shop", "p", "app=db", cases[i].types);
		struct verdict in, out;

		if (cases[i].in_rule)
			make_rule(policy);
		if (cases[i].out_rule)
			make_egress(policy);
		store_put(store, &policy->object);
		in = ask(store, "192.0.2.1", DB, PROTO_TCP, 80);
		out = ask(store, DB, "192.0.2.1", PROTO_TCP, 80);
		cr_assert_eq(in.allowed, cases[i].in, "case %zu", i);
		cr_assert_eq(out.allowed, cases[i].out, "case %zu", i);
		cr_assert_eq(in.ingress.isolated, cases[i].isolated_in, "case %zu", i);
		cr_assert_eq(out.egress.isolated, cases[i].isolated_out, "case %zu", i);
		store_free(store);
	}
}

UNIT(verdict, a_policy_selects_pods_of_its_own_namespace_by_label)
{
	static const struct {
		const char *ns, *pods;
		bool isolated;
	} cases[] = {
		{"shop", "app=db", true},  {"shop", "", true},  {"shop", "app=web", false},
		{"prod", "app=db", false}, {"prod", "", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store *store = cluster();

		store_put(store, &make_policy_for(cases[i].ns, "p", cases[i].pods, "ingress")->object);
		cr_assert_eq(!passes(store, "192.0.2.1", DB, PROTO_TCP, 80), cases[i].isolated, "case %zu", i);
		store_free(store);
	}
}

/* ns and pods: labels wanted, NULL where the selector is left out. */
UNIT(verdict, peers_are_whom_their_selectors_select)
{
	static const struct {
		const char *ns, *pods, *admitted;
	} cases[] = {
		{NULL, "", "shop/web shop/job"},
		{NULL, "app=web", "shop/web"},
		{NULL, "app=cat", ""},
		{"", "", "shop/web shop/job prod/web prod/job ghost/web"},
		{"", "app=web", "shop/web prod/web ghost/web"},
		{"team=y", "", "prod/web prod/job"},
		{"team=y", "app=web", "prod/web"},
		{"team=z", "", ""},
		{"kubernetes.io/metadata.name=prod", "", "prod/web prod/job"},
		/* A namespace that is known only from its pods has the label that every namespace has. */
		{"kubernetes.io/metadata.name=ghost", "", "ghost/web"},
		/* prod/job wears the label of a namespace and is in another. */
		{"kubernetes.io/metadata.name=shop", "", "shop/web shop/job"},
		{NULL, "kubernetes.io/metadata.name=shop", ""},
		{"", "kubernetes.io/metadata.name=shop", "prod/job"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int d = 0; d < DIRECTION_COUNT; d++) {
			struct store *store = cluster();
			struct policy *policy = db_policy("p", (enum direction)d);

			make_peer_pods(&policy->rules[0], cases[i].ns, cases[i].pods);
			store_put(store, &policy->object);
			assert_admitted(store, (enum direction)d, cases[i].admitted);
			store_free(store);
		}
	}
}

UNIT(verdict, selectors_in_one_peer_are_and_in_two_peers_or)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_pods(&policy->rules[0], "team=y", "app=job");
	store_put(store, &policy->object);
	assert_admitted(store, DIRECTION_INGRESS, "prod/job");
	policy = db_policy("p", DIRECTION_INGRESS);
	make_peer_pods(&policy->rules[0], "team=y", "");
	make_peer_pods(&policy->rules[0], NULL, "app=job");
	store_put(store, &policy->object);
	assert_admitted(store, DIRECTION_INGRESS, "shop/job prod/web prod/job");
	store_free(store);
}

UNIT(verdict, blocks_hold_addresses_whoever_has_them)
{
	static const struct {
		const char *block, *except, *admitted;
	} cases[] = {
		{"0.0.0.0/0", NULL, everybody},
		{"192.0.2.0/24", NULL, "world"},
		{"192.0.2.1/32", NULL, "world"},
		{"192.0.2.2/32", NULL, ""},
		{"10.0.0.0/16", NULL, "shop/web shop/job prod/web prod/job ghost/web"},
		{"10.0.0.0/16", "10.0.1.0/24", "shop/web shop/job ghost/web"},
		{"0.0.0.0/0", "10.0.0.0/8", "world"},
		{"10.0.1.0/24", "10.0.1.0/24", ""},
		{"::/0", NULL, ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int d = 0; d < DIRECTION_COUNT; d++) {
			struct store *store = cluster();
			struct policy *policy = db_policy("p", (enum direction)d);

			make_peer_block(&policy->rules[0], cases[i].block, cases[i].except);
			store_put(store, &policy->object);
			assert_admitted(store, (enum direction)d, cases[i].admitted);
			store_free(store);
		}
	}
}

UNIT(verdict, an_exception_takes_nothing_from_another_peer)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_block(&policy->rules[0], "0.0.0.0/0", "10.0.0.0/8");
	make_peer_block(&policy->rules[0], "10.0.1.1/32", NULL);
	make_peer_pods(&policy->rules[0], NULL, "app=job");
	store_put(store, &policy->object);
	assert_admitted(store, DIRECTION_INGRESS, "shop/job prod/web world");
	store_free(store);
}

UNIT(verdict, a_peer_that_could_not_be_understood_is_nobody)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer(&policy->rules[0], PEER_NOBODY);
	store_put(store, &policy->object);
	assert_admitted(store, DIRECTION_INGRESS, "");
	policy = db_policy("p", DIRECTION_INGRESS);
	make_peer(&policy->rules[0], PEER_NOBODY);
	make_peer_pods(&policy->rules[0], NULL, "app=web");
	store_put(store, &policy->object);
	assert_admitted(store, DIRECTION_INGRESS, "shop/web");
	store_free(store);
}

UNIT(verdict, a_pod_always_reaches_itself)
{
	struct store *store = cluster();
	struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB);
	struct verdict verdict;

	make_pod_ip(db, "10.0.0.10");
	store_put(store, &db->object);
	store_put(store, &make_policy_for("shop", "deny", "", "ingress egress")->object);
	verdict = ask(store, DB, DB, PROTO_TCP, 80);
	cr_assert(verdict.allowed);
	cr_assert_eq(verdict.why, VERDICT_WHY_SELF);
	cr_assert(verdict.ingress.isolated && !verdict.ingress.allowed);
	cr_assert(passes(store, DB, "10.0.0.10", PROTO_ICMP, 0), "by its other address");
	cr_assert(!passes(store, DB, "10.0.0.1", PROTO_TCP, 80));
	cr_assert_neq(ask(store, "192.0.2.1", "192.0.2.1", PROTO_TCP, 80).why, VERDICT_WHY_SELF, "nobody is no pod");
	store_free(store);
}

UNIT(verdict, a_node_and_its_pods_reach_each_other_and_no_other_nodes)
{
	struct store *store = cluster();
	struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB),
		   *far = make_pod_at("n2", "prod", "far", "", "10.0.3.1");
	struct verdict verdict;

	make_pod_host(db, "n1", "172.16.0.1");
	make_pod_host(far, "n2", "172.16.0.2");
	store_put(store, &db->object);
	store_put(store, &far->object);
	store_put(store, &make_policy_for("shop", "deny", "", "ingress egress")->object);
	verdict = ask(store, "172.16.0.1", DB, PROTO_TCP, 80);
	cr_assert(verdict.allowed);
	cr_assert_eq(verdict.why, VERDICT_WHY_NODE);
	cr_assert(verdict.ingress.isolated && !verdict.ingress.allowed);
	cr_assert(passes(store, DB, "172.16.0.1", PROTO_ICMP, 0));
	cr_assert(!passes(store, "172.16.0.2", DB, PROTO_TCP, 80));
	cr_assert(!passes(store, DB, "172.16.0.2", PROTO_TCP, 80));
	cr_assert_eq(ask(store, "172.16.0.2", "10.0.3.1", PROTO_TCP, 80).why, VERDICT_WHY_NODE);
	store_free(store);
}

/* A pod that claims an address without owning it for policies: the deny-all of its namespace does not hold for it, and
 * it is no peer. */
static void assert_outside(struct pod *pod, const char *ip)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_pods(&policy->rules[0], "", "");
	store_put(store, &policy->object);
	store_put(store, &make_policy_for("prod", "deny", "", "ingress egress")->object);
	store_put(store, &pod->object);
	cr_assert(passes(store, "192.0.2.1", ip, PROTO_TCP, 80), "it was isolated");
	cr_assert(!passes(store, ip, DB, PROTO_TCP, 80), "it was a peer");
	cr_assert_null(ask(store, ip, DB, PROTO_TCP, 80).egress.pod);
	store_free(store);
}

UNIT(verdict, a_finished_pod_has_no_address)
{
	struct pod *pod = make_pod_at("n1", "prod", "done", "", "10.0.3.1");

	pod->finished = true;
	assert_outside(pod, "10.0.3.1");
}

UNIT(verdict, a_pod_on_the_host_network_is_no_pod)
{
	struct pod *pod = make_pod_at("n2", "prod", "agent", "", "172.16.0.2");

	pod->host_network = true;
	assert_outside(pod, "172.16.0.2");
}

UNIT(verdict, a_pod_without_an_address_is_nobody_yet)
{
	assert_outside(make_pod("prod", "pending"), "10.0.3.1");
}

UNIT(verdict, an_address_is_its_newest_live_pods)
{
	struct store *store = cluster();
	struct pod *heir = make_pod_at("n1", "prod", "heir", "app=web", DB), *gone;

	store_put(store, &make_policy_for("shop", "deny", "", "ingress")->object);
	heir->created = 5;
	store_put(store, &heir->object);
	cr_assert(passes(store, "192.0.2.1", DB, PROTO_TCP, 80));
	cr_assert_eq(ask(store, "192.0.2.1", DB, PROTO_TCP, 80).ingress.pod, heir);
	gone = make_pod_at("n1", "prod", "heir", "app=web", DB);
	gone->created = 5;
	gone->finished = true;
	store_put(store, &gone->object);
	cr_assert(!passes(store, "192.0.2.1", DB, PROTO_TCP, 80));
	store_free(store);
}

UNIT(verdict, both_ends_must_agree)
{
	struct store *store = cluster();
	struct policy *in = db_policy("db", DIRECTION_INGRESS);
	struct verdict verdict;

	store_put(store, &make_policy_for("shop", "web", "app=web", "egress")->object);
	make_peer_pods(&in->rules[0], NULL, "app=web");
	store_put(store, &in->object);
	verdict = ask(store, "10.0.0.1", DB, PROTO_TCP, 80);
	cr_assert(!verdict.allowed);
	cr_assert(verdict.egress.isolated && !verdict.egress.allowed);
	cr_assert(verdict.ingress.isolated && verdict.ingress.allowed);
	verdict = ask(store, "10.0.0.2", DB, PROTO_TCP, 80);
	cr_assert(!verdict.allowed);
	cr_assert(!verdict.egress.isolated && verdict.egress.allowed);
	cr_assert(!verdict.ingress.allowed);
	store_free(store);
}

UNIT(verdict, policies_add_up)
{
	struct store *store = cluster();
	struct policy *web = db_policy("web", DIRECTION_INGRESS), *job = db_policy("job", DIRECTION_INGRESS);

	make_peer_pods(&web->rules[0], NULL, "app=web");
	make_peer_pods(&job->rules[0], NULL, "app=job");
	store_put(store, &web->object);
	assert_admitted(store, DIRECTION_INGRESS, "shop/web");
	store_put(store, &job->object);
	assert_admitted(store, DIRECTION_INGRESS, "shop/web shop/job");
	store_put(store, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	assert_admitted(store, DIRECTION_INGRESS, "shop/web shop/job");
	assert_admitted(store, DIRECTION_EGRESS, everybody);
	store_del(store, OBJECT_POLICY, "shop", "web");
	assert_admitted(store, DIRECTION_INGRESS, "shop/job");
	store_free(store);
}

UNIT(verdict, the_ruling_names_the_first_policy_rule_peer_and_port_that_admit)
{
	struct store *store = cluster();
	struct policy *a = db_policy("a", DIRECTION_INGRESS), *b = db_policy("b", DIRECTION_INGRESS);
	struct rule *second, *third;
	struct ruling ruling;

	make_peer_pods(&a->rules[0], NULL, "app=cat");
	second = make_rule(a);
	make_peer(second, PEER_NOBODY);
	make_peer_block(second, "10.0.0.0/8", NULL);
	make_peer_pods(second, NULL, "app=web");
	make_port(second, PROTO_UDP, 80, 80);
	make_port(second, PROTO_TCP, 1, 90);
	make_port(second, PROTO_TCP, 80, 80);
	third = make_rule(a);
	make_port(third, PROTO_TCP, 80, 80);
	store_put(store, &b->object);
	store_put(store, &a->object);
	ruling = ask(store, "10.0.0.1", DB, PROTO_TCP, 80).ingress;
	cr_assert_eq(ruling.policy, a);
	cr_assert_eq(ruling.rule, &a->rules[1]);
	cr_assert_eq(ruling.peer, 1);
	cr_assert_eq(ruling.port, 1);
	ruling = ask(store, "192.0.2.1", DB, PROTO_TCP, 80).ingress;
	cr_assert_eq(ruling.rule, &a->rules[2]);
	cr_assert_eq(ruling.peer, SIZE_MAX);
	cr_assert_eq(ruling.port, 0);
	ruling = ask(store, "192.0.2.1", DB, PROTO_TCP, 443).ingress;
	cr_assert_eq(ruling.policy, b);
	cr_assert_eq(ruling.peer, SIZE_MAX);
	cr_assert_eq(ruling.port, SIZE_MAX);
	store_free(store);
}

UNIT(verdict, of_policies_that_admit_the_first_by_name_is_named_whichever_came_first)
{
	static const char *const orders[][3] = {{"a", "b", "c"}, {"c", "b", "a"}, {"b", "a", "c"}};

	for (size_t i = 0; i < COUNT(orders); i++) {
		struct store *store = cluster();

		for (size_t k = 0; k < 3; k++)
			store_put(store, &db_policy(orders[i][k], DIRECTION_INGRESS)->object);
		cr_assert_str_eq(ask(store, "10.0.0.1", DB, PROTO_TCP, 80).ingress.policy->object.name, "a");
		store_free(store);
	}
}

UNIT(verdict, a_ruling_that_admits_nobody_names_no_policy)
{
	struct store *store = cluster();
	struct verdict verdict;

	store_put(store, &make_policy_for("shop", "deny", "app=db", "ingress")->object);
	verdict = ask(store, "192.0.2.1", DB, PROTO_TCP, 80);
	cr_assert(verdict.ingress.isolated && !verdict.ingress.allowed);
	cr_assert_null(verdict.ingress.policy);
	cr_assert_null(verdict.ingress.rule);
	cr_assert_eq(verdict.ingress.peer, SIZE_MAX);
	cr_assert_eq(verdict.ingress.port, SIZE_MAX);
	cr_assert_null(verdict.egress.pod);
	cr_assert(!verdict.egress.isolated && verdict.egress.allowed);
	cr_assert_null(verdict.egress.policy);
	store_free(store);
}

UNIT(verdict, families_are_judged_apart)
{
	struct store *store = cluster();
	struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB),
		   *web = make_pod_at("n1", "shop", "web", "app=web", "10.0.0.1");
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_pod_ip(db, "fd00::9");
	make_pod_ip(web, "fd00::1");
	make_peer_block(&policy->rules[0], "10.0.0.1/32", NULL);
	store_put(store, &db->object);
	store_put(store, &web->object);
	store_put(store, &policy->object);
	cr_assert(passes(store, "10.0.0.1", DB, PROTO_TCP, 80));
	cr_assert(!passes(store, "fd00::1", "fd00::9", PROTO_TCP, 80));
	policy = db_policy("p", DIRECTION_INGRESS);
	make_peer_pods(&policy->rules[0], NULL, "app=web");
	store_put(store, &policy->object);
	cr_assert(passes(store, "fd00::1", "fd00::9", PROTO_TCP, 80));
	cr_assert(!passes(store, "fd00::2", "fd00::9", PROTO_TCP, 80));
	store_free(store);
}

UNIT(verdict, nothing_that_a_pod_sends_reaches_the_overlays_ports)
{
	static const uint16_t ports[] = {4789, 8472};
	struct store *store = cluster();

	for (size_t i = 0; i < COUNT(ports); i++) {
		for (size_t k = 0; k < COUNT(others); k++) {
			cr_assert_eq(ask(store, DB, others[k].ip, PROTO_UDP, ports[i]).why, VERDICT_WHY_OVERLAY);
			cr_assert(!passes(store, others[k].ip, DB, PROTO_UDP, ports[i]));
			cr_assert(passes(store, DB, others[k].ip, PROTO_TCP, ports[i]));
		}
		cr_assert(!passes(store, DB, DB, PROTO_UDP, ports[i]));
		cr_assert(passes(store, "192.0.2.1", "192.0.2.2", PROTO_UDP, ports[i]));
	}
	store_free(store);
}

UNIT(verdict, a_pod_may_not_send_frames_to_its_own_node_which_may_send_to_its_pods)
{
	struct store *store = cluster();
	struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB);

	db->host_ips = mem_new(1, sizeof *db->host_ips);
	db->host_ips[db->n_host_ips++] = make_ip("172.30.0.1");
	store_put(store, &db->object);
	cr_assert(passes(store, DB, "172.30.0.1", PROTO_UDP, 53));
	cr_assert(!passes(store, DB, "172.30.0.1", PROTO_UDP, 8472));
	cr_assert(passes(store, "172.30.0.1", DB, PROTO_UDP, 8472));
	store_free(store);
}

UNIT(verdict, the_overlays_ports_may_be_others)
{
	struct store *store = cluster();
	struct packet packet = {make_ip(DB), make_ip("192.0.2.1"), PROTO_UDP, 6081};
	struct overlay overlay = {.ports = {6081}, .n = 1};

	cr_assert(verdict_of(store, &packet).allowed);
	cr_assert(!verdict_beside(store, &overlay, &packet).allowed);
	packet.port = 8472;
	cr_assert(verdict_beside(store, &overlay, &packet).allowed);
	store_free(store);
}

UNIT(verdict, nothing_for_many_passes_where_a_pod_is_isolated_for_ingress)
{
	static const char *const many[] = {"224.0.0.251", "239.255.255.255", "255.255.255.255"};
	struct store *store = cluster();
	struct pod *web = make_pod_at("n1", "shop", "web", "app=web", "10.0.0.7"),
		   *far = make_pod_at("n2", "shop", "far", "app=web", "10.0.2.7");

	make_pod_ip(web, "fd00::7");
	store_put(store, &web->object);
	store_put(store, &far->object);
	store_put(store, &make_pod_at("n1", "shop", "db2", "app=db2", "10.0.0.8")->object);
	for (size_t i = 0; i < COUNT(many); i++)
		cr_assert(passes(store, "10.0.0.7", many[i], PROTO_UDP, 5353));
	store_put(store, &make_policy_for("shop", "p", "app=db2", "ingress")->object);
	for (size_t i = 0; i < COUNT(many); i++) {
		cr_assert_eq(ask(store, "10.0.0.7", many[i], PROTO_UDP, 5353).why, VERDICT_WHY_MANY);
		cr_assert(!passes(store, "10.0.0.7", many[i], PROTO_UDP, 5353));
		cr_assert(!passes(store, many[i], "10.0.0.7", PROTO_UDP, 5353), "nor does what comes from there");
		cr_assert(passes(store, "10.0.2.7", many[i], PROTO_UDP, 5353), "nobody is isolated on the other node");
	}
	cr_assert(!passes(store, "fd00::7", "ff02::fb", PROTO_UDP, 5353));
	cr_assert(passes(store, "10.0.0.7", "223.255.255.255", PROTO_UDP, 5353));
	cr_assert(passes(store, "10.0.0.7", "240.0.0.1", PROTO_UDP, 5353));
	store_free(store);
}

UNIT(verdict, who_may_send_to_nobody_is_refused_by_its_own_policies)
{
	struct store *store = cluster();

	store_put(store, &make_pod_at("n1", "shop", "web", "app=web", "10.0.0.7")->object);
	store_put(store, &make_policy_for("shop", "p", "app=web", "ingress,egress")->object);
	cr_assert_eq(ask(store, "10.0.0.7", "224.0.0.251", PROTO_UDP, 5353).why, VERDICT_WHY_POLICY);
	cr_assert(!passes(store, "10.0.0.7", "224.0.0.251", PROTO_UDP, 5353));
	store_free(store);
}
