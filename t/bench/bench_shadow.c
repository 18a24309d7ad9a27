/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a shadow cost the packets that are let pass?  Three nodes take turns: one without a shadow, one whose shadow
 * allows what passes, one whose shadow would deny it and counts; each with a sender and a receiver that policies isolate,
 * so that both ends are asked: by the first packet of a connection, and by one of an established connection.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/compile.h>
#include <selvage/nl.h>
#include <selvage/shadow.h>

#include "bench.h"
#include "cluster.h"
#include "hook.h"

#define SENDER 0x0af40001u /* 10.244.0.1 */
#define RECEIVER 0x0af40002u
#define STRANGER 0x0b000001u
#define PORT 5000
#define PEERS 1000 /* other pods, elsewhere */
#define POLICIES 10
#define BATCH 1000
#define TURNS 150

enum variant_kind { NOTHING, CONNTRACK, ENFORCED, ALLOWING, DENYING, VARIANTS };

static const char *const names[VARIANTS] = {
	[NOTHING] = "no table at all",           [CONNTRACK] = "conntrack alone",
	[ENFORCED] = "selvage without a shadow", [ALLOWING] = "with one that allows it",
	[DENYING] = "with one that counts it",
};

struct variant {
	struct hook hook;
	struct datagram new[BATCH], established[BATCH];
	double best_new, best_established; /* ns per packet */
	size_t facts;
};

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

static void propose(void *ctx, struct object *take)
{
	shadow_put(ctx, take);
}

static void pod_write(uint32_t ip, unsigned i, const char *node, const char *role, FILE *out)
{
	fprintf(out, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod-%u, namespace: bench, labels: {role: %s}}\n",
		i, role);
	fprintf(out, "spec: {nodeName: %s}\nstatus: {phase: Running, podIP: %u.%u.%u.%u}\n", node, ip >> 24,
		ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

/* Policies that open both ways between sender and receiver, at one port each; from `port` on. */
static void policies_write(unsigned port, FILE *out)
{
	static const char *const peers[DIRECTION_COUNT] = {"from", "to"};

	for (unsigned i = 0; i < POLICIES; i++) {
		fprintf(out, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n");
		fprintf(out, "metadata: {name: policy-%u, namespace: bench}\nspec:\n", i);
		fprintf(out, "  podSelector: {matchExpressions: [{key: role, operator: In, values: [one, other]}]}\n");
		fprintf(out, "  policyTypes: [Ingress, Egress]\n");
		for (int d = 0; d < DIRECTION_COUNT; d++)
			fprintf(out, "  %s: [{%s: [{podSelector: {}}], ports: [{port: %u, protocol: UDP}]}]\n",
				direction_name((enum direction)d), peers[d], port + i);
	}
}

static void cluster_text(FILE *out)
{
	pod_write(SENDER, 0, CLUSTER_NODE, "one", out);
	pod_write(RECEIVER, 1, CLUSTER_NODE, "other", out);
	for (unsigned i = 0; i < PEERS; i++)
		pod_write(0x0a800001u + i, 2 + i, "elsewhere", "peer", out);
	policies_write(PORT, out);
}

static void proposal_same(FILE *out)
{
	policies_write(PORT, out);
}

static void proposal_other(FILE *out)
{
	policies_write(PORT + POLICIES, out);
}

static void decode(void (*write)(FILE *out), const struct sink *sink)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_must(out, "no memory");
	write(out);
	fclose(out);
	cluster_decode(text, size, sink);
	free(text);
}

static void selvage_load(struct variant *v, enum variant_kind kind)
{
	struct compile_config config = compile_usual(CLUSTER_NODE);
	struct store *store = store_new();
	struct compile *compile = compile_new(store, &config);
	struct shadow *shadow = shadow_new(store, &config);
	struct facts facts;

	decode(cluster_text, &(struct sink){.put = put, .ctx = store});
	decode(kind == DENYING ? proposal_other : proposal_same, &(struct sink){.put = propose, .ctx = shadow});
	compile_update(compile, NULL);
	shadow_update(shadow, NULL);
	compile_facts(compile, &facts);
	if (kind != ENFORCED)
		shadow_facts(shadow, &facts);
	v->facts = facts.n;
	hook_facts(&v->hook, &facts);
	facts_free(&facts);
	shadow_free(shadow);
	compile_free(compile);
	store_free(store);
}

static void conntrack_write(const void *ctx, FILE *out)
{
	(void)ctx;
	fputs("table inet other {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n", out);
	fputs("\t\tct state established,related accept\n\t}\n}\n", out);
}

static void variant_load(struct variant *v, enum variant_kind kind)
{
	hook_open(&v->hook);
	if (kind == CONNTRACK)
		hook_script(&v->hook, conntrack_write, NULL);
	if (kind >= ENFORCED)
		selvage_load(v, kind);
	v->best_new = v->best_established = 1e9;
}

/* So many packets the shadow has counted; -1: it has no counter. */
static void count_add(void *ctx, const struct nl_counter *counter)
{
	int64_t *n = ctx;

	if (fact_shadow(counter->name))
		*n = (*n < 0 ? 0 : *n) + (int64_t)counter->packets;
}

static int64_t shadow_counted(const struct variant *v)
{
	int64_t n = -1;
	struct nl *nl;
	struct err err;

	hook_enter(&v->hook);
	nl = nl_open(&err);
	bench_must(nl && !nl_counters(nl, count_add, &n, &err), "%s", err.msg);
	nl_close(nl);
	return n;
}

/* Does the node do what it is measured for? */
static void variant_check(struct variant *v, enum variant_kind kind)
{
	struct datagram stranger;
	int64_t n;

	for (unsigned i = 0; i < BATCH; i++) {
		datagram_init(&v->new[i], SENDER, (uint16_t)(10000 + i), RECEIVER, PORT + POLICIES - 1);
		datagram_init(&v->established[i], SENDER, 4000, RECEIVER, PORT);
	}
	datagram_init(&stranger, STRANGER, 1, RECEIVER, PORT);
	bench_must(hook_passes(&v->hook, &v->new[0]), "%s: cut", names[kind]);
	bench_must(hook_passes(&v->hook, &stranger) == (kind < ENFORCED), "%s: leaks", names[kind]);
	n = shadow_counted(v);
	bench_must((kind < ALLOWING) == (n < 0) && (kind == DENYING) == (n > 0), "%s: %jd counted", names[kind],
		   (intmax_t)n);
}

/* Makes the connection anew, for the turn before has flushed it. */
static void establish(struct variant *v)
{
	struct datagram back;

	datagram_init(&back, RECEIVER, PORT, SENDER, 4000);
	bench_must(hook_passes(&v->hook, &v->established[0]) && hook_passes(&v->hook, &back), "no connection");
	hook_send(&v->hook, v->established, BATCH);
}

static void measure(struct variant *variants, bool established)
{
	for (int i = 0; i < TURNS; i++) {
		for (int kind = 0; kind < VARIANTS; kind++) {
			struct variant *v = &variants[kind];
			double *best = established ? &v->best_established : &v->best_new, each;

			if (!established)
				hook_flush(&v->hook);
			each = (double)hook_send(&v->hook, established ? v->established : v->new, BATCH) / BATCH;
			if (each < *best)
				*best = each;
		}
	}
}

static void report(const struct variant *variants)
{
	bench_part("the first packet of a connection that passes; x: without a shadow");
	for (int kind = 0; kind < VARIANTS; kind++)
		bench_figure(variants[kind].best_new, "ns", variants[ENFORCED].best_new, "%s", names[kind]);
	for (int kind = ALLOWING; kind < VARIANTS; kind++)
		bench_figure(variants[kind].best_new - variants[ENFORCED].best_new, "ns",
			     variants[ENFORCED].best_new - variants[CONNTRACK].best_new,
			     "%s, over none; x: selvage over conntrack", names[kind]);
	bench_part("a packet of an established connection; x: without a shadow");
	for (int kind = 0; kind < VARIANTS; kind++)
		bench_figure(variants[kind].best_established, "ns", variants[ENFORCED].best_established, "%s",
			     names[kind]);
	bench_part("what the table holds; x: without a shadow");
	for (int kind = ENFORCED; kind < VARIANTS; kind++)
		bench_figure((double)variants[kind].facts, "facts", (double)variants[ENFORCED].facts, "%s",
			     names[kind]);
}

int main(void)
{
	struct variant *variants = mem_new(VARIANTS, sizeof *variants);

	bench_begin("bench_shadow", "what a shadow costs the packets that pass");
	for (int kind = 0; kind < VARIANTS; kind++) {
		variant_load(&variants[kind], (enum variant_kind)kind);
		variant_check(&variants[kind], (enum variant_kind)kind);
		hook_send(&variants[kind].hook, variants[kind].new, BATCH); /* fills the device's queue */
	}
	measure(variants, false);
	for (int kind = 0; kind < VARIANTS; kind++)
		establish(&variants[kind]);
	measure(variants, true);
	report(variants);
	for (int kind = 0; kind < VARIANTS; kind++)
		hook_close(&variants[kind].hook);
	free(variants);
	return bench_end();
}
