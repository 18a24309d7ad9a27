/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is every port of every protocol in the one cell whose clauses open it? */
#include <stdint.h>

#include <selvage/object.h>

#include "../../src/compile/ports.h"
#include "../law/rng.h"
#include "unit.h"

#define MANY 70000
#define EDGE 24 /* ports at either end of the port space that random grants speak about */

static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP};

/* "any=0, 6:80-80=0+1" */
static void cells_print(const struct cells *cells, FILE *out)
{
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *cell = &cells->at[i];

		if (cell->proto == PROTO_ANY)
			fputs("any=", out);
		else
			fprintf(out, "%s%u:%u-%u=", i ? ", " : "", cell->proto, cell->lo, cell->hi);
		for (size_t k = 0; k < cell->n; k++)
			fprintf(out, "%s%zu", k ? "+" : "", cells->clauses.at[cell->first + k]);
	}
}

static void assert_cut(const struct grant *grants, size_t n, const char *expected)
{
	struct cells cells;

	ports_cut(grants, n, &cells);
	UNIT_PRINTS(expected, cells_print(&cells, out));
	cells_free(&cells);
}

#define ASSERT_CUT(expected, ...)                       \
	assert_cut((const struct grant[]){__VA_ARGS__}, \
		   sizeof((const struct grant[]){__VA_ARGS__}) / sizeof(struct grant), expected)

UNIT(ports, no_grants_make_no_cells)
{
	assert_cut(NULL, 0, "");
}

UNIT(ports, a_grant_is_a_cell)
{
	ASSERT_CUT("6:80-80=0", {PROTO_TCP, 80, 80, 0});
	ASSERT_CUT("17:0-65535=3", {PROTO_UDP, 0, UINT16_MAX, 3});
	ASSERT_CUT("132:65535-65535=0", {PROTO_SCTP, UINT16_MAX, UINT16_MAX, 0});
}

UNIT(ports, overlapping_grants_are_cut_where_they_meet)
{
	ASSERT_CUT("6:80-89=0, 6:90-100=0+1, 6:101-110=1", {PROTO_TCP, 80, 100, 0}, {PROTO_TCP, 90, 110, 1});
	ASSERT_CUT("6:0-79=1, 6:80-80=0+1, 6:81-65535=1", {PROTO_TCP, 80, 80, 0}, {PROTO_TCP, 0, UINT16_MAX, 1});
	ASSERT_CUT("6:0-65534=0, 6:65535-65535=0+1", {PROTO_TCP, UINT16_MAX, UINT16_MAX, 1},
		   {PROTO_TCP, 0, UINT16_MAX, 0});
}

UNIT(ports, protocols_do_not_touch_each_other)
{
	ASSERT_CUT("6:0-65535=0, 17:0-65535=0, 132:53-53=1", {PROTO_UDP, 0, UINT16_MAX, 0}, {PROTO_SCTP, 53, 53, 1},
		   {PROTO_TCP, 0, UINT16_MAX, 0});
}

UNIT(ports, what_touches_and_opens_to_the_same_is_one_cell)
{
	ASSERT_CUT("6:80-83=0", {PROTO_TCP, 82, 83, 0}, {PROTO_TCP, 80, 80, 0}, {PROTO_TCP, 81, 81, 0});
	ASSERT_CUT("6:80-80=0, 6:82-82=0", {PROTO_TCP, 80, 80, 0}, {PROTO_TCP, 82, 82, 0});
	ASSERT_CUT("6:80-80=0, 6:81-81=1", {PROTO_TCP, 80, 80, 0}, {PROTO_TCP, 81, 81, 1});
	ASSERT_CUT("6:80-81=0+1", {PROTO_TCP, 80, 81, 1}, {PROTO_TCP, 80, 80, 0}, {PROTO_TCP, 81, 81, 0});
}

UNIT(ports, a_clause_that_opens_a_port_twice_is_in_its_cell_once)
{
	ASSERT_CUT("6:80-90=0", {PROTO_TCP, 80, 90, 0}, {PROTO_TCP, 85, 85, 0}, {PROTO_TCP, 80, 80, 0});
	ASSERT_CUT("any=0", {PROTO_ANY, 0, 0, 0}, {PROTO_ANY, 0, 0, 0});
}

UNIT(ports, a_clause_for_every_protocol_is_in_a_cell_beside_the_others)
{
	ASSERT_CUT("any=1, 6:80-80=0", {PROTO_TCP, 80, 80, 0}, {PROTO_ANY, 0, UINT16_MAX, 1});
	ASSERT_CUT("any=0, 6:80-80=1, 17:53-53=2", {PROTO_ANY, 0, 0, 0}, {PROTO_UDP, 53, 53, 2},
		   {PROTO_TCP, 80, 80, 1});
	ASSERT_CUT("any=0+1", {PROTO_ANY, 0, 0, 1}, {PROTO_ANY, 9, 3, 0});
}

UNIT(ports, a_range_that_ends_before_it_begins_opens_nothing)
{
	ASSERT_CUT("", {PROTO_TCP, 90, 80, 0});
	ASSERT_CUT("6:85-85=1", {PROTO_TCP, 90, 80, 0}, {PROTO_TCP, 85, 85, 1});
}

/* The clauses, as bits, that open a port: straight from the grants. */
static uint64_t naive(const struct grant *grants, size_t n, uint8_t proto, uint32_t port)
{
	uint64_t open = 0;

	for (size_t i = 0; i < n; i++)
		if (grants[i].proto == PROTO_ANY ||
		    (grants[i].proto == proto && grants[i].lo <= port && port <= grants[i].hi))
			open |= 1U << grants[i].clause;
	return open;
}

static uint64_t cell_bits(const struct cells *cells, const struct cell *cell)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < cell->n; i++)
		bits |= 1U << cells->clauses.at[cell->first + i];
	return bits;
}

/* The same from the cells: that of the port, and behind it that of every port. */
static uint64_t from_cells(const struct cells *cells, uint8_t proto, uint32_t port)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *cell = &cells->at[i];

		if (cell->proto == PROTO_ANY || (cell->proto == proto && cell->lo <= port && port <= cell->hi))
			bits |= cell_bits(cells, cell);
	}
	return bits;
}

static void assert_ports(const struct cells *cells, const struct grant *grants, size_t n)
{
	for (size_t p = 0; p < sizeof protos; p++) {
		for (uint32_t port = 0; port <= UINT16_MAX; port++) {
			if (port == EDGE + 2)
				port = 32768;
			else if (port == 32769)
				port = UINT16_MAX - EDGE - 1;
			cr_assert_eq(from_cells(cells, protos[p], port), naive(grants, n, protos[p], port), "%u:%u",
				     protos[p], port);
		}
	}
}

/* Sorted, disjoint, each with its clauses ascending, no two neighbours equal. */
static void assert_form(const struct cells *cells)
{
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell *cell = &cells->at[i], *last = i ? cell - 1 : NULL;

		cr_assert(cell->n > 0 && cell->lo <= cell->hi);
		for (size_t k = 1; k < cell->n; k++)
			cr_assert_lt(cells->clauses.at[cell->first + k - 1], cells->clauses.at[cell->first + k]);
		if (!last || last->proto < cell->proto)
			continue;
		cr_assert_eq(last->proto, cell->proto);
		cr_assert_lt(last->hi, cell->lo);
		cr_assert(last->hi + 1 < cell->lo || cell_bits(cells, last) != cell_bits(cells, cell),
			  "neighbours are equal");
	}
}

static uint16_t random_port(struct rng *rng)
{
	unsigned port = rng_below(rng, EDGE);

	return (uint16_t)(rng_one_in(rng, 2) ? port : UINT16_MAX - port);
}

static struct grant random_grant(struct rng *rng)
{
	uint16_t a = random_port(rng), b = rng_one_in(rng, 3) ? a : random_port(rng);

	return (struct grant){
		.proto = rng_one_in(rng, 10) ? (uint8_t)PROTO_ANY : protos[rng_below(rng, sizeof protos)],
		.lo = a < b ? a : b,
		.hi = a < b ? b : a,
		.clause = rng_below(rng, 5),
	};
}

UNIT(ports, cells_say_of_every_port_what_a_table_says)
{
	struct rng rng = {1};
	size_t cells_seen = 0;

	for (unsigned round = 0; round < 5000; round++) {
		struct grant grants[12];
		size_t n = rng_below(&rng, 13);
		struct cells cells;

		for (size_t i = 0; i < n; i++)
			grants[i] = random_grant(&rng);
		ports_cut(grants, n, &cells);
		assert_form(&cells);
		assert_ports(&cells, grants, n);
		cells_seen += cells.n;
		cells_free(&cells);
	}
	cr_assert_gt(cells_seen, 20000);
}

/* MANY grants, each of a clause of its own. */
static struct grant *many_grants(uint8_t proto)
{
	struct grant *grants = mem_new(MANY, sizeof *grants);

	for (size_t i = 0; i < MANY; i++)
		grants[i] = (struct grant){proto, (uint16_t)i, (uint16_t)i, i};
	return grants;
}

UNIT(ports, seventy_thousand_single_ports_are_cut)
{
	struct grant *grants = many_grants(PROTO_TCP);
	struct cells cells;

	ports_cut(grants, MANY, &cells);
	cr_assert_eq(cells.n, 65536);
	cr_assert_eq(cells.clauses.n, MANY);
	cr_assert_eq(cells.at[0].n, 2); /* 65,536 comes round to port 0 */
	cr_assert_eq(cells.at[65535].n, 1);
	cells_free(&cells);
	free(grants);
}

UNIT(ports, seventy_thousand_clauses_open_one_port)
{
	struct grant *grants = many_grants(PROTO_UDP);
	struct cells cells;

	for (size_t i = 0; i < MANY; i++)
		grants[i].lo = grants[i].hi = 53;
	ports_cut(grants, MANY, &cells);
	cr_assert_eq(cells.n, 1);
	cr_assert_eq(cells.at[0].n, MANY);
	cells_free(&cells);
	free(grants);
}
