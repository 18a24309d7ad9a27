/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the Kubernetes API write an object? */
#include <time.h>

#include <selvage/object_json.h>

#include "write_parts.h"

#define STAMP_SIZE 64

#define IGNORE_ANNOTATION "selvage.io/ignore"

/* Of the annotations, only our own. */
static void write_ignore(json_t *metadata, const char *ignore)
{
	if (ignore)
		json_object_set_new(metadata, "annotations", json_pack("{s:s}", IGNORE_ANNOTATION, ignore));
}

static json_t *namespace_json(const struct namespace *ns)
{
	json_t *metadata, *json = object_head_json(&ns->object, &metadata);

	write_filled(metadata, "labels", labels_json(&ns->labels));
	write_ignore(metadata, ns->ignore);
	if (ns->terminating)
		json_object_set_new(json, "status", json_pack("{s:s}", "phase", "Terminating"));
	return json;
}

/* "2006-01-02T15:04:05Z" (RFC 3339) */
static void set_stamp(json_t *into, const char *key, int64_t seconds)
{
	char text[STAMP_SIZE];
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		write_text(into, key, text);
}

static json_t *ips_json(const struct ip *ips, size_t n)
{
	json_t *json = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(json, json_pack("{s:o}", "ip", ip_json(&ips[i])));
	return json;
}

/* All ports as those of one container: which container has them says nothing about traffic. */
static json_t *containers_json(const struct named_port *ports, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *port = json_object();

		write_text(port, "name", ports[i].name);
		json_object_set_new(port, "containerPort", json_integer(ports[i].number));
		write_text(port, "protocol", proto_name(ports[i].proto));
		json_array_append_new(list, port);
	}
	return json_pack("[{s:s, s:o}]", "name", "pod", "ports", list);
}

static void write_detail(json_t *metadata, json_t *spec, const struct pod_detail *detail)
{
	static const char *const dns[DNS_COUNT] = {NULL, "ClusterFirstWithHostNet", "Default", "None"};

	write_owner(metadata, &detail->owner);
	write_text(spec, "dnsPolicy", dns[detail->dns]);
	json_object_set_new(spec, "automountServiceAccountToken", json_boolean(detail->token));
	if (detail->n_ports)
		json_object_set_new(spec, "containers", containers_json(detail->ports, detail->n_ports));
}

void write_pod(json_t *metadata, json_t *into, const struct pod *pod)
{
	json_t *spec = json_object();

	write_filled(metadata, "labels", labels_json(&pod->labels));
	write_text(spec, "nodeName", pod->node);
	write_true(spec, "hostNetwork", pod->host_network);
	if (pod->detail)
		write_detail(metadata, spec, pod->detail);
	else if (pod->n_ports)
		json_object_set_new(spec, "containers", containers_json(pod->ports, pod->n_ports));
	json_object_set_new(into, "spec", spec);
}

static const char *pod_phase(const struct pod *pod)
{
	bool running = pod->detail ? pod->detail->running : pod->n_ips > 0;

	return pod->finished ? "Succeeded" : running ? "Running" : "Pending";
}

static json_t *pod_status_json(const struct pod *pod)
{
	json_t *json = json_object();

	write_text(json, "phase", pod_phase(pod));
	if (pod->detail && pod->detail->ready)
		json_object_set_new(json, "conditions", json_pack("[{s:s, s:s}]", "type", "Ready", "status", "True"));
	write_filled(json, "hostIPs", ips_json(pod->host_ips, pod->n_host_ips));
	write_filled(json, "podIPs", ips_json(pod->ips, pod->n_ips));
	return json;
}

static json_t *pod_json(const struct pod *pod)
{
	json_t *metadata, *json = object_head_json(&pod->object, &metadata);

	if (pod->created)
		set_stamp(metadata, "creationTimestamp", pod->created);
	if (pod->terminating)
		set_stamp(metadata, "deletionTimestamp", pod->created);
	write_pod(metadata, json, pod);
	json_object_set_new(json, "status", pod_status_json(pod));
	return json;
}

static json_t *requirement_json(const struct requirement *r)
{
	static const char *const ops[] = {
		[SELECTOR_IN] = "In",
		[SELECTOR_NOT_IN] = "NotIn",
		[SELECTOR_EXISTS] = "Exists",
		[SELECTOR_NOT_EXISTS] = "DoesNotExist",
	};
	json_t *json = json_pack("{s:s, s:s}", "key", r->key, "operator", ops[r->op]), *values = json_array();

	for (size_t i = 0; i < r->n_values; i++)
		json_array_append_new(values, json_string(r->values[i]));
	write_filled(json, "values", values);
	return json;
}

static json_t *selector_json(const struct selector *sel)
{
	json_t *json = json_object(), *equal = json_object(), *expressions = json_array();

	for (size_t i = 0; i < sel->n; i++) {
		const struct requirement *r = &sel->at[i];

		if (r->op == SELECTOR_IN && r->n_values == 1 && !json_object_get(equal, r->key))
			write_text(equal, r->key, r->values[0]);
		else
			json_array_append_new(expressions, requirement_json(r));
	}
	write_filled(json, "matchLabels", equal);
	write_filled(json, "matchExpressions", expressions);
	return json;
}

static json_t *block_json(const struct peer *peer)
{
	json_t *json = json_object(), *except = json_array();

	json_object_set_new(json, "cidr", cidr_json(&peer->block));
	for (size_t i = 0; i < peer->n_except; i++)
		json_array_append_new(except, cidr_json(&peer->except[i]));
	write_filled(json, "except", except);
	return json;
}

/* A peer that matches nobody comes out as {}, which the API does not allow and which matches nobody again. */
static json_t *peer_json(const struct peer *peer)
{
	json_t *json = json_object();

	switch (peer->kind) {
	case PEER_BLOCK:
		json_object_set_new(json, "ipBlock", block_json(peer));
		break;
	case PEER_PODS:
		if (peer->any_ns)
			json_object_set_new(json, "namespaceSelector", selector_json(&peer->ns));
		if (!peer->any_ns || peer->pods.n)
			json_object_set_new(json, "podSelector", selector_json(&peer->pods));
		break;
	case PEER_NOBODY:
		break;
	}
	return json;
}

/* A port that matches nothing comes out with number 0, which the API does not allow and which matches nothing again. */
static json_t *port_json(const struct port *port)
{
	const char *proto = proto_name(port->proto);
	json_t *json = json_object();

	write_text(json, "protocol", proto ? proto : "TCP");
	if (port->nothing)
		json_object_set_new(json, "port", json_integer(0));
	else if (port->name)
		write_text(json, "port", port->name);
	else if (port->lo)
		json_object_set_new(json, "port", json_integer(port->lo));
	if (!port->nothing && !port->name && port->lo && port->hi != port->lo)
		json_object_set_new(json, "endPort", json_integer(port->hi));
	return json;
}

/* A rule that names peers but none that could be understood must not become one that names none. */
static json_t *rule_json(const struct rule *rule)
{
	json_t *json = json_object(), *peers = json_array(), *ports = json_array();
	const char *side = rule->direction == DIRECTION_INGRESS ? "from" : "to";

	for (size_t i = 0; i < rule->n_peers; i++)
		json_array_append_new(peers, peer_json(&rule->peers[i]));
	if (!rule->everyone && !rule->n_peers)
		json_array_append_new(peers, json_object());
	for (size_t i = 0; i < rule->n_ports; i++)
		json_array_append_new(ports, port_json(&rule->ports[i]));
	if (!rule->every_port && !rule->n_ports)
		json_array_append_new(ports, json_pack("{s:i}", "port", 0));
	write_filled(json, side, peers);
	write_filled(json, "ports", ports);
	return json;
}

static json_t *policy_json(const struct policy *policy)
{
	json_t *metadata, *json = object_head_json(&policy->object, &metadata);
	json_t *spec = json_object(), *types = json_array(), *rules[DIRECTION_COUNT] = {json_array(), json_array()};

	write_ignore(metadata, policy->ignore);
	if (policy->types[DIRECTION_INGRESS])
		json_array_append_new(types, json_string("Ingress"));
	if (policy->types[DIRECTION_EGRESS])
		json_array_append_new(types, json_string("Egress"));
	for (size_t i = 0; i < policy->n_rules; i++)
		json_array_append_new(rules[policy->rules[i].direction], rule_json(&policy->rules[i]));
	json_object_set_new(spec, "podSelector", selector_json(&policy->pods));
	if (policy->implied)
		json_decref(types);
	else
		json_object_set_new(spec, "policyTypes", types);
	write_filled(spec, "ingress", rules[DIRECTION_INGRESS]);
	write_filled(spec, "egress", rules[DIRECTION_EGRESS]);
	json_object_set_new(json, "spec", spec);
	return json;
}

json_t *object_json(const struct object *object)
{
	switch (object_type(object->kind)->shape) {
	case SHAPE_NAMESPACE:
		return namespace_json((const struct namespace *)(const void *)object);
	case SHAPE_POD:
		return pod_json((const struct pod *)(const void *)object);
	case SHAPE_POLICY:
		return policy_json((const struct policy *)(const void *)object);
	case SHAPE_WORKLOAD:
	case SHAPE_SERVICE:
	case SHAPE_ENDPOINTS:
	case SHAPE_ROUTE:
	case SHAPE_HOOK:
	case SHAPE_NODE:
		break;
	}
	return resource_json(object);
}
