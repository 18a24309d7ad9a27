/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does a selector of an audited policy mean, and where does what a Service stands for listen? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "audit_parts.h"

#define NAME_LABEL "kubernetes.io/metadata.name"

const struct policy *const *audit_isolating(const struct audit_view *view, size_t class, enum direction direction,
					    size_t *n)
{
	return reach_isolating(view->reach, REACH_BEFORE, class, direction, n);
}

/* Does the selector ask for nothing but the name, which every namespace has as a label? */
static bool asks_name_only(const struct selector *selector)
{
	for (size_t i = 0; i < selector->n; i++)
		if (strcmp(selector->at[i].key, NAME_LABEL))
			return false;
	return true;
}

int audit_ns_matches(const struct audit_view *view, const char *ns, const struct selector *selector)
{
	const struct namespace *object = store_namespace(view->store, ns);
	struct labels implied = {0};
	bool match;

	if (object)
		return selector_match(selector, &object->labels);
	labels_put(&implied, NAME_LABEL, ns);
	match = selector_match(selector, &implied);
	labels_fini(&implied);
	return match || asks_name_only(selector) ? match : -1;
}

bool audit_peer_means(const struct audit_view *view, const struct policy *policy, const struct peer *peer,
		      const struct pod *pod)
{
	if (peer->kind != PEER_PODS || !selector_match(&peer->pods, &pod->labels))
		return false;
	if (!peer->any_ns)
		return pod->object.ns == policy->object.ns;
	return audit_ns_matches(view, pod->object.ns, &peer->ns) == 1;
}

bool audit_rule_means(const struct audit_view *view, const struct policy *policy, const struct rule *rule,
		      const struct pod *pod)
{
	for (size_t i = 0; i < rule->n_peers; i++)
		if (audit_peer_means(view, policy, &rule->peers[i], pod))
			return true;
	return rule->everyone;
}

/* 1, 0, or -1 for ports that are open to some addresses only that a pod may get. */
static int has_port(const struct reach_ports *ports, const struct audit_target *target)
{
	if (portset_has(ports->open, target->proto, target->port))
		return 1;
	return portset_has(ports->maybe, target->proto, target->port) ? -1 : 0;
}

int audit_reaches(const struct audit_view *view, size_t from, const struct audit_target *target)
{
	uint8_t families = reach_families(view->reach, REACH_BEFORE, from, target->class) & target->families;
	int best = 0;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct reach_link link;
		int here;

		if (!(families & 1U << f))
			continue;
		link = reach_ports(view->reach, REACH_BEFORE, from, target->class, (enum family)f);
		here = has_port(&link.both, target);
		if (here == 1)
			return 1;
		best = here ? here : best;
	}
	return best;
}

bool audit_service_selects(const struct service *service, const struct pod *pod)
{
	if (!service->selector.n || pod->object.ns != service->object.ns)
		return false;
	for (size_t i = 0; i < service->selector.n; i++)
		if (labels_find(&pod->labels, service->selector.at[i].key) != service->selector.at[i].value)
			return false;
	return true;
}

uint16_t audit_port_named(const struct pod *pod, const char *name, uint8_t proto)
{
	for (size_t i = 0; i < pod->n_ports; i++)
		if (pod->ports[i].name == name && pod->ports[i].proto == proto)
			return pod->ports[i].number;
	return 0;
}

bool audit_port_declared(const struct pod *pod, uint8_t proto, uint16_t number)
{
	const struct named_port *ports = pod->detail ? pod->detail->ports : pod->ports;
	size_t n = pod->detail ? pod->detail->n_ports : pod->n_ports;

	for (size_t i = 0; i < n; i++)
		if (ports[i].proto == proto && ports[i].number == number)
			return true;
	return false;
}

bool audit_port_any(const struct pod *pod)
{
	return pod->detail ? pod->detail->n_ports > 0 : pod->n_ports > 0;
}

static bool is_wanted(const struct service_port *at, const struct port_ref *port)
{
	if (port->name)
		return at->name && !strcmp(at->name, port->name);
	return !port->number || at->number == port->number;
}

/* The port of a pod behind a Service's; 0: it has none of that name. */
static uint16_t target_number(const struct service_port *at, const struct pod *pod)
{
	if (at->target.name)
		return audit_port_named(pod, at->target.name, at->proto);
	return at->target.number ? at->target.number : at->number;
}

static void add_selected(const struct audit_view *view, const struct service *service, const struct service_port *at,
			 struct audit_targets *out)
{
	struct audit_span span = audit_units_in(view, service->object.ns);

	for (size_t i = span.first; i < span.end; i++) {
		const struct audit_unit *unit = &view->audit->units.at[i];
		uint16_t number = target_number(at, unit->pod);

		if (audit_service_selects(service, unit->pod) && number)
			*vec_add(out) =
				(struct audit_target){unit->class, view->classes[unit->class].families[REACH_BEFORE],
						      at->proto,   number,
						      unit->ns,    unit->name};
	}
}

/* An endpoint of a Service that has no selector, or whose pods are on the host network. */
static void add_endpoint(const struct audit_view *view, const struct endpoint_set *set, const struct endpoint *at,
			 const struct service_port *port, struct audit_targets *out)
{
	size_t class = reach_class_at(view->reach, REACH_BEFORE, &at->ip);

	for (size_t i = 0; class != SIZE_MAX && i < set->n_ports; i++)
		if (set->ports[i].proto == port->proto &&
		    (!port->name || !set->ports[i].name || !strcmp(port->name, set->ports[i].name)))
			*vec_add(out) = (struct audit_target){class,       (uint8_t)(1U << at->ip.family),
							      port->proto, set->ports[i].number,
							      at->ns,      at->pod};
}

static void add_endpoints(const struct audit_view *view, const struct service *service, const struct service_port *port,
			  struct audit_targets *out)
{
	const struct object *o = NULL;

	while ((o = store_walk_shape(view->store, SHAPE_ENDPOINTS, o))) {
		const struct endpoints *endpoints = (const struct endpoints *)(const void *)o;

		if (o->ns != service->object.ns || !endpoints->service ||
		    strcmp(endpoints->service, service->object.name))
			continue;
		for (size_t s = 0; s < endpoints->n_sets; s++)
			for (size_t i = 0; i < endpoints->sets[s].n; i++)
				add_endpoint(view, &endpoints->sets[s], &endpoints->sets[s].at[i], port, out);
	}
}

void audit_service_targets(const struct audit_view *view, const struct service *service, const struct port_ref *port,
			   struct audit_targets *out)
{
	for (size_t i = 0; i < service->n_ports; i++) {
		if (!is_wanted(&service->ports[i], port))
			continue;
		if (service->selector.n)
			add_selected(view, service, &service->ports[i], out);
		else
			add_endpoints(view, service, &service->ports[i], out);
	}
}

void audit_peer_ranges(const struct peer *peer, struct ip_ranges *out)
{
	struct ip_ranges one = {VEC_EMPTY}, holes = {VEC_EMPTY};

	*vec_add(&one) = cidr_range(&peer->block);
	for (size_t e = 0; e < peer->n_except; e++)
		*vec_add(&holes) = cidr_range(&peer->except[e]);
	ip_ranges_normalise(&holes);
	ip_ranges_subtract(&one, &holes);
	for (size_t r = 0; r < one.n; r++)
		*vec_add(out) = one.at[r];
	vec_free(&one);
	vec_free(&holes);
}

void audit_rule_ranges(const struct rule *rule, enum family family, struct ip_ranges *out)
{
	*out = (struct ip_ranges){VEC_EMPTY};
	for (size_t i = 0; i < rule->n_peers; i++)
		if (rule->peers[i].kind == PEER_BLOCK && rule->peers[i].block.addr.family == family)
			audit_peer_ranges(&rule->peers[i], out);
	ip_ranges_normalise(out);
}
