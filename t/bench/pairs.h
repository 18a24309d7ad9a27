/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What those benchmarks share that stand beside asking about every pair of pods. */
#ifndef SELVAGE_BENCH_PAIRS_H
#define SELVAGE_BENCH_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/store.h>

/* Of this process, ns: thinking is all that is measured, and others use the machine. */
int64_t pairs_cpu_now(void);
double pairs_ms_since(int64_t start);

/* What asking about one port of all pairs takes, ms; measured if there are not too many. */
double pairs_brute_force(const struct store *store, bool *measured);

#endif
