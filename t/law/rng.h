/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeded randomness that is the same everywhere (SplitMix64), so that a failing seed can be run again. */
#ifndef SELVAGE_LAW_RNG_H
#define SELVAGE_LAW_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* 0 to n - 1. */
static inline unsigned rng_below(struct rng *rng, unsigned n)
{
	return (unsigned)(rng_next(rng) % n);
}

/* True once in n times. */
static inline bool rng_one_in(struct rng *rng, unsigned n)
{
	return rng_below(rng, n) == 0;
}

#endif
