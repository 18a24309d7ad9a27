/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do Services and the lists of their endpoints say? */
#include <string.h>

#include <selvage/atom.h>

#include "decode_parts.h"

struct service_ports {
	VEC(struct service_port);
};

struct endpoint_list {
	VEC(struct endpoint);
};

struct endpoint_sets {
	VEC(struct endpoint_set);
};

/* A text that may also be empty, or None. */
static void read_ip_text(const struct place *at, struct ips *ips)
{
	const char *text = json_string_value(at->value);

	if (!text || (*text && strcmp(text, "None")))
		decode_ip(at, ips);
}

static void read_ip_list(const struct place *list, struct ips *ips)
{
	size_t n;

	place_is_list(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(list, i);

		read_ip_text(&item, ips);
	}
}

static void read_service_port(const struct place *at, struct service_ports *ports)
{
	struct place protocol_at = place_field(at, "protocol"), number_at = place_field(at, "port");
	struct place target_at = place_field(at, "targetPort"), node_at = place_field(at, "nodePort");
	struct service_port port = {0};
	int protocol;

	if (!place_is_object(at))
		return;
	protocol = decode_protocol(&protocol_at);
	port.number = place_port(&number_at);
	if (!number_at.value)
		place_problem(&number_at, "must be given");
	if (protocol < 0 || !port.number)
		return;
	port.proto = (uint8_t)protocol;
	port.name = decode_atom(at, "name");
	port.target = json_integer_value(target_at.value) || json_is_string(target_at.value)
			      ? decode_port_ref(&target_at)
			      : (struct port_ref){.number = port.number};
	port.node_port =
		json_is_integer(node_at.value) && !json_integer_value(node_at.value) ? 0 : place_port(&node_at);
	*vec_add(ports) = port;
}

static void read_service_ports(const struct place *spec, struct service *service)
{
	struct place list = place_field(spec, "ports");
	struct service_ports ports = {VEC_EMPTY};
	size_t n;

	place_is_list(&list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);

		read_service_port(&item, &ports);
	}
	service->ports = ports.at;
	service->n_ports = ports.n;
}

/* clusterIPs, or if there are none, clusterIP; "None" makes it headless. */
static void read_cluster_ips(const struct place *spec, struct service *service)
{
	struct place one = place_field(spec, "clusterIP"), many = place_field(spec, "clusterIPs");
	const char *text = json_string_value(json_array_get(many.value, 0));
	struct ips ips = {VEC_EMPTY};

	if (!text)
		text = place_text(&one);
	service->headless = text && !strcmp(text, "None");
	read_ip_list(&many, &ips);
	if (!ips.n && one.value)
		read_ip_text(&one, &ips);
	service->ips = ips.at;
	service->n_ips = ips.n;
}

/* externalIPs, and the addresses of a load balancer; one that has a host name only is known by no address. */
static void read_external_ips(const struct place *root, struct service *service)
{
	struct place spec = place_field(root, "spec"), status = place_field(root, "status");
	struct place list = place_field(&spec, "externalIPs"), balancer = place_field(&status, "loadBalancer");
	struct place ingress = place_field(&balancer, "ingress");
	struct ips ips = {VEC_EMPTY};
	size_t n;

	read_ip_list(&list, &ips);
	place_is_object(&status);
	place_is_object(&balancer);
	place_is_list(&ingress, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&ingress, i), ip = place_field(&item, "ip");

		if (place_is_object(&item) && ip.value)
			read_ip_text(&ip, &ips);
	}
	service->external_ips = ips.at;
	service->n_external_ips = ips.n;
}

void decode_service(const struct place *root, struct object *object)
{
	static const char *const types[SERVICE_TYPE_COUNT] = {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"};
	static const char *const policies[] = {"Cluster", "Local"};
	struct service *service = (struct service *)(void *)object;
	struct place spec = place_field(root, "spec"), type_at = place_field(&spec, "type");
	struct place local_at = place_field(&spec, "externalTrafficPolicy"), selector = place_field(&spec, "selector");
	struct place unready = place_field(&spec, "publishNotReadyAddresses");
	int type;

	place_is_object(&spec);
	type = place_choice(&type_at, types, SERVICE_TYPE_COUNT, SERVICE_CLUSTER_IP);
	service->type = type < 0 ? SERVICE_CLUSTER_IP : (enum service_type)type;
	if (!json_is_string(local_at.value) || json_string_length(local_at.value))
		service->local = place_choice(&local_at, policies, 2, 0) == 1;
	service->unready = place_bool(&unready);
	decode_labels(&selector, &service->selector);
	read_cluster_ips(&spec, service);
	read_external_ips(root, service);
	service->external_name = decode_atom(&spec, "externalName");
	read_service_ports(&spec, service);
}

/* "If this is not specified, endpoint ports are not restricted": number 0. */
static struct named_ports read_endpoint_ports(const struct place *list)
{
	struct named_ports ports = {VEC_EMPTY};
	size_t n;

	place_is_list(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(list, i);
		struct place protocol_at = place_field(&item, "protocol"), number_at = place_field(&item, "port");
		int protocol = place_is_object(&item) ? decode_protocol(&protocol_at) : -1;
		uint16_t number = place_port(&number_at);

		if (protocol >= 0 && (number || !number_at.value))
			*vec_add(&ports) = (struct named_port){decode_atom(&item, "name"), (uint8_t)protocol, number};
	}
	return ports;
}

/* Adds an address of an endpoint whose other fields are in `at`. */
static void add_endpoint(const struct place *at, const struct place *ip_at, bool ready, struct endpoint_list *list)
{
	struct place target = place_field(at, "targetRef"), kind_at = place_field(&target, "kind");
	const char *kind = place_is_object(&target) ? place_text(&kind_at) : NULL;
	struct endpoint endpoint = {.ready = ready};

	if (!place_ip(ip_at, &endpoint.ip))
		return;
	if (kind && !strcmp(kind, "Pod")) {
		endpoint.ns = decode_atom(&target, "namespace");
		endpoint.pod = decode_atom(&target, "name");
	}
	*vec_add(list) = endpoint;
}

/* An item of an EndpointSlice's endpoints. */
static void read_slice_item(const struct place *at, struct endpoint_list *list)
{
	struct place addresses = place_field(at, "addresses"), conditions = place_field(at, "conditions");
	struct place ready_at = place_field(&conditions, "ready");
	bool ready;
	size_t n;

	if (!place_is_object(at) || !place_is_object(&conditions))
		return;
	ready = !ready_at.value || place_bool(&ready_at);
	place_is_list(&addresses, &n);
	for (size_t i = 0; i < n; i++) {
		struct place address = place_item(&addresses, i);

		add_endpoint(at, &address, ready, list);
	}
}

static void read_slice(const struct place *root, struct endpoint_sets *sets)
{
	struct place type_at = place_field(root, "addressType"), list = place_field(root, "endpoints");
	struct place ports_at = place_field(root, "ports");
	const char *type = place_text(&type_at);
	struct endpoint_list endpoints = {VEC_EMPTY};
	struct named_ports ports;
	size_t n;

	if (type && !strcmp(type, "FQDN"))
		return;
	place_is_list(&list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);

		read_slice_item(&item, &endpoints);
	}
	ports = read_endpoint_ports(&ports_at);
	*vec_add(sets) = (struct endpoint_set){endpoints.at, endpoints.n, ports.at, ports.n};
}

static void read_subset_addresses(const struct place *list, bool ready, struct endpoint_list *endpoints)
{
	size_t n;

	place_is_list(list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(list, i), ip = place_field(&item, "ip");

		if (place_is_object(&item))
			add_endpoint(&item, &ip, ready, endpoints);
	}
}

static void read_subsets(const struct place *root, struct endpoint_sets *sets)
{
	struct place list = place_field(root, "subsets");
	size_t n;

	place_is_list(&list, &n);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i), ports_at = place_field(&item, "ports");
		struct place addresses = place_field(&item, "addresses");
		struct place others = place_field(&item, "notReadyAddresses");
		struct endpoint_list endpoints = {VEC_EMPTY};
		struct named_ports ports;

		if (!place_is_object(&item))
			continue;
		read_subset_addresses(&addresses, true, &endpoints);
		read_subset_addresses(&others, false, &endpoints);
		ports = read_endpoint_ports(&ports_at);
		*vec_add(sets) = (struct endpoint_set){endpoints.at, endpoints.n, ports.at, ports.n};
	}
}

/* A slice names its Service in a label, Endpoints are named after it. */
void decode_endpoints(const struct place *root, struct object *object)
{
	struct endpoints *endpoints = (struct endpoints *)(void *)object;
	struct place meta = place_field(root, "metadata"), labels = place_field(&meta, "labels");
	struct endpoint_sets sets = {VEC_EMPTY};

	if (object->kind == OBJECT_ENDPOINTS) {
		endpoints->service = atom_ref(object->name);
		read_subsets(root, &sets);
	} else {
		place_is_object(&labels);
		endpoints->service = decode_atom(&labels, "kubernetes.io/service-name");
		read_slice(root, &sets);
	}
	endpoints->sets = sets.at;
	endpoints->n_sets = sets.n;
}
