/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict as people and programs read it. */
#ifndef SELVAGE_VERDICT_PRINT_H
#define SELVAGE_VERDICT_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/packet.h>

/*
 * ALLOWED  shop/web (10.244.1.3) -> shop/db (10.244.2.9)  TCP 5432
 *  egress   shop/web  ALLOW  NetworkPolicy shop/web-to-db  egress[0].to[0].ports[0]  web.yaml:14
 *  ingress  shop/db   ALLOW  not isolated
 * `isolating` names, per direction, the policies that isolate the pod ("" if none does).
 */
void verdict_print(const struct packet *packet, const struct verdict *verdict,
		   const char *const isolating[static DIRECTION_COUNT], FILE *out);

/* Adds "verdict", "why", "egress" and "ingress" to an object. */
void verdict_json(const struct verdict *verdict, json_t *into);

/* A JSON string of any bytes: what is not UTF-8 is written as text_safe() does. */
json_t *verdict_json_text(const char *text);

/* "ingress[0].from[1].ports[0]": where in its policy's spec the rule stands that admits; buf has `size` bytes. */
void ruling_path(const struct ruling *ruling, char *buf, size_t size);

#endif
