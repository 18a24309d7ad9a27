/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where does a Service send? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "end.h"

struct ready {
	VEC(const struct endpoint *);
};

/* "5432/TCP, 9187/TCP" */
static void ports_print(const struct service *service, FILE *out)
{
	for (size_t i = 0; i < service->n_ports; i++)
		/* NOLINTNEXTLINE(clang-analyzer-*): as many ports are there as are counted */
		fprintf(out, "%s%u/%s", i ? ", " : "", service->ports[i].number, proto_name(service->ports[i].proto));
}

static int no_port(const struct service *service, const struct end_query *query, struct err *err)
{
	const char *ns = service->object.ns, *name = service->object.name;
	char *ports = NULL;
	size_t size;
	FILE *out = open_memstream(&ports, &size);

	if (!out)
		abort();
	ports_print(service, out);
	if (fclose(out))
		abort();
	if (!*ports)
		err_set(err, ERR_ABSENT, "service %s/%s has no ports", ns, name);
	else if (query->port)
		err_set(err, ERR_ABSENT, "service %s/%s has no port %u/%s; it has %s", ns, name, query->port,
			proto_name(query->proto), ports);
	else
		err_set(err, ERR_INPUT, "service %s/%s needs a port: it has %s", ns, name, ports);
	free(ports);
	return -1;
}

/* The port that is asked for; without one, the only one there is. */
static const struct service_port *find_port(const struct service *service, const struct end_query *query)
{
	if (!query->port)
		return service->n_ports == 1 ? &service->ports[0] : NULL;
	for (size_t i = 0; i < service->n_ports; i++)
		if (service->ports[i].number == query->port && service->ports[i].proto == query->proto)
			return &service->ports[i];
	return NULL;
}

static const struct pod *pod_of(const struct store *store, const struct endpoint *endpoint)
{
	if (endpoint->pod && endpoint->ns)
		return (const struct pod *)(const void *)store_find(store, OBJECT_POD, endpoint->ns, endpoint->pod);
	return store_owner(store, &endpoint->ip);
}

/* The number that the Service's port has in a set of endpoints: ports are matched by name.  0: none. */
static uint16_t set_port(const struct endpoint_set *set, const struct service_port *port)
{
	for (size_t i = 0; i < set->n_ports; i++) {
		const char *name = set->ports[i].name;

		if (set->ports[i].proto != port->proto)
			continue;
		if (name == port->name || (!name && set->n_ports == 1) ||
		    (name && port->name && !strcmp(name, port->name)))
			return set->ports[i].number ? set->ports[i].number : port->target.number;
	}
	return 0;
}

static bool has_spot(const struct spots *spots, const struct ip *ip, uint16_t port)
{
	for (size_t i = 0; i < spots->n; i++)
		if (!spots->at[i].unknown && spots->at[i].port == port && ip_cmp(&spots->at[i].at.lo, ip) == 0)
			return true;
	return false;
}

static void add_set(const struct store *store, const struct service *service, const struct service_port *port,
		    const struct endpoint_set *set, struct spots *out)
{
	uint16_t number = service->headless ? port->number : set_port(set, port);

	for (size_t i = 0; number && i < set->n; i++) {
		const struct endpoint *endpoint = &set->at[i];

		if ((endpoint->ready || service->unready) && !has_spot(out, &endpoint->ip, number))
			*vec_add(out) =
				(struct spot){{endpoint->ip, endpoint->ip}, pod_of(store, endpoint), number, NULL};
	}
}

/* What the cluster says: its EndpointSlices, or Endpoints where there are none.  False: it says nothing of the Service. */
static bool add_endpoints(const struct store *store, enum object_kind kind, const struct service *service,
			  const struct service_port *port, struct spots *out)
{
	const struct object *o = NULL;
	bool known = false;

	while ((o = store_walk_ns(store, kind, service->object.ns, o))) {
		const struct endpoints *endpoints = (const struct endpoints *)(const void *)o;

		if (!endpoints->service || strcmp(endpoints->service, service->object.name) != 0)
			continue;
		known = true;
		for (size_t i = 0; i < endpoints->n_sets; i++)
			add_set(store, service, port, &endpoints->sets[i], out);
	}
	return known;
}

static bool selects(const struct service *service, const struct pod *pod)
{
	for (size_t i = 0; i < service->selector.n; i++)
		if (labels_find(&pod->labels, service->selector.at[i].key) != service->selector.at[i].value)
			return false;
	return service->selector.n > 0;
}

/* "targetPort: [...] This field is ignored for services with clusterIP=None, and should be omitted or set equal to the
 * 'port' field."  That is not asked here: "If this is a string, it will be looked up as a named port in the target Pod's container ports."
 * 0: the pod has none of that name. */
static uint16_t target_of(const struct pod *pod, const struct service_port *port)
{
	if (!port->target.name)
		return port->target.number ? port->target.number : port->number;
	for (size_t i = 0; i < pod->n_ports; i++)
		if (pod->ports[i].proto == port->proto && pod->ports[i].name == port->target.name)
			return pod->ports[i].number;
	return 0;
}

static void add_unnamed(const struct pod *pod, const struct service_port *port, struct spots *out)
{
	struct spot spot = {.pod = pod};

	if (asprintf(&spot.unknown, "it exposes no port named \"%s\" with %s", port->target.name,
		     proto_name(port->proto)) < 0)
		abort();
	*vec_add(out) = spot;
}

/* From files there are often no endpoints: then what the selector matches. */
static void add_selected(const struct store *store, const struct service *service, const struct service_port *port,
			 struct spots *out)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POD, service->object.ns, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;
		uint16_t number;

		if (pod->finished || !selects(service, pod))
			continue;
		number = service->headless ? port->number : target_of(pod, port);
		if (number)
			end_add_pod(store, pod, number, out);
		else
			add_unnamed(pod, port, out);
	}
}

static int spot_order(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;
	int order = x->pod && y->pod ? strcmp(x->pod->object.name, y->pod->object.name) : !y->pod - !x->pod;

	return order ? order : ip_cmp(&x->at.lo, &y->at.lo);
}

/* "Service shop/db 10.96.3.2:5432 -> 5432": with the number of all endpoints, or the name of the port. */
static char *via(const struct service *service, const struct service_port *port, const struct spots *spots)
{
	char ip[IP_TEXT] = "", *text = NULL;
	uint16_t number = spots->n ? spots->at[0].port : 0;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (service->n_ips)
		ip_print(&service->ips[0], ip);
	fprintf(out, strchr(ip, ':') ? "Service %s/%s [%s]:%u" : "Service %s/%s %s:%u", service->object.ns,
		service->object.name, *ip ? ip : "headless", port->number);
	for (size_t i = 0; i < spots->n; i++)
		if (spots->at[i].port != number)
			number = 0;
	if (number)
		fprintf(out, " -> %u", number);
	else if (port->target.name)
		fprintf(out, " -> %s", port->target.name);
	if (fclose(out))
		abort();
	return text;
}

int end_service(const struct end_query *query, const struct service *service, struct end *out, struct err *err)
{
	const struct service_port *port = find_port(service, query);
	const struct store *store = query->store;
	const char *why = "it has no ready endpoints";

	out->kind = END_SERVICE;
	if (asprintf(&out->name, "service %s/%s", service->object.ns, service->object.name) < 0)
		abort();
	if (service->type == SERVICE_EXTERNAL_NAME) {
		err_set(err, ERR_UNSURE, "service %s stands for the name %s outside of the cluster",
			out->name + strlen("service "), service->external_name ? service->external_name : "");
		return -1;
	}
	if (!port)
		return no_port(service, query, err);
	if (!add_endpoints(store, OBJECT_ENDPOINTSLICE, service, port, &out->spots) &&
	    !add_endpoints(store, OBJECT_ENDPOINTS, service, port, &out->spots)) {
		add_selected(store, service, port, &out->spots);
		why = service->selector.n ? "no pod has the labels it selects"
					  : "it selects no pods, and its endpoints are not known";
	}
	vec_sort(&out->spots, spot_order);
	out->via = via(service, port, &out->spots);
	if (!out->spots.n)
		/* NOLINTNEXTLINE(clang-analyzer-*): vec_add() gives room or ends the program */
		*vec_add(&out->spots) = (struct spot){.unknown = strdup(why)};
	return 0;
}
