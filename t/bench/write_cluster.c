/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the synthetic cluster of the benchmarks as manifests, one file for each namespace. */
#include <stdlib.h>

#include "bench.h"
#include "cluster.h"

int main(int argc, char **argv)
{
	struct cluster cluster;
	size_t bytes;

	if (argc != 5) {
		fputs("usage: write_cluster PODS POLICIES NAMESPACES DIR\n", stderr);
		return 2;
	}
	cluster.pods = (unsigned)atoi(argv[1]);
	cluster.policies = (unsigned)atoi(argv[2]);
	cluster.namespaces = (unsigned)atoi(argv[3]);
	bench_must(cluster.namespaces, "there must be namespaces");
	bytes = cluster_write(&cluster, argv[4]);
	printf("%u pods, %u policies, %u namespaces: %zu bytes\n", cluster.pods, cluster.policies, cluster.namespaces,
	       bytes);
	return 0;
}
