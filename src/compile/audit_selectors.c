/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which selectors match nothing, and what may have been meant?  NP121 subject-matches-nothing, NP122
 * peer-matches-nothing. */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_meant.h"

/* Does it match a pod of the namespace, whatever became of it, or what a workload would make? */
static bool matches_in(const struct audit_view *view, const char *ns, const struct selector *selector)
{
	struct audit_span span = audit_units_in(view, ns);
	const struct object *o = NULL;

	for (size_t i = span.first; i < span.end; i++)
		if (selector_match(selector, &view->audit->units.at[i].pod->labels))
			return true;
	while ((o = store_walk_ns(view->store, OBJECT_POD, ns, o)))
		if (selector_match(selector, &((const struct pod *)(const void *)o)->labels))
			return true;
	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++)
		while (object_type((enum object_kind)kind)->shape == SHAPE_WORKLOAD &&
		       (o = store_walk_ns(view->store, (enum object_kind)kind, ns, o)))
			if (selector_match(selector, &((const struct workload *)(const void *)o)->template->labels))
				return true;
	return false;
}

static char *selector_text(const struct selector *selector)
{
	char *out;
	size_t size;
	FILE *to = open_memstream(&out, &size);

	if (!to)
		abort();
	selector_print(selector, to);
	fclose(to);
	return out;
}

/* NP121 */
static void check_subject(const struct audit_view *view, const struct policy *policy)
{
	char *text, *meant;

	if (!policy->pods.n || matches_in(view, policy->object.ns, &policy->pods))
		return;
	text = selector_text(&policy->pods);
	meant = audit_meant_pods(view, policy->object.ns, &policy->pods);
	audit_about_rule(view, "NP121", policy, NULL, "podSelector %s matches no pod of namespace %s%s", text,
			 policy->object.ns, meant);
	free(text);
	free(meant);
}

/* What a peer's selectors match: */
enum matched {
	MATCHED_POD,
	MATCHED_NAMESPACE, /* and no pod in it */
	MATCHED_NOTHING,
	MATCHED_UNKNOWN /* a namespace of which only the name is known */
};

static enum matched peer_matches(const struct audit_view *view, const struct policy *policy, const struct peer *peer)
{
	enum matched result = MATCHED_NOTHING;

	if (!peer->any_ns)
		return matches_in(view, policy->object.ns, &peer->pods) ? MATCHED_POD : MATCHED_NAMESPACE;
	for (size_t i = 0; i < view->audit->namespaces.n; i++) {
		const char *ns = view->audit->namespaces.at[i].name;
		int match = audit_ns_matches(view, ns, &peer->ns);

		if (match == 1 && matches_in(view, ns, &peer->pods))
			return MATCHED_POD;
		if (match < 0)
			result = MATCHED_UNKNOWN;
		else if (match && result == MATCHED_NOTHING)
			result = MATCHED_NAMESPACE;
	}
	return result;
}

static void say_peer(const struct audit_view *view, const struct policy *policy, const struct rule *rule, size_t index,
		     enum matched matched)
{
	const struct peer *peer = &rule->peers[index];
	const char *list = rule->direction == DIRECTION_EGRESS ? "to" : "from";
	char *ns = selector_text(&peer->ns), *pods = selector_text(&peer->pods), *meant;

	if (matched == MATCHED_NOTHING && peer->any_ns) {
		meant = audit_meant_namespaces(view, &peer->ns);
		audit_about_rule(view, "NP122", policy, rule, "%s[%zu]: namespaceSelector %s matches no namespace%s",
				 list, index, ns, meant);
	} else if (peer->any_ns) {
		meant = audit_meant_peer(view, &peer->ns, &peer->pods);
		audit_about_rule(view, "NP122", policy, rule,
				 "%s[%zu]: podSelector %s matches no pod of the namespaces %s%s", list, index,
				 *pods ? pods : "{}", *ns ? ns : "{}", meant);
	} else {
		meant = audit_meant_pods(view, policy->object.ns, &peer->pods);
		audit_about_rule(view, "NP122", policy, rule,
				 "%s[%zu]: podSelector %s matches no pod of namespace %s%s", list, index,
				 *pods ? pods : "{}", policy->object.ns, meant);
	}
	free(ns);
	free(pods);
	free(meant);
}

/* NP122.  A rule for a direction that the policy does not name is NP131. */
static void check_peers(const struct audit_view *view, const struct policy *policy, const struct rule *rule)
{
	for (size_t i = 0; policy->types[rule->direction] && i < rule->n_peers; i++) {
		enum matched matched;

		if (rule->peers[i].kind != PEER_PODS || (!rule->peers[i].any_ns && !rule->peers[i].pods.n))
			continue;
		matched = peer_matches(view, policy, &rule->peers[i]);
		if (matched != MATCHED_POD && matched != MATCHED_UNKNOWN)
			say_peer(view, policy, rule, i, matched);
	}
}

void audit_selectors(const struct audit_view *view)
{
	if (!store_count(view->store, OBJECT_POD))
		return;
	for (size_t i = 0; i < view->policies.n; i++) {
		const struct policy *policy = view->policies.at[i];

		if (policy->broken)
			continue;
		check_subject(view, policy);
		for (size_t r = 0; r < policy->n_rules; r++)
			check_peers(view, policy, &policy->rules[r]);
	}
}
