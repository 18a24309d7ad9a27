/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does an audit say nothing that it cannot know, and are its rules in order? */
#include "unit.h"
#include <string.h>

#include <selvage/atom.h>
#include <selvage/audit.h>

/* A store with one pod that nothing isolates, in a namespace that is known by it. */
static struct store *one_pod(void)
{
	struct store *store = store_new();
	struct pod *pod = mem_new(1, sizeof *pod);
	struct err err;

	pod->object = (struct object){.kind = OBJECT_POD, .ns = atom("shop"), .name = atom("web")};
	labels_put(&pod->labels, "app", "web");
	pod->ips = mem_new(1, sizeof *pod->ips);
	pod->n_ips = 1;
	cr_assert_eq(ip_parse("10.0.0.1", pod->ips, &err), 0);
	store_put(store, &pod->object);
	return store;
}

/* A policy of the namespace whose podSelector is app=VALUE, for ingress. */
static void add_policy(struct store *store, const char *name, const char *value)
{
	struct policy *policy = mem_new(1, sizeof *policy);

	policy->object = (struct object){.kind = OBJECT_POLICY, .ns = atom("shop"), .name = atom(name)};
	policy->types[DIRECTION_INGRESS] = true;
	selector_add(&policy->pods, SELECTOR_IN, "app", &value, 1);
	selector_normalise(&policy->pods);
	store_put(store, &policy->object);
}

static size_t count(const struct store *store, uint32_t unknown, const char *id)
{
	const struct audit_input input = {.store = store, .unknown = unknown, .max_prefix = {16, 32}};
	struct audit *audit = audit_new(&input);
	size_t n = 0;

	for (size_t i = 0; i < audit->findings.n; i++)
		n += !strcmp(audit->findings.at[i].rule->id, id);
	audit_free(audit);
	return n;
}

UNIT(audit, nothing_is_found_in_nothing)
{
	struct store *store = store_new();
	const struct audit_input input = {.store = store};
	struct audit *audit = audit_new(&input);

	cr_assert_eq(audit->findings.n, 0);
	cr_assert_eq(audit->namespaces.n, 0);
	audit_free(audit);
	store_free(store);
}

UNIT(audit, checks_that_need_kinds_which_are_not_known_say_nothing)
{
	struct store *store = one_pod();

	add_policy(store, "typo", "wep");
	cr_assert_eq(count(store, 0, "NP121"), 1);
	cr_assert_eq(count(store, 1U << OBJECT_SERVICE, "NP121"), 1);
	cr_assert_eq(count(store, 1U << OBJECT_NAMESPACE, "NP121"), 0);
	cr_assert_eq(count(store, 0, "NP101"), 1);
	cr_assert_eq(count(store, 1U << OBJECT_POLICY, "NP101"), 0);
	store_free(store);
}

/* Of what is live, NP202 and NP205 ask the node alone. */
UNIT(audit, every_check_of_the_cluster_hangs_on_policies)
{
	size_t n;
	const struct rule_text *rules = audit_rules(&n);

	for (size_t i = 0; i < n; i++) {
		uint32_t wrong = audit_needs(rules[i].id), all = audit_hangs_on(rules[i].id);

		cr_assert_eq(wrong & ~all, 0, "%s", rules[i].id);
		if (strcmp(rules[i].id, "NP202") < 0)
			cr_assert(all & 1U << OBJECT_POLICY, "%s", rules[i].id);
	}
	cr_assert_eq(audit_needs("NP114") & 1U << OBJECT_INGRESS, 0);
	cr_assert(audit_hangs_on("NP114") & 1U << OBJECT_INGRESS);
}

UNIT(audit, rules_are_sorted_and_found_by_id_and_name)
{
	size_t n;
	const struct rule_text *rules = audit_rules(&n);

	for (size_t i = 1; i < n; i++)
		cr_assert_lt(strcmp(rules[i - 1].id, rules[i].id), 0);
	cr_assert_eq(audit_rule("NP111"), audit_rule("dns-blocked"));
	cr_assert_null(audit_rule("NP999"));
}

UNIT(audit, counts_follow_the_findings)
{
	struct store *store = one_pod();
	const struct audit_input input = {.store = store};
	struct audit *audit = audit_new(&input);

	cr_assert_eq(audit->namespaces.at[0].counts[SEVERITY_HIGH], 1);
	for (size_t i = 0; i < audit->findings.n; i++)
		finding_fini(&audit->findings.at[i]);
	audit->findings.n = 0;
	audit_count(audit);
	cr_assert_eq(audit->namespaces.at[0].counts[SEVERITY_HIGH], 0);
	audit_free(audit);
	store_free(store);
}

UNIT(audit, texts_of_rules_are_whole_sentences)
{
	size_t n;
	const struct rule_text *rules = audit_rules(&n);

	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(rules[i].what[strlen(rules[i].what) - 1], '.', "%s", rules[i].id);
		cr_assert_eq(rules[i].why[strlen(rules[i].why) - 1], '.', "%s", rules[i].id);
		cr_assert_eq(rules[i].fix[strlen(rules[i].fix) - 1], '.', "%s", rules[i].id);
		cr_assert_neq(rules[i].brief[strlen(rules[i].brief) - 1], '.', "%s", rules[i].id);
	}
}
