/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a verdict take ports as the specification of NetworkPolicy says? */
#include "shop.h"

/* Names are those of shop/db below. */
UNIT(verdict_ports, ports_are_of_one_protocol_and_mean_their_numbers)
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

UNIT(verdict_ports, protocols_without_ports_pass_where_ports_are_left_out)
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

UNIT(verdict_ports, a_named_port_of_an_egress_rule_is_each_destinations_own)
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

UNIT(verdict_ports, peers_of_one_rule_do_not_get_the_ports_of_another)
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
