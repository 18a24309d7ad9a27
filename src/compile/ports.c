/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clauses open which ports?  A sweep over where grants begin and end. */
#include <stdbool.h>
#include <string.h>

#include <selvage/object.h>

#include "ports.h"

struct edge {
	uint8_t proto;
	uint32_t at; /* the first port at which it counts: lo, or hi + 1 */
	int step;    /* +1 begins, -1 has ended */
	size_t clause;
};

/* A clause that is open at the sweep's position, `count` times. */
struct open {
	size_t clause;
	int count;
};

/* Ascending by clause. */
struct opens {
	VEC(struct open);
};

struct edges {
	VEC(struct edge);
};

struct sweep {
	struct opens open;
	struct cells *out;
};

static int edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->clause > y->clause) - (x->clause < y->clause);
}

static bool edges_meet(const struct edge *a, const struct edge *b)
{
	return a->proto == b->proto && a->at == b->at;
}

/* Brings the open clauses past `n` edges at one port, ascending by clause, in one merge. */
static void open_pass(struct sweep *sweep, const struct edge *edges, size_t n)
{
	struct opens now = {VEC_EMPTY};
	size_t i = 0, k = 0;

	while (i < sweep->open.n || k < n) {
		size_t a = i < sweep->open.n ? sweep->open.at[i].clause : SIZE_MAX,
		       b = k < n ? edges[k].clause : SIZE_MAX;
		struct open open = {.clause = a < b ? a : b};

		if (a <= b)
			/* NOLINTNEXTLINE(clang-analyzer-*): i is below n where a is a clause */
			open.count = sweep->open.at[i++].count;
		for (; k < n && edges[k].clause == open.clause; k++)
			open.count += edges[k].step;
		if (open.count)
			*vec_add(&now) = open;
	}
	vec_free(&sweep->open);
	sweep->open = now;
}

/* Is the new cell one piece with the last one: next to it, with the same clauses? */
static bool continues(const struct cells *cells, const struct cell *last, const struct cell *cell)
{
	return last->proto == cell->proto && last->hi + 1 == cell->lo && last->n == cell->n &&
	       memcmp(&cells->clauses.at[last->first], &cells->clauses.at[cell->first],
		      cell->n * sizeof *cells->clauses.at) == 0;
}

/* Adds what is open now as a cell, or to the last one. */
static void cell_add(struct sweep *sweep, uint8_t proto, uint32_t lo, uint32_t hi)
{
	struct cells *out = sweep->out;
	struct cell cell = {proto, (uint16_t)lo, (uint16_t)hi, out->clauses.n, sweep->open.n};

	for (size_t i = 0; i < sweep->open.n; i++)
		*vec_add(&out->clauses) = sweep->open.at[i].clause;
	if (out->n && continues(out, &out->at[out->n - 1], &cell)) {
		out->at[out->n - 1].hi = cell.hi;
		out->clauses.n = cell.first;
	} else {
		*vec_add(out) = cell;
	}
}

/* Appends where a grant begins and ends. */
static void edges_add(struct edges *edges, const struct grant *grant)
{
	bool any = grant->proto == PROTO_ANY;
	uint32_t lo = any ? 0 : grant->lo, hi = any ? UINT16_MAX : grant->hi;

	if (lo > hi)
		return;
	*vec_add(edges) = (struct edge){grant->proto, lo, 1, grant->clause};
	*vec_add(edges) = (struct edge){grant->proto, hi + 1, -1, grant->clause};
}

void ports_cut(const struct grant *grants, size_t n, struct cells *out)
{
	struct edges edges = {0};
	struct sweep sweep = {.out = out};
	size_t next;

	*out = (struct cells){0};
	for (size_t i = 0; i < n; i++)
		edges_add(&edges, &grants[i]);
	vec_sort(&edges, edge_cmp);
	for (size_t i = 0; i < edges.n; i = next) {
		const struct edge *edge = &edges.at[i];

		for (next = i + 1; next < edges.n && edges_meet(edge, &edges.at[next]);)
			next++;
		open_pass(&sweep, edge, next - i);
		if (sweep.open.n) /* what is open is closed by a later edge of the protocol */
			cell_add(&sweep, edge->proto, edge->at, edges.at[next].at - 1);
	}
	vec_free(&edges);
	vec_free(&sweep.open);
}

void cells_free(struct cells *cells)
{
	vec_free(cells);
	vec_free(&cells->clauses);
}
