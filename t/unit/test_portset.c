/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do sets of ports add, meet and subtract as sets of single ports do? */
#include <selvage/portset.h>

#include "../law/rng.h"
#include "unit.h"

#define SMALL 12 /* ports at either end of the port space that random sets speak about */

static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP, 1, 58};

static struct portset set_of(const struct portcell *cells, size_t n)
{
	struct portset set = {0};

	for (size_t i = 0; i < n; i++)
		portset_add(&set, cells[i].proto, cells[i].lo, cells[i].hi);
	return set;
}

static void assert_prints(const struct portcell *cells, size_t n, const char *expected)
{
	struct portset set = set_of(cells, n);

	UNIT_PRINTS(expected, portset_print(&set, out));
	vec_free(&set);
}

#define ASSERT_PRINTS(expected, ...)                          \
	assert_prints((const struct portcell[]){__VA_ARGS__}, \
		      sizeof((const struct portcell[]){__VA_ARGS__}) / sizeof(struct portcell), expected)

UNIT(portset, prints_by_protocol_and_merges_what_touches)
{
	assert_prints(NULL, 0, "none");
	ASSERT_PRINTS("TCP 80,443,8000-8100; UDP 53", {PROTO_UDP, 53, 53}, {PROTO_TCP, 8000, 8050},
		      {PROTO_TCP, 443, 443}, {PROTO_TCP, 80, 80}, {PROTO_TCP, 8051, 8100});
	ASSERT_PRINTS("TCP; SCTP 9", {PROTO_TCP, 0, 65535}, {PROTO_SCTP, 9, 9});
	ASSERT_PRINTS("none", {PROTO_TCP, 9, 3});
	ASSERT_PRINTS("all", {PROTO_TCP, 80, 80}, {PROTO_ANY, 0, 0});
}

UNIT(portset, every_port_of_three_protocols_is_not_all)
{
	struct portset set = {0}, all = {0}, rest;

	portset_add(&all, PROTO_ANY, 0, 0);
	for (size_t i = 0; i < 3; i++)
		portset_add(&set, protos[i], 0, UINT16_MAX);
	cr_assert(!portset_is_all(&set) && portset_is_all(&all));
	UNIT_PRINTS("TCP; UDP; SCTP", portset_print(&set, out));
	portset_subtract(&all, &set, &rest);
	UNIT_PRINTS("other protocols", portset_print(&rest, out));
	cr_assert(portset_has(&rest, 1, 0) && !portset_has(&set, 1, 0));
	vec_free(&set);
	vec_free(&all);
	vec_free(&rest);
}

static struct portset random_set(struct rng *rng)
{
	struct portset set = {0};

	for (unsigned i = rng_below(rng, 5); i > 0; i--) {
		uint16_t lo = (uint16_t)rng_below(rng, SMALL), hi = (uint16_t)(lo + rng_below(rng, 3));

		if (rng_one_in(rng, 2))
			portset_add(&set, protos[rng_below(rng, 3)], (uint16_t)(UINT16_MAX - hi),
				    (uint16_t)(UINT16_MAX - lo));
		else
			portset_add(&set, rng_one_in(rng, 12) ? (uint8_t)PROTO_ANY : protos[rng_below(rng, 3)], lo, hi);
	}
	return set;
}

/* Sorted, and nothing touches. */
static void assert_form(const struct portset *set)
{
	for (size_t i = 1; i < set->n; i++) {
		const struct portcell *last = &set->at[i - 1], *cell = &set->at[i];

		cr_assert(last->proto < cell->proto || (last->proto == cell->proto && last->hi + 1 < cell->lo));
	}
}

static void assert_at(const struct portset sets[static 5], uint8_t proto, uint16_t port)
{
	bool a = portset_has(&sets[0], proto, port), b = portset_has(&sets[1], proto, port);

	cr_assert_eq(portset_has(&sets[2], proto, port), a || b);
	cr_assert_eq(portset_has(&sets[3], proto, port), a && b);
	cr_assert_eq(portset_has(&sets[4], proto, port), a && !b);
}

UNIT(portset, union_intersection_and_difference_hold_of_every_port)
{
	struct rng rng = {1};

	for (unsigned round = 0; round < 3000; round++) {
		struct portset sets[5] = {random_set(&rng), random_set(&rng)};

		portset_union(&sets[0], &sets[1], &sets[2]);
		portset_intersect(&sets[0], &sets[1], &sets[3]);
		portset_subtract(&sets[0], &sets[1], &sets[4]);
		for (size_t p = 0; p < sizeof protos; p++) {
			for (uint16_t port = 0; port < SMALL + 4; port++) {
				assert_at(sets, protos[p], port);
				assert_at(sets, protos[p], (uint16_t)(UINT16_MAX - port));
			}
		}
		cr_assert_eq(portset_eq(&sets[2], &sets[3]), portset_eq(&sets[0], &sets[1]));
		for (size_t i = 0; i < 5; i++) {
			assert_form(&sets[i]);
			vec_free(&sets[i]);
		}
	}
}
