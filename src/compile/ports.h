/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port space cut into disjoint cells, so that each (protocol, port) leads to exactly one list, and behind it to the one of
 * what is open on every port.  That one is no part of the others: N rules of each sort would make N unions of N peers.
 */
#ifndef SELVAGE_PORTS_H
#define SELVAGE_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include <selvage/vec.h>

/* A clause (a number that means something to the caller) opens these ports. */
struct grant {
	uint8_t proto;   /* PROTO_ANY: every port of every protocol, lo and hi are not looked at */
	uint16_t lo, hi; /* both included; lo > hi opens nothing */
	size_t clause;
};

/* The clauses that open every port of the cell: `n` of them from clauses.at[first], ascending, each once. */
struct cell {
	uint8_t proto; /* PROTO_ANY: every port of every protocol, beside what the other cells say */
	uint16_t lo, hi;
	size_t first, n;
};

struct cells {
	VEC(struct cell); /* sorted by (proto, lo), disjoint, neighbours differ; the PROTO_ANY cell first */
	VEC(size_t) clauses;
};

/* out is overwritten; yours to cells_free().  A clause with PROTO_ANY is in the cell of that alone. */
void ports_cut(const struct grant *grants, size_t n, struct cells *out);

void cells_free(struct cells *cells);

#endif
