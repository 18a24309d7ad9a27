/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do lists and policyTypes say what they seem to?  NP127 peer-list-or, NP131 types-rules-ignored, NP132
 * types-implicit-ingress, NP133 types-egress-empty. */
#include <stdlib.h>
#include <string.h>

#include "audit_parts.h"

/* NP131 */
static void check_ignored(const struct audit_view *view, const struct policy *policy)
{
	bool said[DIRECTION_COUNT] = {false};

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		struct finding *finding;

		if (policy->types[rule->direction] || said[rule->direction])
			continue;
		said[rule->direction] = true;
		finding = audit_about_rule(view, "NP131", policy, rule,
					   "%s rules do nothing, because policyTypes does not name %s",
					   direction_name(rule->direction),
					   rule->direction == DIRECTION_EGRESS ? "Egress" : "Ingress");
		audit_key(finding, "%s", direction_name(rule->direction));
	}
}

static bool has_rules(const struct policy *policy, enum direction direction)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].direction == direction)
			return true;
	return false;
}

/* Names of what the policy selects for which `alone` says so. */
static char *selected(const struct audit_view *view, const struct policy *policy,
		      bool (*alone)(const struct audit_view *, const struct policy *, size_t))
{
	struct audit_span span = audit_units_in(view, policy->object.ns);
	struct audit_names names = {VEC_EMPTY};

	for (size_t i = span.first; i < span.end; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];

		if (policy_selects(policy, unit->pod) && alone(view, policy, unit->class))
			audit_names_add(&names, unit->name);
	}
	return names.n ? audit_names_take(&names) : NULL;
}

/* Is it this policy alone that isolates the class for ingress? */
static bool closes_alone(const struct audit_view *view, const struct policy *policy, size_t class)
{
	const struct policy *const *policies;
	size_t n;

	policies = audit_isolating(view, class, DIRECTION_INGRESS, &n);
	return n == 1 && policies[0] == policy;
}

/* NP132: where another policy closes ingress anyway, nothing came unawares. */
static void check_implicit(const struct audit_view *view, const struct policy *policy)
{
	char *names;

	if (!policy->implied || has_rules(policy, DIRECTION_INGRESS) || !has_rules(policy, DIRECTION_EGRESS))
		return;
	names = selected(view, policy, closes_alone);
	if (names)
		audit_key(audit_about_rule(view, "NP132", policy, NULL,
					   "has egress rules only and no policyTypes, and so closes ingress of %s",
					   names),
			  "ingress");
	free(names);
}

static bool no_egress(const struct audit_view *view, const struct policy *policy, size_t class)
{
	const struct policy *const *policies;
	size_t n;

	(void)policy;
	policies = audit_isolating(view, class, DIRECTION_EGRESS, &n);
	for (size_t i = 0; i < n; i++)
		if (has_rules(policies[i], DIRECTION_EGRESS))
			return false;
	return true;
}

/* NP133 */
static void check_empty(const struct audit_view *view, const struct policy *policy)
{
	char *names;

	if (!policy->types[DIRECTION_EGRESS] || has_rules(policy, DIRECTION_EGRESS))
		return;
	names = selected(view, policy, no_egress);
	if (names)
		audit_key(audit_about_rule(view, "NP133", policy, NULL,
					   "closes egress and opens nothing, nor does another policy, for %s", names),
			  "egress");
	free(names);
}

/* Of two peers: one for all pods of some namespaces, one for some pods of the policy's own. */
static bool is_split(const struct peer *ns, const struct peer *pods)
{
	return ns->kind == PEER_PODS && pods->kind == PEER_PODS && ns->any_ns && ns->ns.n && !ns->pods.n &&
	       !pods->any_ns && pods->pods.n;
}

/* NP127 */
static void check_pair(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
		       size_t index)
{
	const struct peer *a = &rule->peers[index], *b = &rule->peers[index + 1];
	const struct peer *ns = is_split(a, b) ? a : b, *pods = ns == a ? b : a;
	size_t both = 0, either = 0;

	if (!is_split(ns, pods))
		return;
	for (size_t i = 0; i < view->audit->units.n; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];
		bool in_ns = audit_peer_means(view, policy, ns, unit->pod);

		either += in_ns || audit_peer_means(view, policy, pods, unit->pod) ? unit->n : 0;
		both += in_ns && selector_match(&pods->pods, &unit->pod->labels) ? unit->n : 0;
	}
	if (both && both < either)
		audit_key(audit_about_rule(
				  view, "NP127", policy, rule,
				  "%s[%zu] and [%zu] are two peers, which mean %zu pods; as one peer they would "
				  "mean %zu",
				  rule->direction == DIRECTION_EGRESS ? "to" : "from", index, index + 1, either, both),
			  "%zu", index);
}

void audit_lists(const struct audit_view *view)
{
	for (size_t i = 0; i < view->policies.n; i++) {
		const struct policy *policy = view->policies.at[i];

		check_ignored(view, policy);
		check_implicit(view, policy);
		check_empty(view, policy);
		for (size_t r = 0; r < policy->n_rules; r++)
			for (size_t p = 0;
			     policy->types[policy->rules[r].direction] && p + 1 < policy->rules[r].n_peers; p++)
				check_pair(view, policy, &policy->rules[r], p);
	}
}
