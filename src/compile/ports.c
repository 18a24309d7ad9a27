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

struct sweep {
	struct opens open;
	VEC(size_t) any; /* the clauses of PROTO_ANY, ascending, each once */
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

static int clause_cmp(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
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
			open.count = sweep->open.at[i++].count;
		for (; k < n && edges[k].clause == open.clause; k++)
			open.count += edges[k].step;
		if (open.count)
			*vec_add(&now) = open;
	}
	vec_free(&sweep->open);
	sweep->open = now;
}

/* Appends the union of the open clauses and those of PROTO_ANY to the output's clauses; gives how many. */
static size_t union_add(struct sweep *sweep)
{
	size_t first = sweep->out->clauses.n, i = 0, k = 0;

	while (i < sweep->open.n || k < sweep->any.n) {
		size_t a = i < sweep->open.n ? sweep->open.at[i].clause : SIZE_MAX;
		size_t b = k < sweep->any.n ? sweep->any.at[k] : SIZE_MAX;

		*vec_add(&sweep->out->clauses) = a < b ? a : b;
		i += a <= b;
		k += b <= a;
	}
	return sweep->out->clauses.n - first;
}

/* Is the new cell one piece with the last one: next to it, with the same clauses? */
static bool continues(const struct cells *cells, const struct cell *last, const struct cell *cell)
{
	return last->proto == cell->proto && last->hi + 1 == cell->lo && last->n == cell->n &&
	       memcmp(&cells->clauses.at[last->first], &cells->clauses.at[cell->first],
		      cell->n * sizeof *cells->clauses.at) == 0;
}

static void cell_add(struct sweep *sweep, uint8_t proto, uint32_t lo, uint32_t hi)
{
	struct cells *out = sweep->out;
	struct cell cell = {proto, (uint16_t)lo, (uint16_t)hi, out->clauses.n, 0};

	cell.n = union_add(sweep);
	if (cell.n == sweep->any.n && proto != PROTO_ANY) {
		out->clauses.n = cell.first; /* nothing beyond what PROTO_ANY gives */
	} else if (out->n && continues(out, &out->at[out->n - 1], &cell)) {
		out->at[out->n - 1].hi = cell.hi;
		out->clauses.n = cell.first;
	} else {
		*vec_add(out) = cell;
	}
}

/* The clauses of PROTO_ANY, and their cell. */
static void any_start(struct sweep *sweep, const struct grant *grants, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (grants[i].proto == PROTO_ANY)
			*vec_add(&sweep->any) = grants[i].clause;
	vec_sort(&sweep->any, clause_cmp);
	for (size_t i = 0; i < sweep->any.n; i++)
		if (kept == 0 || sweep->any.at[kept - 1] != sweep->any.at[i])
			sweep->any.at[kept++] = sweep->any.at[i];
	sweep->any.n = kept;
	if (kept)
		cell_add(sweep, PROTO_ANY, 0, UINT16_MAX);
}

void ports_cut(const struct grant *grants, size_t n, struct cells *out)
{
	VEC(struct edge) edges = VEC_EMPTY;
	struct sweep sweep = {.out = out};
	size_t next;

	*out = (struct cells){0};
	any_start(&sweep, grants, n);
	for (size_t i = 0; i < n; i++) {
		const struct grant *g = &grants[i];

		if (g->proto == PROTO_ANY || g->lo > g->hi)
			continue;
		*vec_add(&edges) = (struct edge){g->proto, g->lo, 1, g->clause};
		*vec_add(&edges) = (struct edge){g->proto, g->hi + 1U, -1, g->clause};
	}
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
	vec_free(&sweep.any);
}

void cells_free(struct cells *cells)
{
	vec_free(cells);
	vec_free(&cells->clauses);
}
