/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has this address: which pods claim it, which node do pods report it for? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "store_addr.h"

/* By hash of one of the pod's addresses, which is looked for among them: there is one for every address of the cluster. */
struct claim {
	struct hnode node;
	const struct pod *pod;
};

/* How often pods say that a node has an address. */
struct host {
	struct hnode node;
	struct ip ip;
	size_t n;
	const char *name; /* atom, owned */
};

static uint64_t ip_hash(const struct ip *ip)
{
	return hmap_hash(ip->b, ip_size((enum family)ip->family));
}

/* A pod that lists an address twice claims it once. */
static bool ip_repeated(const struct pod *pod, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (!ip_cmp(&pod->ips[j], &pod->ips[i]))
			return true;
	}
	return false;
}

static bool pod_has(const struct pod *pod, const struct ip *ip)
{
	for (size_t i = 0; i < pod->n_ips; i++) {
		if (!ip_cmp(&pod->ips[i], ip))
			return true;
	}
	return false;
}

static struct claim *claim_from(struct hnode *h, const struct ip *ip)
{
	for (; h; h = hmap_next(h)) {
		struct claim *claim = hmap_entry(h, struct claim, node);

		if (pod_has(claim->pod, ip))
			return claim;
	}
	return NULL;
}

static struct claim *claim_next(const struct claim *claim, const struct ip *ip)
{
	return claim_from(hmap_next(&claim->node), ip);
}

/* The claim of this pod to an address; any pod's if it is NULL. */
static struct claim *claim_find(const struct store_addr *addr, const struct ip *ip, const struct pod *pod)
{
	struct claim *claim = claim_from(hmap_find(&addr->claims, ip_hash(ip)), ip);

	while (claim && pod && claim->pod != pod)
		claim = claim_next(claim, ip);
	return claim;
}

static void claims_put(struct store_addr *addr, const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_ips; i++) {
		struct claim *claim;

		if (ip_repeated(pod, i))
			continue;
		claim = mem_new(1, sizeof *claim);
		claim->pod = pod;
		hmap_put(&addr->claims, &claim->node, ip_hash(&pod->ips[i]));
	}
}

static void claims_del(struct store_addr *addr, const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_ips; i++) {
		struct claim *claim = claim_find(addr, &pod->ips[i], pod);

		if (!claim)
			continue;
		hmap_del(&addr->claims, &claim->node);
		free(claim);
	}
}

static struct host *host_from(struct hnode *h, const struct ip *ip)
{
	for (; h; h = hmap_next(h)) {
		struct host *host = hmap_entry(h, struct host, node);

		if (!ip_cmp(&host->ip, ip))
			return host;
	}
	return NULL;
}

static struct host *host_first(const struct store_addr *addr, const struct ip *ip)
{
	return host_from(hmap_find(&addr->hosts, ip_hash(ip)), ip);
}

static struct host *host_next(const struct host *host, const struct ip *ip)
{
	return host_from(hmap_next(&host->node), ip);
}

static struct host *host_find(const struct store_addr *addr, const struct ip *ip, const char *name)
{
	struct host *host = host_first(addr, ip);

	while (host && host->name != name)
		host = host_next(host, ip);
	return host;
}

static void host_put(struct store_addr *addr, const struct ip *ip, const char *name)
{
	struct host *host = host_find(addr, ip, name);

	if (!host) {
		host = mem_new(1, sizeof *host);
		host->ip = *ip;
		host->name = atom_ref(name);
		hmap_put(&addr->hosts, &host->node, ip_hash(ip));
	}
	host->n++;
}

static void host_free(struct store_addr *addr, struct host *host)
{
	hmap_del(&addr->hosts, &host->node);
	atom_put(host->name);
	free(host);
}

static void host_del(struct store_addr *addr, const struct ip *ip, const char *name)
{
	struct host *host = host_find(addr, ip, name);

	if (host && !--host->n)
		host_free(addr, host);
}

/* Calls `take` for each address that the pod says its node has: hostIPs, and what a pod on the host network calls its
 * own (clusters before hostIPs report the second family only there). */
static void hosts_each(struct store_addr *addr, const struct pod *pod,
		       void (*take)(struct store_addr *, const struct ip *, const char *))
{
	if (!pod->node)
		return;
	for (size_t i = 0; i < pod->n_host_ips; i++)
		take(addr, &pod->host_ips[i], pod->node);
	for (size_t i = 0; pod->host_network && !pod->finished && i < pod->n_ips; i++)
		take(addr, &pod->ips[i], pod->node);
}

void store_addr_put(struct store_addr *addr, const struct pod *pod)
{
	if (pod_live(pod))
		claims_put(addr, pod);
	hosts_each(addr, pod, host_put);
}

void store_addr_del(struct store_addr *addr, const struct pod *pod)
{
	if (pod_live(pod))
		claims_del(addr, pod);
	hosts_each(addr, pod, host_del);
}

void store_addr_fini(struct store_addr *addr)
{
	struct hnode *next;

	for (struct hnode *h = hmap_walk(&addr->claims, NULL); h; h = next) {
		next = hmap_walk(&addr->claims, h);
		free(hmap_entry(h, struct claim, node));
	}
	for (struct hnode *h = hmap_walk(&addr->hosts, NULL); h; h = next) {
		next = hmap_walk(&addr->hosts, h);
		host_free(addr, hmap_entry(h, struct host, node));
	}
	hmap_fini(&addr->claims);
	hmap_fini(&addr->hosts);
}

const struct pod *store_addr_claim(const struct store_addr *addr, const struct ip *ip, const struct pod *after)
{
	const struct claim *claim = claim_find(addr, ip, after);

	if (claim && after)
		claim = claim_next(claim, ip);
	return claim ? claim->pod : NULL;
}

const char *store_addr_node(const struct store_addr *addr, const struct ip *ip)
{
	const struct host *best = NULL;

	for (const struct host *host = host_first(addr, ip); host; host = host_next(host, ip)) {
		if (!best || host->n > best->n || (host->n == best->n && strcmp(host->name, best->name) < 0))
			best = host;
	}
	return best ? best->name : NULL;
}
