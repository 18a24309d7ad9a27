/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan of one changed policy: how long from two loaded stores to all rows, beside the loading itself and beside what is
 * done to find who can reach whom at all?  Times are those of one CPU.
 */
#include <stdlib.h>
#include <time.h>

#include <selvage/object_copy.h>
#include <selvage/plan.h>

#include "bench.h"
#include "cluster.h"

struct size {
	struct cluster cluster;
	double most_ms;
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

/* What the command does with a plan: names every end of every row. */
static size_t name_all(const struct plan *plan)
{
	size_t n, names = 0;
	const struct plan_row *rows = plan_rows(plan, &n);

	for (size_t i = 0; i < n; i++) {
		const struct plan_classes *const ends[] = {&rows[i].from, &rows[i].to};

		for (size_t k = 0; k < 2; k++) {
			struct plan_ends named;

			plan_ends_of(plan, ends[k], &named);
			names += named.n;
			plan_ends_fini(&named);
		}
	}
	return names;
}

static void measure_plan(const struct store *before, const struct store *after, double base, double most,
			 const char *what)
{
	int64_t start = cpu_now();
	struct plan *plan = plan_new(before, after);
	size_t rows, names = name_all(plan);
	double ms = ms_since(start);

	plan_rows(plan, &rows);
	bench_want(ms, "ms", most, "%s", what);
	bench_figure(ms, "ms", base, "the same; x: loading");
	bench_figure((double)rows, "", 0, "rows");
	bench_figure((double)names, "", 0, "names of ends");
	plan_free(plan);
}

static void measure(const struct size *size)
{
	struct store *before = store_new(), *after;
	int64_t start = cpu_now();
	double load, copy;
	const struct object *some;

	bench_part("%u pods, %u policies, %u namespaces", size->cluster.pods, size->cluster.policies,
		   size->cluster.namespaces);
	cluster_fill(&size->cluster, before);
	store_settle(before);
	load = ms_since(start);
	bench_figure(load, "ms", 0, "loading: decoding a cluster into a store");
	start = cpu_now();
	after = store_copy_without(before, NULL);
	store_settle(after);
	copy = ms_since(start);
	bench_figure(copy, "ms", load, "a second store; x: loading");
	some = store_walk(after, OBJECT_POLICY, NULL);
	store_del(after, OBJECT_POLICY, some->ns, some->name);
	measure_plan(before, after, load, size->most_ms, "plan of a policy that is deleted");
	store_put(after, cluster_object(&size->cluster, cluster_policy, size->cluster.namespaces, 1));
	measure_plan(before, after, load, size->most_ms, "plan of one deleted and one more");
	store_free(before);
	store_free(after);
}

int main(void)
{
	static const struct size sizes[] = {
		{{.pods = 1000, .policies = 100, .namespaces = 50}, 100},
		{{.pods = 10000, .policies = 1000, .namespaces = 500}, 1000},
	};

	bench_begin("bench_plan", "what a change opens and closes in a whole cluster");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		measure(&sizes[i]);
	return bench_end();
}
