/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long after a commit are the connections cut that it denies?  Among 100,000 others, ten to one address: found by
 * asking the kernel for those of that address, and by looking through all of them; and the same
 * without others, where asking twice costs twice.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/conntrack.h>
#include <selvage/diff.h>

#include "bench.h"

#define OTHERS 100000
#define DENIED 10
#define RUNS 40
#define DELAY_MS 10 /* that the agent waits, so that changes that come together are one look */
#define WANT_MS 100

static struct ip server;

static bool denied(void *ctx, const struct packet *packet)
{
	(void)ctx;
	return ip_cmp(&packet->to, &server) == 0;
}

/* With t/netns/entries, beside which this program is. */
static void entries(const char *from, const char *to, unsigned n)
{
	char command[256];
	char *build = getenv("BUILD");

	snprintf(command, sizeof command, "%s/t/netns/entries %s %s %u", build ? build : ".", from, to, n);
	bench_must(system(command) == 0, "%s", command);
}

struct cost {
	struct series all, longest; /* ms: the whole look, and its longest turn */
	size_t turns;
};

static void look(struct nl *nl, const struct touched *touched, struct cost *cost)
{
	int64_t start, turn, now;
	double longest = 0;
	struct conntrack *look;
	struct err err;
	int more = 1;

	entries("10.9.0.1", "10.9.0.2", DENIED);
	start = now = bench_now();
	look = conntrack_new(nl, touched, &err);
	bench_must(look != NULL, "%s", err.msg);
	for (cost->turns = 0; more > 0; cost->turns++) {
		turn = now;
		more = conntrack_run(look, denied, NULL, &err);
		now = bench_now();
		longest = (double)(now - turn) > longest ? (double)(now - turn) : longest;
	}
	bench_must(more == 0, "%s", err.msg);
	bench_must(conntrack_stats(look).cut == DENIED, "%zu were cut", conntrack_stats(look).cut);
	conntrack_free(look);
	*vec_add(&cost->all) = (double)(now - start) / 1e6;
	*vec_add(&cost->longest) = longest / 1e6;
}

static struct nl *table(void)
{
	struct facts none = {0}, want = {0};
	struct nl_stats stats;
	struct patch patch;
	struct err err;
	struct nl *nl = nl_open(&err);

	bench_must(nl != NULL, "%s", err.msg);
	facts_add(&want, &(struct fact){.kind = FACT_SET,
					.name = atom(FACT_CUT4),
					.set = {.key = KEY_FLOW4, .transient = true}});
	diff_run(&none, &want, &patch);
	bench_must(nl_write(nl, &patch, &stats, &err) == 0, "%s", err.msg);
	patch_free(&patch);
	return nl;
}

/* Both ways, turn by turn. */
static void measure(struct nl *nl, const char *among)
{
	struct touched few = {.n = 1, .at = {{server, DIRECTION_INGRESS}}}, everything = {.all = true};
	struct cost chosen = {0}, whole = {0};

	for (int i = 0; i < RUNS; i++) {
		look(nl, &few, &chosen);
		look(nl, &everything, &whole);
	}
	bench_part("%d connections cut among %s; x: looking through all", DENIED, among);
	bench_figure(series_at(&whole.all, 0.5), "ms", 0, "all: median");
	bench_figure(series_at(&whole.all, 0.99), "ms", 0, "all: 99%%");
	bench_figure(series_at(&whole.longest, 0.99), "ms", 0, "all: longest turn of %zu, 99%%", whole.turns);
	bench_figure(series_at(&chosen.all, 0.5), "ms", series_at(&whole.all, 0.5), "those of one address: median");
	bench_figure(series_at(&chosen.all, 0.99), "ms", series_at(&whole.all, 0.99), "those of one address: 99%%");
	bench_want(series_at(&chosen.all, 0.99) + DELAY_MS, "ms", WANT_MS, "from the commit: 99%%");
	vec_free(&chosen.all);
	vec_free(&chosen.longest);
	vec_free(&whole.all);
	vec_free(&whole.longest);
}

int main(void)
{
	struct err err;
	struct nl *nl;

	bench_begin("bench_cut", "How long after a commit are connections cut that it denies?");
	bench_must(unshare(CLONE_NEWNET) == 0, "no network namespace of its own: not root?");
	bench_must(ip_parse("10.9.0.2", &server, &err) == 0, "%s", err.msg);
	nl = table();
	measure(nl, "no others");
	entries("10.1.0.1", "10.2.0.1", OTHERS);
	measure(nl, "100,000 others");
	nl_close(nl);
	return bench_end();
}
