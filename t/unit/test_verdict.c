/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the verdict what the specification of NetworkPolicy says, clause by clause? */
#include <selvage/verdict.h>

#include "cluster.h"

#define PROTO_ICMP 1
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The pod that the policies of these tests select, shop/db. */
#define DB "10.0.0.9"

/* Whom it talks to. */
static const struct {
	const char *name, *ip;
} others[] = {
	{"shop/web", "10.0.0.1"}, {"shop/job", "10.0.0.2"},  {"prod/web", "10.0.1.1"},
	{"prod/job", "10.0.1.2"}, {"ghost/web", "10.0.2.1"}, {"world", "192.0.2.1"},
};

static void put_pod(struct store *store, const char *ns, const char *name, const char *labels, const char *ip)
{
	store_put(store, &make_pod_at("n1", ns, name, labels, ip)->object);
}

static void put_namespace(struct store *store, const char *name, const char *labels)
{
	struct namespace *ns = make_namespace(name);

	make_labels(&ns->labels, labels);
	store_put(store, &ns->object);
}

/* Two namespaces, a third that is known only from its pod, and nothing isolated. */
static struct store *cluster(void)
{
	struct store *store = store_new();

	put_namespace(store, "shop", "team=x");
	put_namespace(store, "prod", "team=y");
	put_pod(store, "shop", "db", "app=db", DB);
	put_pod(store, "shop", "web", "app=web", "10.0.0.1");
	put_pod(store, "shop", "job", "app=job", "10.0.0.2");
	put_pod(store, "prod", "web", "app=web", "10.0.1.1");
	put_pod(store, "prod", "job", "app=job,kubernetes.io/metadata.name=shop", "10.0.1.2");
	put_pod(store, "ghost", "web", "app=web", "10.0.2.1");
	return store;
}

static struct verdict ask(const struct store *store, const char *from, const char *to, uint8_t proto, uint16_t port)
{
	struct packet packet = {make_ip(from), make_ip(to), proto, port};

	return verdict_of(store, &packet);
}

static bool passes(const struct store *store, const char *from, const char *to, uint8_t proto, uint16_t port)
{
	return ask(store, from, to, proto, port).allowed;
}

/* The others that may talk TCP 80 with the pod, in the direction as it sees it. */
static void admitted_print(const struct store *store, enum direction direction, FILE *out)
{
	for (size_t i = 0; i < COUNT(others); i++) {
		bool in = direction == DIRECTION_INGRESS;

		if (passes(store, in ? others[i].ip : DB, in ? DB : others[i].ip, PROTO_TCP, 80))
			fprintf(out, "%s%s", ftell(out) ? " " : "", others[i].name);
	}
}

static void assert_admitted(const struct store *store, enum direction direction, const char *expected)
{
	UNIT_PRINTS(expected, admitted_print(store, direction, out));
}

static const char everybody[] = "shop/web shop/job prod/web prod/job ghost/web world";

/* A policy for the pod that isolates it in a direction, with a rule for everyone on every port. */
static struct policy *db_policy(const char *name, enum direction direction)
{
	struct policy *policy = make_policy_for("shop", name, "app=db", direction_name(direction));

	make_rule(policy)->direction = direction;
	return policy;
}

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

/* Names are those of shop/db below. */
UNIT(verdict, ports_are_of_one_protocol_and_mean_their_numbers)
{
	static const struct {
		struct port port;
		uint8_t proto;
		uint16_t number;
		bool allowed;
	} cases[] = {
		{{.proto = PROTO_TCP, .lo = 80, .hi = 80}, PROTO_TCP, 80, true},
		{{.proto = PROTO_TCP, .lo = 80, .hi = 80}, PROTO_TCP, 81, false},
		{{.proto = PROTO_TCP, .lo = 80, .hi = 80}, PROTO_UDP, 80, false},
		{{.proto = PROTO_TCP, .lo = 80, .hi = 80}, PROTO_SCTP, 80, false},
		{{.proto = PROTO_SCTP, .lo = 80, .hi = 80}, PROTO_SCTP, 80, true},
		{{.proto = PROTO_SCTP, .lo = 80, .hi = 80}, PROTO_TCP, 80, false},
		{{.proto = PROTO_UDP, .lo = 53, .hi = 53}, PROTO_UDP, 53, true},
		/* endPort */
		{{.proto = PROTO_TCP, .lo = 80, .hi = 90}, PROTO_TCP, 79, false},
		{{.proto = PROTO_TCP, .lo = 80, .hi = 90}, PROTO_TCP, 80, true},
		{{.proto = PROTO_TCP, .lo = 80, .hi = 90}, PROTO_TCP, 90, true},
		{{.proto = PROTO_TCP, .lo = 80, .hi = 90}, PROTO_TCP, 91, false},
		{{.proto = PROTO_TCP, .lo = 80, .hi = UINT16_MAX}, PROTO_TCP, UINT16_MAX, true},
		/* no port: every one of the protocol, and no other protocol */
		{{.proto = PROTO_TCP, .lo = 0, .hi = UINT16_MAX}, PROTO_TCP, 0, true},
		{{.proto = PROTO_TCP, .lo = 0, .hi = UINT16_MAX}, PROTO_TCP, UINT16_MAX, true},
		{{.proto = PROTO_TCP, .lo = 0, .hi = UINT16_MAX}, PROTO_UDP, 80, false},
		{{.proto = PROTO_TCP, .lo = 0, .hi = UINT16_MAX}, PROTO_ICMP, 0, false},
		{{.proto = PROTO_TCP, .lo = 0, .hi = UINT16_MAX, .nothing = true}, PROTO_TCP, 80, false},
		/* the name is dns for TCP 5353 and UDP 53, web for TCP 8080 */
		{{.proto = PROTO_TCP, .name = "dns"}, PROTO_TCP, 5353, true},
		{{.proto = PROTO_TCP, .name = "dns"}, PROTO_TCP, 53, false},
		{{.proto = PROTO_TCP, .name = "dns"}, PROTO_UDP, 5353, false},
		{{.proto = PROTO_UDP, .name = "dns"}, PROTO_UDP, 53, true},
		{{.proto = PROTO_UDP, .name = "dns"}, PROTO_TCP, 53, false},
		{{.proto = PROTO_TCP, .name = "web"}, PROTO_TCP, 8080, true},
		{{.proto = PROTO_TCP, .name = "web"}, PROTO_TCP, 0, false},
		{{.proto = PROTO_UDP, .name = "web"}, PROTO_UDP, 8080, false},
		{{.proto = PROTO_TCP, .name = "none"}, PROTO_TCP, 80, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store *store = cluster();
		struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB);
		struct policy *policy = db_policy("p", DIRECTION_INGRESS);
		struct port *port = make_port(&policy->rules[0], PROTO_TCP, 0, 0);

		make_pod_port(db, "dns", PROTO_UDP, 53);
		make_pod_port(db, "dns", PROTO_TCP, 5353);
		make_pod_port(db, "web", PROTO_TCP, 8080);
		*port = cases[i].port;
		port->name = port->name ? atom(port->name) : NULL;
		store_put(store, &db->object);
		store_put(store, &policy->object);
		cr_assert_eq(passes(store, "10.0.0.1", DB, cases[i].proto, cases[i].number), cases[i].allowed,
			     "case %zu", i);
		store_free(store);
	}
}

UNIT(verdict, protocols_without_ports_pass_where_ports_are_left_out)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_pods(&policy->rules[0], NULL, "app=web");
	store_put(store, &policy->object);
	cr_assert(passes(store, "10.0.0.1", DB, PROTO_ICMP, 0));
	cr_assert(passes(store, "10.0.0.1", DB, 50, 0));
	cr_assert(!passes(store, "10.0.0.2", DB, PROTO_ICMP, 0));
	policy = db_policy("p", DIRECTION_INGRESS);
	make_port(&policy->rules[0], PROTO_TCP, 0, UINT16_MAX);
	make_port(&policy->rules[0], PROTO_UDP, 0, UINT16_MAX);
	make_port(&policy->rules[0], PROTO_SCTP, 0, UINT16_MAX);
	store_put(store, &policy->object);
	cr_assert(passes(store, "10.0.0.1", DB, PROTO_SCTP, 7));
	cr_assert(!passes(store, "10.0.0.1", DB, PROTO_ICMP, 0));
	store_free(store);
}

UNIT(verdict, a_named_port_of_an_egress_rule_is_each_destinations_own)
{
	struct store *store = cluster();
	struct pod *web = make_pod_at("n1", "shop", "web", "app=web", "10.0.0.1");
	struct pod *job = make_pod_at("n1", "shop", "job", "app=job", "10.0.0.2");
	struct pod *db = make_pod_at("n1", "shop", "db", "app=db", DB);
	struct policy *policy = db_policy("p", DIRECTION_EGRESS);

	make_pod_port(web, "http", PROTO_TCP, 80);
	make_pod_port(job, "http", PROTO_TCP, 8080);
	make_pod_port(db, "http", PROTO_TCP, 9090);
	make_port_named(&policy->rules[0], PROTO_TCP, "http");
	store_put(store, &web->object);
	store_put(store, &job->object);
	store_put(store, &db->object);
	store_put(store, &policy->object);
	cr_assert(passes(store, DB, "10.0.0.1", PROTO_TCP, 80));
	cr_assert(!passes(store, DB, "10.0.0.1", PROTO_TCP, 8080));
	cr_assert(passes(store, DB, "10.0.0.2", PROTO_TCP, 8080));
	cr_assert(!passes(store, DB, "10.0.0.2", PROTO_TCP, 9090), "the sender's port was taken");
	cr_assert(!passes(store, DB, "10.0.1.1", PROTO_TCP, 80), "a pod that does not expose the port was reached");
	cr_assert(!passes(store, DB, "192.0.2.1", PROTO_TCP, 80), "an address without a pod exposes nothing");
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

UNIT(verdict, peers_of_one_rule_do_not_get_the_ports_of_another)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);
	struct rule *second;

	make_peer_pods(&policy->rules[0], NULL, "app=web");
	make_port(&policy->rules[0], PROTO_TCP, 80, 80);
	second = make_rule(policy);
	make_peer_pods(second, NULL, "app=job");
	make_port(second, PROTO_TCP, 443, 443);
	store_put(store, &policy->object);
	cr_assert(passes(store, "10.0.0.1", DB, PROTO_TCP, 80));
	cr_assert(!passes(store, "10.0.0.1", DB, PROTO_TCP, 443));
	cr_assert(passes(store, "10.0.0.2", DB, PROTO_TCP, 443));
	cr_assert(!passes(store, "10.0.0.2", DB, PROTO_TCP, 80));
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
