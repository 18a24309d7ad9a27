/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A synthetic cluster that is the same in every run: namespaces of teams, with apps of some replicas, on nodes that hold
 * 110 pods each, under the kinds of policies that people write.  It exists as manifests only; whoever wants objects has
 * them decoded.
 */
#ifndef SELVAGE_BENCH_CLUSTER_H
#define SELVAGE_BENCH_CLUSTER_H

#include <stdio.h>

#include <selvage/sink.h>
#include <selvage/store.h>

#define CLUSTER_NODE "node-0" /* the node whose pods a benchmark calls local */
#define CLUSTER_NODE_PODS 110

struct cluster {
	unsigned pods, policies, namespaces;
};

/* Some namespaces serve the others: names, metrics, the way in. */
#define CLUSTER_NAMESPACE_DNS 0
#define CLUSTER_NAMESPACE_METRICS 1
#define CLUSTER_NAMESPACE_GATE 2

const char *cluster_namespace_name(const struct cluster *cluster, unsigned ns, char buf[static 32]);

/* Manifests, one document each.  `edition` 0 is how it is at first, every other says something else: of a pod, that it
 * belongs to another app; of a namespace, to another environment; of a policy, that it opens one more port. */
void cluster_namespace(const struct cluster *cluster, unsigned ns, unsigned edition, FILE *out);
void cluster_pod(const struct cluster *cluster, unsigned pod, unsigned edition, FILE *out);
void cluster_policy(const struct cluster *cluster, unsigned policy, unsigned edition, FILE *out);

/* Is the pod one of CLUSTER_NODE's? */
bool cluster_is_local(const struct cluster *cluster, unsigned pod);

/* All that stands in a namespace: it, its pods, its policies. */
void cluster_namespace_file(const struct cluster *cluster, unsigned ns, FILE *out);

/* One file for each namespace in an existing directory; returns the bytes written. */
size_t cluster_write(const struct cluster *cluster, const char *dir);

/* What a text decodes to goes to the sink. */
void cluster_decode(const char *text, size_t size, const struct sink *sink);

/* The only object of a manifest. */
struct object *cluster_object(const struct cluster *cluster,
			      void (*write)(const struct cluster *, unsigned, unsigned, FILE *), unsigned i,
			      unsigned edition);

/* Puts the whole cluster into a store. */
void cluster_fill(const struct cluster *cluster, struct store *store);

#endif
