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

struct sweep {
	VEC(struct open) open; /* ascending by clause */
	VEC(size_t) any;       /* the clauses of PROTO_ANY, ascending, each once */
	struct cells *out;
};

static int edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int clause_cmp(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Where a clause is, or would be, among the open ones. */
static size_t open_find(const struct sweep *sweep, size_t clause)
{
	size_t lo = 0, hi = sweep->open.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (sweep->open.at[mid].clause < clause)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void open_step(struct sweep *sweep, const struct edge *edge)
{
	size_t i = open_find(sweep, edge->clause), tail;

	if (i == sweep->open.n || sweep->open.at[i].clause != edge->clause) {
		vec_add(&sweep->open);
		tail = sweep->open.n - 1 - i;
		memmove(&sweep->open.at[i + 1], &sweep->open.at[i], tail * sizeof *sweep->open.at);
		sweep->open.at[i] = (struct open){.clause = edge->clause};
	}
	sweep->open.at[i].count += edge->step;
	if (sweep->open.at[i].count == 0) {
		tail = sweep->open.n - 1 - i;
		memmove(&sweep->open.at[i], &sweep->open.at[i + 1], tail * sizeof *sweep->open.at);
		sweep->open.n--;
	}
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

	*out = (struct cells){0};
	any_start(&sweep, grants, n);
	for (size_t i = 0; i < n; i++) {
		const struct grant *g = &grants[i];

		if (g->proto == PROTO_ANY)
			continue;
		*vec_add(&edges) = (struct edge){g->proto, g->lo, 1, g->clause};
		*vec_add(&edges) = (struct edge){g->proto, g->hi + 1U, -1, g->clause};
	}
	vec_sort(&edges, edge_cmp);
	for (size_t i = 0; i < edges.n; i++) {
		const struct edge *edge = &edges.at[i], *next = edge + 1;

		open_step(&sweep, edge);
		if (sweep.open.n && next->at != edge->at) /* what is open is closed by a later edge of the protocol */
			cell_add(&sweep, edge->proto, edge->at, next->at - 1);
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
