/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a range of addresses may answers differ? */
#include <stdlib.h>
#include <string.h>

#include "end.h"

/* Addresses at which something begins, or has just ended. */
struct edges {
	VEC(struct ip);
};

static void add_range(struct edges *edges, const struct ip_range *range)
{
	struct ip after = range->hi;

	*vec_add(edges) = range->lo;
	if (ip_next(&after))
		*vec_add(edges) = after;
}

static void add_cidr(struct edges *edges, const struct cidr *cidr)
{
	struct ip_range range = cidr_range(cidr);

	add_range(edges, &range);
}

static void add_ips(struct edges *edges, const struct ip *ips, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_range(edges, &(struct ip_range){ips[i], ips[i]});
}

static void add_policy(struct edges *edges, const struct policy *policy)
{
	for (size_t r = 0; r < policy->n_rules; r++) {
		for (size_t p = 0; p < policy->rules[r].n_peers; p++) {
			const struct peer *peer = &policy->rules[r].peers[p];

			if (peer->kind != PEER_BLOCK)
				continue;
			add_cidr(edges, &peer->block);
			for (size_t i = 0; i < peer->n_except; i++)
				add_cidr(edges, &peer->except[i]);
		}
	}
}

static int edge_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

/* Pods, nodes, what policies name, link-local addresses (RFC 4291), and those that stand for many, sorted. */
static void find_edges(const struct store *store, struct edges *edges)
{
	static const struct cidr special[] = {
		{.addr = {.b = {0xfe, 0x80}, .family = FAMILY_6}, .bits = 10},
		{.addr = {.b = {0xff}, .family = FAMILY_6}, .bits = 8},
		{.addr = {.b = {0}, .family = FAMILY_4}, .bits = 8},
		{.addr = {.b = {224}, .family = FAMILY_4}, .bits = 4},
		{.addr = {.b = {255, 255, 255, 255}, .family = FAMILY_4}, .bits = 32},
	};
	const struct object *o = NULL;

	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		add_cidr(edges, &special[i]);
	while ((o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		add_ips(edges, pod->ips, pod->n_ips);
		add_ips(edges, pod->host_ips, pod->n_host_ips);
	}
	for (o = NULL; (o = store_walk(store, OBJECT_POLICY, o));)
		add_policy(edges, (const struct policy *)(const void *)o);
	vec_sort(edges, edge_cmp);
}

/* Who is outside has an address of his own. */
static void add_spot(const struct store *store, const struct ip_range *at, bool outside, uint16_t port,
		     struct spots *out)
{
	const struct pod *pod = store_owner(store, &at->lo);

	if (!outside || (!pod && !ip_is_many(&at->lo)))
		*vec_add(out) = (struct spot){*at, pod, port, NULL};
}

void end_cut(const struct store *store, const struct ip_range *range, bool outside, uint16_t port, struct spots *out)
{
	struct edges edges = {VEC_EMPTY};
	struct ip_range at = *range;

	find_edges(store, &edges);
	for (size_t i = 0; i < edges.n; i++) {
		const struct ip *edge = &edges.at[i];

		if (edge->family != range->lo.family || ip_cmp(edge, &at.lo) <= 0 || ip_cmp(edge, &range->hi) > 0)
			continue;
		at.hi = *edge;
		ip_prev(&at.hi);
		add_spot(store, &at, outside, port, out);
		at.lo = *edge;
	}
	at.hi = range->hi;
	add_spot(store, &at, outside, port, out);
	vec_free(&edges);
}
