/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From which addresses may the pods of this node send? */
#include <selvage/veths.h>

#include <string.h>

/* One interface while it is decided on. */
struct choice {
	const struct veths *seen, *before;
	const struct store *store;
	const char *node;
	const struct veth *veth, *was; /* was: NULL if it is new */
};

static bool link_local(const struct ip *ip)
{
	return ip->family == FAMILY_6 && ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

static bool has(const struct veth *veth, const struct ip *ip)
{
	for (size_t i = 0; veth && i < veth->n; i++)
		if (!ip_cmp(&veth->ips[i], ip))
			return true;
	return false;
}

/* Was it given the address as that of a pod? */
static bool had(const struct veth *was, const struct ip *ip)
{
	for (size_t i = 0; was && i < was->n; i++)
		if (was->pods >> i & 1 && !ip_cmp(&was->ips[i], ip))
			return true;
	return false;
}

const struct veth *veths_find(const struct veths *veths, uint32_t index)
{
	for (size_t i = 0; i < veths->n; i++)
		if (veths->at[i].index == index)
			return &veths->at[i];
	return NULL;
}

bool veths_have(const struct veths *veths, const struct ip *ip)
{
	for (size_t i = 0; i < veths->n; i++)
		if (has(&veths->at[i], ip))
			return true;
	return false;
}

/* The pod of the node whose address this is, or NULL. */
static const struct pod *pod_here(const struct choice *c, const struct ip *ip)
{
	const struct pod *pod = link_local(ip) ? NULL : store_owner(c->store, ip);

	return pod && !pod->host_network && pod->node && !strcmp(pod->node, c->node) ? pod : NULL;
}

/* Is it the address of somebody who is not behind any of these interfaces? */
static bool elsewhere(const struct choice *c, const struct ip *ip)
{
	return !pod_here(c, ip) && (store_owner(c->store, ip) || store_node(c->store, ip));
}

/* How many pods of the node have addresses there? */
static size_t pods_at(const struct choice *c, const struct veth *veth)
{
	const struct pod *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < veth->n; i++) {
		const struct pod *pod = pod_here(c, &veth->ips[i]);

		if (!pod || pod == first)
			continue;
		first = first ? first : pod;
		n++;
	}
	return n;
}

enum claim { CLAIM_NONE, CLAIM_ONE_OF_SEVERAL, CLAIM_ALONE, CLAIM_BEFORE };

/* How good a claim has an interface to an address? */
static enum claim claim(const struct choice *c, const struct veth *veth, const struct ip *ip)
{
	if (had(veths_find(c->before, veth->index), ip))
		return CLAIM_BEFORE;
	if (!has(veth, ip))
		return CLAIM_NONE;
	return pods_at(c, veth) > 1 ? CLAIM_ONE_OF_SEVERAL : CLAIM_ALONE;
}

/* Has another namespace as good a claim to it? */
static bool contested(const struct choice *c, const struct ip *ip)
{
	enum claim ours = claim(c, c->veth, ip);

	for (size_t i = 0; i < c->seen->n; i++)
		if (c->seen->at[i].netns != c->veth->netns && claim(c, &c->seen->at[i], ip) >= ours)
			return true;
	return false;
}

static bool allowed(const struct choice *c, const struct ip *ip)
{
	return link_local(ip) || (!elsewhere(c, ip) && !contested(c, ip));
}

static int ip_order(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void add(struct veth *out, const struct ip *ip)
{
	if (has(out, ip))
		return;
	if (out->n == VETH_IPS)
		out->more = true;
	else
		out->ips[out->n++] = *ip;
}

/* The pod of these addresses: the one that was led to before, or the only one. */
static const struct pod *pod_of(const struct choice *c, const struct veth *veth)
{
	const struct pod *only = NULL;
	bool several = false;

	for (size_t i = 0; i < veth->n; i++) {
		const struct pod *pod = pod_here(c, &veth->ips[i]);

		if (pod && had(c->was, &veth->ips[i]))
			return pod;
		several |= pod && only && pod != only;
		only = pod ? pod : only;
	}
	return several ? NULL : only;
}

/* Leaves it the addresses of one pod, and those of none. */
static void of_one_pod(const struct choice *c, struct veth *veth)
{
	const struct pod *pod = pod_of(c, veth);
	uint8_t n = 0;

	for (size_t i = 0; i < veth->n; i++) {
		const struct pod *owner = pod_here(c, &veth->ips[i]);
		if (!owner || owner == pod)
			veth->ips[n++] = veth->ips[i];
	}
	veth->n = n;
}

static struct veth choose(const struct choice *c)
{
	struct veth out = *c->veth;

	out.n = 0;
	for (size_t i = 0; i < c->veth->n; i++)
		if (allowed(c, &c->veth->ips[i]))
			add(&out, &c->veth->ips[i]);
	for (size_t i = 0; c->was && i < c->was->n; i++)
		if (had(c->was, &c->was->ips[i]) && pod_here(c, &c->was->ips[i]))
			add(&out, &c->was->ips[i]);
	of_one_pod(c, &out);
	if (out.n)
		qsort(out.ips, out.n, sizeof *out.ips, ip_order);
	out.pods = 0;
	for (size_t i = 0; i < out.n; i++)
		out.pods |= pod_here(c, &out.ips[i]) ? 1U << i : 0;
	return out;
}

/* Does it lead to a pod of the node, as far as the cluster knows? */
static bool known(const struct choice *c)
{
	for (size_t i = 0; i < c->veth->n; i++)
		if (pod_here(c, &c->veth->ips[i]))
			return true;
	for (size_t i = 0; c->was && i < c->was->n; i++)
		if (had(c->was, &c->was->ips[i]) && pod_here(c, &c->was->ips[i]))
			return true;
	return false;
}

/* Has it an address to be known by? */
static bool addressed(const struct choice *c)
{
	bool some = c->was;

	for (size_t i = 0; i < c->veth->n; i++)
		some |= !link_local(&c->veth->ips[i]);
	return some;
}

static bool bridged(const struct veths *known, uint32_t bridge)
{
	for (size_t i = 0; bridge && i < known->n; i++)
		if (known->at[i].bridge == bridge)
			return true;
	return false;
}

void veths_choose(const struct veths *seen, const struct veths *before, const struct store *store, const char *node,
		  struct veths *out)
{
	struct veths pods = {0};
	struct choice c = {seen, before, store, node, NULL, NULL};

	*out = (struct veths){0};
	for (size_t i = 0; i < seen->n; i++) {
		c.veth = &seen->at[i];
		c.was = veths_find(before, c.veth->index);
		if (known(&c))
			*vec_add(&pods) = *c.veth;
	}
	for (size_t i = 0; i < seen->n; i++) {
		struct veth chosen;

		c.veth = &seen->at[i];
		c.was = veths_find(before, c.veth->index);
		if (c.veth->more || !addressed(&c) || !(known(&c) || bridged(&pods, c.veth->bridge)))
			continue;
		chosen = choose(&c);
		if (!chosen.more)
			*vec_add(out) = chosen;
	}
	vec_free(&pods);
}

bool veth_eq(const struct veth *a, const struct veth *b)
{
	if (a->index != b->index || a->n != b->n || strcmp(a->name, b->name) != 0)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (ip_cmp(&a->ips[i], &b->ips[i]))
			return false;
	return true;
}

bool veths_eq(const struct veths *a, const struct veths *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!veth_eq(&a->at[i], &b->at[i]))
			return false;
	return true;
}
