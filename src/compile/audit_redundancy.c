/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What could be left out?  NP151 redundant-rule, NP152 redundant-policy, NP153 duplicate.  Said only where it can be seen
 * from the texts alone, and so stays true whatever pods come.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/digest.h>

#include "audit_parts.h"

static bool block_covers(const struct peer *wide, const struct peer *narrow)
{
	if (!cidr_covers(&wide->block, &narrow->block))
		return false;
	for (size_t i = 0; i < wide->n_except; i++) {
		bool out = !cidr_covers(&wide->except[i], &narrow->block) &&
			   !cidr_covers(&narrow->block, &wide->except[i]);

		for (size_t k = 0; !out && k < narrow->n_except; k++)
			out = cidr_covers(&narrow->except[k], &wide->except[i]);
		if (!out)
			return false;
	}
	return true;
}

/* Both of policies of one namespace. */
static bool peer_covers(const struct peer *wide, const struct peer *narrow)
{
	if (narrow->kind == PEER_NOBODY)
		return true;
	if (wide->kind != narrow->kind)
		return false;
	if (wide->kind == PEER_BLOCK)
		return block_covers(wide, narrow);
	if (!selector_covers(&wide->pods, &narrow->pods))
		return false;
	if (!narrow->any_ns)
		return !wide->any_ns || !wide->ns.n;
	return wide->any_ns && selector_covers(&wide->ns, &narrow->ns);
}

static bool peers_cover(const struct rule *wide, const struct rule *narrow)
{
	if (wide->everyone)
		return true;
	for (size_t i = 0; i < narrow->n_peers; i++) {
		bool covered = false;

		for (size_t k = 0; !covered && k < wide->n_peers; k++)
			covered = peer_covers(&wide->peers[k], &narrow->peers[i]);
		if (!covered)
			return false;
	}
	return !narrow->everyone;
}

static bool port_covers(const struct port *wide, const struct port *narrow)
{
	if (narrow->nothing)
		return true;
	if (wide->nothing || wide->proto != narrow->proto)
		return false;
	if (wide->name)
		return wide->name == narrow->name;
	return narrow->name ? wide->lo <= 1 && wide->hi == 0xffff : wide->lo <= narrow->lo && narrow->hi <= wide->hi;
}

static bool ports_cover(const struct rule *wide, const struct rule *narrow)
{
	if (wide->every_port)
		return true;
	for (size_t i = 0; i < narrow->n_ports; i++) {
		bool covered = false;

		for (size_t k = 0; !covered && k < wide->n_ports; k++)
			covered = port_covers(&wide->ports[k], &narrow->ports[i]);
		if (!covered)
			return false;
	}
	return !narrow->every_port;
}

static bool rule_covers(const struct rule *wide, const struct rule *narrow)
{
	return wide->direction == narrow->direction && peers_cover(wide, narrow) && ports_cover(wide, narrow);
}

/* Of two that cover each other, the later one is redundant. */
static bool stands_before(const struct policy *a, const struct rule *x, const struct policy *b, const struct rule *y)
{
	return a == b ? x < y : strcmp(a->object.name, b->object.name) < 0;
}

/* A rule of `other` that admits all that the rule does, wherever the policy applies; NULL: none. */
static const struct rule *covering(const struct policy *other, const struct policy *policy, const struct rule *rule)
{
	if (!other->types[rule->direction] || other->broken || !selector_covers(&other->pods, &policy->pods))
		return NULL;
	for (size_t i = 0; i < other->n_rules; i++) {
		const struct rule *wide = &other->rules[i];
		bool mutual;

		if (wide == rule || !rule_covers(wide, rule))
			continue;
		mutual = rule_covers(rule, wide) && selector_covers(&policy->pods, &other->pods);
		if (!mutual || stands_before(other, wide, policy, rule))
			return wide;
	}
	return NULL;
}

static bool has_rules(const struct policy *policy, enum direction direction)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].direction == direction)
			return true;
	return false;
}

/*
 * Does `other` isolate all that the policy does, in this direction?  One that only closes is not made redundant by one that
 * opens something and closes besides: it says what it is for.
 */
static bool isolates_too(const struct policy *other, const struct policy *policy, enum direction direction)
{
	if (!other->types[direction] || !selector_covers(&other->pods, &policy->pods))
		return false;
	return has_rules(policy, direction) || !has_rules(other, direction);
}

static bool same_policy(const struct policy *a, const struct policy *b)
{
	return a->types[0] == b->types[0] && a->types[1] == b->types[1] && a->n_rules == b->n_rules &&
	       !selector_cmp(&a->pods, &b->pods);
}

/* Do the two select and admit the same, rule by rule? */
static bool is_duplicate(const struct policy *a, const struct policy *b)
{
	if (!same_policy(a, b))
		return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (!rule_covers(&a->rules[i], &b->rules[i]) || !rule_covers(&b->rules[i], &a->rules[i]))
			return false;
	return true;
}

/* NP153 */
static bool check_duplicate(const struct audit_view *view, struct audit_span span, size_t i)
{
	const struct policy *policy = view->policies.at[i];

	for (size_t k = span.first; k < i; k++) {
		const struct policy *other = view->policies.at[k];

		if (other->broken || !is_duplicate(other, policy))
			continue;
		audit_key(audit_about_rule(view, "NP153", policy, NULL, "says the same as %s", other->object.name),
			  "%s", other->object.name);
		return true;
	}
	return false;
}

/* Is all that the policy does done by others? */
static bool is_redundant(const struct audit_view *view, struct audit_span span, const struct policy *policy)
{
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		bool isolated = !policy->types[d];

		for (size_t k = span.first; !isolated && k < span.end; k++) {
			const struct policy *other = view->policies.at[k];

			isolated = other != policy && !other->broken &&
				   isolates_too(other, policy, (enum direction)d) &&
				   !(isolates_too(policy, other, (enum direction)d) &&
				     strcmp(policy->object.name, other->object.name) < 0);
		}
		if (!isolated)
			return false;
	}
	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct rule *wide = NULL;

		if (!policy->types[policy->rules[r].direction])
			return false;
		for (size_t k = span.first; !wide && k < span.end; k++)
			if (view->policies.at[k] != policy)
				wide = covering(view->policies.at[k], policy, &policy->rules[r]);
		if (!wide)
			return false;
	}
	return true;
}

/* NP151 */
static void check_rule(const struct audit_view *view, struct audit_span span, const struct policy *policy,
		       const struct rule *rule)
{
	for (size_t k = span.first; policy->types[rule->direction] && k < span.end; k++) {
		const struct policy *other = view->policies.at[k];
		const struct rule *wide = covering(other, policy, rule);

		if (!wide)
			continue;
		audit_key(audit_about_rule(view, "NP151", policy, rule, "%s %c[%u] admits all of it already",
					   other->object.name, *direction_name(wide->direction), wide->index),
			  "%s", other->object.name);
		return;
	}
}

void audit_redundancy(const struct audit_view *view)
{
	for (size_t i = 0; i < view->audit->namespaces.n; i++) {
		struct audit_span span = audit_policies_in(view, view->audit->namespaces.at[i].name);

		for (size_t p = span.first; p < span.end; p++) {
			const struct policy *policy = view->policies.at[p];

			if (policy->broken || check_duplicate(view, span, p))
				continue;
			if (is_redundant(view, span, policy)) {
				audit_key(audit_about_rule(view, "NP152", policy, NULL,
							   "other policies isolate and admit all that it does"),
					  "redundant");
				continue;
			}
			for (size_t r = 0; r < policy->n_rules; r++)
				check_rule(view, span, policy, &policy->rules[r]);
		}
	}
}
