/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may all, and what may some, of one namespace reach in another? */
#include <stdlib.h>

#include "reach_parts.h"

/* Classes of a namespace that one regime sees to, with addresses of the same families. */
struct group {
	const struct regime *regime;
	uint8_t families;
};

/* The groups of a namespace: from groups.at[first] up to the next one's. */
struct grouping {
	VEC(struct group) groups;
	uint32_t *of;  /* the group of each class, UINT32_MAX for one that is not there */
	size_t *first; /* of each namespace, and behind the last */
};

/* What the pairs that were seen have in common, and what they have together: numbers of the pool. */
struct sum {
	bool pairs;
	uint32_t every, some, maybe;
};

struct matrix {
	const struct reach *reach;
	enum reach_world world;
	struct grouping side[DIRECTION_COUNT];
};

static const struct sum nothing = {.every = POOL_ALL, .some = POOL_NONE, .maybe = POOL_NONE};

static uint32_t group_find(struct grouping *grouping, size_t first, const struct regime *regime, uint8_t families)
{
	for (size_t i = first; i < grouping->groups.n; i++)
		if (grouping->groups.at[i].regime == regime && grouping->groups.at[i].families == families)
			return (uint32_t)i;
	*vec_add(&grouping->groups) = (struct group){regime, families};
	return (uint32_t)grouping->groups.n - 1;
}

static void grouping_make(const struct reach *reach, enum reach_world world, enum direction direction,
			  struct grouping *out)
{
	*out = (struct grouping){.of = mem_new(reach->classes.n + 1, sizeof *out->of)};
	out->first = mem_new(reach->namespaces.n + 1, sizeof *out->first);
	for (size_t i = 0; i < reach->namespaces.n; i++) {
		const struct reach_ns *ns = &reach->namespaces.at[i];

		out->first[i] = out->groups.n;
		for (size_t c = ns->first; c < ns->first + ns->n; c++) {
			uint8_t families = reach->classes.at[c].families[world];

			out->of[c] =
				families ? group_find(out, out->first[i], reach->regime[world][direction][c], families)
					 : UINT32_MAX;
		}
	}
	out->first[reach->namespaces.n] = out->groups.n;
}

static void grouping_fini(struct grouping *grouping)
{
	vec_free(&grouping->groups);
	free(grouping->of);
	free(grouping->first);
}

/* Adds the ports of one more pair. */
static void sum_add(const struct reach *reach, struct sum *sum, uint32_t open, uint32_t maybe)
{
	sum->pairs = true;
	sum->every = pool_combine(reach->pool, POOL_INTERSECT, sum->every, open);
	sum->some = pool_combine(reach->pool, POOL_UNION, sum->some, open);
	sum->maybe = pool_combine(reach->pool, POOL_UNION, sum->maybe, maybe);
}

/* Adds pairs that are each of some with each of others, of which two sums say what either end admits. */
static void sum_add_product(const struct reach *reach, struct sum *sum, const struct sum *a, const struct sum *b)
{
	uint32_t every = pool_combine(reach->pool, POOL_INTERSECT, a->every, b->every),
		 some = pool_combine(reach->pool, POOL_INTERSECT, a->some, b->some),
		 maybe = pool_combine(reach->pool, POOL_INTERSECT, a->maybe, b->maybe);

	sum->pairs = true;
	sum->every = pool_combine(reach->pool, POOL_INTERSECT, sum->every, every);
	sum->some = pool_combine(reach->pool, POOL_UNION, sum->some, some);
	sum->maybe = pool_combine(reach->pool, POOL_UNION, sum->maybe, maybe);
}

/* What a regime says of the classes of one group in a namespace. */
static struct sum admits(const struct matrix *matrix, const struct regime *regime, enum family family,
			 const struct grouping *peers, const struct reach_ns *ns, uint32_t group)
{
	const struct spread *open = regime->spread[family][CERTAIN], *maybe = regime->spread[family][POSSIBLE];
	const struct run *run = spread_run(open, ns->first);
	struct sum sum = nothing;

	if (open == maybe && run->end >= ns->first + ns->n)
		return (struct sum){true, run->ports, run->ports, run->ports};
	for (size_t c = ns->first; c < ns->first + ns->n; c++) {
		if (peers->of[c] != group)
			continue;
		while (run->end <= c)
			run++;
		sum_add(matrix->reach, &sum, run->ports, open == maybe ? run->ports : spread_run(maybe, c)->ports);
	}
	return sum;
}

/* Does the regime say the same in both families? */
static bool one_for_all(const struct regime *regime)
{
	return regime->spread[FAMILY_4][CERTAIN] == regime->spread[FAMILY_6][CERTAIN] &&
	       regime->spread[FAMILY_4][POSSIBLE] == regime->spread[FAMILY_6][POSSIBLE];
}

static void add_groups(const struct matrix *matrix, size_t from, size_t to, uint32_t out, uint32_t in, struct sum *sum)
{
	const struct reach *reach = matrix->reach;
	const struct grouping *sources = &matrix->side[DIRECTION_EGRESS], *targets = &matrix->side[DIRECTION_INGRESS];
	const struct group *source = &sources->groups.at[out], *target = &targets->groups.at[in];
	uint8_t families = source->families & target->families;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct sum egress, ingress;

		if (!(families & 1U << f))
			continue;
		egress = admits(matrix, source->regime, (enum family)f, targets, &reach->namespaces.at[to], in);
		ingress = admits(matrix, target->regime, (enum family)f, sources, &reach->namespaces.at[from], out);
		sum_add_product(reach, sum, &egress, &ingress);
		if (one_for_all(source->regime) && one_for_all(target->regime))
			return;
	}
}

/* Does the regime admit nothing of a whole namespace, as most do of most? */
static bool is_closed(const struct regime *regime, const struct reach_ns *ns)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct spread *maybe = regime->spread[f][POSSIBLE];
		const struct run *run = spread_run(maybe, ns->first);

		if (run->ports != POOL_NONE || run->end < ns->first + ns->n)
			return false;
	}
	return true;
}

static void add_closed(const struct grouping *sources, const size_t out[static 2], const struct group *target,
		       struct sum *sum)
{
	for (size_t i = out[0]; i < out[1]; i++)
		if (sources->groups.at[i].families & target->families)
			*sum = (struct sum){true, POOL_NONE, sum->some, sum->maybe};
}

static struct sum between(const struct matrix *matrix, size_t from, size_t to)
{
	const struct grouping *sources = &matrix->side[DIRECTION_EGRESS], *targets = &matrix->side[DIRECTION_INGRESS];
	const size_t *out = &sources->first[from], *in = &targets->first[to];
	struct sum sum = nothing;

	for (size_t k = in[0]; k < in[1]; k++) {
		const struct group *target = &targets->groups.at[k];
		/* NOLINTNEXTLINE(clang-analyzer-*): every group has its members */
		bool closed = is_closed(target->regime, &matrix->reach->namespaces.at[from]);

		if (closed)
			add_closed(sources, out, target, &sum);
		for (size_t i = out[0]; !closed && i < out[1]; i++)
			add_groups(matrix, from, to, (uint32_t)i, (uint32_t)k, &sum);
	}
	return sum;
}

/* Within a namespace, class by class: a pod is no pair with itself. */
static struct sum within(const struct matrix *matrix, size_t ns)
{
	const struct reach *reach = matrix->reach;
	size_t first = reach->namespaces.at[ns].first, end = first + reach->namespaces.at[ns].n;
	struct sum sum = nothing;

	for (size_t from = first; from < end; from++) {
		for (size_t to = first; to < end; to++) {
			uint8_t families = reach_families(reach, matrix->world, from, to);

			for (int f = 0; f < FAMILY_COUNT; f++) {
				struct reach_ports both;

				if (!(families & 1U << f))
					continue;
				both = reach_ports(reach, matrix->world, from, to, (enum family)f).both;
				sum_add(reach, &sum, pool_number(both.open), pool_number(both.maybe));
			}
		}
	}
	return sum;
}

void reach_matrix(const struct reach *reach, enum reach_world world,
		  void (*visit)(void *ctx, size_t from, size_t to, const struct reach_cell *cell), void *ctx)
{
	struct matrix matrix = {.reach = reach, .world = world};
	size_t outside = reach->namespaces.n - 1;

	for (size_t d = 0; d < DIRECTION_COUNT; d++)
		grouping_make(reach, world, (enum direction)d, &matrix.side[d]);
	for (size_t from = 0; from <= outside; from++) {
		for (size_t to = 0; to <= outside; to++) {
			struct reach_cell cell;
			struct sum sum;

			if (from == outside && to == outside)
				continue;
			sum = from == to ? within(&matrix, from) : between(&matrix, from, to);
			cell.pairs = sum.pairs;
			cell.every = pool_at(reach->pool, sum.pairs ? sum.every : POOL_NONE);
			cell.some = pool_at(reach->pool, sum.some);
			cell.maybe = pool_at(reach->pool, sum.maybe);
			visit(ctx, from, to, &cell);
		}
	}
	for (size_t d = 0; d < DIRECTION_COUNT; d++)
		grouping_fini(&matrix.side[d]);
}
