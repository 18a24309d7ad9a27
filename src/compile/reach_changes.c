/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between whom does a change make a difference? */
#include <stdlib.h>

#include "reach_parts.h"

/* Classes next to each other, from `first` up to `end`. */
struct span {
	uint32_t first, end;
};

struct spans {
	VEC(struct span);
};

struct indexes {
	VEC(uint32_t);
};

/* Classes whose policies changed alike, and the peers of whom they say something else now. */
struct turn {
	const struct regime *before, *after;
	struct indexes classes;
	struct spans peers[FAMILY_COUNT];
	uint32_t next[FAMILY_COUNT]; /* the first of the spans that ends behind the class that is looked at */
};

struct turns {
	VEC(struct turn);
	struct indexes changed; /* those with peers */
};

/* A pair to be visited: who is at the other end, and in which family. */
struct visit {
	uint32_t to;
	enum family family;
};

struct visits {
	VEC(struct visit);
};

/* Adds the classes of which two spreads say different things. */
static void spans_add(struct spans *spans, const struct spread *a, const struct spread *b)
{
	uint32_t at = 0;

	for (size_t i = 0, k = 0; a != b && i < a->runs.n && k < b->runs.n;) {
		const struct run *x = &a->runs.at[i], *y = &b->runs.at[k];
		uint32_t end = x->end < y->end ? x->end : y->end;

		if (x->ports != y->ports)
			*vec_add(spans) = (struct span){at, end};
		at = end;
		i += x->end == end;
		k += y->end == end;
	}
}

static int span_cmp(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts, and joins what overlaps or touches. */
static void spans_normalise(struct spans *spans)
{
	size_t n = 0;

	vec_sort(spans, span_cmp);
	for (size_t i = 0; i < spans->n; i++) {
		struct span *last = n ? &spans->at[n - 1] : NULL;

		if (!last || spans->at[i].first > last->end)
			spans->at[n++] = spans->at[i];
		else if (spans->at[i].end > last->end)
			last->end = spans->at[i].end;
	}
	spans->n = n;
}

static void turn_init(struct turn *turn, const struct regime *before, const struct regime *after)
{
	*turn = (struct turn){.before = before, .after = after};
	for (int f = 0; f < FAMILY_COUNT; f++) {
		for (int c = 0; c < CERTAINTY_COUNT; c++)
			spans_add(&turn->peers[f], before->spread[f][c], after->spread[f][c]);
		spans_normalise(&turn->peers[f]);
	}
}

/* The turn that classes take whose regime was this and is that now: the last one taken, or a new one. */
static struct turn *turn_get(struct turns *turns, struct numbering *numbering, const struct regime *before,
			     const struct regime *after)
{
	const struct regime *pair[] = {before, after};
	struct bytes key = {0};
	uint32_t number;

	BYTES_ADD(&key, pair);
	number = numbering_of(numbering, &key);
	vec_free(&key);
	if (number == turns->n)
		turn_init(vec_add(turns), before, after);
	return &turns->at[number];
}

static bool is_in_both(const struct reach *reach, size_t class)
{
	return reach->classes.at[class].families[REACH_BEFORE] && reach->classes.at[class].families[REACH_AFTER];
}

/* The turns of one direction; of[class] is that of a class, UINT32_MAX where nothing changed. */
static void turns_make(const struct reach *reach, enum direction direction, uint32_t *of, struct turns *out)
{
	struct numbering numbering = {0};

	*out = (struct turns){0};
	for (uint32_t c = 0; c < reach->classes.n; c++) {
		struct turn *turn;

		of[c] = UINT32_MAX;
		if (!is_in_both(reach, c))
			continue;
		turn = turn_get(out, &numbering, reach->regime[REACH_BEFORE][direction][c],
				reach->regime[REACH_AFTER][direction][c]);
		if (!turn->peers[FAMILY_4].n && !turn->peers[FAMILY_6].n)
			continue;
		if (!turn->classes.n)
			*vec_add(&out->changed) = (uint32_t)(turn - out->at);
		*vec_add(&turn->classes) = c;
		of[c] = (uint32_t)(turn - out->at);
	}
	numbering_fini(&numbering);
}

static void turns_fini(struct turns *turns)
{
	for (size_t i = 0; i < turns->n; i++) {
		vec_free(&turns->at[i].classes);
		for (int f = 0; f < FAMILY_COUNT; f++)
			vec_free(&turns->at[i].peers[f]);
	}
	vec_free(&turns->changed);
	vec_free(turns);
}

/* Whom this class says something else of. */
static void visits_add_peers(struct visits *visits, const struct turn *turn, enum family family)
{
	for (size_t i = 0; i < turn->peers[family].n; i++)
		for (uint32_t to = turn->peers[family].at[i].first; to < turn->peers[family].at[i].end; to++)
			*vec_add(visits) = (struct visit){to, family};
}

/* Is the class, asked about in ascending order, one of those of whom they say something else? */
static bool turn_has_peer(struct turn *turn, enum family family, uint32_t class)
{
	const struct spans *peers = &turn->peers[family];
	uint32_t *next = &turn->next[family];

	while (*next < peers->n && peers->at[*next].end <= class)
		++*next;
	return *next < peers->n && peers->at[*next].first <= class;
}

/* Who says something else of this class. */
static void visits_add_classes(struct visits *visits, struct turns *turns, enum family family, uint32_t from)
{
	for (size_t i = 0; i < turns->changed.n; i++) {
		struct turn *turn = &turns->at[turns->changed.at[i]];

		for (size_t k = 0; turn_has_peer(turn, family, from) && k < turn->classes.n; k++)
			*vec_add(visits) = (struct visit){turn->classes.at[k], family};
	}
}

static int visit_cmp(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->family > y->family) - (x->family < y->family);
}

struct caller {
	const struct reach *reach;
	void (*visit)(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
		      const struct reach_link *after);
	void *ctx;
};

/* Visits each pair once that there is in both worlds. */
static void visits_run(const struct caller *caller, uint32_t from, struct visits *visits)
{
	const struct reach *reach = caller->reach;

	vec_sort(visits, visit_cmp);
	for (size_t i = 0; i < visits->n; i++) {
		const struct visit *visit = &visits->at[i];
		struct reach_link before, after;

		if (i && !visit_cmp(visit - 1, visit))
			continue;
		if (!(reach_families(reach, REACH_BEFORE, from, visit->to) &
		      reach_families(reach, REACH_AFTER, from, visit->to) & 1U << visit->family))
			continue;
		before = reach_ports(reach, REACH_BEFORE, from, visit->to, visit->family);
		after = reach_ports(reach, REACH_AFTER, from, visit->to, visit->family);
		caller->visit(caller->ctx, from, visit->to, visit->family, &before, &after);
	}
	vec_clear(visits);
}

void reach_changes(const struct reach *reach,
		   void (*visit)(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
				 const struct reach_link *after),
		   void *ctx)
{
	struct caller caller = {reach, visit, ctx};
	uint32_t *of[DIRECTION_COUNT];
	struct turns turns[DIRECTION_COUNT];
	struct visits visits = {0};

	for (size_t d = 0; d < DIRECTION_COUNT; d++) {
		of[d] = mem_new(reach->classes.n + 1, sizeof *of[d]);
		turns_make(reach, (enum direction)d, of[d], &turns[d]);
	}
	for (uint32_t from = 0; from < reach->classes.n; from++) {
		uint32_t own = of[DIRECTION_EGRESS][from];

		if (!is_in_both(reach, from))
			continue;
		for (int f = 0; f < FAMILY_COUNT; f++) {
			if (own != UINT32_MAX)
				visits_add_peers(&visits, &turns[DIRECTION_EGRESS].at[own], (enum family)f);
			visits_add_classes(&visits, &turns[DIRECTION_INGRESS], (enum family)f, from);
		}
		visits_run(&caller, from, &visits);
	}
	vec_free(&visits);
	for (size_t d = 0; d < DIRECTION_COUNT; d++) {
		turns_fini(&turns[d]);
		free(of[d]);
	}
}
