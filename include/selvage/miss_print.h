/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nearest miss, as people and programs read it. */
#ifndef SELVAGE_MISS_PRINT_H
#define SELVAGE_MISS_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/packet.h>

/*
 * shop/db-from-web ingress[0]: peer matches, port 5433 != 5432
 * shop/db-from-web ingress[0]: namespaceSelector wants team=db, namespace shop has team=web, port matches
 * Nothing without a policy.
 */
void miss_print(const struct miss *miss, FILE *out);

/* The same as an object: "policy", "rule", "file", "line", "failed" (names of the parts) and "text".  NULL without a
 * policy. */
json_t *miss_json(const struct miss *miss);

#endif
