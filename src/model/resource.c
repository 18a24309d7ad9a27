/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What belongs to what, among the objects that decide no packet, and what do they hold? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>

#include "resource_parts.h"

#define OWNERS_MAX 8 /* of each other, at most: a circle is not followed for ever */

static void owner_fini(struct owner *owner)
{
	atom_put(owner->kind);
	atom_put(owner->name);
}

static void ports_free(struct named_port *ports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		atom_put(ports[i].name);
	free(ports);
}

static void backends_free(struct backend *backends, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		atom_put(backends[i].ns);
		atom_put(backends[i].service);
		atom_put(backends[i].port.name);
	}
	free(backends);
}

void pod_detail_free(struct pod_detail *detail)
{
	if (!detail)
		return;
	owner_fini(&detail->owner);
	ports_free(detail->ports, detail->n_ports);
	free(detail);
}

void workload_fini(struct workload *workload)
{
	owner_fini(&workload->owner);
	if (workload->template)
		object_free(&workload->template->object);
}

void service_fini(struct service *service)
{
	labels_fini(&service->selector);
	free(service->ips);
	free(service->external_ips);
	atom_put(service->external_name);
	for (size_t i = 0; i < service->n_ports; i++) {
		atom_put(service->ports[i].name);
		atom_put(service->ports[i].target.name);
	}
	free(service->ports);
}

static void endpoint_set_fini(struct endpoint_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		atom_put(set->at[i].ns);
		atom_put(set->at[i].pod);
	}
	free(set->at);
	ports_free(set->ports, set->n_ports);
}

void endpoints_fini(struct endpoints *endpoints)
{
	atom_put(endpoints->service);
	for (size_t i = 0; i < endpoints->n_sets; i++)
		endpoint_set_fini(&endpoints->sets[i]);
	free(endpoints->sets);
}

void route_fini(struct route *route)
{
	for (size_t i = 0; i < route->n_parents; i++) {
		atom_put(route->parents[i].ns);
		atom_put(route->parents[i].name);
	}
	free(route->parents);
	backends_free(route->backends, route->n_backends);
}

void hook_fini(struct hook *hook)
{
	backends_free(hook->backends, hook->n_backends);
}

void node_fini(struct node *node)
{
	free(node->internal);
	free(node->external);
	free(node->pod_cidrs);
}

const struct workload *workload_find(const struct store *store, const char *ns, const struct owner *what)
{
	for (enum object_kind kind = 0; what->kind && kind < OBJECT_KIND_COUNT; kind++) {
		const struct object_type *type = object_type(kind);

		if (type->shape == SHAPE_WORKLOAD && !strcmp(type->kind, what->kind))
			return (const struct workload *)(const void *)store_find(store, kind, ns, what->name);
	}
	return NULL;
}

struct owner pod_top(const struct store *store, const struct pod *pod)
{
	struct owner top = {NULL, NULL};
	const struct workload *workload;

	if (pod->detail)
		top = pod->detail->owner;
	for (unsigned i = 0; i < OWNERS_MAX; i++) {
		workload = workload_find(store, pod->object.ns, &top);
		if (!workload || !workload->owner.kind)
			break;
		top = workload->owner;
	}
	return top;
}
