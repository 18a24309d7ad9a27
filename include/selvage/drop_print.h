/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dropped packet, as people and programs read it. */
#ifndef SELVAGE_DROP_PRINT_H
#define SELVAGE_DROP_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <selvage/packet.h>

#define DROP_TIME 32 /* bytes of drop_time() */

/* What there is to say of one. */
struct drop_said {
	int64_t when;      /* seconds since 1970 */
	const char *chain; /* that dropped it; any bytes */
	const struct packet *packet;
	uint16_t from_port;
	bool icmp; /* and these are known: */
	uint8_t type, code;
	const char *from, *to;        /* "NS/POD", "node NAME"; NULL: nobody is known to have the address */
	const char *const *isolating; /* "NS/POLICY", of the pod whose chain it is */
	size_t n_isolating;
	const struct miss *miss; /* the rule that came nearest to admitting it; NULL: not looked for */
};

/* Who is to blame, by the name of the chain: "ingress" and "egress" (policies), "overlay", "unknown-ingress",
 * "unknown-egress", "multicast", "forged"; "shadow-ingress" and "shadow-egress" (policies that are only proposed, and the
 * packet passed); "other". */
const char *drop_reason(const char *chain);

/* "2026-11-26T20:57:38Z" */
const char *drop_time(int64_t when, char buf[static DROP_TIME]);

/* An object with "time", "reason", "chain", "from", "to" ("ip", "name", "port"), "proto", "icmp", "policies" and
 * "nearestMiss". */
json_t *drop_json(const struct drop_said *said);

/* Was it but counted?  Of an object as drop_json() makes it. */
bool drop_shadow(const json_t *drop);

/*
 * One line without its end, of an object as drop_json() makes it; safe for terminals:
 * ingress shop/web (10.244.1.2) -> shop/db (10.244.1.3) TCP 5432; isolated by shop/db;
 * nearest miss: shop/db ingress[0]: peer does not match
 */
void drop_print(const json_t *drop, FILE *out);

#endif
