/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a cluster of this size look like? */
#include "cluster.h"

#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/decode.h>

#include "bench.h"

#define APPS 10  /* of a namespace */
#define TEAMS 20 /* that own several namespaces each */

static const char *const environments[] = {"production", "staging", "development"};
static const char *const tiers[] = {"frontend", "backend", "database", "worker", "cache"};

const char *cluster_namespace_name(const struct cluster *cluster, unsigned ns, char buf[static 32])
{
	static const char *const service[] = {"kube-system", "monitoring", "ingress"};

	(void)cluster;
	if (ns < sizeof service / sizeof *service)
		snprintf(buf, 32, "%s", service[ns]);
	else
		snprintf(buf, 32, "team-%u-%u", ns % TEAMS, ns);
	return buf;
}

void cluster_namespace(const struct cluster *cluster, unsigned ns, unsigned edition, FILE *out)
{
	char name[32];

	cluster_namespace_name(cluster, ns, name);
	fprintf(out, "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n  labels:\n", name);
	fprintf(out, "    kubernetes.io/metadata.name: %s\n    team: team-%u\n    env: %s\n", name, ns % TEAMS,
		environments[(ns / TEAMS + edition) % 3]);
}

static unsigned nodes(const struct cluster *cluster)
{
	return (cluster->pods + CLUSTER_NODE_PODS - 1) / CLUSTER_NODE_PODS;
}

/* Pods of a namespace are spread over the nodes, as schedulers do. */
static unsigned node_of(const struct cluster *cluster, unsigned pod)
{
	return (pod / cluster->namespaces + pod) % nodes(cluster);
}

bool cluster_is_local(const struct cluster *cluster, unsigned pod)
{
	return node_of(cluster, pod) == 0;
}

static void pod_status(const struct cluster *cluster, unsigned pod, FILE *out)
{
	unsigned node = node_of(cluster, pod);

	fprintf(out, "status:\n  phase: Running\n  hostIP: 192.168.%u.%u\n", node / 250, node % 250 + 1);
	fprintf(out, "  podIP: 10.%u.%u.%u\n", 64 + pod / 65536, pod / 256 % 256, pod % 256);
	fprintf(out, "  podIPs:\n  - ip: 10.%u.%u.%u\n  - ip: fd00::%x:%x\n", 64 + pod / 65536, pod / 256 % 256,
		pod % 256, pod / 65536 + 1, pod % 65536);
}

void cluster_pod(const struct cluster *cluster, unsigned pod, unsigned edition, FILE *out)
{
	unsigned ns = pod % cluster->namespaces, app = (pod / cluster->namespaces + edition) % APPS;
	char name[32];

	cluster_namespace_name(cluster, ns, name);
	fprintf(out, "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: app-%u-6d4cf56db6-%05u\n  namespace: %s\n",
		pod / cluster->namespaces % APPS, pod, name);
	fprintf(out, "  creationTimestamp: \"2024-05-01T12:%02u:%02uZ\"\n  labels:\n", pod / 60 % 60, pod % 60);
	fprintf(out, "    app: app-%u\n    tier: %s\n    team: team-%u\n    pod-template-hash: 6d4cf56db6\n", app,
		tiers[app % 5], ns % TEAMS);
	if (ns == CLUSTER_NAMESPACE_DNS && app < 2)
		fputs("    k8s-app: kube-dns\n", out);
	fprintf(out, "spec:\n  nodeName: node-%u\n  containers:\n  - name: main\n    ports:\n", node_of(cluster, pod));
	fputs("    - name: http\n      containerPort: 8080\n", out);
	fputs("    - name: metrics\n      containerPort: 9090\n      protocol: TCP\n", out);
	pod_status(cluster, pod, out);
}

/* What follows "spec:", by kind of policy; %1 is the number of an app, %2 that of another, %3 of a team. */
static const char *const policy_specs[] = {
	/* Everything that is not opened below is closed. */
	"  podSelector: {}\n  policyTypes: [Ingress]\n",
	/* One app may use another. */
	"  podSelector: {matchLabels: {app: app-%1}}\n  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - podSelector: {matchLabels: {app: app-%2}}\n"
	"    ports:\n    - port: 8080\n",
	/* A team's other namespaces may. */
	"  podSelector: {matchExpressions: [{key: tier, operator: In, values: [frontend, backend]}]}\n"
	"  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - namespaceSelector: {matchLabels: {team: team-%3, env: production}}\n"
	"    ports:\n    - {port: 8080}\n    - {port: 8443}\n",
	/* The way in. */
	"  podSelector: {matchLabels: {tier: frontend}}\n  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress}}\n"
	"      podSelector: {matchLabels: {app: app-0}}\n"
	"    - ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.128/25]}\n"
	"    ports:\n    - {port: http}\n",
	/* Egress: names, and the namespace itself. */
	"  podSelector: {matchLabels: {tier: backend}}\n  policyTypes: [Egress]\n"
	"  egress:\n  - to:\n    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}\n"
	"      podSelector: {matchLabels: {k8s-app: kube-dns}}\n"
	"    ports:\n    - {port: 53, protocol: UDP}\n    - {port: 53, protocol: TCP}\n"
	"  - to:\n    - podSelector: {}\n",
	/* Metrics, by name. */
	"  podSelector: {}\n  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}\n"
	"    ports:\n    - {port: metrics}\n",
	/* Out into the world, but not into private networks. */
	"  podSelector: {matchLabels: {tier: worker}}\n  policyTypes: [Egress]\n"
	"  egress:\n  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n"
	"        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]\n"
	"    - ipBlock: {cidr: 2000::/3}\n"
	"    ports:\n    - {port: 443}\n  - to:\n    - podSelector: {matchLabels: {tier: database}}\n"
	"    ports:\n    - {port: 5432}\n",
	/* The database, for two tiers. */
	"  podSelector: {matchLabels: {tier: database}}\n  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - podSelector: {matchExpressions: [{key: tier, operator: In, values: [backend, "
	"worker]}]}\n"
	"    ports:\n    - {port: 5432}\n",
	/* A wide range of ports. */
	"  podSelector: {matchLabels: {app: app-%1}}\n  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - podSelector: {matchLabels: {tier: cache}}\n"
	"    ports:\n    - {port: 30000, endPort: 32767}\n",
	/* Everyone of the namespace but two tiers. */
	"  podSelector: {matchLabels: {tier: cache}}\n  policyTypes: [Ingress]\n"
	"  ingress:\n  - from:\n    - podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [frontend, "
	"worker]}]}\n"
	"    ports:\n    - {port: 6379}\n",
};

#define SPECS (sizeof policy_specs / sizeof *policy_specs)

/* Puts the numbers in. */
static void spec_print(const char *spec, const unsigned numbers[static 3], FILE *out)
{
	for (; *spec; spec++) {
		if (*spec == '%')
			fprintf(out, "%u", numbers[*++spec - '1']);
		else
			fputc(*spec, out);
	}
}

void cluster_policy(const struct cluster *cluster, unsigned policy, unsigned edition, FILE *out)
{
	unsigned ns = policy % cluster->namespaces, nth = policy / cluster->namespaces;
	const unsigned numbers[3] = {(nth + ns) % APPS, (nth * 3 + 1) % APPS, (ns + 1) % TEAMS};
	char name[32];

	cluster_namespace_name(cluster, ns, name);
	fprintf(out, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n");
	fprintf(out, "  name: policy-%u\n  namespace: %s\nspec:\n", nth, name);
	/* In every third namespace all that is selected is closed the other way as well, once. */
	if (nth == 0 && ns % 3 == 0)
		fputs("  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  egress: [{to: [{namespaceSelector: "
		      "{}}]}]\n",
		      out);
	else
		spec_print(policy_specs[nth % SPECS], numbers, out);
	if (edition && nth % SPECS == 1)
		fprintf(out, "    - port: %u\n", 8080 + edition);
}

void cluster_namespace_file(const struct cluster *cluster, unsigned ns, FILE *out)
{
	cluster_namespace(cluster, ns, 0, out);
	for (unsigned i = ns; i < cluster->pods; i += cluster->namespaces)
		cluster_pod(cluster, i, 0, out);
	for (unsigned i = ns; i < cluster->policies; i += cluster->namespaces)
		cluster_policy(cluster, i, 0, out);
}

size_t cluster_write(const struct cluster *cluster, const char *dir)
{
	size_t bytes = 0;

	for (unsigned ns = 0; ns < cluster->namespaces; ns++) {
		char path[4096], name[32];
		FILE *out;

		snprintf(path, sizeof path, "%s/%s.yaml", dir, cluster_namespace_name(cluster, ns, name));
		out = fopen(path, "we");
		bench_must(out, "cannot write %s", path);
		cluster_namespace_file(cluster, ns, out);
		bytes += (size_t)ftell(out);
		bench_must(!fclose(out), "cannot write %s", path);
	}
	return bytes;
}

static void decode(void *ctx, const struct document *doc)
{
	decode_document(doc, ctx);
}

static void refuse(void *ctx, const struct problem *problem)
{
	(void)ctx;
	problem_print(problem, stderr);
	bench_must(false, "a manifest is wrong");
}

void cluster_decode(const char *text, size_t size, const struct sink *sink)
{
	struct sink checked = *sink;
	const char *file = atom("cluster");

	checked.problem = refuse;
	manifest_parse(file, text, size, decode, refuse, &checked);
	atom_put(file);
}

static void keep(void *ctx, struct object *take)
{
	*(struct object **)ctx = take;
}

struct object *cluster_object(const struct cluster *cluster,
			      void (*write)(const struct cluster *, unsigned, unsigned, FILE *), unsigned i,
			      unsigned edition)
{
	struct object *object = NULL;
	const struct sink sink = {.put = keep, .ctx = &object};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_must(out, "no memory");
	write(cluster, i, edition, out);
	fclose(out);
	cluster_decode(text, size, &sink);
	bench_must(object, "no object in:\n%s", text);
	free(text);
	return object;
}

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

void cluster_fill(const struct cluster *cluster, struct store *store)
{
	const struct sink sink = {.put = put, .ctx = store};

	for (unsigned ns = 0; ns < cluster->namespaces; ns++) {
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		bench_must(out, "no memory");
		cluster_namespace_file(cluster, ns, out);
		fclose(out);
		cluster_decode(text, size, &sink);
		free(text);
	}
}
