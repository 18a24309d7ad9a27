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

/* One end, as a member of its class stands for it. */
struct end {
	const struct pod *pod;
	const struct ip *ip;
};

/* The address of the family that is the pod's own; NULL while it has none. */
static const struct ip *own_ip(const struct reach *reach, enum reach_world world, const struct pod *pod,
			       enum family family)
{
	size_t i = census_find(&reach->census, pod->object.ns, pod->object.name);
	const struct standing *standing = &reach->census.residents.at[i].in[world];

	for (size_t k = 0; k < standing->n; k++)
		if (reach->census.ips.at[standing->first + k].family == family)
			return &reach->census.ips.at[standing->first + k];
	return NULL;
}

static struct end end_of(const struct reach *reach, enum reach_world world, size_t at, enum family family,
			 size_t member)
{
	const struct reach_class *class = &reach->classes.at[at];
	struct end end = {.ip = &class->sample};

	if (class->ns) {
		end.pod = class->pods[member].in[world];
		end.ip = own_ip(reach, world, end.pod, family);
	}
	return end;
}

struct ruling reach_ruling(const struct reach *reach, enum reach_world world, size_t from, size_t to,
			   enum family family, enum direction direction, uint8_t proto, uint16_t port)
{
	struct end source = end_of(reach, world, from, family, 0),
		   target = end_of(reach, world, to, family, from == to);
	struct packet packet = {.proto = proto, .port = port};
	struct verdict_view out = {&packet, DIRECTION_EGRESS, target.ip, target.pod, target.pod},
			    in = {&packet, DIRECTION_INGRESS, source.ip, source.pod, target.pod};

	return direction == DIRECTION_EGRESS ? verdict_rule(reach->stores[world], source.pod, &out)
					     : verdict_rule(reach->stores[world], target.pod, &in);
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
