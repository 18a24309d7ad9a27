/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who can reach whom? */
#include <stdlib.h>

#include "reach_parts.h"
#include "verdict_rule.h"

struct reach *reach_new(const struct store *before, const struct store *after)
{
	struct reach *reach = mem_new(1, sizeof *reach);

	reach->stores[REACH_BEFORE] = before;
	reach->stores[REACH_AFTER] = after;
	reach->pool = pool_new();
	reach->regimes.pool = reach->pool;
	reach->regimes.spreads = &reach->spreads;
	reach_build(reach);
	return reach;
}

void reach_free(struct reach *reach)
{
	if (!reach)
		return;
	for (size_t w = 0; w < REACH_WORLDS; w++)
		for (size_t d = 0; d < DIRECTION_COUNT; d++)
			free(reach->regime[w][d]);
	for (size_t c = reach->n_pods; c < reach->classes.n; c++)
		vec_free(&reach->classes.at[c].ranges);
	vec_free(&reach->classes);
	vec_free(&reach->namespaces);
	free(reach->pods);
	free(reach->of_resident);
	free(reach->outside);
	regimes_fini(&reach->regimes);
	spreads_fini(&reach->spreads);
	pool_free(reach->pool);
	regions_fini(&reach->regions);
	census_fini(&reach->census);
	free(reach);
}

const struct reach_class *reach_classes(const struct reach *reach, size_t *n)
{
	*n = reach->classes.n;
	return reach->classes.at;
}

const struct reach_ns *reach_namespaces(const struct reach *reach, size_t *n)
{
	*n = reach->namespaces.n;
	return reach->namespaces.at;
}

size_t reach_class_of(const struct reach *reach, enum reach_world world, const struct pod *pod)
{
	size_t i = census_find(&reach->census, pod->object.ns, pod->object.name);

	return i != SIZE_MAX && reach->census.residents.at[i].in[world].pod ? reach->of_resident[i] : SIZE_MAX;
}

size_t reach_class_at(const struct reach *reach, enum reach_world world, const struct ip *ip)
{
	const struct pod *owner = store_owner(reach->stores[world], ip);
	uint32_t region = regions_piece(&reach->regions, ip)->region, class;

	if (region == REGION_NONE)
		return SIZE_MAX;
	if (owner)
		return reach_class_of(reach, world, owner);
	class = reach->outside[region];
	return class != UINT32_MAX && reach->classes.at[class].families[world] ? class : SIZE_MAX;
}

const struct policy *const *reach_isolating(const struct reach *reach, enum reach_world world, size_t class,
					    enum direction direction, size_t *n)
{
	const struct policies *policies = &reach->regime[world][direction][class]->policies;

	*n = policies->n;
	return policies->at;
}

uint8_t reach_families(const struct reach *reach, enum reach_world world, size_t from, size_t to)
{
	uint8_t families = reach->classes.at[from].families[world] & reach->classes.at[to].families[world];

	return reach_is_pair(reach, from, to) ? families : 0;
}

static struct reach_ports ports_of(const struct reach *reach, const uint32_t numbers[static CERTAINTY_COUNT])
{
	return (struct reach_ports){pool_at(reach->pool, numbers[CERTAIN]), pool_at(reach->pool, numbers[POSSIBLE])};
}

struct reach_link reach_ports(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			      enum family family)
{
	const struct regime *out = reach->regime[world][DIRECTION_EGRESS][from],
			    *in = reach->regime[world][DIRECTION_INGRESS][to];
	uint32_t egress[CERTAINTY_COUNT], ingress[CERTAINTY_COUNT], both[CERTAINTY_COUNT];

	for (int c = 0; c < CERTAINTY_COUNT; c++) {
		egress[c] = reach_number(out, family, (enum certainty)c, to);
		ingress[c] = reach_number(in, family, (enum certainty)c, from);
		both[c] = pool_combine(reach->pool, POOL_INTERSECT, egress[c], ingress[c]);
	}
	return (struct reach_link){ports_of(reach, egress), ports_of(reach, ingress), ports_of(reach, both)};
}

/* The pod of a class that stands for it, of the second end another than of the first; NULL: outside. */
static const struct pod *pod_of(const struct reach *reach, enum reach_world world, size_t at, size_t member)
{
	const struct reach_class *class = &reach->classes.at[at];

	return class->ns ? class->pods[member].in[world] : NULL;
}

struct ruling reach_ruling_at(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			      const struct ip *peer, enum direction direction, uint8_t proto, uint16_t port)
{
	const struct pod *source = pod_of(reach, world, from, 0), *target = pod_of(reach, world, to, from == to);
	bool egress = direction == DIRECTION_EGRESS;
	struct packet packet = {.proto = proto, .port = port};
	struct verdict_view view = {&packet, direction, peer, egress ? target : source, target};

	return verdict_rule(reach->stores[world], egress ? source : target, &view);
}

static const struct standing *standing_of(const struct reach *reach, enum reach_world world, const struct pod *pod)
{
	return &reach->census.residents.at[census_find(&reach->census, pod->object.ns, pod->object.name)].in[world];
}

/* An address of each region of the family. */
static void add_regions(const struct reach *reach, enum family family, struct reach_ips *out)
{
	uint32_t next = 0;

	for (size_t i = 0; i < reach->regions.pieces.n; i++) {
		const struct piece *piece = &reach->regions.pieces.at[i];

		if (piece->region != next)
			continue;
		next++;
		if (piece->lo.family == family)
			*vec_add(out) = piece->lo;
	}
}

void reach_peer_ips(const struct reach *reach, enum reach_world world, size_t from, size_t to, enum family family,
		    enum direction direction, struct reach_ips *out)
{
	size_t peer = direction == DIRECTION_EGRESS ? to : from;
	const struct pod *pod = pod_of(reach, world, peer, direction == DIRECTION_EGRESS && from == to);
	const struct standing *standing = pod ? standing_of(reach, world, pod) : NULL;

	*out = (struct reach_ips){VEC_EMPTY};
	if (!(reach->classes.at[peer].families[world] & 1U << family))
		return;
	if (!standing)
		*vec_add(out) = reach->classes.at[peer].sample;
	else if (!standing->n)
		add_regions(reach, family, out);
	for (size_t i = 0; standing && i < standing->n; i++)
		if (reach->census.ips.at[standing->first + i].family == family)
			*vec_add(out) = reach->census.ips.at[standing->first + i];
}

struct ruling reach_ruling(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			   enum family family, enum direction direction, uint8_t proto, uint16_t port)
{
	bool egress = direction == DIRECTION_EGRESS;
	size_t peer = egress ? to : from;
	struct reach_ips ips = {VEC_EMPTY};
	struct ruling ruling;

	if (!reach->classes.at[peer].pending[world])
		reach_peer_ips(reach, world, from, to, family, direction, &ips);
	ruling = reach_ruling_at(reach, world, from, to, ips.n ? ips.at : NULL, direction, proto, port);
	vec_free(&ips);
	return ruling;
}

const struct portset *reach_union(const struct reach *reach, const struct portset *a, const struct portset *b)
{
	return pool_at(reach->pool, pool_combine(reach->pool, POOL_UNION, pool_number(a), pool_number(b)));
}

const struct portset *reach_intersect(const struct reach *reach, const struct portset *a, const struct portset *b)
{
	return pool_at(reach->pool, pool_combine(reach->pool, POOL_INTERSECT, pool_number(a), pool_number(b)));
}

const struct portset *reach_nothing(const struct reach *reach)
{
	return pool_at(reach->pool, POOL_NONE);
}
