/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which classes are there, and what does one reach at another? */
#include <selvage/reach.h>

#include "shop.h"

/* "shop/db shop/job+web outside": classes of pods with the names of their pods, as a world has them. */
static void classes_print(const struct reach *reach, FILE *out)
{
	size_t n;
	const struct reach_class *class = reach_classes(reach, &n);

	for (size_t c = 0; c < n && class[c].ns; c++) {
		fprintf(out, "%s%s/", c ? " " : "", class[c].ns);
		for (size_t i = 0; i < class[c].n; i++) {
			const struct reach_pod *pod = &class[c].pods[i];

			fprintf(out, "%s%s", i ? "+" : "", (pod->in[0] ? pod->in[0] : pod->in[1])->object.name);
		}
	}
}

static void assert_classes(const struct store *before, const struct store *after, const char *expected)
{
	struct reach *reach = reach_new(before, after);

	UNIT_PRINTS(expected, classes_print(reach, out));
	reach_free(reach);
}

static size_t class_at(const struct reach *reach, enum reach_world world, const char *text)
{
	struct ip ip = make_ip(text);

	return reach_class_at(reach, world, &ip);
}

static void assert_reaches(const struct reach *reach, const char *from, const char *to, const char *egress,
			   const char *ingress, const char *both)
{
	struct ip ip = make_ip(from);
	struct reach_link link = reach_ports(reach, REACH_BEFORE, class_at(reach, REACH_BEFORE, from),
					     class_at(reach, REACH_BEFORE, to), (enum family)ip.family);

	UNIT_PRINTS(egress, portset_print(link.egress.open, out));
	UNIT_PRINTS(ingress, portset_print(link.ingress.open, out));
	UNIT_PRINTS(both, portset_print(link.both.open, out));
}

UNIT(reach, without_policies_a_namespace_is_a_class)
{
	struct store *store = cluster();
	size_t n;
	struct reach *reach = reach_new(store, NULL);
	const struct reach_class *class = reach_classes(reach, &n);

	UNIT_PRINTS("ghost/web prod/job+web shop/db+job+web", classes_print(reach, out));
	cr_assert_eq(n, 5);
	cr_assert(class[3].rest && class[4].rest && !class[3].ns);
	cr_assert_eq(class[3].families[REACH_BEFORE], 1U << FAMILY_4);
	cr_assert_eq(class[3].families[REACH_AFTER], 0);
	assert_reaches(reach, "10.0.0.1", DB, "all", "all", "all");
	assert_reaches(reach, "192.0.2.1", DB, "all", "all", "all");
	cr_assert_eq(reach_families(reach, REACH_BEFORE, 3, 3), 0);
	cr_assert_eq(reach_families(reach, REACH_BEFORE, 0, 0), 0, "one pod is no pair");
	cr_assert_eq(reach_families(reach, REACH_BEFORE, 2, 2), 1U << FAMILY_4);
	cr_assert_eq(reach_families(reach, REACH_BEFORE, 2, 4), 0, "no family in common");
	reach_free(reach);
	store_free(store);
}

UNIT(reach, policies_part_pods_as_subjects_and_as_peers)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_pods(&policy->rules[0], "team=y", "app=job");
	store_put(store, &policy->object);
	assert_classes(store, NULL, "ghost/web prod/job prod/web shop/db shop/job+web");
	store_free(store);
}

UNIT(reach, each_end_is_told_alone_and_both_together)
{
	struct store *store = cluster();
	struct policy *in = db_policy("in", DIRECTION_INGRESS),
		      *out = make_policy_for("shop", "out", "app=web", "egress");
	struct rule *to = make_egress(out);
	struct reach *reach;

	make_peer_pods(&in->rules[0], NULL, "");
	make_port(&in->rules[0], PROTO_TCP, 80, 90);
	make_port(&in->rules[0], PROTO_UDP, 53, 53);
	make_peer_pods(to, NULL, "app=db");
	make_port(to, PROTO_TCP, 85, 100);
	store_put(store, &in->object);
	store_put(store, &out->object);
	reach = reach_new(store, NULL);
	assert_reaches(reach, "10.0.0.1", DB, "TCP 85-100", "TCP 80-90; UDP 53", "TCP 85-90");
	assert_reaches(reach, "10.0.0.2", DB, "all", "TCP 80-90; UDP 53", "TCP 80-90; UDP 53");
	assert_reaches(reach, "10.0.1.1", DB, "all", "none", "none");
	assert_reaches(reach, "10.0.0.1", "192.0.2.1", "none", "all", "none");
	reach_free(reach);
	store_free(store);
}

UNIT(reach, named_ports_are_the_destinations)
{
	struct store *store = store_new();
	struct policy *out = make_policy_for("shop", "out", "app=web", "egress"),
		      *in = make_policy_for("shop", "in", "app=db", "ingress");
	struct pod *one = make_pod_at("n1", "shop", "db-1", "app=db", "10.0.0.1"),
		   *two = make_pod_at("n1", "shop", "db-2", "app=db", "10.0.0.2");
	struct reach *reach;

	make_pod_port(one, "sql", PROTO_TCP, 5432);
	make_pod_port(two, "sql", PROTO_TCP, 5433);
	make_pod_port(two, "sql", PROTO_TCP, 5434);
	make_port_named(make_egress(out), PROTO_TCP, "sql");
	make_port_named(make_rule(in), PROTO_TCP, "sql");
	put_pod(store, "shop", "web", "app=web", "10.0.0.9");
	store_put(store, &one->object);
	store_put(store, &two->object);
	store_put(store, &out->object);
	store_put(store, &in->object);
	assert_classes(store, NULL, "shop/db-1 shop/db-2 shop/web");
	reach = reach_new(store, NULL);
	assert_reaches(reach, "10.0.0.9", "10.0.0.1", "TCP 5432", "TCP 5432", "TCP 5432");
	assert_reaches(reach, "10.0.0.9", "10.0.0.2", "TCP 5433-5434", "TCP 5433-5434", "TCP 5433-5434");
	assert_reaches(reach, "10.0.0.9", "192.0.2.1", "none", "all", "none");
	reach_free(reach);
	store_free(store);
}

UNIT(reach, outside_is_cut_where_ip_blocks_end)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);
	struct reach *reach;
	size_t n, block, rest;
	const struct reach_class *class;

	make_peer_block(&policy->rules[0], "192.0.2.0/24", "192.0.2.128/25");
	make_peer_block(&policy->rules[0], "10.0.0.1/32", NULL);
	store_put(store, &policy->object);
	reach = reach_new(store, NULL);
	class = reach_classes(reach, &n);
	block = class_at(reach, REACH_BEFORE, "192.0.2.1");
	rest = class_at(reach, REACH_BEFORE, "192.0.2.200");
	cr_assert_eq(rest, class_at(reach, REACH_BEFORE, "8.8.8.8"));
	cr_assert(!class[block].rest && class[rest].rest);
	cr_assert_eq(class[block].ranges.n, 1);
	cr_assert_eq(class_at(reach, REACH_BEFORE, "10.0.0.1"), class_at(reach, REACH_BEFORE, "10.0.0.1"));
	cr_assert_str_eq(class[class_at(reach, REACH_BEFORE, "10.0.0.1")].ns, "shop", "a pod's address is the pod's");
	cr_assert_eq(class_at(reach, REACH_BEFORE, "fe80::1"), SIZE_MAX);
	assert_reaches(reach, "192.0.2.1", DB, "all", "all", "all");
	assert_reaches(reach, "192.0.2.200", DB, "all", "none", "none");
	assert_reaches(reach, "10.0.0.1", DB, "all", "all", "all");
	assert_reaches(reach, "10.0.0.2", DB, "all", "none", "none");
	for (size_t c = 0; c < n; c++)
		if (!class[c].ns)
			cr_assert_eq(reach_class_at(reach, REACH_BEFORE, &class[c].sample), c);
	reach_free(reach);
	store_free(store);
}

UNIT(reach, what_depends_on_an_address_that_is_not_known_yet_is_unknown)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);
	struct rule *other = make_rule(policy);
	struct reach *reach;
	struct reach_link link;
	size_t pending, n;

	make_peer_block(&policy->rules[0], "10.0.0.0/8", NULL);
	make_port(&policy->rules[0], PROTO_TCP, 80, 80);
	make_peer_pods(other, NULL, "app=new");
	make_port(other, PROTO_TCP, 443, 443);
	store_put(store, &policy->object);
	store_put(store, &make_pod("shop", "pending")->object);
	make_labels(&((struct pod *)(uintptr_t)store_find(store, OBJECT_POD, "shop", "pending"))->labels, "app=new");
	reach = reach_new(store, NULL);
	pending = reach_class_of(reach, REACH_BEFORE,
				 (const struct pod *)(const void *)store_find(store, OBJECT_POD, "shop", "pending"));
	cr_assert(reach_classes(reach, &n)[pending].pending[REACH_BEFORE]);
	cr_assert_eq(reach_classes(reach, &n)[pending].families[REACH_BEFORE], 1U << FAMILY_4);
	link = reach_ports(reach, REACH_BEFORE, pending, class_at(reach, REACH_BEFORE, DB), FAMILY_4);
	UNIT_PRINTS("TCP 443", portset_print(link.both.open, out));
	UNIT_PRINTS("TCP 80,443", portset_print(link.both.maybe, out));
	cr_assert_eq(link.egress.open, link.egress.maybe);
	reach_free(reach);
	store_free(store);
}

UNIT(reach, a_ruling_names_the_rule_and_the_isolating_policies_are_sorted)
{
	struct store *store = cluster();
	struct policy *b = db_policy("b", DIRECTION_INGRESS), *a = make_policy_for("shop", "a", "", "ingress");
	const struct policy *const *isolating;
	struct reach *reach;
	struct ruling ruling;
	size_t n, web, db;

	make_peer_pods(&b->rules[0], NULL, "app=job");
	make_peer_pods(&b->rules[0], NULL, "app=web");
	make_port(&b->rules[0], PROTO_TCP, 80, 80);
	store_put(store, &b->object);
	store_put(store, &a->object);
	reach = reach_new(store, NULL);
	web = class_at(reach, REACH_BEFORE, "10.0.0.1");
	db = class_at(reach, REACH_BEFORE, DB);
	ruling = reach_ruling(reach, REACH_BEFORE, web, db, FAMILY_4, DIRECTION_INGRESS, PROTO_TCP, 80);
	cr_assert(ruling.allowed && ruling.policy == b && ruling.peer == 1 && ruling.port == 0);
	ruling = reach_ruling(reach, REACH_BEFORE, web, db, FAMILY_4, DIRECTION_INGRESS, PROTO_TCP, 81);
	cr_assert(ruling.isolated && !ruling.allowed);
	isolating = reach_isolating(reach, REACH_BEFORE, db, DIRECTION_INGRESS, &n);
	cr_assert_eq(n, 2);
	cr_assert(isolating[0] == a && isolating[1] == b);
	reach_isolating(reach, REACH_BEFORE, db, DIRECTION_EGRESS, &n);
	cr_assert_eq(n, 0);
	reach_free(reach);
	store_free(store);
}

UNIT(reach, classes_of_two_worlds_are_joint)
{
	struct store *before = cluster(), *after = cluster();
	struct policy *policy = make_policy_for("shop", "p", "app=web", "egress");
	struct reach *reach;
	size_t goes;

	store_put(after, &policy->object);
	store_del(after, OBJECT_POD, "prod", "web");
	put_pod(after, "prod", "new", "app=web", "10.0.1.9");
	assert_classes(before, NULL, "ghost/web prod/job+web shop/db+job+web");
	assert_classes(after, NULL, "ghost/web prod/job+new shop/db+job shop/web");
	assert_classes(before, after, "ghost/web prod/job prod/new prod/web shop/db+job shop/web");
	reach = reach_new(before, after);
	goes = class_at(reach, REACH_BEFORE, "10.0.1.1");
	cr_assert_neq(goes, class_at(reach, REACH_AFTER, "10.0.1.1"), "an address that was a pod's is outside now");
	cr_assert_eq(class_at(reach, REACH_AFTER, "192.0.2.1"), class_at(reach, REACH_BEFORE, "192.0.2.1"));
	cr_assert_eq(reach_families(reach, REACH_AFTER, goes, 0), 0);
	cr_assert_eq(reach_families(reach, REACH_BEFORE, goes, 0), 1U << FAMILY_4);
	reach_free(reach);
	store_free(before);
	store_free(after);
}

UNIT(reach, of_nothing_there_is_only_outside)
{
	struct store *store = store_new();
	struct reach *reach = reach_new(store, NULL);
	size_t n;

	cr_assert_eq(reach_namespaces(reach, &n)[0].name, NULL);
	cr_assert_eq(n, 1);
	reach_classes(reach, &n);
	cr_assert_eq(n, 2);
	reach_free(reach);
	reach_free(NULL);
	store_free(store);
}

/* The addresses of shop/db, as the peer of shop/web. */
static void peer_ips_print(const struct reach *reach, size_t web, size_t db, enum family family, FILE *out)
{
	struct reach_ips ips;
	char text[IP_TEXT];

	reach_peer_ips(reach, REACH_BEFORE, web, db, family, DIRECTION_EGRESS, &ips);
	for (size_t i = 0; i < ips.n; i++)
		fprintf(out, "%s%s", i ? " " : "", ip_print(&ips.at[i], text));
	vec_free(&ips);
}

/* cluster(), where shop/web gets out to a block, and shop/db has these addresses. */
static struct store *web_to_block(const char *const *ips, size_t n)
{
	struct store *store = cluster();
	struct policy *policy = make_policy_for("shop", "out", "app=web", "egress");
	struct pod *db = make_pod("shop", "db");

	make_labels(&db->labels, "app=db");
	for (size_t i = 0; i < n; i++)
		make_pod_ip(db, ips[i]);
	store_put(store, &db->object);
	make_peer_block(make_egress(policy), "10.0.3.0/24", NULL);
	store_put(store, &policy->object);
	return store;
}

UNIT(reach, a_peer_has_the_addresses_that_it_owns_and_each_has_its_ruling)
{
	static const char *const ips[] = {"10.0.0.9", "10.0.3.9", "10.0.0.2"}; /* the last is shop/job's */
	struct store *store = web_to_block(ips, 3);
	struct pod *job = make_pod_at("n1", "shop", "job", "app=job", "10.0.0.2");
	struct reach *reach;
	size_t web, db;

	job->created = 1;
	store_put(store, &job->object);
	reach = reach_new(store, NULL);
	web = class_at(reach, REACH_BEFORE, "10.0.0.1");
	db = class_at(reach, REACH_BEFORE, "10.0.0.9");
	UNIT_PRINTS("10.0.0.9 10.0.3.9", peer_ips_print(reach, web, db, FAMILY_4, out));
	UNIT_PRINTS("", peer_ips_print(reach, web, db, FAMILY_6, out));
	for (size_t i = 0; i < 2; i++) {
		struct ip ip = make_ip(ips[i]);

		cr_assert_eq(
			reach_ruling_at(reach, REACH_BEFORE, web, db, &ip, DIRECTION_EGRESS, PROTO_TCP, 80).allowed,
			i == 1);
	}
	reach_free(reach);
	store_free(store);
}

UNIT(reach, a_pending_peer_may_have_an_address_of_each_region)
{
	struct store *store = web_to_block(NULL, 0);
	struct reach *reach = reach_new(store, NULL);
	const struct pod *db = (const struct pod *)(const void *)store_find(store, OBJECT_POD, "shop", "db");
	size_t web = class_at(reach, REACH_BEFORE, "10.0.0.1");

	UNIT_PRINTS("0.0.0.0 10.0.3.0",
		    peer_ips_print(reach, web, reach_class_of(reach, REACH_BEFORE, db), FAMILY_4, out));
	reach_free(reach);
	store_free(store);
}

/* A rule for these ports and an ipBlock, in a policy of its own. */
static void put_block(struct store *store, enum direction direction, const char *block, const char *except, uint16_t lo,
		      uint16_t hi)
{
	char name[64];
	struct policy *policy;
	struct rule *rule;

	snprintf(name, sizeof name, "%s-%u", block, lo);
	policy = make_policy_for("shop", name, "app=db", direction_name(direction));
	rule = direction == DIRECTION_INGRESS ? make_rule(policy) : make_egress(policy);
	make_peer_block(rule, block, except);
	make_port(rule, PROTO_TCP, lo, hi);
	store_put(store, &policy->object);
}

/* What shop/db opens for certain, and perhaps, to or from a pod without an address. */
static void assert_unknown(struct store *store, enum direction direction, enum family family, const char *open,
			   const char *maybe)
{
	struct pod *pod = make_pod("shop", "pending"), *six = make_pod_at("n1", "shop", "six", "app=db", DB);
	struct reach_link link;
	struct reach_ports said;
	struct reach *reach;
	size_t pending, db;

	make_pod_ip(six, "fd00::3");
	six->created = 1;
	store_put(store, &pod->object);
	store_put(store, &six->object);
	reach = reach_new(store, NULL);
	pending = reach_class_of(reach, REACH_BEFORE, pod);
	db = class_at(reach, REACH_BEFORE, "fd00::3");
	link = direction == DIRECTION_EGRESS ? reach_ports(reach, REACH_BEFORE, db, pending, family)
					     : reach_ports(reach, REACH_BEFORE, pending, db, family);
	said = direction == DIRECTION_EGRESS ? link.egress : link.ingress;
	UNIT_PRINTS(open, portset_print(said.open, out));
	UNIT_PRINTS(maybe, portset_print(said.maybe, out));
	reach_free(reach);
	store_free(store);
}

UNIT(reach, blocks_that_only_together_have_every_address_open_what_they_have_in_common)
{
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		struct store *store = cluster();

		put_block(store, (enum direction)d, "0.0.0.0/1", NULL, 80, 90);
		put_block(store, (enum direction)d, "128.0.0.0/1", NULL, 85, 95);
		assert_unknown(store, (enum direction)d, FAMILY_4, "TCP 85-90", "TCP 80-95");
		store = cluster();
		put_block(store, (enum direction)d, "::/1", NULL, 80, 90);
		put_block(store, (enum direction)d, "8000::/1", NULL, 85, 95);
		assert_unknown(store, (enum direction)d, FAMILY_6, "TCP 85-90", "TCP 80-95");
	}
}

UNIT(reach, a_block_and_its_exception_together_have_every_address)
{
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		struct store *store = cluster();

		put_block(store, (enum direction)d, "0.0.0.0/0", "10.0.0.0/8", 80, 80);
		assert_unknown(store, (enum direction)d, FAMILY_4, "none", "TCP 80");
		store = cluster();
		put_block(store, (enum direction)d, "0.0.0.0/0", "10.0.0.0/8", 80, 80);
		put_block(store, (enum direction)d, "10.0.0.0/8", NULL, 80, 80);
		assert_unknown(store, (enum direction)d, FAMILY_4, "TCP 80", "TCP 80");
		store = cluster();
		put_block(store, (enum direction)d, "0.0.0.0/0", "10.0.0.0/8", 80, 80);
		put_block(store, (enum direction)d, "10.0.0.0/8", "10.1.0.0/16", 80, 80);
		assert_unknown(store, (enum direction)d, FAMILY_4, "none", "TCP 80");
		store = cluster();
		put_block(store, (enum direction)d, "::/0", "fe80::/10", 80, 80);
		assert_unknown(store, (enum direction)d, FAMILY_6, "TCP 80", "TCP 80");
	}
}

UNIT(reach, blocks_of_one_family_say_nothing_of_the_other)
{
	struct store *store = cluster();

	put_block(store, DIRECTION_INGRESS, "0.0.0.0/1", NULL, 80, 80);
	put_block(store, DIRECTION_INGRESS, "8000::/1", NULL, 80, 80);
	assert_unknown(store, DIRECTION_INGRESS, FAMILY_6, "none", "TCP 80");
}
