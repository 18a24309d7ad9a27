/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a packet of an established connection cost, and what is the second base chain good for?  selvage hooks egress
 * and ingress separately.  The layout it is compared with has one base chain that hands on: where selvage's egress lists
 * accept, those of the other go to the ingress chain, so that every egress list leads to every ingress list, and the
 * kernel's check of the whole table has more to walk.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/compile.h>
#include <selvage/nl.h>

#include "../lib/compile_usual.h"
#include "bench.h"
#include "cluster.h"
#include "hook.h"

#define PODS 100 /* of the node, all isolated both ways */
#define LISTS 10 /* that each of them has in each direction */
#define TURNS 300
#define BATCH 1000
#define COMMITS 60

#define POD_0 0x0af40001u /* 10.244.0.1 */
#define PEER_0 0x0a800001u
#define PORT 5000

enum layout { NOTHING, CONNTRACK, TWO_CHAINS, ONE_CHAIN, NO_OVERLAY, LAYOUTS };

static const char *const layout_names[LAYOUTS] = {
	[NOTHING] = "no table at all",
	[CONNTRACK] = "no table, but conntrack (as kube-proxy has it)",
	[TWO_CHAINS] = "selvage",
	[ONE_CHAIN] = "selvage with one base chain",
	[NO_OVERLAY] = "selvage that leaves the overlay's ports alone",
};

struct variant {
	struct hook hook;
	struct datagram at[BATCH]; /* of one connection */
	double best;
};

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

static void pod_write(unsigned i, FILE *out)
{
	fprintf(out, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: pod-%u, namespace: bench, labels: {nth: n%u}}\n",
		i, i);
	fprintf(out, "spec: {nodeName: %s}\nstatus: {phase: Running, podIP: 10.244.0.%u}\n", CLUSTER_NODE, i + 1);
}

/* One policy for each pod, whose rules open LISTS ports in each direction, each to another peer. */
static void policy_write(unsigned i, FILE *out)
{
	fprintf(out,
		"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: policy-%u, namespace: "
		"bench}\n",
		i);
	fprintf(out, "spec:\n  podSelector: {matchLabels: {nth: n%u}}\n  policyTypes: [Ingress, Egress]\n", i);
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		fprintf(out, "  %s:\n", direction_name((enum direction)d));
		for (unsigned k = 0; k < LISTS; k++)
			fprintf(out,
				"  - %s: [{podSelector: {matchLabels: {peer: p%u}}}]\n    ports: [{port: %u, protocol: "
				"UDP}]\n",
				d == DIRECTION_INGRESS ? "from" : "to", (i + k) % LISTS, PORT + k);
	}
}

static void objects_put(struct store *store, unsigned first, unsigned n)
{
	const struct sink sink = {.put = put, .ctx = store};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_must(out, "no memory");
	for (unsigned i = first; i < first + n; i++) {
		pod_write(i, out);
		policy_write(i, out);
	}
	for (unsigned i = 0; i < LISTS; i++) {
		fprintf(out,
			"---\napiVersion: v1\nkind: Pod\nmetadata: {name: peer-%u, namespace: bench, labels: {peer: "
			"p%u}}\n",
			i, i);
		fprintf(out, "spec: {nodeName: elsewhere}\nstatus: {phase: Running, podIP: 10.128.0.%u}\n", i + 1);
	}
	fclose(out);
	cluster_decode(text, size, &sink);
	free(text);
}

static bool is_egress(const struct fact *f)
{
	return !strncmp(f->name, "out-", 4) || !strncmp(f->name, "allow-out-", 10) ||
	       !strncmp(f->name, "ports-out-", 10);
}

static void hand_on(struct action *action)
{
	if (action->kind == VERDICT_ACCEPT)
		*action = (struct action){VERDICT_GOTO, atom("ingress")};
}

/* The one base chain ends by going to the other, which is no base chain any more and ends by accepting. */
static void base_to_one(struct fact *f)
{
	struct chain_rule *last = fact_add_rule(f);

	last->n = 1;
	last->steps[0] = (struct step){.kind = STEP_ACTION, .action.kind = VERDICT_ACCEPT};
	if (!strcmp(f->name, "egress"))
		hand_on(&last->steps[0].action);
	else
		f->chain.base = false;
}

/* Turns facts of selvage's layout into those of the other. */
static void facts_to_one(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		struct fact *f = &facts->at[i];

		if (f->kind == FACT_CHAIN && f->chain.base && f->chain.hook == CHAIN_HOOK_FORWARD)
			base_to_one(f);
		if (f->kind == FACT_ELEMENT && is_egress(f))
			hand_on(&f->element.action);
		for (size_t k = 0; f->kind == FACT_CHAIN && is_egress(f) && k < f->chain.n; k++)
			for (size_t s = 0; s < f->chain.rules[k].n; s++)
				if (f->chain.rules[k].steps[s].kind == STEP_ACTION)
					hand_on(&f->chain.rules[k].steps[s].action);
	}
}

static void conntrack_write(const void *ctx, FILE *out)
{
	(void)ctx;
	fputs("table inet other { chain out { type filter hook output priority 0; ct state invalid drop; }; }\n", out);
}

static void variant_load(struct variant *v, enum layout layout, struct nl **nl)
{
	struct store *store = store_new();
	struct compile_config config = compile_usual(CLUSTER_NODE);
	struct compile *compile;
	struct nl_stats stats;
	struct patch patch;
	struct err err;

	if (layout == NO_OVERLAY)
		config.overlay.n = 0;
	compile = compile_new(store, &config);
	hook_open(&v->hook);
	*nl = nl_open(&err);
	bench_must(*nl, "%s", err.msg);
	v->best = 1e9;
	if (layout == CONNTRACK)
		hook_script(&v->hook, conntrack_write, NULL);
	if (layout >= TWO_CHAINS) {
		objects_put(store, 0, PODS);
		compile_update(compile, &patch);
		if (layout == ONE_CHAIN)
			facts_to_one(&patch.add);
		bench_must(!nl_write(*nl, &patch, &stats, &err), "%s", err.msg);
		patch_free(&patch);
	}
	compile_free(compile);
	store_free(store);
}

/* Makes the connection, and checks that what is not allowed does not get through. */
static void variant_check(struct variant *v, enum layout layout)
{
	struct datagram back, other;

	for (size_t i = 0; i < BATCH; i++)
		datagram_init(&v->at[i], POD_0, 4000, PEER_0, PORT);
	datagram_init(&back, PEER_0, PORT, POD_0, 4000);
	datagram_init(&other, POD_0, 4000, PEER_0 + 1, PORT);
	bench_must(hook_passes(&v->hook, &other) == (layout < TWO_CHAINS), "%s leaks", layout_names[layout]);
	bench_must(hook_passes(&v->hook, &v->at[0]) && hook_passes(&v->hook, &back), "%s cuts", layout_names[layout]);
	hook_send(&v->hook, v->at, BATCH);
}

static void measure_packets(struct variant *variants)
{
	for (int i = 0; i < TURNS; i++) {
		for (int layout = 0; layout < LAYOUTS; layout++) {
			struct variant *v = &variants[layout];
			double each = (double)hook_send(&v->hook, v->at, BATCH) / BATCH;

			if (each < v->best)
				v->best = each;
		}
	}
	bench_part("a packet of an established connection; x: no table at all");
	for (int layout = 0; layout < LAYOUTS; layout++)
		bench_figure(variants[layout].best, "ns", variants[NOTHING].best, "%s", layout_names[layout]);
	bench_figure(variants[TWO_CHAINS].best - variants[CONNTRACK].best, "ns", 0, "selvage over conntrack");
	bench_figure(variants[TWO_CHAINS].best - variants[ONE_CHAIN].best, "ns", 0, "the second base chain alone");
	bench_figure(variants[TWO_CHAINS].best - variants[NO_OVERLAY].best, "ns", 0,
		     "looking out for the overlay alone");
}

/* What one more isolated pod changes, and the way back. */
static void pod_patches(enum layout layout, struct patch *there, struct patch *back)
{
	struct store *store = store_new();
	struct compile *compile = compile_new_usual(store, CLUSTER_NODE);

	objects_put(store, 0, PODS);
	compile_update(compile, there);
	patch_free(there);
	store_settle(store);
	objects_put(store, PODS, 1);
	compile_update(compile, there);
	bench_must(there->add.n && !there->del.n, "a new pod adds nothing, or removes something");
	if (layout == ONE_CHAIN)
		facts_to_one(&there->add);
	*back = (struct patch){0};
	for (size_t i = 0; i < there->add.n; i++)
		facts_add(&back->del, &there->add.at[i]);
	compile_free(compile);
	store_free(store);
}

static double commit(struct nl *nl, const struct patch *patch)
{
	int64_t start = bench_now();
	struct nl_stats stats;
	struct err err;

	bench_must(!nl_write(nl, patch, &stats, &err), "%s", err.msg);
	return (double)(bench_now() - start) / 1e3;
}

static void measure_commits(struct nl *const *nl)
{
	static const enum layout layouts[2] = {TWO_CHAINS, ONE_CHAIN};
	struct patch there[2], back[2];
	struct series add[2] = {{VEC_EMPTY}, {VEC_EMPTY}}, del[2] = {{VEC_EMPTY}, {VEC_EMPTY}};

	for (int i = 0; i < 2; i++)
		pod_patches(layouts[i], &there[i], &back[i]);
	for (int round = 0; round < COMMITS; round++) {
		for (int i = 0; i < 2; i++) {
			*vec_add(&add[i]) = commit(nl[layouts[i]], &there[i]);
			*vec_add(&del[i]) = commit(nl[layouts[i]], &back[i]);
		}
	}
	bench_part("a commit of one more isolated pod with %d lists beside %d; x: selvage", LISTS, PODS);
	for (int i = 0; i < 2; i++)
		bench_figure(series_at(&add[i], 0.5), "us", series_at(&add[0], 0.5), "%s: it comes",
			     layout_names[layouts[i]]);
	for (int i = 0; i < 2; i++)
		bench_figure(series_at(&del[i], 0.5), "us", series_at(&del[0], 0.5), "%s: it goes",
			     layout_names[layouts[i]]);
	for (int i = 0; i < 2; i++) {
		patch_free(&there[i]);
		patch_free(&back[i]);
		vec_free(&add[i]);
		vec_free(&del[i]);
	}
}

int main(void)
{
	struct variant *variants = mem_new(LAYOUTS, sizeof *variants);
	struct nl *nl[LAYOUTS];

	bench_begin("bench_established", "a packet of an established connection, and what the layout costs");
	for (int layout = 0; layout < LAYOUTS; layout++) {
		variant_load(&variants[layout], (enum layout)layout, &nl[layout]);
		variant_check(&variants[layout], (enum layout)layout);
	}
	measure_packets(variants);
	measure_commits(nl);
	for (int layout = 0; layout < LAYOUTS; layout++) {
		nl_close(nl[layout]);
		hook_close(&variants[layout].hook);
	}
	free(variants);
	return bench_end();
}
