/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of the change makes the difference between two ends? */
#include <string.h>

#include "plan_parts.h"

/* The first pair of a row, and a port of which the worlds say different things. */
struct view {
	const struct plan *plan;
	const struct plan_row *row;
	size_t from, to;
	enum family family;
	uint8_t proto;
	uint16_t port;
};

static bool ports_same(const struct pod *a, const struct pod *b)
{
	if (a->n_ports != b->n_ports)
		return false;
	for (size_t i = 0; i < a->n_ports; i++)
		if (a->ports[i].name != b->ports[i].name || a->ports[i].proto != b->ports[i].proto ||
		    a->ports[i].number != b->ports[i].number)
			return false;
	return true;
}

static bool addresses_same(const struct pod *a, const struct pod *b)
{
	if (a->n_ips != b->n_ips)
		return false;
	for (size_t i = 0; i < a->n_ips; i++)
		if (ip_cmp(&a->ips[i], &b->ips[i]))
			return false;
	return true;
}

const struct object *plan_class_changed(const struct plan *plan, size_t class)
{
	const struct reach_class *at = &plan->classes[class];
	const struct pod *before, *after;
	const struct namespace *ns, *was;

	if (!at->ns)
		return NULL;
	before = at->pods[0].in[REACH_BEFORE];
	after = at->pods[0].in[REACH_AFTER];
	ns = store_namespace(plan->stores[REACH_AFTER], at->ns);
	if (before && after &&
	    (!labels_eq(&before->labels, &after->labels) || !ports_same(before, after) ||
	     !addresses_same(before, after)))
		return &after->object;
	if (ns)
		return plan_changed(plan, &ns->object) ? &ns->object : NULL;
	was = store_namespace(plan->stores[REACH_BEFORE], at->ns);
	return was ? &was->object : NULL;
}

static struct ruling ruling(const struct view *view, enum reach_world world, enum direction direction)
{
	return reach_ruling(view->plan->reach, world, view->from, view->to, view->family, direction, view->proto,
			    view->port);
}

/* The pod itself, or, if it is as it was, the one that has its address now, or had it; NULL if there is none: pods without
 * an address have families as others have. */
static const struct object *rival(const struct view *view, const struct pod *pod, enum reach_world there)
{
	const struct object *other =
		store_find(view->plan->stores[!there], OBJECT_POD, pod->object.ns, pod->object.name);

	if (!other || !object_same(other, &pod->object))
		return &pod->object;
	for (size_t i = 0; i < pod->n_ips; i++) {
		const struct pod *owner = store_owner(view->plan->stores[!there], &pod->ips[i]);

		if (pod->ips[i].family == view->family && store_owner(view->plan->stores[there], &pod->ips[i]) == pod &&
		    owner && (owner->object.ns != pod->object.ns || owner->object.name != pod->object.name))
			return &owner->object;
	}
	return NULL;
}

/* What a pair is where it is but in one world. */
static void cause_presence(const struct view *view, struct plan_cause *out)
{
	const size_t ends[] = {view->from, view->to};

	out->why = view->row->before.maybe ? PLAN_WHY_VANISHED : PLAN_WHY_APPEARED;
	for (size_t i = 0; i < 2; i++) {
		const struct reach_class *class = &view->plan->classes[ends[i]];
		enum reach_world there = out->why == PLAN_WHY_APPEARED ? REACH_AFTER : REACH_BEFORE;
		const struct pod *pod = class->ns ? class->pods[0].in[there] : NULL;

		out->direction = i ? DIRECTION_INGRESS : DIRECTION_EGRESS;
		if (pod && !(class->families[!there] & 1U << view->family)) {
			out->object = rival(view, pod, there);
			if (out->object)
				out->source = out->object->source;
			else
				out->why = PLAN_WHY_UNCLEAR;
			return;
		}
	}
}

/* A pod or namespace of either end that is not what it was. */
static bool cause_labels(const struct view *view, struct plan_cause *out)
{
	size_t own = out->direction == DIRECTION_EGRESS ? view->from : view->to;

	out->object = plan_class_changed(view->plan, own);
	if (!out->object)
		out->object = plan_class_changed(view->plan, view->from + view->to - own);
	if (!out->object)
		return false;
	out->why = PLAN_WHY_LABELS;
	out->source = out->object->source;
	return true;
}

/* A policy that isolates the end in `world`, and that the other world has not or has otherwise. */
static const struct policy *isolating_changed(const struct view *view, enum reach_world world, enum direction direction)
{
	size_t n, class = direction == DIRECTION_EGRESS ? view->from : view->to;
	const struct policy *const *at = reach_isolating(view->plan->reach, world, class, direction, &n);

	for (size_t i = 0; i < n; i++)
		if (plan_changed(view->plan, &at[i]->object))
			return at[i];
	return NULL;
}

static const struct policy *other_of(const struct view *view, const struct policy *policy, enum reach_world there)
{
	return (const struct policy *)(const void *)store_find(view->plan->stores[there], OBJECT_POLICY,
							       policy->object.ns, policy->object.name);
}

/* Names the policy as it is after the change, and a place in it, if it is not deleted. */
static void name_policy(const struct view *view, const struct policy *before, struct plan_cause *out)
{
	const struct policy *after = other_of(view, before, REACH_AFTER);

	out->deleted = !after;
	out->policy = after ? after : before;
	out->source = out->policy->object.source;
	for (size_t i = 0; after && out->ruling.rule && i < after->n_rules; i++)
		if (after->rules[i].direction == out->ruling.rule->direction &&
		    after->rules[i].index == out->ruling.rule->index)
			out->source = after->rules[i].source;
	if (!after && out->ruling.rule)
		out->source = out->ruling.rule->source;
}

/* Why does the end deny now what it admitted? */
static bool cause_closed(const struct view *view, const struct ruling *before, struct plan_cause *out)
{
	const struct policy *policy;

	if (before->isolated && before->policy && plan_changed(view->plan, &before->policy->object)) {
		out->why = PLAN_WHY_RULE_GONE;
		out->ruling = *before;
		name_policy(view, before->policy, out);
		return true;
	}
	policy = before->isolated ? NULL : isolating_changed(view, REACH_AFTER, out->direction);
	if (!policy)
		return false;
	out->why = PLAN_WHY_POLICY;
	out->policy = policy;
	out->source = policy->object.source;
	return true;
}

/* Why does it admit now what it denied? */
static bool cause_opened(const struct view *view, const struct ruling *after, struct plan_cause *out)
{
	const struct policy *policy;

	if (after->isolated && after->policy && plan_changed(view->plan, &after->policy->object)) {
		out->why = PLAN_WHY_RULE;
		out->ruling = *after;
		out->policy = after->policy;
		out->source = after->rule->source;
		return true;
	}
	policy = after->isolated ? NULL : isolating_changed(view, REACH_BEFORE, out->direction);
	if (!policy)
		return false;
	out->why = PLAN_WHY_FREED;
	name_policy(view, policy, out);
	return true;
}

/* Does the end say something else of the port, and why? */
static bool cause_end(const struct view *view, enum direction direction, struct plan_cause *out)
{
	struct ruling before = ruling(view, REACH_BEFORE, direction), after = ruling(view, REACH_AFTER, direction);

	*out = (struct plan_cause){.direction = direction};
	if (before.allowed == after.allowed)
		return false;
	if (before.allowed ? cause_closed(view, &before, out) : cause_opened(view, &after, out))
		return true;
	return cause_labels(view, out);
}

/* Neither ruling tells, of pods that have no address yet: a policy that changed, or an end that did. */
static void cause_unclear(const struct view *view, struct plan_cause *out)
{
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		const struct policy *after = isolating_changed(view, REACH_AFTER, (enum direction)d),
				    *before = isolating_changed(view, REACH_BEFORE, (enum direction)d);

		*out = (struct plan_cause){.why = PLAN_WHY_UNCLEAR, .direction = (enum direction)d};
		if (!after && !before)
			continue;
		out->policy = after ? after : before;
		out->source = out->policy->object.source;
		return;
	}
	if (!cause_labels(view, out))
		out->why = PLAN_WHY_UNCLEAR;
}

static void cause_isolation(const struct view *view, struct plan_cause *out)
{
	bool isolated = view->row->kind == PLAN_ISOLATED;
	enum direction direction = view->row->direction;
	const struct policy *policy = isolating_changed(view, isolated ? REACH_AFTER : REACH_BEFORE, direction);

	*out = (struct plan_cause){.direction = direction};
	if (!policy) {
		if (!cause_labels(view, out))
			out->why = PLAN_WHY_UNCLEAR;
		return;
	}
	out->why = isolated ? PLAN_WHY_POLICY : PLAN_WHY_FREED;
	if (!isolated) {
		name_policy(view, policy, out);
		return;
	}
	out->policy = policy;
	out->source = policy->object.source;
}

/* Who decides at the end that is as it was: one policy, if the same one isolates all of them. */
static void find_still(const struct plan *plan, struct plan_row *row)
{
	enum direction other = row->direction == DIRECTION_EGRESS ? DIRECTION_INGRESS : DIRECTION_EGRESS;
	const struct plan_classes *who = other == DIRECTION_EGRESS ? &row->from : &row->to;

	for (size_t i = 0; i < who->n; i++) {
		size_t n;
		const struct policy *const *at = reach_isolating(plan->reach, REACH_AFTER, who->at[i], other, &n);

		if (!i) {
			row->n_still = n;
			row->still = n == 1 ? at[0] : NULL;
		} else if (n != 1 || at[0] != row->still) {
			row->still = NULL;
		}
	}
}

static struct view view_of(const struct plan *plan, const struct plan_row *row)
{
	struct view view = {plan, row, row->from.at[0], row->to.n ? row->to.at[0] : row->from.at[0], FAMILY_4, 0, 0};
	uint8_t families;

	/* A class of one pod has no pair with itself. */
	if (row->to.n && view.from == view.to && !reach_families(plan->reach, REACH_BEFORE, view.from, view.to) &&
	    !reach_families(plan->reach, REACH_AFTER, view.from, view.to)) {
		if (row->to.n > 1)
			view.to = row->to.at[1];
		else if (row->from.n > 1)
			view.from = row->from.at[1];
	}
	families = row->families & (reach_families(plan->reach, REACH_BEFORE, view.from, view.to) |
				    reach_families(plan->reach, REACH_AFTER, view.from, view.to));
	view.family = families & 1U << FAMILY_4 ? FAMILY_4 : FAMILY_6;
	if (row->ports.n) {
		view.proto = row->ports.at[0].proto;
		view.port = row->ports.at[0].lo;
	}
	return view;
}

void plan_cause_find(const struct plan *plan, struct plan_row *row)
{
	struct view view = view_of(plan, row);

	if (row->kind == PLAN_ISOLATED || row->kind == PLAN_UN_ISOLATED) {
		cause_isolation(&view, &row->cause);
		return;
	}
	if (!row->before.maybe || !row->after.maybe) {
		cause_presence(&view, &row->cause);
		return;
	}
	if (row->kind == PLAN_NOOP) {
		find_still(plan, row);
		if (!cause_end(&view, row->direction, &row->cause))
			cause_unclear(&view, &row->cause);
		return;
	}
	if (!cause_end(&view, DIRECTION_EGRESS, &row->cause) && !cause_end(&view, DIRECTION_INGRESS, &row->cause))
		cause_unclear(&view, &row->cause);
}
