/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of (protocol, port), and exact arithmetic on them.  A zeroed struct portset is the empty set. */
#ifndef SELVAGE_PORTSET_H
#define SELVAGE_PORTSET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <selvage/object.h>

/* Ports of one protocol.  PROTO_ANY stands for all protocols that have a cell of no other kind, ICMP among them: always
 * from 0 to 65535. */
struct portcell {
	uint8_t proto; /* enum proto */
	uint16_t lo, hi;
};

/* Sorted by (proto, lo), disjoint, none touches the next: one form for each set. */
struct portset {
	VEC(struct portcell);
};

/* Adds the ports from lo to hi, both included; with PROTO_ANY every port of every protocol, lo and hi are not looked at.
 * lo > hi adds nothing. */
void portset_add(struct portset *set, uint8_t proto, uint16_t lo, uint16_t hi);

/* What is in both, in either, in `a` but not in `b`: out is overwritten, yours to vec_free(), and neither of the two. */
void portset_intersect(const struct portset *a, const struct portset *b, struct portset *out);
void portset_union(const struct portset *a, const struct portset *b, struct portset *out);
void portset_subtract(const struct portset *a, const struct portset *b, struct portset *out);

/* Is the port of this IP protocol number in the set?  Of protocols other than TCP, UDP and SCTP the port says nothing. */
bool portset_has(const struct portset *set, uint8_t proto, uint16_t port);

bool portset_eq(const struct portset *a, const struct portset *b);

/* Is every port of every protocol in it? */
bool portset_is_all(const struct portset *set);

/* "TCP 80,443,8000-8100; UDP 53", a protocol alone for all its ports ("TCP; other protocols"), "all", "none". */
void portset_print(const struct portset *set, FILE *out);

#endif
