/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do ports of rules mean what pods listen on?  NP123 service-port, NP124 named-port-unresolved, NP125
 * named-port-divergent. */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

/* A Service's port that is another one on its pods. */
struct mapping {
	const struct service *service;
	const struct service_port *port;
};

struct mappings {
	VEC(struct mapping); /* by number */
};

static uint16_t number_on(const struct mapping *mapping, const struct pod *pod)
{
	const struct port_ref *target = &mapping->port->target;

	if (target->name)
		return audit_port_named(pod, target->name, mapping->port->proto);
	return target->number ? target->number : mapping->port->number;
}

static int mapping_cmp(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;
	int order = (x->port->number > y->port->number) - (x->port->number < y->port->number);

	if (!order)
		order = strcmp(x->service->object.ns, y->service->object.ns);
	return order ? order : strcmp(x->service->object.name, y->service->object.name);
}

static void mappings_make(const struct audit_view *view, struct mappings *out)
{
	for (size_t i = 0; i < view->services.n; i++) {
		const struct service *service = view->services.at[i];

		for (size_t p = 0; service->selector.n && p < service->n_ports; p++) {
			const struct port_ref *target = &service->ports[p].target;

			if (target->name || (target->number && target->number != service->ports[p].number))
				*vec_add(out) = (struct mapping){service, &service->ports[p]};
		}
	}
	vec_sort(out, mapping_cmp);
}

static bool rule_admits(const struct rule *rule, const struct pod *listener, uint8_t proto, uint16_t number)
{
	for (size_t p = 0; p < rule->n_ports; p++) {
		const struct port *port = &rule->ports[p];

		if (port->nothing || port->proto != proto)
			continue;
		if (port->name ? audit_port_named(listener, port->name, proto) == number
			       : port->lo <= number && number <= port->hi)
			return true;
	}
	return rule->every_port;
}

/* Is the number admitted to anybody, by what isolates the listener? */
static bool admitted_in(const struct audit_view *view, const struct audit_unit *listener, uint8_t proto,
			uint16_t number)
{
	const struct policy *const *policies;
	size_t n;

	policies = audit_isolating(view, listener->class, DIRECTION_INGRESS, &n);
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < policies[i]->n_rules; r++)
			if (policies[i]->rules[r].direction == DIRECTION_INGRESS &&
			    rule_admits(&policies[i]->rules[r], listener->pod, proto, number))
				return true;
	return !n;
}

/* Is it admitted on the way out, from the class to the listener? */
static bool admitted_out(const struct audit_view *view, size_t class, const struct audit_unit *listener, uint8_t proto,
			 uint16_t number)
{
	uint8_t families = reach_families(view->reach, REACH_BEFORE, class, listener->class);

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct reach_link link;

		if (!(families & 1U << f))
			continue;
		link = reach_ports(view->reach, REACH_BEFORE, class, listener->class, (enum family)f);
		if (portset_has(link.egress.maybe, proto, number))
			return true;
	}
	return !families;
}

/* Is the listener one that the rule lets through to the port that is the Service's only? */
static bool is_mistaken(const struct audit_view *view, const struct mapping *mapping, size_t class,
			enum direction direction, const struct audit_unit *listener)
{
	uint16_t number = number_on(mapping, listener->pod);
	uint8_t proto = mapping->port->proto;

	if (!number || number == mapping->port->number || !audit_service_selects(mapping->service, listener->pod) ||
	    audit_port_declared(listener->pod, proto, mapping->port->number))
		return false;
	return direction == DIRECTION_EGRESS ? !admitted_out(view, class, listener, proto, number)
					     : !admitted_in(view, listener, proto, number);
}

static void say_mistaken(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
			 const struct mapping *mapping, const struct audit_unit *listener)
{
	const char *proto = proto_name(mapping->port->proto);
	unsigned number = mapping->port->number, target = number_on(mapping, listener->pod);
	struct finding *finding =
		audit_about_rule(view, "NP123", policy, rule,
				 "admits %s %u to %s/%s, which listens on %u (Service %s %u→%u)", proto, number,
				 listener->ns, listener->name, target, mapping->service->object.name, number, target);

	audit_key(finding, "%s/%s %s %u", mapping->service->object.ns, mapping->service->object.name, proto, number);
}

/* The next unit from *from on that the policy selects, or NULL. */
static const struct audit_unit *subject_of(const struct audit_view *view, const struct policy *policy, size_t *from,
					   size_t end)
{
	for (; *from < end; ++*from)
		if (policy_selects(policy, view->audit->units.at[*from].pod))
			return &view->audit->units.at[(*from)++];
	return NULL;
}

static bool check_ingress(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
			  const struct mapping *mapping)
{
	struct audit_span span = audit_units_in(view, policy->object.ns);
	const struct audit_unit *unit;

	while ((unit = subject_of(view, policy, &span.first, span.end)))
		if (is_mistaken(view, mapping, unit->class, DIRECTION_INGRESS, unit)) {
			say_mistaken(view, policy, rule, mapping, unit);
			return true;
		}
	return false;
}

static bool check_egress(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
			 const struct mapping *mapping)
{
	struct audit_span own = audit_units_in(view, policy->object.ns),
			  there = audit_units_in(view, mapping->service->object.ns);
	const struct audit_unit *unit = subject_of(view, policy, &own.first, own.end);

	for (size_t i = there.first; unit && i < there.end; i++) {
		const struct audit_unit *listener = &view->audit->units.at[i];

		if (audit_service_selects(mapping->service, listener->pod) &&
		    audit_rule_means(view, policy, rule, listener->pod) && rule->n_peers &&
		    is_mistaken(view, mapping, unit->class, DIRECTION_EGRESS, listener)) {
			say_mistaken(view, policy, rule, mapping, listener);
			return true;
		}
	}
	return false;
}

/* NP123, once for each port of a rule. */
static void check_number(const struct audit_view *view, const struct mappings *mappings, const struct policy *policy,
			 const struct rule *rule, const struct port *port)
{
	size_t lo = 0, hi = mappings->n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (mappings->at[middle].port->number < port->lo)
			lo = middle + 1;
		else
			hi = middle;
	}
	for (; lo < mappings->n && mappings->at[lo].port->number == port->lo; lo++) {
		const struct mapping *mapping = &mappings->at[lo];

		if (mapping->port->proto != port->proto)
			continue;
		if (rule->direction == DIRECTION_EGRESS ? check_egress(view, policy, rule, mapping)
							: mapping->service->object.ns == policy->object.ns &&
								  check_ingress(view, policy, rule, mapping))
			return;
	}
}

/* What a name means among the pods that a rule can mean. */
struct meaning {
	size_t pods; /* units that were looked at */
	uint16_t first, other;
};

static void mean(struct meaning *meaning, const struct pod *pod, const struct port *port)
{
	uint16_t number = audit_port_named(pod, port->name, port->proto);

	meaning->pods++;
	if (!meaning->first)
		meaning->first = number;
	else if (number && number != meaning->first)
		meaning->other = number;
}

static struct meaning meaning_of(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
				 const struct port *port)
{
	struct meaning meaning = {0};
	size_t first = 0, end = view->audit->units.n;

	if (rule->direction == DIRECTION_INGRESS) {
		struct audit_span span = audit_units_in(view, policy->object.ns);

		first = span.first;
		end = span.end;
	}
	for (size_t i = first; i < end && !meaning.other; i++) {
		const struct pod *pod = view->audit->units.at[i].pod;

		if (rule->direction == DIRECTION_INGRESS ? policy_selects(policy, pod)
							 : audit_rule_means(view, policy, rule, pod))
			mean(&meaning, pod, port);
	}
	return meaning;
}

/* NP124, NP125 */
static void check_name(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
		       const struct port *port)
{
	struct meaning meaning = meaning_of(view, policy, rule, port);
	const char *proto = proto_name(port->proto);
	struct finding *finding = NULL;

	if (meaning.pods && !meaning.first)
		finding =
			audit_about_rule(view, "NP124", policy, rule,
					 "port %s/%s: no pod that is meant has a port of that name", port->name, proto);
	else if (meaning.other)
		finding = audit_about_rule(view, "NP125", policy, rule,
					   "port %s/%s is %u on some of the pods that are meant and %u on others",
					   port->name, proto, meaning.first, meaning.other);
	if (finding)
		audit_key(finding, "%s/%s", port->name, proto);
}

void audit_ports(const struct audit_view *view)
{
	struct mappings mappings = {VEC_EMPTY};

	mappings_make(view, &mappings);
	for (size_t i = 0; i < view->policies.n; i++)
		for (size_t r = 0; r < view->policies.at[i]->n_rules; r++) {
			const struct policy *policy = view->policies.at[i];
			const struct rule *rule = &policy->rules[r];

			for (size_t p = 0; policy->types[rule->direction] && p < rule->n_ports; p++) {
				if (rule->ports[p].nothing)
					continue;
				if (rule->ports[p].name)
					check_name(view, policy, rule, &rule->ports[p]);
				else if (rule->ports[p].lo == rule->ports[p].hi)
					check_number(view, &mappings, policy, rule, &rule->ports[p]);
			}
		}
	vec_free(&mappings);
}
