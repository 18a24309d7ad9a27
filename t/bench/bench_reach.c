/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who can reach whom in a whole cluster: how long until that is known, beside asking verdict_of() about one port of every
 * pair of pods?  All pairs are asked where that is bearable; beyond, the time of some is taken for the time of all.  Times
 * are those of one CPU.
 */
#include <selvage/reach.h>

#include "bench.h"
#include "cluster.h"
#include "pairs.h"

struct size {
	struct cluster cluster;
	double most_ms, most_mb;
};

struct counts {
	size_t all, some, none;
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

/* Forgets the highest that memory use was. */
static void forget_peak(void)
{
	FILE *out = fopen("/proc/self/clear_refs", "we");

	bench_must(out && fputs("5", out) >= 0 && !fclose(out), "cannot write /proc/self/clear_refs");
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
	start = pairs_cpu_now();
	reach = reach_new(before, after);
	bench_figure(pairs_ms_since(start), "ms", 0, "two worlds that differ in one policy");
	start = pairs_cpu_now();
	reach_changes(reach, count_change, &changes);
	bench_figure(pairs_ms_since(start), "ms", 0, "what is different between them");
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
	start = pairs_cpu_now();
	reach = reach_new(store, NULL);
	build = pairs_ms_since(start);
	start = pairs_cpu_now();
	reach_matrix(reach, REACH_BEFORE, count_cell, &counts);
	matrix = pairs_ms_since(start);
	mb = bench_memory(0, "VmHWM") - rss;
	reach_classes(reach, &classes);
	bench_figure((double)classes, "", 0, "classes");
	bench_figure((double)counts.all, "", 0, "pairs of namespaces, all open");
	bench_figure((double)counts.some, "", 0, "pairs of namespaces, some open");
	bench_figure((double)counts.none, "", 0, "pairs of namespaces, none open");
	reach_free(reach);
	brute = pairs_brute_force(store, &measured);
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
