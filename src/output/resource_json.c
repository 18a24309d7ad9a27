/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the Kubernetes API write workloads, Services and the other resources? */
#include "write_parts.h"

static json_t *template_json(const struct pod *pod)
{
	json_t *json = json_object(), *metadata = json_object();

	json_object_set_new(json, "metadata", metadata);
	write_pod(metadata, json, pod);
	return json;
}

/* "desiredNumberScheduled" is a DaemonSet's status; a Job calls replicas "parallelism". */
static json_t *workload_json(const struct workload *workload)
{
	json_t *metadata, *json = object_head_json(&workload->object, &metadata);
	json_t *spec = json_pack("{s:o}", "template", template_json(workload->template));
	bool job = workload->object.kind == OBJECT_JOB || workload->object.kind == OBJECT_CRONJOB;

	write_owner(metadata, &workload->owner);
	if (workload->object.kind == OBJECT_DAEMONSET)
		json_object_set_new(json, "status", json_pack("{s:i}", "desiredNumberScheduled", workload->replicas));
	else
		json_object_set_new(spec, job ? "parallelism" : "replicas", json_integer(workload->replicas));
	if (workload->object.kind == OBJECT_CRONJOB)
		spec = json_pack("{s:{s:o}}", "jobTemplate", "spec", spec);
	json_object_set_new(json, "spec", spec);
	return json;
}

static void write_port_ref(json_t *into, const char *key, const struct port_ref *ref)
{
	write_text(into, key, ref->name);
	if (ref->number)
		json_object_set_new(into, key, json_integer(ref->number));
}

static json_t *service_ports_json(const struct service *service)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < service->n_ports; i++) {
		const struct service_port *port = &service->ports[i];
		json_t *json = json_pack("{s:s, s:i}", "protocol", proto_name(port->proto), "port", port->number);

		write_text(json, "name", port->name);
		write_port_ref(json, "targetPort", &port->target);
		if (port->node_port)
			json_object_set_new(json, "nodePort", json_integer(port->node_port));
		json_array_append_new(ports, json);
	}
	return ports;
}

static json_t *addresses_json(const char *first, const struct ip *ips, size_t n)
{
	json_t *json = json_array();

	if (first)
		json_array_append_new(json, json_string(first));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(json, ip_json(&ips[i]));
	return json;
}

static json_t *service_json(const struct service *service)
{
	static const char *const types[SERVICE_TYPE_COUNT] = {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"};
	json_t *metadata, *json = object_head_json(&service->object, &metadata), *spec = json_object();

	write_text(spec, "type", types[service->type]);
	write_filled(spec, "clusterIPs",
		     addresses_json(service->headless ? "None" : NULL, service->ips, service->n_ips));
	write_filled(spec, "externalIPs", addresses_json(NULL, service->external_ips, service->n_external_ips));
	write_text(spec, "externalName", service->external_name);
	write_text(spec, "externalTrafficPolicy", service->local ? "Local" : NULL);
	write_true(spec, "publishNotReadyAddresses", service->unready);
	write_filled(spec, "selector", labels_json(&service->selector));
	write_filled(spec, "ports", service_ports_json(service));
	json_object_set_new(json, "spec", spec);
	return json;
}

static json_t *endpoint_ports_json(const struct endpoint_set *set)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < set->n_ports; i++) {
		json_t *json = json_pack("{s:s}", "protocol", proto_name(set->ports[i].proto));

		write_text(json, "name", set->ports[i].name);
		if (set->ports[i].number)
			json_object_set_new(json, "port", json_integer(set->ports[i].number));
		json_array_append_new(ports, json);
	}
	return ports;
}

static void write_target(json_t *into, const struct endpoint *endpoint)
{
	json_t *target = json_pack("{s:s}", "kind", "Pod");

	write_text(target, "namespace", endpoint->ns);
	write_text(target, "name", endpoint->pod);
	if (endpoint->ns || endpoint->pod)
		json_object_set(into, "targetRef", target);
	json_decref(target);
}

/* The set of a slice; a slice of host names has none. */
static void write_slice(json_t *into, const struct endpoints *endpoints)
{
	const struct endpoint_set *set = endpoints->n_sets ? &endpoints->sets[0] : NULL;
	bool six = set && set->n && set->at[0].ip.family == FAMILY_6;
	json_t *list = json_array();

	write_text(into, "addressType", !set ? "FQDN" : six ? "IPv6" : "IPv4");
	for (size_t i = 0; set && i < set->n; i++) {
		json_t *json = json_pack("{s:[o], s:{s:b}}", "addresses", ip_json(&set->at[i].ip), "conditions",
					 "ready", set->at[i].ready);

		write_target(json, &set->at[i]);
		json_array_append_new(list, json);
	}
	json_object_set_new(into, "endpoints", list);
	if (set)
		write_filled(into, "ports", endpoint_ports_json(set));
}

static json_t *subset_addresses_json(const struct endpoint_set *set, bool ready)
{
	json_t *list = json_array();

	for (size_t i = 0; i < set->n; i++) {
		json_t *json;

		if (set->at[i].ready != ready)
			continue;
		json = json_pack("{s:o}", "ip", ip_json(&set->at[i].ip));
		write_target(json, &set->at[i]);
		json_array_append_new(list, json);
	}
	return list;
}

static void write_subsets(json_t *into, const struct endpoints *endpoints)
{
	json_t *list = json_array();

	for (size_t i = 0; i < endpoints->n_sets; i++) {
		const struct endpoint_set *set = &endpoints->sets[i];
		json_t *json = json_object();

		write_filled(json, "addresses", subset_addresses_json(set, true));
		write_filled(json, "notReadyAddresses", subset_addresses_json(set, false));
		write_filled(json, "ports", endpoint_ports_json(set));
		json_array_append_new(list, json);
	}
	write_filled(into, "subsets", list);
}

static json_t *endpoints_json(const struct endpoints *endpoints)
{
	json_t *metadata, *json = object_head_json(&endpoints->object, &metadata);

	if (endpoints->object.kind == OBJECT_ENDPOINTS) {
		write_subsets(json, endpoints);
		return json;
	}
	if (endpoints->service)
		json_object_set_new(metadata, "labels",
				    json_pack("{s:s}", "kubernetes.io/service-name", endpoints->service));
	write_slice(json, endpoints);
	return json;
}

static json_t *ingress_json(const struct route *route)
{
	json_t *json = json_object(), *paths = json_array();

	for (size_t i = 0; i < route->n_backends; i++) {
		const struct port_ref *ref = &route->backends[i].port;
		json_t *port = json_object(), *service;

		write_port_ref(port, ref->name ? "name" : "number", ref);
		service = json_pack("{s:s, s:o}", "name", route->backends[i].service, "port", port);
		json_array_append_new(paths, json_pack("{s:{s:o}}", "backend", "service", service));
	}
	if (route->n_parents)
		write_text(json, "ingressClassName", route->parents[0].name);
	json_object_set_new(json, "rules", json_pack("[{s:{s:o}}]", "http", "paths", paths));
	return json;
}

/* As references of the Gateway API and of the API server write it. */
static json_t *backend_json(const struct backend *backend)
{
	json_t *json = json_object();

	write_text(json, "name", backend->service);
	write_text(json, "namespace", backend->ns);
	write_port_ref(json, "port", &backend->port);
	return json;
}

static json_t *http_route_json(const struct route *route)
{
	json_t *parents = json_array(), *backends = json_array();

	for (size_t i = 0; i < route->n_parents; i++)
		json_array_append_new(parents, json_pack("{s:s, s:s}", "name", route->parents[i].name, "namespace",
							 route->parents[i].ns));
	for (size_t i = 0; i < route->n_backends; i++)
		json_array_append_new(backends, backend_json(&route->backends[i]));
	return json_pack("{s:o, s:[{s:o}]}", "parentRefs", parents, "rules", "backendRefs", backends);
}

static json_t *route_json(const struct route *route)
{
	json_t *metadata, *json = object_head_json(&route->object, &metadata);

	json_object_set_new(json, "spec",
			    route->object.kind == OBJECT_INGRESS ? ingress_json(route) : http_route_json(route));
	return json;
}

static json_t *hook_json(const struct hook *hook)
{
	json_t *metadata, *json = object_head_json(&hook->object, &metadata), *list = json_array();

	for (size_t i = 0; i < hook->n_backends; i++) {
		json_t *service = json_pack("{s:o}", "service", backend_json(&hook->backends[i]));

		if (hook->object.kind == OBJECT_APISERVICE)
			json_object_set_new(json, "spec", service);
		else
			json_array_append_new(list, json_pack("{s:o}", "clientConfig", service));
	}
	write_filled(json, "webhooks", list);
	return json;
}

static void add_addresses(json_t *list, const char *type, const struct ip *ips, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:o}", "type", type, "address", ip_json(&ips[i])));
}

static json_t *node_json(const struct node *node)
{
	json_t *metadata, *json = object_head_json(&node->object, &metadata);
	json_t *addresses = json_array(), *cidrs = json_array();

	add_addresses(addresses, "InternalIP", node->internal, node->n_internal);
	add_addresses(addresses, "ExternalIP", node->external, node->n_external);
	for (size_t i = 0; i < node->n_pod_cidrs; i++)
		json_array_append_new(cidrs, cidr_json(&node->pod_cidrs[i]));
	json_object_set_new(json, "spec", json_pack("{s:o}", "podCIDRs", cidrs));
	json_object_set_new(json, "status", json_pack("{s:o}", "addresses", addresses));
	return json;
}

json_t *resource_json(const struct object *object)
{
	switch (object_type(object->kind)->shape) {
	case SHAPE_WORKLOAD:
		return workload_json((const struct workload *)(const void *)object);
	case SHAPE_SERVICE:
		return service_json((const struct service *)(const void *)object);
	case SHAPE_ENDPOINTS:
		return endpoints_json((const struct endpoints *)(const void *)object);
	case SHAPE_ROUTE:
		return route_json((const struct route *)(const void *)object);
	case SHAPE_HOOK:
		return hook_json((const struct hook *)(const void *)object);
	case SHAPE_NODE:
		return node_json((const struct node *)(const void *)object);
	case SHAPE_NAMESPACE:
	case SHAPE_POD:
	case SHAPE_POLICY:
		break;
	}
	return NULL;
}
