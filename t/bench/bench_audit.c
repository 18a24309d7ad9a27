/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole audit of a cluster that is loaded: how long, and how much memory, beside asking verdict_of() about one port of
 * every pair of pods?  All pairs are asked where that is bearable; beyond, the time of some is taken for the time of all.
 * Times are those of one CPU.
 */
#include <selvage/audit.h>

#include "bench.h"
#include "cluster.h"
#include "pairs.h"

struct size {
	struct cluster cluster;
	double most_ms, most_mb;
};

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
	start = pairs_cpu_now();
	audit = audit_new(&input);
	ms = pairs_ms_since(start);
	mb = bench_memory(0, "VmHWM");
	bench_figure((double)audit->findings.n, "", 0, "findings");
	audit_free(audit);
	brute = pairs_brute_force(store, &measured);
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
