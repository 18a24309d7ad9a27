/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does an object say, as a sequence of fields that no other object gives? */
#include <selvage/resource.h>

#define object_as(type, object) ((const type *)(const void *)(object))

static void feed_u64(struct digest *d, uint64_t x)
{
	digest_u32(d, (uint32_t)(x >> 32));
	digest_u32(d, (uint32_t)x);
}

static void feed_labels(struct digest *d, const struct labels *labels)
{
	feed_u64(d, labels->n);
	for (size_t i = 0; i < labels->n; i++) {
		digest_text(d, labels->at[i].key);
		digest_text(d, labels->at[i].value);
	}
}

static void feed_ip(struct digest *d, const struct ip *ip)
{
	digest_bytes(d, ip->b, ip_size((enum family)ip->family));
}

static void feed_ips(struct digest *d, const struct ip *ips, size_t n)
{
	feed_u64(d, n);
	for (size_t i = 0; i < n; i++)
		feed_ip(d, &ips[i]);
}

static void feed_cidr(struct digest *d, const struct cidr *cidr)
{
	feed_ip(d, &cidr->addr);
	digest_u32(d, cidr->bits);
}

static void feed_namespace(struct digest *d, const struct namespace *ns)
{
	feed_labels(d, &ns->labels);
	digest_text(d, ns->ignore);
	digest_u32(d, ns->terminating);
}

static void feed_owner(struct digest *d, const struct owner *owner)
{
	digest_text(d, owner->kind);
	digest_text(d, owner->name);
}

static void feed_ports(struct digest *d, const struct named_port *ports, size_t n)
{
	feed_u64(d, n);
	for (size_t i = 0; i < n; i++) {
		digest_text(d, ports[i].name);
		digest_u32(d, ports[i].proto);
		digest_u32(d, ports[i].number);
	}
}

static void feed_detail(struct digest *d, const struct pod_detail *detail)
{
	digest_u32(d, detail != NULL);
	if (!detail)
		return;
	feed_owner(d, &detail->owner);
	feed_ports(d, detail->ports, detail->n_ports);
	digest_u32(d, detail->dns);
	digest_u32(d, (unsigned)detail->token | (unsigned)detail->running << 1 | (unsigned)detail->ready << 2);
}

static void feed_pod(struct digest *d, const struct pod *pod)
{
	feed_labels(d, &pod->labels);
	digest_text(d, pod->node);
	digest_u32(d, (unsigned)pod->host_network | (unsigned)pod->finished << 1 | (unsigned)pod->terminating << 2);
	feed_u64(d, (uint64_t)pod->created);
	feed_ips(d, pod->ips, pod->n_ips);
	feed_ips(d, pod->host_ips, pod->n_host_ips);
	feed_ports(d, pod->ports, pod->n_ports);
	feed_detail(d, pod->detail);
}

static void feed_peer(struct digest *d, const struct peer *peer)
{
	digest_u32(d, peer->kind);
	switch (peer->kind) {
	case PEER_PODS:
		digest_u32(d, peer->any_ns);
		selector_digest(&peer->ns, d);
		selector_digest(&peer->pods, d);
		break;
	case PEER_BLOCK:
		feed_cidr(d, &peer->block);
		feed_u64(d, peer->n_except);
		for (size_t i = 0; i < peer->n_except; i++)
			feed_cidr(d, &peer->except[i]);
		break;
	case PEER_NOBODY:
		break;
	}
}

static void feed_port(struct digest *d, const struct port *port)
{
	digest_u32(d, port->proto);
	digest_u32(d, port->nothing);
	digest_text(d, port->name);
	digest_u32(d, (uint32_t)port->lo << 16 | port->hi);
}

static void feed_rule(struct digest *d, const struct rule *rule)
{
	digest_u32(d, rule->direction);
	digest_u32(d, rule->index);
	digest_u32(d, (unsigned)rule->everyone | (unsigned)rule->every_port << 1);
	feed_u64(d, rule->n_peers);
	for (size_t i = 0; i < rule->n_peers; i++)
		feed_peer(d, &rule->peers[i]);
	feed_u64(d, rule->n_ports);
	for (size_t i = 0; i < rule->n_ports; i++)
		feed_port(d, &rule->ports[i]);
}

static void feed_policy(struct digest *d, const struct policy *policy)
{
	selector_digest(&policy->pods, d);
	for (unsigned i = 0; i < DIRECTION_COUNT; i++)
		digest_u32(d, policy->types[i]);
	digest_u32(d, policy->implied);
	digest_u32(d, policy->broken);
	digest_text(d, policy->ignore);
	feed_u64(d, policy->n_rules);
	for (size_t i = 0; i < policy->n_rules; i++)
		feed_rule(d, &policy->rules[i]);
}

static void feed_workload(struct digest *d, const struct workload *workload)
{
	feed_owner(d, &workload->owner);
	digest_u32(d, workload->replicas);
	feed_pod(d, workload->template);
}

static void feed_port_ref(struct digest *d, const struct port_ref *ref)
{
	digest_text(d, ref->name);
	digest_u32(d, ref->number);
}

static void feed_service(struct digest *d, const struct service *service)
{
	digest_u32(d, service->type);
	digest_u32(d, (unsigned)service->headless | (unsigned)service->local << 1 | (unsigned)service->unready << 2);
	feed_labels(d, &service->selector);
	feed_ips(d, service->ips, service->n_ips);
	feed_ips(d, service->external_ips, service->n_external_ips);
	digest_text(d, service->external_name);
	feed_u64(d, service->n_ports);
	for (size_t i = 0; i < service->n_ports; i++) {
		const struct service_port *port = &service->ports[i];

		digest_text(d, port->name);
		digest_u32(d, port->proto);
		digest_u32(d, (uint32_t)port->number << 16 | port->node_port);
		feed_port_ref(d, &port->target);
	}
}

static void feed_endpoint_set(struct digest *d, const struct endpoint_set *set)
{
	feed_u64(d, set->n);
	for (size_t i = 0; i < set->n; i++) {
		feed_ip(d, &set->at[i].ip);
		digest_text(d, set->at[i].ns);
		digest_text(d, set->at[i].pod);
		digest_u32(d, set->at[i].ready);
	}
	feed_ports(d, set->ports, set->n_ports);
}

static void feed_endpoints(struct digest *d, const struct endpoints *endpoints)
{
	digest_text(d, endpoints->service);
	feed_u64(d, endpoints->n_sets);
	for (size_t i = 0; i < endpoints->n_sets; i++)
		feed_endpoint_set(d, &endpoints->sets[i]);
}

static void feed_backends(struct digest *d, const struct backend *backends, size_t n)
{
	feed_u64(d, n);
	for (size_t i = 0; i < n; i++) {
		digest_text(d, backends[i].ns);
		digest_text(d, backends[i].service);
		feed_port_ref(d, &backends[i].port);
	}
}

static void feed_route(struct digest *d, const struct route *route)
{
	feed_u64(d, route->n_parents);
	for (size_t i = 0; i < route->n_parents; i++) {
		digest_text(d, route->parents[i].ns);
		digest_text(d, route->parents[i].name);
	}
	feed_backends(d, route->backends, route->n_backends);
}

static void feed_node(struct digest *d, const struct node *node)
{
	feed_ips(d, node->internal, node->n_internal);
	feed_ips(d, node->external, node->n_external);
	feed_u64(d, node->n_pod_cidrs);
	for (size_t i = 0; i < node->n_pod_cidrs; i++)
		feed_cidr(d, &node->pod_cidrs[i]);
}

void object_digest(const struct object *object, struct digest *d)
{
	const struct hook *hook = object_as(struct hook, object);

	switch (object_type(object->kind)->shape) {
	case SHAPE_NAMESPACE:
		feed_namespace(d, object_as(struct namespace, object));
		break;
	case SHAPE_POD:
		feed_pod(d, object_as(struct pod, object));
		break;
	case SHAPE_POLICY:
		feed_policy(d, object_as(struct policy, object));
		break;
	case SHAPE_WORKLOAD:
		feed_workload(d, object_as(struct workload, object));
		break;
	case SHAPE_SERVICE:
		feed_service(d, object_as(struct service, object));
		break;
	case SHAPE_ENDPOINTS:
		feed_endpoints(d, object_as(struct endpoints, object));
		break;
	case SHAPE_ROUTE:
		feed_route(d, object_as(struct route, object));
		break;
	case SHAPE_HOOK:
		feed_backends(d, hook->backends, hook->n_backends);
		break;
	case SHAPE_NODE:
		feed_node(d, object_as(struct node, object));
		break;
	}
}
