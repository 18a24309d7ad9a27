/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does it cost to keep pods to their own addresses?  A packet of an established connection meets one more chain where
 * it arrives; and with each pod that comes or goes the agent asks for all addresses and writes the whole table.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/links.h>
#include <selvage/nl.h>

#include "bench.h"
#include "hook.h"

#define PODS 110 /* that kubelet lets a node have, unless told otherwise */
#define TURNS 300
#define BATCH 1000
#define LOOKS 40

#define POD 0x0af40001u /* 10.244.0.1 */
#define PEER 0x0a800001u

static const char tracked[] = "table inet other { chain out { type filter hook forward priority 0; ct state "
			      "established accept; }; }\n";

struct variant {
	struct hook hook;
	struct nl *nl;
	double best; /* ns a packet */
};

static void tracked_write(const void *ctx, FILE *out)
{
	(void)ctx;
	fputs(tracked, out);
}

static struct veth tun(uint32_t address)
{
	struct veth veth = {.index = 1, .name = "tun0", .n = 1};
	uint32_t wire = htonl(address);

	memcpy(veth.ips[0].b, &wire, sizeof wire);
	return veth;
}

static void sources_write(struct nl *nl, const struct veths *veths)
{
	struct err err;

	bench_must(!nl_sources(nl, NULL, veths, &err), "%s", err.msg);
}

static void variant_load(struct variant *v, bool checked, const struct datagram *packet)
{
	struct veth own = tun(POD), other = tun(POD + 1);
	struct err err;

	v->best = 1e9;
	hook_open(&v->hook);
	v->nl = nl_open(&err);
	bench_must(v->nl, "%s", err.msg);
	hook_script(&v->hook, tracked_write, NULL);
	if (checked) {
		sources_write(v->nl, &(struct veths){.at = &other, .n = 1});
		bench_must(!hook_passes(&v->hook, packet), "a forged packet passes");
		sources_write(v->nl, &(struct veths){.at = &own, .n = 1});
	}
	bench_must(hook_passes(&v->hook, packet), "an honest packet is lost");
}

static void measure_packets(void)
{
	static struct datagram at[BATCH];
	struct variant variants[2];

	for (size_t i = 0; i < BATCH; i++)
		datagram_init(&at[i], POD, 4000, PEER, 5000);
	for (int checked = 0; checked < 2; checked++)
		variant_load(&variants[checked], checked, &at[0]);
	for (int turn = 0; turn < TURNS; turn++) {
		for (int checked = 0; checked < 2; checked++) {
			struct variant *v = &variants[checked];
			double each = (double)hook_send(&v->hook, at, BATCH) / BATCH;

			v->best = each < v->best ? each : v->best;
		}
	}
	bench_part("one packet of an established connection through the forward hook; the least of %d batches", TURNS);
	bench_figure(variants[0].best, "ns", 0, "from any address");
	bench_figure(variants[1].best, "ns", variants[0].best, "from its own");
	for (int checked = 0; checked < 2; checked++) {
		nl_close(variants[checked].nl);
		hook_close(&variants[checked].hook);
	}
}

/* A process in a namespace of its own, where the other ends are. */
static pid_t elsewhere(void)
{
	pid_t pid = fork();

	bench_must(pid >= 0, "no process");
	if (pid == 0) {
		if (unshare(CLONE_NEWNET))
			_exit(1);
		pause();
		_exit(0);
	}
	return pid;
}

static void pods_make(pid_t pid)
{
	char script[512];

	snprintf(script, sizeof script,
		 "sleep 0.2; ip link add br0 type bridge; for i in $(seq %d); do "
		 "ip link add v$i master br0 type veth peer name p$i netns %d; "
		 "nsenter -t %d -n ip addr add 10.244.0.$i/24 dev p$i; done",
		 PODS, (int)pid, (int)pid);
	bench_must(!system(script), "no pods");
}

/* An interface goes and comes. */
static void pod_write(struct nl *nl, const struct veths *all)
{
	struct veths others = {.at = all->at, .n = all->n - 1};
	struct err err;

	bench_must(!nl_sources(nl, all, &others, &err) && !nl_sources(nl, &others, all, &err), "%s", err.msg);
}

static void measure_looks(struct nl *nl)
{
	struct series looks = {0}, writes = {0}, pods = {0};
	struct veths seen;
	struct err err;

	for (int i = 0; i < LOOKS; i++) {
		int64_t start = bench_now(), between;

		bench_must(!links_seen(&seen, &err), "%s", err.msg);
		between = bench_now();
		bench_must(seen.n == PODS && seen.at[0].n == 1, "%zu pods are seen", seen.n);
		*vec_add(&looks) = (double)(between - start) / 1e6;
		sources_write(nl, &seen);
		*vec_add(&writes) = (double)(bench_now() - between) / 1e6;
		between = bench_now();
		pod_write(nl, &seen);
		*vec_add(&pods) = (double)(bench_now() - between) / 1e6 / 2;
		vec_free(&seen);
	}
	bench_part("a node with %d pods", PODS);
	bench_figure(series_at(&looks, 0.5), "ms", 0, "all addresses are asked for, median");
	bench_figure(series_at(&writes, 0.5), "ms", 0, "the table is written, median");
	bench_figure(series_at(&writes, 0.99), "ms", 0, "the table is written, 99%%");
	bench_figure(series_at(&pods, 0.5), "ms", 0, "a pod is written into it or taken out of it, median");
	bench_figure(series_at(&pods, 0.99), "ms", 0, "a pod is written into it or taken out of it, 99%%");
	vec_free(&looks);
	vec_free(&pods);
	vec_free(&writes);
}

int main(void)
{
	struct hook hook;
	struct err err;
	pid_t pid;
	struct nl *nl;

	bench_begin("sources", "What does it cost to keep pods to their own addresses?");
	measure_packets();
	hook_open(&hook);
	pid = elsewhere();
	pods_make(pid);
	nl = nl_open(&err);
	bench_must(nl, "%s", err.msg);
	measure_looks(nl);
	nl_close(nl);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	hook_close(&hook);
	return bench_end();
}
