/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reach asked about everything that a small world speaks of, beside verdict_of(). */
#ifndef SELVAGE_LAW_ASK_H
#define SELVAGE_LAW_ASK_H

#include <selvage/reach.h>
#include <selvage/verdict.h>

struct ask_ips {
	VEC(struct ip);
};

struct ask_totals {
	unsigned long packets, pairs, pending, several, cells, changes;
	unsigned wrong_packets, wrong_causes, wrong_pending, wrong_several, wrong_cells, wrong_changes, disordered;
	bool quiet; /* says nothing of what is wrong */
};

#define ASK_PORTS 25

struct ask_port {
	uint8_t proto;
	uint16_t port;
};

/* Ports just inside and outside of all that policies and pods name. */
extern const struct ask_port ask_ports[ASK_PORTS];

/* Every address that a store speaks of, where its ipBlocks end, and link-local ones; sorted, each once. */
void ask_addresses(const struct store *store, struct ask_ips *out);

/* A pod with two addresses of one family has no single answer where ipBlocks tell them apart. */
bool ask_is_ambiguous(const struct store *store, const struct ip *ip);

/* Asks about every port between any two addresses, and counts. */
void ask_all(const struct store *store, const struct reach *reach, enum reach_world world, struct ask_totals *totals);

#endif
