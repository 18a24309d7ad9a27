/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which part of the change makes the difference between two ends? */
#include <string.h>

#include "plan_parts.h"

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

/* As it is after the change, if it is there. */
static const struct object *as_after(const struct plan *plan, const struct object *object)
{
	const struct object *after = store_find(plan->stores[REACH_AFTER], object->kind, object->ns, object->name);

	return after ? after : object;
}

static void name_object(const struct object *object, enum plan_why why, struct plan_cause *out)
{
	out->why = why;
	out->object = object;
	out->source = object->source;
}

static const struct object *same_pod(const struct plan *plan, const struct pod *pod, enum reach_world world)
{
	return store_find(plan->stores[world], OBJECT_POD, pod->object.ns, pod->object.name);
}

static bool pod_changed(const struct plan *plan, const struct pod *pod, enum reach_world there)
{
	const struct object *same = same_pod(plan, pod, !there);

	return !same || !object_same(same, &pod->object);
}

/* Is the address the pod's own in one world, and not in the other? */
static bool has_moved(const struct plan *plan, const struct pod *pod, enum reach_world there, const struct ip *ip)
{
	const struct pod *owner = store_owner(plan->stores[!there], ip);

	return store_owner(plan->stores[there], ip) == pod && (!owner || &owner->object != same_pod(plan, pod, !there));
}

/*
 * Such an address, of a pod that is as it was: another took it or gave it up.  "The newest of those that claim" an address
 * owns it (store_owner()), and if that is another one, and the one is no newer or older, the other is.
 */
static void cause_rival(const struct plan *plan, const struct ip *ip, enum reach_world there, struct plan_cause *out)
{
	const struct pod *rival = store_owner(plan->stores[!there], ip);

	out->why = PLAN_WHY_UNCLEAR;
	if (rival)
		name_object(as_after(plan, &rival->object), PLAN_WHY_MOVED, out);
}

/* A pod that has no address of the family in the other world. */
static void cause_absence(const struct plan_view *view, const struct pod *pod, enum reach_world there,
			  struct plan_cause *out)
{
	if (pod_changed(view->plan, pod, there)) {
		name_object(&pod->object, out->why, out);
		return;
	}
	out->why = PLAN_WHY_UNCLEAR; /* pods without an address have families as others have */
	for (size_t i = 0; i < pod->n_ips && !out->object; i++)
		if (pod->ips[i].family == view->family && has_moved(view->plan, pod, there, &pod->ips[i]))
			cause_rival(view->plan, &pod->ips[i], there, out);
}

/* What a pair is where it is but in one world. */
static void cause_presence(const struct plan_view *view, struct plan_cause *out)
{
	enum reach_world there = view->row->before.maybe ? REACH_BEFORE : REACH_AFTER;
	const size_t ends[] = {view->from, view->to};

	*out = (struct plan_cause){.why = PLAN_WHY_UNCLEAR};
	for (size_t i = 0; i < 2 && out->why == PLAN_WHY_UNCLEAR; i++) {
		const struct reach_class *class = &view->plan->classes[ends[i]];
		const struct pod *pod = class->ns ? class->pods[0].in[there] : NULL;

		if (!pod || class->families[!there] & 1U << view->family)
			continue;
		out->direction = i ? DIRECTION_INGRESS : DIRECTION_EGRESS;
		out->why = there == REACH_AFTER ? PLAN_WHY_APPEARED : PLAN_WHY_VANISHED;
		cause_absence(view, pod, there, out);
	}
}

/* The pod at the other end of the packet; NULL: outside. */
static const struct pod *peer_pod(const struct plan_view *view, enum reach_world world)
{
	bool egress = view->direction == DIRECTION_EGRESS;
	const struct reach_class *class = &view->plan->classes[egress ? view->to : view->from];

	return class->ns ? class->pods[egress && view->from == view->to].in[world] : NULL;
}

/* Has the peer another address? */
static bool cause_moved(const struct plan_view *view, struct plan_cause *out)
{
	if (!ip_cmp(&view->peer[REACH_BEFORE], &view->peer[REACH_AFTER]))
		return false;
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		const struct pod *pod = peer_pod(view, (enum reach_world)w);

		if (!pod || !has_moved(view->plan, pod, (enum reach_world)w, &view->peer[w]))
			continue;
		if (pod_changed(view->plan, pod, (enum reach_world)w))
			name_object(as_after(view->plan, &pod->object), PLAN_WHY_LABELS, out);
		else
			cause_rival(view->plan, &view->peer[w], (enum reach_world)w, out);
		return true;
	}
	return false;
}

/* A pod or namespace of either end that is not what it was. */
static bool cause_labels(const struct plan_view *view, struct plan_cause *out)
{
	size_t own = out->direction == DIRECTION_EGRESS ? view->from : view->to;

	out->object = plan_class_changed(view->plan, own);
	if (!out->object)
		out->object = plan_class_changed(view->plan, view->from + view->to - own);
	if (!out->object)
		return false;
	name_object(out->object, PLAN_WHY_LABELS, out);
	return true;
}

/* A policy that isolates the end in `world`, and that the other world has not or has otherwise. */
static const struct policy *isolating_changed(const struct plan_view *view, enum reach_world world,
					      enum direction direction)
{
	size_t n, class = direction == DIRECTION_EGRESS ? view->from : view->to;
	const struct policy *const *at = reach_isolating(view->plan->reach, world, class, direction, &n);

	for (size_t i = 0; i < n; i++)
		if (plan_changed(view->plan, &at[i]->object))
			return at[i];
	return NULL;
}

static const struct policy *other_of(const struct plan_view *view, const struct policy *policy, enum reach_world there)
{
	return (const struct policy *)(const void *)store_find(view->plan->stores[there], OBJECT_POLICY,
							       policy->object.ns, policy->object.name);
}

/* Names the policy as it is after the change, and a place in it, if it is not deleted. */
static void name_policy(const struct plan_view *view, const struct policy *before, struct plan_cause *out)
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
static bool cause_closed(const struct plan_view *view, const struct ruling *before, struct plan_cause *out)
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
static bool cause_opened(const struct plan_view *view, const struct ruling *after, struct plan_cause *out)
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

/* Why does the end say something else of the packet? */
static void cause_end(const struct plan_view *view, struct plan_cause *out)
{
	const struct ruling *before = &view->ruling[REACH_BEFORE], *after = &view->ruling[REACH_AFTER];

	*out = (struct plan_cause){.direction = view->direction};
	if (cause_moved(view, out) ||
	    (before->allowed ? cause_closed(view, before, out) : cause_opened(view, after, out)) ||
	    cause_labels(view, out))
		return;
	out->why = PLAN_WHY_UNCLEAR;
}

static void cause_isolation(const struct plan_view *view, struct plan_cause *out)
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

void plan_cause_find(const struct plan *plan, struct plan_row *row)
{
	struct plan_view view;

	if (row->kind == PLAN_ISOLATED || row->kind == PLAN_UN_ISOLATED) {
		view = (struct plan_view){.plan = plan, .row = row, .from = row->from.at[0], .to = row->from.at[0]};
		cause_isolation(&view, &row->cause);
		return;
	}
	if (row->kind == PLAN_NOOP)
		find_still(plan, row);
	plan_view_find(plan, row, &view);
	if (!row->before.maybe || !row->after.maybe)
		cause_presence(&view, &row->cause);
	else
		cause_end(&view, &row->cause);
}
