/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the Kubernetes API write an object? */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <selvage/object_json.h>

#define STAMP_SIZE 64

static void set_text(json_t *into, const char *key, const char *text)
{
	if (text)
		json_object_set_new(into, key, json_string(text));
}

/* Sets an object or array, unless it is empty. */
static void set_filled(json_t *into, const char *key, json_t *value)
{
	if (json_object_size(value) || json_array_size(value))
		json_object_set_new(into, key, value);
	else
		json_decref(value);
}

static json_t *labels_json(const struct labels *labels)
{
	json_t *json = json_object();

	for (size_t i = 0; i < labels->n; i++)
		set_text(json, labels->at[i].key, labels->at[i].value);
	return json;
}

static json_t *metadata_json(const struct object *object, const struct labels *labels)
{
	json_t *json = json_object();

	set_text(json, "name", object->name);
	set_text(json, "namespace", object->ns);
	if (labels)
		set_filled(json, "labels", labels_json(labels));
	return json;
}

static json_t *header_json(const char *version, const char *kind, json_t *metadata)
{
	json_t *json = json_object();

	set_text(json, "apiVersion", version);
	set_text(json, "kind", kind);
	json_object_set_new(json, "metadata", metadata);
	return json;
}

static json_t *namespace_json(const struct namespace *ns)
{
	json_t *json = header_json("v1", "Namespace", metadata_json(&ns->object, &ns->labels));

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
		set_text(into, key, text);
}

static json_t *ips_json(const struct ip *ips, size_t n)
{
	json_t *json = json_array();
	char text[IP_TEXT];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(json, json_pack("{s:s}", "ip", ip_print(&ips[i], text)));
	return json;
}

/* All ports as those of one container: which container has them says nothing about traffic. */
static json_t *containers_json(const struct pod *pod)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < pod->n_ports; i++) {
		const struct named_port *port = &pod->ports[i];

		json_array_append_new(ports, json_pack("{s:s, s:i, s:s}", "name", port->name, "containerPort",
						       port->number, "protocol", proto_name(port->proto)));
	}
	return json_pack("[{s:s, s:o}]", "name", "pod", "ports", ports);
}

static json_t *pod_spec_json(const struct pod *pod)
{
	json_t *json = json_object();

	set_text(json, "nodeName", pod->node);
	if (pod->host_network)
		json_object_set_new(json, "hostNetwork", json_true());
	if (pod->n_ports)
		json_object_set_new(json, "containers", containers_json(pod));
	return json;
}

static json_t *pod_status_json(const struct pod *pod)
{
	json_t *json = json_object();

	set_text(json, "phase", pod->finished ? "Succeeded" : pod->n_ips ? "Running" : "Pending");
	set_filled(json, "hostIPs", ips_json(pod->host_ips, pod->n_host_ips));
	set_filled(json, "podIPs", ips_json(pod->ips, pod->n_ips));
	return json;
}

static json_t *pod_json(const struct pod *pod)
{
	json_t *metadata = metadata_json(&pod->object, &pod->labels);
	json_t *json = header_json("v1", "Pod", metadata);

	if (pod->created)
		set_stamp(metadata, "creationTimestamp", pod->created);
	if (pod->terminating)
		set_stamp(metadata, "deletionTimestamp", pod->created);
	json_object_set_new(json, "spec", pod_spec_json(pod));
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
	set_filled(json, "values", values);
	return json;
}

static json_t *selector_json(const struct selector *sel)
{
	json_t *json = json_object(), *equal = json_object(), *expressions = json_array();

	for (size_t i = 0; i < sel->n; i++) {
		const struct requirement *r = &sel->at[i];

		if (r->op == SELECTOR_IN && r->n_values == 1 && !json_object_get(equal, r->key))
			set_text(equal, r->key, r->values[0]);
		else
			json_array_append_new(expressions, requirement_json(r));
	}
	set_filled(json, "matchLabels", equal);
	set_filled(json, "matchExpressions", expressions);
	return json;
}

static json_t *cidr_json(const struct cidr *cidr)
{
	char text[IP_TEXT];

	return json_sprintf("%s/%u", ip_print(&cidr->addr, text), cidr->bits);
}

static json_t *block_json(const struct peer *peer)
{
	json_t *json = json_object(), *except = json_array();

	json_object_set_new(json, "cidr", cidr_json(&peer->block));
	for (size_t i = 0; i < peer->n_except; i++)
		json_array_append_new(except, cidr_json(&peer->except[i]));
	set_filled(json, "except", except);
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

	set_text(json, "protocol", proto ? proto : "TCP");
	if (port->nothing)
		json_object_set_new(json, "port", json_integer(0));
	else if (port->name)
		set_text(json, "port", port->name);
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
	set_filled(json, side, peers);
	set_filled(json, "ports", ports);
	return json;
}

static json_t *policy_json(const struct policy *policy)
{
	json_t *json = header_json("networking.k8s.io/v1", "NetworkPolicy", metadata_json(&policy->object, NULL));
	json_t *spec = json_object(), *types = json_array(), *rules[DIRECTION_COUNT] = {json_array(), json_array()};

	if (policy->types[DIRECTION_INGRESS])
		json_array_append_new(types, json_string("Ingress"));
	if (policy->types[DIRECTION_EGRESS])
		json_array_append_new(types, json_string("Egress"));
	for (size_t i = 0; i < policy->n_rules; i++)
		json_array_append_new(rules[policy->rules[i].direction], rule_json(&policy->rules[i]));
	json_object_set_new(spec, "podSelector", selector_json(&policy->pods));
	json_object_set_new(spec, "policyTypes", types);
	set_filled(spec, "ingress", rules[DIRECTION_INGRESS]);
	set_filled(spec, "egress", rules[DIRECTION_EGRESS]);
	json_object_set_new(json, "spec", spec);
	return json;
}

json_t *object_json(const struct object *object)
{
	switch (object->kind) {
	case OBJECT_NAMESPACE:
		return namespace_json((const struct namespace *)(const void *)object);
	case OBJECT_POD:
		return pod_json((const struct pod *)(const void *)object);
	case OBJECT_POLICY:
		return policy_json((const struct policy *)(const void *)object);
	case OBJECT_KIND_COUNT:
		break;
	}
	return NULL;
}
