/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does an object still say what it said?  A digest of it takes the place of a copy. */
#include <selvage/digest.h>

#include "fingerprint.h"

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
	digest_u32(d, ns->terminating);
}

static void feed_pod(struct digest *d, const struct pod *pod)
{
	feed_labels(d, &pod->labels);
	digest_text(d, pod->node);
	digest_u32(d, (unsigned)pod->host_network | (unsigned)pod->finished << 1 | (unsigned)pod->terminating << 2);
	feed_u64(d, (uint64_t)pod->created);
	feed_ips(d, pod->ips, pod->n_ips);
	feed_ips(d, pod->host_ips, pod->n_host_ips);
	feed_u64(d, pod->n_ports);
	for (size_t i = 0; i < pod->n_ports; i++) {
		digest_text(d, pod->ports[i].name);
		digest_u32(d, pod->ports[i].proto);
		digest_u32(d, pod->ports[i].number);
	}
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
	digest_u32(d, policy->broken);
	feed_u64(d, policy->n_rules);
	for (size_t i = 0; i < policy->n_rules; i++)
		feed_rule(d, &policy->rules[i]);
}

const char *fingerprint(const struct object *object)
{
	struct digest d;

	digest_init(&d);
	switch (object->kind) {
	case OBJECT_NAMESPACE:
		feed_namespace(&d, object_as(struct namespace, object));
		break;
	case OBJECT_POD:
		feed_pod(&d, object_as(struct pod, object));
		break;
	case OBJECT_POLICY:
		feed_policy(&d, object_as(struct policy, object));
		break;
	case OBJECT_KIND_COUNT:
		break;
	}
	return digest_name(&d, "");
}
