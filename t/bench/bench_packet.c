/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a new connection cost, by how many policies select the pod and how many peers they mean?  Beside selvage's own
 * ruleset stand two that do it as others do: a rule for each policy in the pod's chain, and a jump for each policy to a
 * chain of its own.  The packet is always one that the last policy allows.
 *
 * Every variant has a namespace of its own; they take turns, a few milliseconds each, and the least of many turns counts.
 * By policies, every packet has the same source, so that nothing but the ruleset differs; by peers, each has another, so
 * that a large set does not profit from the processor's caches.
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/compile.h>

#include "../lib/compile_usual.h"
#include "bench.h"
#include "cluster.h"
#include "hook.h"

#define SUBJECT 0x0af40002u /* 10.244.0.2 */
#define PEER_0 0x0a800001u  /* 10.128.0.1 */
#define STRANGER 0x0b000001u
#define PORT 5000
#define BATCH 1000       /* datagrams of one turn, fewer where they are slow */
#define TURN_NS 3000000. /* what a turn should take at most */
#define TURNS 60

enum style { EMPTY, CONNTRACK, SELVAGE, RULES, JUMPS };

static const char *const style_names[] = {
	[EMPTY] = "no table at all",   [CONNTRACK] = "conntrack alone", [SELVAGE] = "selvage",
	[RULES] = "a rule per policy", [JUMPS] = "a jump per policy",
};

struct variant {
	enum style style;
	unsigned policies, peers; /* peer i is of policy i % policies */
	bool spread;              /* each policy speaks of a port of its own */
	bool both;                /* the sender is on this node too, and as many policies open its way out */
	bool to_many;             /* multicast and broadcast are not looked for, as if no pod were isolated */
	bool one_source;          /* all packets come from one peer, not from all peers of the last policy */
	struct hook hook;
	size_t batch;
	double best; /* ns per packet */
};

static struct variant variants[] = {
	{.style = EMPTY},
	{.style = CONNTRACK},
	{.style = SELVAGE, .policies = 1, .peers = 1000, .one_source = true},
	{.style = SELVAGE, .policies = 10, .peers = 1000, .one_source = true},
	{.style = SELVAGE, .policies = 100, .peers = 1000, .one_source = true},
	{.style = SELVAGE, .policies = 1000, .peers = 1000, .one_source = true},
	{.style = SELVAGE, .policies = 1000, .peers = 1000, .one_source = true, .spread = true},
	{.style = SELVAGE, .policies = 1000, .peers = 1000, .one_source = true, .both = true},
	{.style = SELVAGE, .policies = 1, .peers = 1000, .one_source = true, .to_many = true},
	{.style = RULES, .policies = 1, .peers = 1000, .one_source = true},
	{.style = RULES, .policies = 10, .peers = 1000, .one_source = true},
	{.style = RULES, .policies = 100, .peers = 1000, .one_source = true},
	{.style = RULES, .policies = 1000, .peers = 1000, .one_source = true},
	{.style = JUMPS, .policies = 1, .peers = 1000, .one_source = true},
	{.style = JUMPS, .policies = 10, .peers = 1000, .one_source = true},
	{.style = JUMPS, .policies = 100, .peers = 1000, .one_source = true},
	{.style = JUMPS, .policies = 1000, .peers = 1000, .one_source = true},
	{.style = SELVAGE, .policies = 10, .peers = 10},
	{.style = SELVAGE, .policies = 10, .peers = 100},
	{.style = SELVAGE, .policies = 10, .peers = 10000},
	{.style = SELVAGE, .policies = 10, .peers = 100000},
	{.style = RULES, .policies = 10, .peers = 10},
	{.style = RULES, .policies = 10, .peers = 100},
	{.style = RULES, .policies = 10, .peers = 10000},
	{.style = RULES, .policies = 10, .peers = 100000},
	{.style = JUMPS, .policies = 10, .peers = 10},
	{.style = JUMPS, .policies = 10, .peers = 100},
	{.style = JUMPS, .policies = 10, .peers = 10000},
	{.style = JUMPS, .policies = 10, .peers = 100000},
};

#define VARIANTS (sizeof variants / sizeof *variants)

static uint16_t port_of(const struct variant *v, unsigned policy)
{
	return (uint16_t)(v->spread ? PORT + policy : PORT);
}

/* The manifests of selvage's variant. */
static void pod_write(uint32_t ip, const char *name, const char *node, const char *key, unsigned value, FILE *out)
{
	fprintf(out, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: bench, labels: {%s: v%u}}\n",
		name, key, value);
	fprintf(out, "spec: {nodeName: %s}\nstatus: {phase: Running, podIP: %u.%u.%u.%u}\n", node, ip >> 24,
		ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

/* So that both ends must agree: a policy for the sender. */
static void way_out_write(const struct variant *v, unsigned i, FILE *out)
{
	fprintf(out, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n");
	fprintf(out, "metadata: {name: out-%u, namespace: bench}\n", i);
	fprintf(out, "spec: {podSelector: {matchLabels: {peer: v%u}}, policyTypes: [Egress], egress: [{\n",
		v->policies - 1);
	fprintf(out, "  to: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [v%u]}]}}],\n",
		i + 1);
	fprintf(out, "  ports: [{port: %u, protocol: UDP}]}]}\n", PORT);
}

static void cluster_of(const struct variant *v, FILE *out)
{
	char name[32];

	pod_write(SUBJECT, "subject", CLUSTER_NODE, "role", 0, out);
	for (unsigned i = 0; i < v->peers; i++) {
		snprintf(name, sizeof name, "peer-%u", i);
		pod_write(PEER_0 + i, name, v->both ? CLUSTER_NODE : "elsewhere", "peer", i % v->policies, out);
	}
	for (unsigned i = 0; i < v->policies; i++) {
		fprintf(out, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n");
		fprintf(out, "metadata: {name: policy-%u, namespace: bench}\n", i);
		fprintf(out, "spec: {podSelector: {matchLabels: {role: v0}}, policyTypes: [Ingress], ingress: [{\n");
		fprintf(out, "  from: [{podSelector: {matchLabels: {peer: v%u}}}],\n", i);
		fprintf(out, "  ports: [{port: %u, protocol: UDP}]}]}\n", port_of(v, i));
		if (v->both)
			way_out_write(v, i, out);
	}
}

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

static void open_to_many(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		struct fact *f = &facts->at[i], empty = {.kind = FACT_CHAIN};

		if (f->kind != FACT_CHAIN || (strcmp(f->name, FACT_MANY4) != 0 && strcmp(f->name, FACT_MANY6) != 0))
			continue;
		empty.name = atom_ref(f->name);
		fact_fini(f);
		*f = empty;
	}
}

static void selvage_load(const struct variant *v)
{
	struct store *store = store_new();
	struct compile *compile = compile_new_usual(store, CLUSTER_NODE);
	const struct sink sink = {.put = put, .ctx = store};
	struct patch patch;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_must(out, "no memory");
	cluster_of(v, out);
	fclose(out);
	cluster_decode(text, size, &sink);
	free(text);
	compile_update(compile, &patch);
	if (v->to_many)
		open_to_many(&patch.add);
	hook_facts(&v->hook, &patch.add);
	patch_free(&patch);
	compile_free(compile);
	store_free(store);
}

static void set_write(const struct variant *v, unsigned policy, FILE *out)
{
	fprintf(out, "\tset peers%u {\n\t\ttype ipv4_addr; elements = {", policy);
	for (unsigned i = policy; i < v->peers; i += v->policies) {
		uint32_t ip = PEER_0 + i;

		fprintf(out, "%s %u.%u.%u.%u", i == policy ? "" : ",", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
			ip & 255);
	}
	fputs(" }\n\t}\n", out);
}

static void others_write(const void *ctx, FILE *out)
{
	const struct variant *v = ctx;
	bool jumps = v->style == JUMPS;

	fputs("table inet other {\n", out);
	for (unsigned i = 0; i < v->policies; i++)
		set_write(v, i, out);
	for (unsigned i = 0; jumps && i < v->policies; i++)
		fprintf(out, "\tchain policy%u { ip saddr @peers%u udp dport %u accept; }\n", i, i, port_of(v, i));
	fputs("\tchain pod {\n", out);
	for (unsigned i = 0; i < v->policies; i++) {
		if (jumps)
			fprintf(out, "\t\tjump policy%u\n", i);
		else
			fprintf(out, "\t\tip saddr @peers%u udp dport %u accept\n", i, port_of(v, i));
	}
	fputs("\t\tdrop\n\t}\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n", out);
	fputs("\t\tct state established,related accept\n\t\tip daddr 10.244.0.2 jump pod\n\t}\n}\n", out);
}

static void conntrack_write(const void *ctx, FILE *out)
{
	(void)ctx;
	fputs("table inet other {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n", out);
	fputs("\t\tct state established,related accept\n\t}\n}\n", out);
}

static void variant_load(struct variant *v)
{
	hook_open(&v->hook);
	switch (v->style) {
	case EMPTY:
		break;
	case CONNTRACK:
		hook_script(&v->hook, conntrack_write, v);
		break;
	case SELVAGE:
		selvage_load(v);
		break;
	case RULES:
	case JUMPS:
		hook_script(&v->hook, others_write, v);
		break;
	}
}

/* Datagrams from peers of the last policy, in no order that a cache could like, each a connection of its own. */
static void datagrams_make(const struct variant *v, struct datagram at[static BATCH])
{
	unsigned last = v->policies ? v->policies - 1 : 0,
		 n = v->policies && !v->one_source ? v->peers / v->policies : 1;

	for (unsigned i = 0; i < BATCH; i++) {
		unsigned nth = (unsigned)(i * 2654435761u) % n;

		datagram_init(&at[i], PEER_0 + last + nth * (v->policies ? v->policies : 1), (uint16_t)(10000 + i),
			      SUBJECT, port_of(v, last));
	}
}

/* Does the ruleset do what it is measured for?  Then fills the device's queue and sees how long a turn may be. */
static void variant_check(struct variant *v)
{
	struct datagram at[BATCH], stranger;

	datagrams_make(v, at);
	datagram_init(&stranger, STRANGER, 1, SUBJECT, PORT);
	bench_must(hook_passes(&v->hook, &at[0]) && hook_passes(&v->hook, &at[BATCH / 2]),
		   "%s, %u policies, %u peers: cut", style_names[v->style], v->policies, v->peers);
	bench_must(hook_passes(&v->hook, &stranger) == !v->policies, "%s, %u policies, %u peers: leaks",
		   style_names[v->style], v->policies, v->peers);
	hook_flush(&v->hook);
	hook_send(&v->hook, at, BATCH);
	hook_flush(&v->hook);
	v->batch = (size_t)(TURN_NS / ((double)hook_send(&v->hook, at, 50) / 50));
	v->batch = v->batch < 20 ? 20 : v->batch > BATCH ? BATCH : v->batch;
	v->best = 1e9;
}

static void turn(struct variant *v)
{
	struct datagram at[BATCH];
	double each;

	datagrams_make(v, at);
	hook_flush(&v->hook);
	each = (double)hook_send(&v->hook, at, v->batch) / (double)v->batch;
	if (each < v->best)
		v->best = each;
}

static double over_conntrack(const struct variant *v)
{
	return v->best - variants[CONNTRACK].best;
}

/* Of the plain variants, of which each is there once. */
static double cost(enum style style, unsigned policies, unsigned peers)
{
	for (size_t i = 0; i < VARIANTS; i++) {
		const struct variant *v = &variants[i];

		if (v->style == style && v->policies == policies && v->peers == peers && !v->spread && !v->both &&
		    !v->to_many)
			return over_conntrack(v);
	}
	abort();
}

static void report_special(void)
{
	bench_part("selvage, 1,000 peers, otherwise: x: its cost at 1 policy");
	for (size_t i = 0; i < VARIANTS; i++) {
		const struct variant *v = &variants[i];

		if (v->spread)
			bench_figure(over_conntrack(v), "ns", cost(SELVAGE, 1, 1000),
				     "1000 policies, each with its own port");
		if (v->both)
			bench_figure(over_conntrack(v), "ns", cost(SELVAGE, 1, 1000),
				     "1000 policies at each end, both ends here");
		if (v->to_many)
			bench_figure(over_conntrack(v), "ns", cost(SELVAGE, 1, 1000),
				     "1 policy, without a look for multicast and broadcast");
	}
}

static void report_policies(void)
{
	for (int style = SELVAGE; style <= JUMPS; style++) {
		bench_part("%s, 1,000 peers: ns over conntrack alone; x: its cost at 1 policy", style_names[style]);
		for (unsigned n = 1; n <= 1000; n *= 10)
			bench_figure(cost((enum style)style, n, 1000), "ns", cost((enum style)style, 1, 1000),
				     "%s, %u policies", style_names[style], n);
	}
}

static void report_peers(void)
{
	static const unsigned peers[] = {10, 100, 10000, 100000};

	for (int style = SELVAGE; style <= JUMPS; style++) {
		bench_part("%s, 10 policies: ns over conntrack alone; x: its cost at 10 peers", style_names[style]);
		for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
			bench_figure(cost((enum style)style, 10, peers[i]), "ns", cost((enum style)style, 10, 10),
				     "%s, %u peers", style_names[style], peers[i]);
	}
}

int main(void)
{
	bench_begin("bench_packet", "a new connection, ns per packet");
	for (size_t i = 0; i < VARIANTS; i++) {
		variant_load(&variants[i]);
		variant_check(&variants[i]);
	}
	for (int i = 0; i < TURNS; i++)
		for (size_t k = 0; k < VARIANTS; k++)
			turn(&variants[k]);
	bench_part("what everything else stands on");
	bench_figure(variants[EMPTY].best, "ns", 0, "%s: tun, routing, forward hook", style_names[EMPTY]);
	bench_figure(variants[CONNTRACK].best - variants[EMPTY].best, "ns", 0, "conntrack and its rule, over that");
	report_policies();
	report_special();
	report_peers();
	bench_part("selvage against the others");
	bench_figure(cost(RULES, 1000, 1000) / cost(SELVAGE, 1000, 1000), "x", 0,
		     "a rule per policy, at 1000 policies");
	bench_figure(cost(JUMPS, 1000, 1000) / cost(SELVAGE, 1000, 1000), "x", 0,
		     "a jump per policy, at 1000 policies");
	bench_want(cost(SELVAGE, 1000, 1000) / cost(SELVAGE, 1, 1000), "x", 1.25, "selvage, 1000 policies over 1");
	for (size_t i = 0; i < VARIANTS; i++)
		hook_close(&variants[i].hook);
	return bench_end();
}
