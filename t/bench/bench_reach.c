/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can reach whom in a whole cluster: how long until that is known, beside asking verdict_of() about one port of every
 * pair of pods?  All pairs are asked where that is bearable; beyond, the time of some is taken for the time of all.  Times
 * are those of one CPU.
 */
#include <stdlib.h>
#include <time.h>

#include <selvage/reach.h>
#include <selvage/verdict.h>

#include "bench.h"
#include "cluster.h"

#define SAMPLE 200000 /* pairs that are asked where there are too many */

struct size {
	struct cluster cluster;
	double most_ms, most_mb;
};

struct counts {
	size_t all, some, none;
};

struct pods {
	VEC(const struct pod *);
};

static void count_cell(void *ctx, size_t from, size_t to, const struct reach_cell *cell)
{
	struct counts *counts = ctx;

	(void)from;
	(void)to;
	counts->all += portset_is_all(cell->every);
	counts->none += !cell->maybe->n;
	counts->some += !portset_is_all(cell->every) && cell->maybe->n;
}

static void count_change(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
			 const struct reach_link *after)
{
	size_t *n = ctx;

	(void)from;
	(void)to;
	(void)family;
	(void)before;
	(void)after;
	++*n;
}

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

/* Forgets the highest that memory use was. */
static void forget_peak(void)
{
	FILE *out = fopen("/proc/self/clear_refs", "we");

	bench_must(out && fputs("5", out) >= 0 && !fclose(out), "cannot write /proc/self/clear_refs");
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
	if (*measured)
		for (size_t i = 0; i < pods.n; i++)
			for (size_t k = 0; k < pods.n; k++)
				ask(store, pods.at[i], pods.at[k]);
	else
		for (uint64_t i = 0; i < SAMPLE; i++)
			ask(store, pods.at[i * 2654435761U % pods.n], pods.at[i * 40503 % pods.n]);
	ms = ms_since(start);
	vec_free(&pods);
	return ms / asked * pairs;
}

/* A policy that opens one more port: how long until it is known between whom that makes a difference? */
static void measure_change(const struct size *size, const struct store *before)
{
	struct store *after = store_new();
	size_t changes = 0;
	int64_t start;
	struct reach *reach;

	cluster_fill(&size->cluster, after);
	store_put(after, cluster_object(&size->cluster, cluster_policy, size->cluster.namespaces, 1));
	start = cpu_now();
	reach = reach_new(before, after);
	bench_figure(ms_since(start), "ms", 0, "two worlds that differ in one policy");
	start = cpu_now();
	reach_changes(reach, count_change, &changes);
	bench_figure(ms_since(start), "ms", 0, "what is different between them");
	bench_figure((double)changes, "", 0, "pairs of classes of which they say different things");
	reach_free(reach);
	store_free(after);
}

static void measure(const struct size *size)
{
	struct store *store = store_new();
	struct counts counts = {0};
	double rss, build, matrix, mb, brute;
	struct reach *reach;
	size_t classes;
	bool measured;
	int64_t start;

	bench_part("%u pods, %u policies, %u namespaces", size->cluster.pods, size->cluster.policies,
		   size->cluster.namespaces);
	cluster_fill(&size->cluster, store);
	store_settle(store);
	forget_peak();
	rss = bench_memory(0, "VmRSS");
	start = cpu_now();
	reach = reach_new(store, NULL);
	build = ms_since(start);
	start = cpu_now();
	reach_matrix(reach, REACH_BEFORE, count_cell, &counts);
	matrix = ms_since(start);
	mb = bench_memory(0, "VmHWM") - rss;
	reach_classes(reach, &classes);
	bench_figure((double)classes, "", 0, "classes");
	bench_figure((double)counts.all, "", 0, "pairs of namespaces, all open");
	bench_figure((double)counts.some, "", 0, "pairs of namespaces, some open");
	bench_figure((double)counts.none, "", 0, "pairs of namespaces, none open");
	reach_free(reach);
	brute = brute_force(store, &measured);
	bench_figure(build, "ms", 0, "classes");
	bench_figure(matrix, "ms", 0, "matrix");
	bench_want(build + matrix, "ms", size->most_ms, "both");
	bench_want(mb, "MB", size->most_mb, "memory at most");
	bench_figure(brute, "ms", build + matrix, "all pairs of pods, one port; x: both (%s)",
		     measured ? "measured" : "extrapolated");
	measure_change(size, store);
	store_free(store);
}

int main(void)
{
	static const struct size sizes[] = {
		{{.pods = 1000, .policies = 100, .namespaces = 50}, 100, 50},
		{{.pods = 10000, .policies = 1000, .namespaces = 500}, 500, 200},
		{{.pods = 100000, .policies = 10000, .namespaces = 1000}, 5000, 600},
	};

	bench_begin("bench_reach", "who can reach whom over a whole cluster, beside asking about pairs of pods");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		measure(&sizes[i]);
	return bench_end();
}
