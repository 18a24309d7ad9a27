/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods are there to speak about, and which addresses are theirs? */
#include <stdlib.h>
#include <string.h>

#include "census.h"
#include "regions.h"

static int name_cmp(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a, b);
}

static int key_cmp(const struct resident *resident, const char *ns, const char *name)
{
	int order = name_cmp(resident->ns, ns);

	return order ? order : name_cmp(resident->name, name);
}

static int resident_cmp(const void *a, const void *b)
{
	const struct resident *y = b;

	return key_cmp(a, y->ns, y->name);
}

static int address_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

/* An address counts if it is the pod's own and packets may have it. */
static void own_addresses(struct census *census, enum reach_world world, const struct store *store,
			  struct standing *standing)
{
	standing->first = census->ips.n;
	for (size_t i = 0; i < standing->pod->n_ips; i++) {
		const struct ip *ip = &standing->pod->ips[i];

		if (regions_link_local(ip) || store_owner(store, ip) != standing->pod)
			continue;
		*vec_add(&census->ips) = *ip;
		*vec_add(&census->owned[world]) = *ip;
		census->families[world] |= (uint8_t)(1U << ip->family);
	}
	standing->n = census->ips.n - standing->first;
}

static void take_pod(struct census *census, enum reach_world world, const struct store *store, const struct pod *pod)
{
	struct resident resident = {.ns = pod->object.ns, .name = pod->object.name};

	if (pod->finished || pod->host_network)
		return;
	resident.in[world].pod = pod;
	own_addresses(census, world, store, &resident.in[world]);
	if (resident.in[world].n || !pod->n_ips)
		*vec_add(&census->residents) = resident;
}

/* Makes one resident of those that the worlds have under one name. */
static void join_worlds(struct census *census)
{
	size_t n = 0;

	vec_sort(&census->residents, resident_cmp);
	for (size_t i = 0; i < census->residents.n; i++) {
		struct resident *last = n ? &census->residents.at[n - 1] : NULL, *next = &census->residents.at[i];

		if (!last || resident_cmp(last, next)) {
			census->residents.at[n++] = *next;
			continue;
		}
		for (size_t w = 0; w < REACH_WORLDS; w++)
			if (next->in[w].pod)
				last->in[w] = next->in[w];
	}
	census->residents.n = n;
}

void census_take(const struct store *const stores[static REACH_WORLDS], struct census *out)
{
	*out = (struct census){0};
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		const struct object *o = NULL;

		while (stores[w] && (o = store_walk(stores[w], OBJECT_POD, o)))
			take_pod(out, (enum reach_world)w, stores[w], (const struct pod *)(const void *)o);
		vec_sort(&out->owned[w], address_cmp);
	}
	join_worlds(out);
}

size_t census_find(const struct census *census, const char *ns, const char *name)
{
	size_t lo = 0, hi = census->residents.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = key_cmp(&census->residents.at[mid], ns, name);

		if (order == 0)
			return mid;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return SIZE_MAX;
}

static void ranges_of(const struct addresses *addresses, struct ip_ranges *out)
{
	for (size_t i = 0; i < addresses->n; i++)
		*vec_add(out) = (struct ip_range){addresses->at[i], addresses->at[i]};
	ip_ranges_normalise(out);
}

void census_only(const struct census *census, enum reach_world world, struct ip_ranges *out)
{
	struct ip_ranges other = {0};

	*out = (struct ip_ranges){0};
	ranges_of(&census->owned[world], out);
	ranges_of(&census->owned[world == REACH_BEFORE ? REACH_AFTER : REACH_BEFORE], &other);
	ip_ranges_subtract(out, &other);
	vec_free(&other);
}

void census_fini(struct census *census)
{
	vec_free(&census->residents);
	vec_free(&census->ips);
	for (size_t w = 0; w < REACH_WORLDS; w++)
		vec_free(&census->owned[w]);
}
