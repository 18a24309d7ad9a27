/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does an object mean, and do two of them say the same? */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <selvage/atom.h>

#include "resource_parts.h"

/* Every struct object is the first member of what its kind says. */
#define object_as(type, object) ((type *)(void *)(object))
#define object_as_const(type, object) ((const type *)(const void *)(object))

static const struct {
	const char *name;
	uint8_t number;
} protos[] = {{"TCP", PROTO_TCP}, {"UDP", PROTO_UDP}, {"SCTP", PROTO_SCTP}};

#define N_PROTOS (sizeof protos / sizeof *protos)

static void pod_fini(struct pod *pod)
{
	labels_fini(&pod->labels);
	atom_put(pod->node);
	free(pod->ips);
	free(pod->host_ips);
	for (size_t i = 0; i < pod->n_ports; i++)
		atom_put(pod->ports[i].name);
	free(pod->ports);
	pod_detail_free(pod->detail);
}

static void namespace_fini(struct namespace *ns)
{
	labels_fini(&ns->labels);
	atom_put(ns->ignore);
}

void peer_fini(struct peer *peer)
{
	selector_fini(&peer->ns);
	selector_fini(&peer->pods);
	free(peer->except);
}

void rule_fini(struct rule *rule)
{
	for (size_t i = 0; i < rule->n_peers; i++)
		peer_fini(&rule->peers[i]);
	free(rule->peers);
	for (size_t i = 0; i < rule->n_ports; i++)
		atom_put(rule->ports[i].name);
	free(rule->ports);
}

static void policy_fini(struct policy *policy)
{
	selector_fini(&policy->pods);
	for (size_t i = 0; i < policy->n_rules; i++)
		rule_fini(&policy->rules[i]);
	free(policy->rules);
	atom_put(policy->ignore);
}

static bool ips_same(const struct ip *a, size_t n_a, const struct ip *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++) {
		if (ip_cmp(&a[i], &b[i]))
			return false;
	}
	return true;
}

static bool named_ports_same(const struct pod *a, const struct pod *b)
{
	if (a->n_ports != b->n_ports)
		return false;
	for (size_t i = 0; i < a->n_ports; i++) {
		const struct named_port *left = &a->ports[i], *right = &b->ports[i];

		if (left->name != right->name || left->proto != right->proto || left->number != right->number)
			return false;
	}
	return true;
}

static bool namespace_same(const struct namespace *a, const struct namespace *b)
{
	return a->terminating == b->terminating && a->ignore == b->ignore && labels_eq(&a->labels, &b->labels);
}

/* What the agent never asks: it may take its time. */
static bool digests_same(const struct object *a, const struct object *b)
{
	const struct object *const objects[] = {a, b};
	const char *names[2];

	for (size_t i = 0; i < 2; i++) {
		struct digest d;

		digest_init(&d);
		object_digest(objects[i], &d);
		names[i] = digest_name(&d, "");
	}
	atom_put(names[0]);
	atom_put(names[1]);
	return names[0] == names[1];
}

static bool pod_same(const struct pod *a, const struct pod *b)
{
	if (a->detail || b->detail)
		return digests_same(&a->object, &b->object);
	return a->node == b->node && a->host_network == b->host_network && a->finished == b->finished &&
	       a->terminating == b->terminating && a->created == b->created && labels_eq(&a->labels, &b->labels) &&
	       ips_same(a->ips, a->n_ips, b->ips, b->n_ips) &&
	       ips_same(a->host_ips, a->n_host_ips, b->host_ips, b->n_host_ips) && named_ports_same(a, b);
}

static bool cidr_same(const struct cidr *a, const struct cidr *b)
{
	return a->bits == b->bits && !ip_cmp(&a->addr, &b->addr);
}

static bool peer_same(const struct peer *a, const struct peer *b)
{
	if (a->kind != b->kind || a->any_ns != b->any_ns || a->n_except != b->n_except)
		return false;
	for (size_t i = 0; i < a->n_except; i++) {
		if (!cidr_same(&a->except[i], &b->except[i]))
			return false;
	}
	return cidr_same(&a->block, &b->block) && !selector_cmp(&a->ns, &b->ns) && !selector_cmp(&a->pods, &b->pods);
}

static bool port_same(const struct port *a, const struct port *b)
{
	return a->proto == b->proto && a->nothing == b->nothing && a->name == b->name && a->lo == b->lo &&
	       a->hi == b->hi;
}

static bool rule_same(const struct rule *a, const struct rule *b)
{
	if (a->direction != b->direction || a->index != b->index || a->everyone != b->everyone ||
	    a->every_port != b->every_port || a->n_peers != b->n_peers || a->n_ports != b->n_ports)
		return false;
	for (size_t i = 0; i < a->n_peers; i++) {
		if (!peer_same(&a->peers[i], &b->peers[i]))
			return false;
	}
	for (size_t i = 0; i < a->n_ports; i++) {
		if (!port_same(&a->ports[i], &b->ports[i]))
			return false;
	}
	return true;
}

static bool policy_same(const struct policy *a, const struct policy *b)
{
	if (memcmp(a->types, b->types, sizeof a->types) || a->broken != b->broken || a->n_rules != b->n_rules ||
	    a->ignore != b->ignore || selector_cmp(&a->pods, &b->pods))
		return false;
	for (size_t i = 0; i < a->n_rules; i++) {
		if (!rule_same(&a->rules[i], &b->rules[i]))
			return false;
	}
	return true;
}

/* -1, 0, 1 by namespace, then name. */
static int object_cmp_names(const struct object *a, const struct object *b)
{
	int order = a->ns == b->ns ? 0 : strcmp(a->ns ? a->ns : "", b->ns ? b->ns : "");

	return order ? order : strcmp(a->name, b->name);
}

static void shape_fini(struct object *object)
{
	switch (object_type(object->kind)->shape) {
	case SHAPE_NAMESPACE:
		namespace_fini(object_as(struct namespace, object));
		break;
	case SHAPE_POD:
		pod_fini(object_as(struct pod, object));
		break;
	case SHAPE_POLICY:
		policy_fini(object_as(struct policy, object));
		break;
	case SHAPE_WORKLOAD:
		workload_fini(object_as(struct workload, object));
		break;
	case SHAPE_SERVICE:
		service_fini(object_as(struct service, object));
		break;
	case SHAPE_ENDPOINTS:
		endpoints_fini(object_as(struct endpoints, object));
		break;
	case SHAPE_ROUTE:
		route_fini(object_as(struct route, object));
		break;
	case SHAPE_HOOK:
		hook_fini(object_as(struct hook, object));
		break;
	case SHAPE_NODE:
		node_fini(object_as(struct node, object));
		break;
	}
}

void object_free(struct object *object)
{
	if (!object)
		return;
	shape_fini(object);
	atom_put(object->ns);
	atom_put(object->name);
	atom_put(object->source.file);
	free(object);
}

const char *direction_name(enum direction direction)
{
	return direction == DIRECTION_INGRESS ? "ingress" : "egress";
}

const char *proto_name(uint8_t proto)
{
	for (size_t i = 0; i < N_PROTOS; i++) {
		if (protos[i].number == proto)
			return protos[i].name;
	}
	return NULL;
}

int proto_parse(const char *text)
{
	for (size_t i = 0; i < N_PROTOS; i++) {
		if (!strcasecmp(text, protos[i].name))
			return protos[i].number;
	}
	return -1;
}

bool pod_live(const struct pod *pod)
{
	return !pod->finished && !pod->host_network && pod->n_ips > 0;
}

bool pod_newer(const struct pod *pod, const struct pod *other)
{
	if (pod->terminating != other->terminating)
		return other->terminating;
	if (pod->created != other->created)
		return pod->created > other->created;
	return object_cmp_names(&pod->object, &other->object) < 0;
}

bool policy_selects(const struct policy *policy, const struct pod *pod)
{
	return policy->object.ns == pod->object.ns && selector_match(&policy->pods, &pod->labels);
}

bool object_same(const struct object *a, const struct object *b)
{
	if (a->kind != b->kind || a->ns != b->ns || a->name != b->name)
		return false;
	switch (object_type(a->kind)->shape) {
	case SHAPE_NAMESPACE:
		return namespace_same(object_as_const(struct namespace, a), object_as_const(struct namespace, b));
	case SHAPE_POD:
		return pod_same(object_as_const(struct pod, a), object_as_const(struct pod, b));
	case SHAPE_POLICY:
		return policy_same(object_as_const(struct policy, a), object_as_const(struct policy, b));
	case SHAPE_WORKLOAD:
	case SHAPE_SERVICE:
	case SHAPE_ENDPOINTS:
	case SHAPE_ROUTE:
	case SHAPE_HOOK:
	case SHAPE_NODE:
		break;
	}
	return digests_same(a, b);
}
