/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole audit of a cluster that is loaded: how long, and how much memory, beside asking verdict_of() about one port of
 * every pair of pods?  All pairs are asked where that is bearable; beyond, the time of some is taken for the time of all.
 * Times are those of one CPU.
 */
#include <stdlib.h>
#include <time.h>

#include <selvage/audit.h>
#include <selvage/verdict.h>

#include "bench.h"
#include "cluster.h"

#define SAMPLE 200000 /* pairs that are asked where there are too many */

struct size {
	struct cluster cluster;
	double most_ms, most_mb;
};

struct pods {
	VEC(const struct pod *);
};

/* Of this process, ns: thinking is all that is measured, and others use the machine. */
static int64_t cpu_now(void)
{
	struct timespec now;

	bench_must(!clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), "no clock");
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double ms_since(int64_t start)
{
	return (double)(cpu_now() - start) / 1e6;
}

static void ask(const struct store *store, const struct pod *from, const struct pod *to)
{
	struct packet packet = {from->ips[0], to->ips[0], PROTO_TCP, 8080};
	volatile bool allowed = verdict_of(store, &packet).allowed;

	(void)allowed;
}

/* What asking about all pairs takes, ms; measured if there are not too many. */
static double brute_force(const struct store *store, bool *measured)
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
	start = cpu_now();
	for (uint64_t i = 0; i < (uint64_t)asked; i++)
		ask(store, pods.at[*measured ? i / pods.n : i * 2654435761U % pods.n],
		    pods.at[*measured ? i % pods.n : i * 40503 % pods.n]);
	ms = ms_since(start);
	vec_free(&pods);
	return ms / asked * pairs;
}

static void measure(const struct size *size)
{
	struct store *store = store_new();
	struct audit_input input = {.store = store, .max_prefix = {AUDIT_MAX_PREFIX4, AUDIT_MAX_PREFIX6}};
	struct audit *audit;
	double ms, mb, brute;
	bool measured;
	int64_t start;

	bench_part("%u pods, %u policies, %u namespaces", size->cluster.pods, size->cluster.policies,
		   size->cluster.namespaces);
	cluster_fill(&size->cluster, store);
	store_settle(store);
	start = cpu_now();
	audit = audit_new(&input);
	ms = ms_since(start);
	mb = bench_memory(0, "VmHWM");
	bench_figure((double)audit->findings.n, "", 0, "findings");
	audit_free(audit);
	brute = brute_force(store, &measured);
	bench_want(ms, "ms", size->most_ms, "the whole audit");
	bench_want(mb, "MB", size->most_mb, "memory at most, with the cluster");
	bench_figure(brute, "ms", ms, "all pairs of pods, one port; x: the audit (%s)",
		     measured ? "measured" : "extrapolated");
	store_free(store);
}

int main(void)
{
	static const struct size sizes[] = {
		{{.pods = 1000, .policies = 100, .namespaces = 50}, 200, 100},
		{{.pods = 10000, .policies = 1000, .namespaces = 500}, 1000, 200},
		{{.pods = 100000, .policies = 10000, .namespaces = 1000}, 10000, 1500},
	};

	bench_begin("bench_audit", "an audit of a whole cluster, beside asking about pairs of pods");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		measure(&sizes[i]);
	return bench_end();
}
