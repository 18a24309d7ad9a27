/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long does a node take from nothing to programmed, and how much memory?  Once step by step, as the agent does it, and
 * once the agent itself, from its start to its word that it is ready.  Memory is the most that the process ever held.
 */
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/compile.h>
#include <selvage/diff.h>
#include <selvage/folder.h>
#include <selvage/nl.h>

#include "../lib/compile_usual.h"
#include "bench.h"
#include "cluster.h"

#define READY_SECONDS 120

/* What a cold start took. */
struct cold {
	double read, compile, diff, commit; /* s */
	double memory;                      /* MB */
	size_t facts, transactions, messages, bytes;
};

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

static void del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	store_del(ctx, kind, ns, name);
}

static void problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	problem_print(problem, stderr);
	bench_must(false, "a manifest is wrong");
}

static double lap(int64_t *since)
{
	int64_t now = bench_now(), then = *since;

	*since = now;
	return (double)(now - then) / 1e9;
}

/* What the first turn of the agent does. */
static void cold_run(const char *dir, struct cold *cold)
{
	struct store *store = store_new();
	struct compile *compile = compile_new_usual(store, CLUSTER_NODE);
	struct folder *folder;
	struct facts have, want;
	struct nl_stats stats;
	struct patch patch;
	int64_t since = bench_now();
	struct err err;
	struct nl *nl = nl_open(&err);
	bool exists;

	bench_must(nl, "%s", err.msg);
	folder = folder_open(dir, &(struct sink){.put = put, .del = del, .problem = problem, .ctx = store}, true, &err);
	bench_must(folder && !folder_load(folder), "cannot read %s", dir);
	cold->read = lap(&since);
	compile_update(compile, NULL);
	store_settle(store);
	cold->compile = lap(&since);
	bench_must(!nl_read(nl, &have, &exists, &err), "%s", err.msg);
	compile_facts(compile, &want);
	cold->facts = want.n;
	diff_take(&have, &want, &patch);
	cold->diff = lap(&since);
	bench_must(!nl_write(nl, &patch, &stats, &err), "%s", err.msg);
	cold->commit = lap(&since);
	cold->transactions = stats.transactions;
	cold->messages = stats.messages;
	cold->bytes = stats.bytes;
	cold->memory = bench_memory(0, "VmHWM");
}

/* In a process of its own, so that its memory is its own. */
static struct cold cold_measure(const char *dir)
{
	struct cold cold;
	int ends[2], status;
	pid_t child;

	bench_must(!pipe(ends), "no pipe");
	fflush(stdout);
	child = fork();
	bench_must(child >= 0, "no process");
	if (!child) {
		bench_must(!unshare(CLONE_NEWNET), "a network namespace of its own takes root");
		cold_run(dir, &cold);
		_exit(write(ends[1], &cold, sizeof cold) != sizeof cold);
	}
	close(ends[1]);
	bench_must(read(ends[0], &cold, sizeof cold) == sizeof cold, "the cold start failed");
	close(ends[0]);
	bench_must(waitpid(child, &status, 0) == child && !status, "the cold start failed");
	return cold;
}

/* Waits for the agent's word on its standard error; s. */
static double ready_wait(int fd, int64_t start)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char log[65536];
	size_t n = 0;

	while (n < sizeof log - 1) {
		ssize_t more;

		bench_must(poll(&wait, 1, READY_SECONDS * 1000) == 1, "the agent does not get ready");
		more = read(fd, log + n, sizeof log - 1 - n);
		bench_must(more > 0, "the agent ends: %s", n ? log : "without a word");
		n += (size_t)more;
		log[n] = '\0';
		if (strstr(log, "ready: "))
			return (double)(bench_now() - start) / 1e9;
	}
	bench_must(false, "the agent says too much: %s", log);
	return 0;
}

/* The agent itself; how long until it is ready, and the memory it took. */
static double agent_measure(const char *dir, double *memory)
{
	const char *selvage = getenv("SELVAGE");
	int64_t start = bench_now();
	int ends[2];
	double seconds;
	pid_t child;

	bench_must(selvage, "SELVAGE must name the program");
	bench_must(!pipe(ends), "no pipe");
	child = fork();
	bench_must(child >= 0, "no process");
	if (!child) {
		bench_must(!unshare(CLONE_NEWNET), "a network namespace of its own takes root");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDERR_FILENO);
		execl(selvage, selvage, "run", "--from", dir, "--node", CLUSTER_NODE, (char *)NULL);
		_exit(2);
	}
	close(ends[1]);
	seconds = ready_wait(ends[0], start);
	*memory = bench_memory(child, "VmHWM");
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	close(ends[0]);
	return seconds;
}

static void cold_report(const struct cold *cold)
{
	double total = cold->read + cold->compile + cold->diff + cold->commit;

	bench_figure(total, "s", 0, "step by step, in all");
	bench_figure(cold->read, "s", total, "of it reading and decoding");
	bench_figure(cold->compile, "s", total, "of it compiling");
	bench_figure(cold->diff, "s", total, "of it comparing with what the kernel holds");
	bench_figure(cold->commit, "s", total, "of it the kernel");
	bench_figure(cold->memory, "MB", 0, "memory");
	bench_figure((double)cold->facts, "", 0, "facts");
	bench_figure((double)cold->transactions, "", 0, "transactions");
	bench_figure((double)cold->messages, "", 0, "messages");
	bench_figure((double)cold->bytes / 1e6, "MB", 0, "netlink bytes");
}

static void measure(const struct cluster *cluster, bool wanted)
{
	char dir[] = "/tmp/selvage-bench-XXXXXX", remove[64];
	double seconds, memory;
	struct cold cold;
	size_t bytes;

	bench_must(mkdtemp(dir), "no scratch directory");
	bytes = cluster_write(cluster, dir);
	bench_part("%u pods, %u policies, %u namespaces, %.1f MB of YAML; x: share of the time", cluster->pods,
		   cluster->policies, cluster->namespaces, (double)bytes / 1e6);
	cold = cold_measure(dir);
	cold_report(&cold);
	seconds = agent_measure(dir, &memory);
	if (wanted) {
		bench_want(seconds, "s", 2, "selvage run, from its start to ready, %u pods", cluster->pods);
		bench_want(memory, "MB", 100, "selvage run, memory, %u pods", cluster->pods);
	} else {
		bench_figure(seconds, "s", 0, "selvage run, from its start to ready, %u pods", cluster->pods);
		bench_figure(memory, "MB", 0, "selvage run, memory, %u pods", cluster->pods);
	}
	snprintf(remove, sizeof remove, "rm -r %s", dir);
	bench_must(!system(remove), "cannot remove %s", dir);
}

int main(void)
{
	static const struct cluster usual = {.pods = 10000, .policies = 1000, .namespaces = 100};
	static const struct cluster large = {.pods = 100000, .policies = 1000, .namespaces = 100};

	bench_begin("bench_cold", "a node from nothing to programmed");
	measure(&usual, true);
	measure(&large, false);
	return bench_end();
}
