/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports are in one set, in both, or in one and not the other? */
#include <string.h>

#include <selvage/portset.h>

static const uint8_t lines[] = {PROTO_ANY, PROTO_TCP, PROTO_UDP, PROTO_SCTP};

#define N_LINES (sizeof lines / sizeof *lines)

/* Which of the two sets a port must be in, by whether it is in the first and in the second. */
struct want {
	bool in[2][2];
};

static const struct want want_intersect = {{{false, false}, {false, true}}};
static const struct want want_union = {{{false, true}, {true, true}}};
static const struct want want_subtract = {{{false, false}, {true, false}}};

/* Appends ports that lie behind all that is there, as part of the last cell where they continue it. */
static void cell_append(struct portset *set, uint8_t proto, uint32_t lo, uint32_t hi)
{
	struct portcell *last = set->n ? &set->at[set->n - 1] : NULL;

	if (last && last->proto == proto && last->hi + 1U == lo)
		last->hi = (uint16_t)hi;
	else
		*vec_add(set) = (struct portcell){proto, (uint16_t)lo, (uint16_t)hi};
}

/* The first cell from *i on that does not end before a port of a protocol; moves *i there. */
static const struct portcell *cell_from(const struct portset *set, size_t *i, uint8_t proto, uint32_t port)
{
	while (*i < set->n && (set->at[*i].proto < proto || (set->at[*i].proto == proto && set->at[*i].hi < port)))
		++*i;
	return *i < set->n && set->at[*i].proto == proto ? &set->at[*i] : NULL;
}

/* Is the port in the cell, which does not end before it?  Lowers *end to where that may change. */
static bool cell_holds(const struct portcell *cell, uint32_t port, uint32_t *end)
{
	bool in = cell && cell->lo <= port;
	uint32_t change = !cell ? UINT16_MAX + 1U : in ? cell->hi + 1U : cell->lo;

	if (change < *end)
		*end = change;
	return in;
}

static void combine(const struct portset *a, const struct portset *b, const struct want *want, struct portset *out)
{
	size_t i = 0, k = 0;

	*out = (struct portset){0};
	for (size_t l = 0; l < N_LINES; l++) {
		for (uint32_t port = 0, end; port <= UINT16_MAX; port = end) {
			bool in_a, in_b;

			end = UINT16_MAX + 1U;
			in_a = cell_holds(cell_from(a, &i, lines[l], port), port, &end);
			in_b = cell_holds(cell_from(b, &k, lines[l], port), port, &end);
			if (want->in[in_a][in_b])
				cell_append(out, lines[l], port, end - 1);
		}
	}
}

void portset_add(struct portset *set, uint8_t proto, uint16_t lo, uint16_t hi)
{
	struct portset more = {0}, sum;

	if (proto != PROTO_ANY && lo > hi)
		return;
	for (size_t l = 0; proto == PROTO_ANY && l < N_LINES; l++)
		cell_append(&more, lines[l], 0, UINT16_MAX);
	if (proto != PROTO_ANY)
		cell_append(&more, proto, lo, hi);
	portset_union(set, &more, &sum);
	vec_free(set);
	vec_free(&more);
	*set = sum;
}

void portset_intersect(const struct portset *a, const struct portset *b, struct portset *out)
{
	combine(a, b, &want_intersect, out);
}

void portset_union(const struct portset *a, const struct portset *b, struct portset *out)
{
	combine(a, b, &want_union, out);
}

void portset_subtract(const struct portset *a, const struct portset *b, struct portset *out)
{
	combine(a, b, &want_subtract, out);
}

bool portset_has(const struct portset *set, uint8_t proto, uint16_t port)
{
	bool ported = proto != PROTO_ANY && proto_name(proto);
	uint8_t line = ported ? proto : (uint8_t)PROTO_ANY;

	for (size_t i = 0; i < set->n; i++)
		if (set->at[i].proto == line && (!ported || (set->at[i].lo <= port && port <= set->at[i].hi)))
			return true;
	return false;
}

bool portset_eq(const struct portset *a, const struct portset *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].proto != b->at[i].proto || a->at[i].lo != b->at[i].lo || a->at[i].hi != b->at[i].hi)
			return false;
	return true;
}

static bool cell_is_whole(const struct portcell *cell)
{
	return cell->lo == 0 && cell->hi == UINT16_MAX;
}

bool portset_is_all(const struct portset *set)
{
	size_t whole = 0;

	for (size_t i = 0; i < set->n; i++)
		whole += cell_is_whole(&set->at[i]);
	return whole == N_LINES;
}

static void line_print(const struct portset *set, uint8_t proto, FILE *out)
{
	const char *separator = " ";

	fputs(proto == PROTO_ANY ? "other protocols" : proto_name(proto), out);
	for (size_t i = 0; i < set->n; i++) {
		const struct portcell *cell = &set->at[i];

		if (cell->proto != proto || cell_is_whole(cell))
			continue;
		fprintf(out, cell->lo == cell->hi ? "%s%u" : "%s%u-%u", separator, cell->lo, cell->hi);
		separator = ",";
	}
}

/* The protocols without ports come last. */
void portset_print(const struct portset *set, FILE *out)
{
	const char *separator = "";
	bool all = portset_is_all(set);

	if (all || !set->n)
		fputs(all ? "all" : "none", out);
	for (size_t l = 1; !all && l <= N_LINES; l++) {
		uint8_t proto = lines[l % N_LINES];
		size_t i = 0;

		if (!cell_from(set, &i, proto, 0))
			continue;
		fputs(separator, out);
		line_print(set, proto, out);
		separator = "; ";
	}
}
