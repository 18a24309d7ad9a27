/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else could be in a small cluster: objects that decide no packet, and details? */
#include "world_resource.h"

#include <stdlib.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

static const char *const ns_names[] = {"alpha", "beta"};
static const char *const names[] = {"web", "db", "api"};
static const char *const kinds[] = {"Deployment", "StatefulSet", "Rollout", "CronJob", "ReplicaSet"};
static const char *const port_names[] = {"http", "dns"};
static const uint16_t numbers[] = {53, 80, 443, 8080};
static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP};
static const char *const addresses[] = {"10.96.0.1", "10.244.0.9", "203.0.113.7", "192.0.2.1"};
static const char *const cidrs[] = {"10.244.1.0/24", "fd00:1::/64"};

enum { MANY = 4 };

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PICK(rng, array) ((array)[rng_below(rng, COUNT(array))])

/* An atom, or NULL. */
static const char *maybe(struct rng *rng, const char *text)
{
	return rng_one_in(rng, 2) ? atom(text) : NULL;
}

static struct owner random_owner(struct rng *rng)
{
	if (rng_one_in(rng, 3))
		return (struct owner){NULL, NULL};
	return (struct owner){atom(PICK(rng, kinds)), atom(PICK(rng, names))};
}

/* Different addresses, of one family. */
static struct ip *random_ips(struct rng *rng, size_t *n)
{
	size_t first = rng_below(rng, COUNT(addresses));
	struct ip *ips = mem_new(MANY, sizeof *ips);
	struct err err;

	*n = rng_below(rng, COUNT(addresses));
	for (size_t i = 0; i < *n; i++)
		if (ip_parse(addresses[(first + i) % COUNT(addresses)], &ips[i], &err))
			abort();
	return ips;
}

static struct port_ref random_ref(struct rng *rng)
{
	if (rng_one_in(rng, 3))
		return (struct port_ref){.name = atom(PICK(rng, port_names))};
	return (struct port_ref){.number = PICK(rng, numbers)};
}

/* Some of them without a name. */
static struct named_port *random_ports(struct rng *rng, size_t *n)
{
	struct named_port *ports = mem_new(MANY, sizeof *ports);

	*n = rng_below(rng, MANY);
	for (size_t i = 0; i < *n; i++)
		ports[i] =
			(struct named_port){maybe(rng, PICK(rng, port_names)), PICK(rng, protos), PICK(rng, numbers)};
	return ports;
}

/* Those of the detail that have names are the pod's. */
static void random_pod_ports(struct rng *rng, struct pod *pod)
{
	struct pod_detail *detail = pod->detail;

	for (size_t i = 0; i < pod->n_ports; i++)
		atom_put(pod->ports[i].name);
	pod->n_ports = 0;
	pod->ports = mem_resize(pod->ports, MANY, sizeof *pod->ports);
	detail->ports = random_ports(rng, &detail->n_ports);
	for (size_t i = 0; i < detail->n_ports; i++) {
		if (!detail->ports[i].name)
			continue;
		atom_ref(detail->ports[i].name);
		pod->ports[pod->n_ports++] = detail->ports[i];
	}
}

static void random_detail(struct rng *rng, struct pod *pod, bool template)
{
	struct pod_detail *detail = mem_new(1, sizeof *detail);

	pod->detail = detail;
	detail->owner = random_owner(rng);
	detail->dns = (enum dns_policy)rng_below(rng, DNS_COUNT);
	detail->token = rng_one_in(rng, 2);
	detail->running = !template && !pod->finished && rng_one_in(rng, 2);
	detail->ready = !template && rng_one_in(rng, 2);
	random_pod_ports(rng, pod);
}

void world_widen(struct rng *rng, struct object *object)
{
	if (object->kind == OBJECT_POD)
		random_detail(rng, (struct pod *)(void *)object, false);
	else if (object->kind == OBJECT_NAMESPACE)
		((struct namespace *)(void *)object)->ignore = maybe(rng, "NP101=known");
	else
		((struct policy *)(void *)object)->ignore = maybe(rng, "NP142=\"known: so\"");
}

static void random_workload(struct rng *rng, struct workload *workload)
{
	struct pod *pod = mem_new(1, sizeof *pod);

	workload->owner = random_owner(rng);
	workload->replicas = rng_below(rng, 5);
	workload->template = pod;
	pod->object.kind = OBJECT_POD;
	pod->object.ns = atom_ref(workload->object.ns);
	pod->object.name = atom_ref(workload->object.name);
	pod->node = maybe(rng, "n0");
	pod->host_network = rng_one_in(rng, 3);
	labels_put(&pod->labels, "app", PICK(rng, names));
	random_detail(rng, pod, true);
}

static void random_service(struct rng *rng, struct service *service)
{
	service->type = (enum service_type)rng_below(rng, SERVICE_TYPE_COUNT);
	service->headless = rng_one_in(rng, 3);
	service->local = rng_one_in(rng, 3);
	service->unready = rng_one_in(rng, 3);
	if (!rng_one_in(rng, 3))
		labels_put(&service->selector, "app", PICK(rng, names));
	service->ips = random_ips(rng, &service->n_ips);
	service->external_ips = random_ips(rng, &service->n_external_ips);
	service->external_name = maybe(rng, "db.example.com");
	service->n_ports = rng_below(rng, MANY);
	service->ports = mem_new(MANY, sizeof *service->ports);
	for (size_t i = 0; i < service->n_ports; i++)
		service->ports[i] = (struct service_port){
			.name = maybe(rng, PICK(rng, port_names)),
			.proto = PICK(rng, protos),
			.number = PICK(rng, numbers),
			.target = random_ref(rng),
			.node_port = rng_one_in(rng, 2) ? 30080 : 0,
		};
}

/* Endpoints say first what is ready. */
static void random_set(struct rng *rng, struct endpoint_set *set)
{
	size_t n;
	struct ip *ips = random_ips(rng, &n);

	set->at = mem_new(MANY, sizeof *set->at);
	for (; set->n < n; set->n++) {
		bool pod = rng_one_in(rng, 2);

		set->at[set->n] = (struct endpoint){
			.ip = ips[set->n],
			.ns = pod ? atom(PICK(rng, ns_names)) : NULL,
			.pod = pod ? atom(PICK(rng, names)) : NULL,
			.ready = set->n == 0 || (set->at[set->n - 1].ready && rng_one_in(rng, 2)),
		};
	}
	free(ips);
	set->ports = random_ports(rng, &set->n_ports);
	for (size_t i = 0; i < set->n_ports; i++)
		if (rng_one_in(rng, 4))
			set->ports[i].number = 0;
}

static void random_endpoints(struct rng *rng, struct endpoints *endpoints)
{
	bool slice = endpoints->object.kind == OBJECT_ENDPOINTSLICE;

	endpoints->service = slice ? maybe(rng, PICK(rng, names)) : atom_ref(endpoints->object.name);
	endpoints->n_sets = rng_below(rng, slice ? 2 : 3);
	endpoints->sets = mem_new(MANY, sizeof *endpoints->sets);
	for (size_t i = 0; i < endpoints->n_sets; i++)
		random_set(rng, &endpoints->sets[i]);
}

/* ns NULL: of any namespace. */
static struct backend *random_backends(struct rng *rng, const char *ns, size_t most, bool named, size_t *n)
{
	struct backend *backends = mem_new(MANY, sizeof *backends);

	*n = rng_below(rng, (unsigned)most + 1);
	for (size_t i = 0; i < *n; i++)
		backends[i] = (struct backend){
			.ns = ns ? atom_ref(ns) : atom(PICK(rng, ns_names)),
			.service = atom(PICK(rng, names)),
			.port = named ? random_ref(rng) : (struct port_ref){.number = PICK(rng, numbers)},
		};
	return backends;
}

static void random_route(struct rng *rng, struct route *route)
{
	bool ingress = route->object.kind == OBJECT_INGRESS;

	route->backends =
		random_backends(rng, ingress ? route->object.ns : NULL, MANY - 1, ingress, &route->n_backends);
	route->n_parents = rng_below(rng, ingress ? 2 : 3);
	route->parents = mem_new(MANY, sizeof *route->parents);
	for (size_t i = 0; i < route->n_parents; i++)
		route->parents[i] =
			(struct route_parent){ingress ? NULL : atom(PICK(rng, ns_names)), atom(PICK(rng, names))};
}

static void random_hook(struct rng *rng, struct hook *hook)
{
	size_t most = hook->object.kind == OBJECT_APISERVICE ? 1 : MANY - 1;

	hook->backends = random_backends(rng, NULL, most, false, &hook->n_backends);
}

static void random_node(struct rng *rng, struct node *node)
{
	struct err err;

	node->internal = random_ips(rng, &node->n_internal);
	node->external = random_ips(rng, &node->n_external);
	node->n_pod_cidrs = rng_below(rng, COUNT(cidrs) + 1);
	node->pod_cidrs = mem_new(COUNT(cidrs), sizeof *node->pod_cidrs);
	for (size_t i = 0; i < node->n_pod_cidrs; i++)
		if (cidr_parse(cidrs[i], &node->pod_cidrs[i], &err))
			abort();
}

/* Room for whichever it is. */
union resource {
	struct object object;
	struct workload workload;
	struct service service;
	struct endpoints endpoints;
	struct route route;
	struct hook hook;
	struct node node;
};

struct object *world_resource(struct rng *rng)
{
	enum object_kind kind = OBJECT_WATCHED_COUNT + rng_below(rng, OBJECT_KIND_COUNT - OBJECT_WATCHED_COUNT);
	union resource *resource = mem_new(1, sizeof *resource);

	resource->object.kind = kind;
	resource->object.ns = object_type(kind)->global ? NULL : atom(PICK(rng, ns_names));
	resource->object.name = atom(PICK(rng, names));
	switch (object_type(kind)->shape) {
	case SHAPE_WORKLOAD:
		random_workload(rng, &resource->workload);
		break;
	case SHAPE_SERVICE:
		random_service(rng, &resource->service);
		break;
	case SHAPE_ENDPOINTS:
		random_endpoints(rng, &resource->endpoints);
		break;
	case SHAPE_ROUTE:
		random_route(rng, &resource->route);
		break;
	case SHAPE_HOOK:
		random_hook(rng, &resource->hook);
		break;
	case SHAPE_NODE:
		random_node(rng, &resource->node);
		break;
	case SHAPE_NAMESPACE:
	case SHAPE_POD:
	case SHAPE_POLICY:
		abort();
	}
	return &resource->object;
}
