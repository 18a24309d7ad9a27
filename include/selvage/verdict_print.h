/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict as people and programs read it. */
#ifndef SELVAGE_VERDICT_PRINT_H
#define SELVAGE_VERDICT_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/packet.h>

/* What there is to say. */
struct verdict_text {
	const struct packet *packet;
	const struct verdict *verdict;
	const struct policy_list *isolating; /* by direction */
	const struct miss *miss;             /* by direction; NULL: nearest misses are not told */
	const char *from, *to;               /* what the ends are called; NULL: the pod and its address */
	const char *via;                     /* or NULL */
	bool group[DIRECTION_COUNT];         /* the end that this direction is about is more than the one pod */
	bool coloured;
};

/*
 * ALLOWED  shop/web (10.244.1.3) -> shop/db (10.244.2.9)  TCP 5432   via Service shop/db 10.96.3.2:5432 -> 5432
 *  egress   shop/web  ALLOW  NetworkPolicy shop/web-to-db  egress[0].to[0].ports[0]  web.yaml:14
 *  ingress  shop/db   DENY   isolated by shop/default-deny; no rule admits it
 *           nearest miss: shop/db-from-web ingress[0]: peer matches, port 5433 != 5432  db.yaml:22
 */
void verdict_print(const struct verdict_text *text, FILE *out);

/* "TCP 5432", "ICMP" */
void packet_print(const struct packet *packet, FILE *out);

/* "policy", "self", "node", "link-local", "overlay" */
const char *verdict_why_name(enum verdict_why why);

/* How one end decides: "pod", "isolated", "allowed", "isolatedBy", and "policy", "rule", "file" and "line" of the rule that
 * admits, or "nearestMiss".  A new reference. */
json_t *ruling_json(const struct ruling *ruling, const struct policy_list *isolating, const struct miss *miss);

/* "ingress[0].from[1].ports[0]": where in its policy's spec the rule stands that admits; buf has `size` bytes. */
void ruling_path(const struct ruling *ruling, char *buf, size_t size);

#endif
