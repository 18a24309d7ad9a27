/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the questions about objects have the answers that the API gives? */
#include "make.h"

/* A pod with something in every field. */
static struct pod *full_pod(void)
{
	struct pod *pod = make_pod("shop", "db-0");

	labels_put(&pod->labels, "role", "database");
	make_pod_ip(pod, "10.244.1.3");
	make_pod_ip(pod, "fd00::3");
	make_pod_host(pod, "n1", "192.168.0.1");
	make_pod_port(pod, "pg", PROTO_TCP, 5432);
	pod->created = 100;
	return pod;
}

static struct policy *full_policy(void)
{
	static const char *const values[] = {"backend", "frontend"};
	struct policy *policy = make_policy("shop", "db");
	struct rule *rule = make_rule(policy);
	struct peer *pods, *block;

	selector_add(&policy->pods, SELECTOR_IN, "role", values, 1);
	pods = make_peer(rule, PEER_PODS);
	pods->any_ns = true;
	selector_add(&pods->ns, SELECTOR_EXISTS, "team", NULL, 0);
	selector_add(&pods->pods, SELECTOR_IN, "app", values, 2);
	block = make_peer(rule, PEER_BLOCK);
	block->block = make_cidr("10.0.0.0/8");
	block->except = mem_new(1, sizeof *block->except);
	block->except[0] = make_cidr("10.1.0.0/16");
	block->n_except = 1;
	make_port(rule, PROTO_TCP, 80, 90);
	make_port(rule, PROTO_UDP, 0, 65535)->name = atom("dns");
	return policy;
}

static void assert_pod_change(struct pod *changed, bool same)
{
	struct pod *pod = full_pod();

	cr_assert_eq(object_same(&pod->object, &changed->object), same);
	cr_assert_eq(object_same(&changed->object, &pod->object), same);
	object_free(&pod->object);
	object_free(&changed->object);
}

static void assert_policy_change(struct policy *changed, bool same)
{
	struct policy *policy = full_policy();

	cr_assert_eq(object_same(&policy->object, &changed->object), same);
	cr_assert_eq(object_same(&changed->object, &policy->object), same);
	object_free(&policy->object);
	object_free(&changed->object);
}

#define POD_CHANGE(same, ...)               \
	do {                                \
		struct pod *p = full_pod(); \
                                            \
		__VA_ARGS__;                \
		assert_pod_change(p, same); \
	} while (0)

#define POLICY_CHANGE(same, ...)                  \
	do {                                      \
		struct policy *p = full_policy(); \
		struct rule *r = &p->rules[0];    \
                                                  \
		__VA_ARGS__;                      \
		(void)r;                          \
		assert_policy_change(p, same);    \
	} while (0)

UNIT(object, free_takes_null_and_every_kind)
{
	object_free(NULL);
	object_free(&make_namespace("shop")->object);
	object_free(&full_pod()->object);
	object_free(&full_policy()->object);
	cr_assert_eq(atom_count(), 0);
}

UNIT(object, pods_are_the_same_but_for_where_they_were_written)
{
	POD_CHANGE(true, (void)p);
	POD_CHANGE(true, p->object.source = (struct source){atom("a.yaml"), 3, 4});
}

UNIT(object, every_field_of_a_pod_counts)
{
	POD_CHANGE(false, labels_put(&p->labels, "role", "cache"));
	POD_CHANGE(false, labels_put(&p->labels, "app", "x"));
	POD_CHANGE(false, make_pod_host(p, "n1", "fd01::1"));
	POD_CHANGE(false, make_pod_ip(p, "10.244.1.4"));
	POD_CHANGE(false, p->ips[0] = make_ip("10.244.1.5"));
	POD_CHANGE(false, p->n_ips = 1);
	POD_CHANGE(false, p->host_ips[0] = make_ip("192.168.0.2"));
	POD_CHANGE(false, (atom_put(p->node), p->node = NULL));
	POD_CHANGE(false, p->host_network = true);
	POD_CHANGE(false, p->finished = true);
	POD_CHANGE(false, p->terminating = true);
	POD_CHANGE(false, p->created++);
	POD_CHANGE(false, p->ports[0].number++);
	POD_CHANGE(false, p->ports[0].proto = PROTO_UDP);
	POD_CHANGE(false, (atom_put(p->ports[0].name), p->ports[0].name = atom("other")));
	POD_CHANGE(false, make_pod_port(p, "metrics", PROTO_TCP, 9000));
	POD_CHANGE(false, (atom_put(p->object.name), p->object.name = atom("db-1")));
	POD_CHANGE(false, (atom_put(p->object.ns), p->object.ns = atom("prod")));
}

UNIT(object, policies_are_the_same_but_for_where_they_were_written)
{
	POLICY_CHANGE(true, (void)p);
	POLICY_CHANGE(true, p->object.source.line = 7);
	POLICY_CHANGE(true, r->source.line = 7);
}

UNIT(object, every_field_of_a_policy_counts)
{
	POLICY_CHANGE(false, p->types[DIRECTION_EGRESS] = true);
	POLICY_CHANGE(false, p->broken = true);
	POLICY_CHANGE(false, selector_add(&p->pods, SELECTOR_EXISTS, "x", NULL, 0));
	POLICY_CHANGE(false, make_rule(p));
	POLICY_CHANGE(false, r->direction = DIRECTION_EGRESS);
	POLICY_CHANGE(false, r->index = 1);
	POLICY_CHANGE(false, r->everyone = true);
	POLICY_CHANGE(false, r->every_port = true);
	POLICY_CHANGE(false, make_peer(r, PEER_NOBODY));
	POLICY_CHANGE(false, make_port(r, PROTO_TCP, 1, 1));
	POLICY_CHANGE(false, r->ports[0].proto = PROTO_SCTP);
	POLICY_CHANGE(false, r->ports[0].nothing = true);
	POLICY_CHANGE(false, r->ports[0].lo = 79);
	POLICY_CHANGE(false, r->ports[0].hi = 91);
	POLICY_CHANGE(false, r->ports[0].name = atom("http"));
	POLICY_CHANGE(false, r->peers[0].any_ns = false);
	POLICY_CHANGE(false, r->peers[0].kind = PEER_NOBODY);
	POLICY_CHANGE(false, selector_add(&r->peers[0].ns, SELECTOR_EXISTS, "x", NULL, 0));
	POLICY_CHANGE(false, selector_add(&r->peers[0].pods, SELECTOR_EXISTS, "x", NULL, 0));
	POLICY_CHANGE(false, r->peers[1].block = make_cidr("10.0.0.0/9"));
	POLICY_CHANGE(false, r->peers[1].except[0] = make_cidr("10.2.0.0/16"));
	POLICY_CHANGE(false, r->peers[1].n_except = 0);
}

UNIT(object, namespaces_differ_in_labels_and_termination)
{
	struct namespace *a = make_namespace("shop"), *b = make_namespace("shop");

	cr_assert(object_same(&a->object, &b->object));
	b->terminating = true;
	cr_assert_not(object_same(&a->object, &b->object));
	a->terminating = true;
	labels_put(&b->labels, "team", "x");
	cr_assert_not(object_same(&a->object, &b->object));
	object_free(&a->object);
	object_free(&b->object);
}

UNIT(object, kinds_with_equal_names_differ)
{
	struct pod *pod = make_pod("shop", "db");
	struct policy *policy = make_policy("shop", "db");

	cr_assert_not(object_same(&pod->object, &policy->object));
	object_free(&pod->object);
	object_free(&policy->object);
}

UNIT(object, names_are_those_of_the_api)
{
	cr_assert_str_eq(object_kind_name(OBJECT_POD), "pod");
	cr_assert_str_eq(object_kind_name(OBJECT_NAMESPACE), "namespace");
	cr_assert_str_eq(object_kind_name(OBJECT_POLICY), "networkpolicy");
	cr_assert_str_eq(direction_name(DIRECTION_INGRESS), "ingress");
	cr_assert_str_eq(direction_name(DIRECTION_EGRESS), "egress");
}

UNIT(object, protocols_are_the_three_with_ports)
{
	cr_assert_str_eq(proto_name(6), "TCP");
	cr_assert_str_eq(proto_name(17), "UDP");
	cr_assert_str_eq(proto_name(132), "SCTP");
	cr_assert_null(proto_name(1));
	cr_assert_null(proto_name(PROTO_ANY));
	cr_assert_eq(proto_parse("TCP"), 6);
	cr_assert_eq(proto_parse("udp"), 17);
	cr_assert_eq(proto_parse("Sctp"), 132);
	cr_assert_eq(proto_parse("ICMP"), -1);
	cr_assert_eq(proto_parse(""), -1);
	cr_assert_eq(proto_parse("TCPX"), -1);
	cr_assert_eq(proto_parse("6"), -1);
}

UNIT(object, a_live_pod_has_an_address_of_its_own)
{
	struct pod *pod = full_pod();

	cr_assert(pod_live(pod));
	pod->terminating = true;
	cr_assert(pod_live(pod), "a terminating pod still sends");
	pod->finished = true;
	cr_assert_not(pod_live(pod));
	pod->finished = false;
	pod->host_network = true;
	cr_assert_not(pod_live(pod));
	pod->host_network = false;
	pod->n_ips = 0;
	cr_assert_not(pod_live(pod));
	object_free(&pod->object);
}

static void assert_newer(const struct pod *newer, const struct pod *older)
{
	cr_assert(pod_newer(newer, older));
	cr_assert_not(pod_newer(older, newer));
}

UNIT(object, newer_is_running_then_later_then_first_by_name)
{
	struct pod *a = make_pod("shop", "a"), *b = make_pod("shop", "b"), *c = make_pod("test", "a");

	assert_newer(a, b);
	assert_newer(b, c);
	cr_assert_not(pod_newer(a, a));
	b->created = 5;
	assert_newer(b, a);
	b->terminating = true;
	assert_newer(a, b);
	a->terminating = true;
	assert_newer(b, a);
	object_free(&a->object);
	object_free(&b->object);
	object_free(&c->object);
}

UNIT(object, a_policy_selects_in_its_own_namespace_only)
{
	struct policy *policy = make_policy("shop", "db");
	struct pod *here = full_pod(), *there = make_pod("prod", "db-0");

	labels_put(&there->labels, "role", "database");
	cr_assert(policy_selects(policy, here), "an empty selector selects every pod of the namespace");
	cr_assert_not(policy_selects(policy, there));
	selector_add(&policy->pods, SELECTOR_IN, "role", (const char *const[]){"database"}, 1);
	cr_assert(policy_selects(policy, here));
	labels_put(&here->labels, "role", "cache");
	cr_assert_not(policy_selects(policy, here));
	object_free(&policy->object);
	object_free(&here->object);
	object_free(&there->object);
}
