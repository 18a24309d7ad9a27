/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the rules of a pod's policies become the peers that they mean and the ports that they open to them? */
#include "../../src/compile/clause.h"
#include "kit.h"

struct fixture {
	struct kit kit;
	struct pod *pod;
	struct policy *policy; /* selects the pod, isolates both ways */
	struct profile *profile;
	struct clauses clauses;
};

static void fixture_init(struct fixture *f)
{
	kit_init(&f->kit);
	f->pod = make_pod_at("n", "shop", "web", "app=web", "10.0.0.1");
	f->policy = make_policy_for("shop", "p", "app=web", "ingress egress");
}

/* Puts pod and policy, reads the clauses of a direction. */
static void fixture_read(struct fixture *f, enum direction direction)
{
	exposed_add(&f->kit.exposed, f->pod);
	store_put(f->kit.store, &f->pod->object);
	store_put(f->kit.store, &f->policy->object);
	f->profile = profile_get(&f->kit.profiles, f->pod, direction);
	clauses_read(&f->kit.profiles, f->profile, &f->clauses);
}

static void fixture_fini(struct fixture *f)
{
	clauses_free(&f->kit.profiles, &f->clauses);
	profile_put(&f->kit.profiles, f->profile);
	kit_fini(&f->kit);
}

/* "6:80-80=0 17:53-53=1" */
static void grants_print(const struct clauses *clauses, FILE *out)
{
	for (size_t i = 0; i < clauses->grants.n; i++) {
		const struct grant *g = &clauses->grants.at[i];

		fprintf(out, "%s%u:%u-%u=%zu", i ? " " : "", g->proto, g->lo, g->hi, g->clause);
	}
}

UNIT(clause, a_rule_for_everyone_on_every_port_opens_everything)
{
	struct fixture f = {0};

	fixture_init(&f);
	make_rule(f.policy);
	fixture_read(&f, DIRECTION_INGRESS);
	cr_assert_eq(f.clauses.n, 1);
	cr_assert(f.clauses.at[0].everyone);
	cr_assert_eq(f.clauses.at[0].policy, f.policy);
	UNIT_PRINTS("0:0-65535=0", grants_print(&f.clauses, out));
	fixture_fini(&f);
}

UNIT(clause, rules_of_the_other_direction_are_left_out)
{
	struct fixture f = {0};

	fixture_init(&f);
	make_rule(f.policy);
	make_port(make_egress(f.policy), PROTO_TCP, 80, 80);
	fixture_read(&f, DIRECTION_EGRESS);
	cr_assert_eq(f.clauses.n, 1);
	UNIT_PRINTS("6:80-80=0", grants_print(&f.clauses, out));
	fixture_fini(&f);
}

UNIT(clause, peers_become_terms_and_blocks_ranges)
{
	struct fixture f = {0};
	struct rule *rule;
	const struct clause *clause;

	fixture_init(&f);
	rule = make_rule(f.policy);
	make_peer_pods(rule, NULL, "app=db");
	make_peer_pods(rule, "team=x", "");
	make_peer_block(rule, "10.0.0.0/8", "10.1.0.0/16");
	fixture_read(&f, DIRECTION_INGRESS);
	clause = &f.clauses.at[0];
	cr_assert(!clause->everyone);
	cr_assert_eq(clause->terms.n, 2);
	cr_assert_eq(clause->terms.at[0]->ns, f.pod->object.ns);
	cr_assert_null(clause->terms.at[1]->ns);
	cr_assert_eq(clause->terms.at[1]->ns_labels.n, 1);
	cr_assert_eq(clause->ranges.n, 2);
	fixture_fini(&f);
}

UNIT(clause, a_peer_that_could_not_be_understood_means_nobody)
{
	struct fixture f = {0};

	fixture_init(&f);
	make_peer(make_rule(f.policy), PEER_NOBODY);
	fixture_read(&f, DIRECTION_INGRESS);
	cr_assert_eq(f.clauses.n, 1);
	cr_assert(!f.clauses.at[0].everyone);
	cr_assert_eq(f.clauses.at[0].terms.n, 0);
	cr_assert_eq(f.clauses.at[0].ranges.n, 0);
	fixture_fini(&f);
}

UNIT(clause, a_port_that_could_not_be_understood_opens_nothing)
{
	struct fixture f = {0};
	struct rule *rule;

	fixture_init(&f);
	rule = make_rule(f.policy);
	make_port(rule, PROTO_TCP, 0, UINT16_MAX)->nothing = true;
	make_port(rule, PROTO_UDP, 53, 53);
	fixture_read(&f, DIRECTION_INGRESS);
	UNIT_PRINTS("17:53-53=0", grants_print(&f.clauses, out));
	fixture_fini(&f);
}

UNIT(clause, a_named_port_of_an_ingress_rule_is_the_pods_own)
{
	struct fixture f = {0};
	struct pod *other = make_pod_at("n", "shop", "other", "", "10.0.0.2");

	fixture_init(&f);
	make_pod_port(f.pod, "web", PROTO_TCP, 8080);
	make_pod_port(f.pod, "web", PROTO_UDP, 9090);
	make_pod_port(f.pod, "admin", PROTO_TCP, 9999);
	make_pod_port(other, "web", PROTO_TCP, 1234);
	exposed_add(&f.kit.exposed, other);
	make_port_named(make_rule(f.policy), PROTO_TCP, "web");
	fixture_read(&f, DIRECTION_INGRESS);
	UNIT_PRINTS("6:8080-8080=0", grants_print(&f.clauses, out));
	object_free(&other->object);
	fixture_fini(&f);
}

UNIT(clause, a_named_port_of_an_egress_rule_is_each_number_for_those_who_expose_it)
{
	struct fixture f = {0};
	struct pod *other = make_pod_at("n", "shop", "other", "", "10.0.0.2");
	struct rule *rule;

	fixture_init(&f);
	make_pod_port(f.pod, "web", PROTO_TCP, 8080);
	make_pod_port(other, "web", PROTO_TCP, 80);
	exposed_add(&f.kit.exposed, other);
	rule = make_egress(f.policy);
	make_peer_pods(rule, NULL, "app=db");
	make_peer_block(rule, "10.0.0.0/8", NULL);
	make_port_named(rule, PROTO_TCP, "web");
	fixture_read(&f, DIRECTION_EGRESS);
	cr_assert_eq(f.clauses.grants.n, 2);
	for (size_t i = 0; i < f.clauses.grants.n; i++) {
		const struct grant *g = &f.clauses.grants.at[i];
		const struct clause *clause = &f.clauses.at[g->clause];

		cr_assert(g->lo == g->hi && (g->lo == 80 || g->lo == 8080));
		cr_assert_eq(clause->terms.n, 2);
		cr_assert_eq(clause->ranges.n, 0); /* a block means only the pods in it that expose the port */
		cr_assert_eq(clause->terms.at[0]->number, g->lo);
		cr_assert(clause->terms.at[1]->block && clause->terms.at[1]->number == g->lo);
	}
	cr_assert_neq(f.clauses.grants.at[0].lo, f.clauses.grants.at[1].lo);
	object_free(&other->object);
	fixture_fini(&f);
}

UNIT(clause, a_named_port_towards_everyone_means_those_who_expose_it)
{
	struct fixture f = {0};
	const struct clause *clause;

	fixture_init(&f);
	make_pod_port(f.pod, "web", PROTO_TCP, 8080);
	make_port_named(make_egress(f.policy), PROTO_TCP, "web");
	fixture_read(&f, DIRECTION_EGRESS);
	cr_assert_eq(f.clauses.grants.n, 1);
	clause = &f.clauses.at[f.clauses.grants.at[0].clause];
	cr_assert(!clause->everyone);
	cr_assert_eq(clause->terms.n, 1);
	cr_assert_str_eq(clause->terms.at[0]->port, "web");
	fixture_fini(&f);
}

UNIT(clause, a_policy_that_is_gone_has_no_rules)
{
	struct fixture f = {0};
	struct clauses gone;

	fixture_init(&f);
	make_rule(f.policy);
	fixture_read(&f, DIRECTION_INGRESS);
	store_del(f.kit.store, OBJECT_POLICY, "shop", "p");
	clauses_read(&f.kit.profiles, f.profile, &gone);
	cr_assert_eq(gone.n, 0);
	clauses_free(&f.kit.profiles, &gone);
	fixture_fini(&f);
}
