/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is open between two sets of pods, and what do those say who let it? */
#include "audit_parts.h"
#include "pool.h"
#include "reach_parts.h"

static void add_pair(const struct audit *audit, size_t from, size_t to, struct reach_cell *cell)
{
	uint8_t families = reach_families(audit->reach, REACH_BEFORE, from, to);

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct reach_link link;

		if (!(families & 1U << f))
			continue;
		link = reach_ports(audit->reach, REACH_BEFORE, from, to, (enum family)f);
		cell->every = cell->pairs ? reach_intersect(audit->reach, cell->every, link.both.open) : link.both.open;
		cell->some = cell->pairs ? reach_union(audit->reach, cell->some, link.both.open) : link.both.open;
		cell->maybe = cell->pairs ? reach_union(audit->reach, cell->maybe, link.both.maybe) : link.both.maybe;
		cell->pairs = true;
	}
}

static struct reach_cell no_pairs(const struct audit *audit)
{
	const struct portset *none = pool_at(audit->reach->pool, POOL_NONE);

	return (struct reach_cell){false, none, none, none};
}

struct reach_cell audit_between(const struct audit *audit, struct audit_part from, struct audit_part to)
{
	struct reach_cell cell = no_pairs(audit);

	for (size_t i = 0; i < from.n; i++)
		for (size_t k = 0; k < to.n; k++) {
			if (&from.at[i] == &to.at[k] && from.at[i].n < 2)
				continue; /* a pod is no pair with itself */
			add_pair(audit, from.at[i].class, to.at[k].class, &cell);
		}
	return cell;
}

/* All classes outside pods, on one side or the other. */
struct reach_cell audit_outside(const struct audit *audit, struct audit_part part, enum direction direction)
{
	struct reach_cell cell = no_pairs(audit);
	size_t n;

	reach_classes(audit->reach, &n);
	for (size_t c = audit->reach->n_pods; c < n; c++)
		for (size_t i = 0; i < part.n; i++)
			add_pair(audit, direction == DIRECTION_EGRESS ? part.at[i].class : c,
				 direction == DIRECTION_EGRESS ? c : part.at[i].class, &cell);
	return cell;
}

struct audit_part audit_part(const struct audit *audit, size_t first)
{
	const struct audit_unit *units = audit->units.at;
	size_t end = first + 1;

	while (end < audit->units.n && units[end].ns == units[first].ns && units[end].name == units[first].name &&
	       units[end].kind == units[first].kind)
		end++;
	return (struct audit_part){units + first, end - first};
}

size_t audit_regime(const struct audit *audit, size_t class, enum direction direction)
{
	return (size_t)(uintptr_t)audit->reach->regime[REACH_BEFORE][direction][class];
}

void audit_runs(const struct audit *audit, size_t class, enum direction direction, enum family family,
		void (*visit)(void *ctx, size_t end, const struct portset *ports), void *ctx)
{
	const struct spread *spread = audit->reach->regime[REACH_BEFORE][direction][class]->spread[family][CERTAIN];

	for (size_t i = 0; i < spread->runs.n; i++)
		visit(ctx, spread->runs.at[i].end, pool_at(audit->reach->pool, spread->runs.at[i].ports));
}
