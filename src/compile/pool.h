/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interned sets of ports: equal sets have one number, so that millions of pairs are compared and combined by number. */
#ifndef SELVAGE_POOL_H
#define SELVAGE_POOL_H

#include <selvage/portset.h>

#define POOL_NONE 0U
#define POOL_ALL 1U

struct pool;

enum pool_op { POOL_UNION, POOL_INTERSECT };

struct pool *pool_new(void);
void pool_free(struct pool *pool);

/* The number of a set, which is moved from. */
uint32_t pool_put(struct pool *pool, struct portset *set);

uint32_t pool_combine(struct pool *pool, enum pool_op op, uint32_t a, uint32_t b);

/* The set with this number, at the same place until pool_free(); and back. */
const struct portset *pool_at(const struct pool *pool, uint32_t number);
uint32_t pool_number(const struct portset *set);

#endif
