/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long do 100,000 questions to `selvage explain --batch` take? */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "cluster.h"

#define QUESTIONS 100000
#define RUNS 3

static const struct cluster cluster = {.pods = 10000, .policies = 1000, .namespaces = 500};

static void pod_name(unsigned pod, char buf[static 96])
{
	char ns[32];

	snprintf(buf, 96, "%s/app-%u-6d4cf56db6-%05u", cluster_namespace_name(&cluster, pod % cluster.namespaces, ns),
		 pod / cluster.namespaces % 10, pod);
}

/* Half of them within a namespace, where policies allow something. */
static void questions_write(const char *path, unsigned n)
{
	static const unsigned ports[] = {8080, 8443, 5432, 9090, 31000, 53};
	FILE *out = fopen(path, "we");

	bench_must(out, "cannot write %s", path);
	for (unsigned i = 0; i < n; i++) {
		unsigned from = (unsigned)(i * 2654435761u) % cluster.pods,
			 to = (unsigned)(i * 2246822519u) % cluster.pods;
		char a[96], b[96];

		if (i % 2)
			to = (to - to % cluster.namespaces + from % cluster.namespaces) % cluster.pods;
		pod_name(from, a);
		pod_name(to, b);
		fprintf(out, "{\"from\":\"%s\",\"to\":\"%s\",\"proto\":\"%s\",\"port\":%u}\n", a, b,
			i % 6 == 5 ? "UDP" : "TCP", ports[i % 6]);
	}
	bench_must(!fclose(out), "cannot write %s", path);
}

/* s; and how many were allowed and denied. */
static double batch_run(const char *dir, unsigned questions, unsigned *allowed, unsigned *denied)
{
	const char *selvage = getenv("SELVAGE");
	char command[1024], path[256], *line = NULL;
	size_t cap = 0;
	int64_t start;
	FILE *answers;

	bench_must(selvage, "SELVAGE must name the program");
	snprintf(path, sizeof path, "%s.questions", dir);
	questions_write(path, questions);
	snprintf(command, sizeof command, "'%s' explain --from '%s' --batch '%s' -o json", selvage, dir, path);
	*allowed = *denied = 0;
	start = bench_now();
	answers = popen(command, "re");
	bench_must(answers, "cannot run %s", selvage);
	while (getline(&line, &cap, answers) > 0) {
		*allowed += strstr(line, "\"verdict\":\"allowed\"") != NULL;
		*denied += strstr(line, "\"verdict\":\"denied\"") != NULL;
	}
	pclose(answers);
	free(line);
	unlink(path);
	return (double)(bench_now() - start) / 1e9;
}

/* The best of some runs: others only add to it. */
static double batch_best(const char *dir, unsigned questions, unsigned *allowed, unsigned *denied)
{
	double least = batch_run(dir, questions, allowed, denied);

	for (int i = 1; i < RUNS; i++) {
		double seconds = batch_run(dir, questions, allowed, denied);

		if (seconds < least)
			least = seconds;
	}
	return least;
}

int main(void)
{
	char dir[] = "/tmp/selvage-bench-XXXXXX", remove[64];
	unsigned allowed, denied;
	double load, all;

	bench_begin("bench_batch", "100,000 questions on 10,000 pods, 1,000 policies and 500 namespaces");
	bench_must(mkdtemp(dir), "no scratch directory");
	cluster_write(&cluster, dir);
	load = batch_best(dir, 1, &allowed, &denied);
	bench_must(allowed + denied == 1, "the question was not answered");
	all = batch_best(dir, QUESTIONS, &allowed, &denied);
	bench_must(allowed + denied == QUESTIONS && allowed && denied, "%u allowed, %u denied", allowed, denied);
	bench_figure(load, "s", 0, "one question: start and reading the manifests");
	bench_figure(all, "s", load, "100,000 questions");
	if (all > load)
		bench_figure(QUESTIONS / (all - load) / 1e3, "k/s", 0, "questions answered, thousands per second");
	bench_figure(100. * allowed / QUESTIONS, "%", 0, "of them allowed");
	snprintf(remove, sizeof remove, "rm -r %s", dir);
	bench_must(!system(remove), "cannot remove %s", dir);
	return bench_end();
}
