/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long does it take to ask verdict_of() about every pair of pods? */
#include <time.h>

#include <selvage/vec.h>
#include <selvage/verdict.h>

#include "bench.h"
#include "pairs.h"

#define SAMPLE 200000 /* pairs that are asked where there are too many */

struct pods {
	VEC(const struct pod *);
};

int64_t pairs_cpu_now(void)
{
	struct timespec now;

	bench_must(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), "no clock");
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double pairs_ms_since(int64_t start)
{
	return (double)(pairs_cpu_now() - start) / 1e6;
}

static void ask(const struct store *store, const struct pod *from, const struct pod *to)
{
	struct packet packet = {from->ips[0], to->ips[0], PROTO_TCP, 8080};
	volatile bool allowed = verdict_of(store, &packet).allowed;

	(void)allowed;
}

double pairs_brute_force(const struct store *store, bool *measured)
{
	struct pods pods = {0};
	const struct object *o = NULL;
	int64_t start;
	double pairs, asked, ms;

	while ((o = store_walk(store, OBJECT_POD, o)))
		*vec_add(&pods) = (const struct pod *)(const void *)o;
	pairs = (double)pods.n * (double)pods.n;
	*measured = pairs <= 1e6;
	asked = *measured ? pairs : SAMPLE;
	start = pairs_cpu_now();
	for (uint64_t i = 0; i < (uint64_t)asked; i++)
		ask(store, pods.at[*measured ? i / pods.n : i * 2654435761U % pods.n],
		    pods.at[*measured ? i % pods.n : i * 40503 % pods.n]);
	ms = pairs_ms_since(start);
	vec_free(&pods);
	return ms / asked * pairs;
}
