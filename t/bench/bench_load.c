/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast does a cluster come out of one file, as `kubectl get pods,networkpolicies -A -o yaml` and `-o json` write it, and
 * how much memory does that take?  Beside it, in the same run, what the parsers alone take for the same file: libyaml's
 * events, and jansson's tree.  Speed is per second of CPU.
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <yaml.h>

#include <selvage/folder.h>
#include <selvage/manifest.h>
#include <selvage/yaml_print.h>

#include "bench.h"
#include "cluster.h"

#define PODS 10000
#define POLICIES 1000
#define NAMESPACES 100
#define RUNS 3
#define YAML_WANT 30 /* MB/s */
#define JSON_WANT 80
#define MEMORY_WANT 3 /* times what the store needs */

/* What a way of reading a file took. */
struct load {
	double seconds;    /* of CPU */
	double peak, kept; /* MB */
	size_t objects;
};

/* CPU time of this process: others who want the processor do not count. */
static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put(void *ctx, struct object *take)
{
	store_put(ctx, take);
}

static void problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	problem_print(problem, stderr);
	bench_must(false, "a manifest is wrong");
}

static void load_selvage(const char *path, struct load *load)
{
	struct store *store = store_new();
	const struct sink sink = {.put = put, .problem = problem, .ctx = store};
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	double start = cpu_seconds();
	struct err err;
	struct folder *folder = folder_open(path, &sink, false, &err);

	bench_must(folder, "%s", err.msg);
	bench_must(!folder_load(folder), "the file has problems");
	folder_close(folder);
	load->seconds = cpu_seconds() - start;
	load->kept = (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / 1e6;
	for (const struct object *o = NULL; (o = store_walk(store, OBJECT_POD, o));)
		load->objects++;
	for (const struct object *o = NULL; (o = store_walk(store, OBJECT_POLICY, o));)
		load->objects++;
}

static char *file_read(const char *path, size_t *size)
{
	FILE *in = fopen(path, "re");
	struct stat st;
	char *text;

	bench_must(in && !fstat(fileno(in), &st), "no %s", path);
	*size = (size_t)st.st_size;
	text = mem_new(*size + 1, 1);
	bench_must(fread(text, 1, *size, in) == *size, "cannot read %s", path);
	fclose(in);
	return text;
}

/* libyaml alone: every event is parsed, and thrown away. */
static void load_libyaml(const char *path, struct load *load)
{
	double start = cpu_seconds();
	size_t size;
	char *text = file_read(path, &size);
	yaml_parser_t parser;
	yaml_event_type_t type;

	bench_must(yaml_parser_initialize(&parser), "no parser");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	do {
		yaml_event_t event;

		bench_must(yaml_parser_parse(&parser, &event), "libyaml cannot parse it");
		type = event.type;
		load->objects += type == YAML_SCALAR_EVENT;
		yaml_event_delete(&event);
	} while (type != YAML_STREAM_END_EVENT);
	yaml_parser_delete(&parser);
	free(text);
	load->seconds = cpu_seconds() - start;
}

/* jansson alone: the whole tree, as it reads a text. */
static void load_jansson(const char *path, struct load *load)
{
	double start = cpu_seconds();
	size_t size;
	char *text = file_read(path, &size);
	json_t *json = json_loadb(text, size, 0, NULL);

	bench_must(json, "jansson cannot parse it");
	load->objects = json_array_size(json_object_get(json, "items"));
	json_decref(json);
	free(text);
	load->seconds = cpu_seconds() - start;
}

/* In a process of its own, so that its memory is its own. */
static struct load measure(void (*how)(const char *path, struct load *load), const char *path)
{
	struct load load = {0};
	int ends[2], status;
	pid_t child;

	bench_must(!pipe(ends), "no pipe");
	fflush(stdout);
	child = fork();
	bench_must(child >= 0, "no process");
	if (!child) {
		double before;
		int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

		malloc_trim(0);
		bench_must(fd >= 0 && write(fd, "5", 1) == 1, "the peak of memory cannot be forgotten");
		before = bench_memory(0, "VmHWM");
		how(path, &load);
		load.peak = bench_memory(0, "VmHWM") - before;
		_exit(write(ends[1], &load, sizeof load) != sizeof load);
	}
	close(ends[1]);
	bench_must(read(ends[0], &load, sizeof load) == sizeof load, "the reader failed");
	close(ends[0]);
	bench_must(waitpid(child, &status, 0) == child && !status, "the reader failed");
	return load;
}

/* The best of some runs: others only add to it. */
static struct load best(void (*how)(const char *path, struct load *load), const char *path)
{
	struct load least = measure(how, path);

	for (int i = 1; i < RUNS; i++) {
		struct load load = measure(how, path);

		if (load.seconds < least.seconds)
			least = load;
	}
	return least;
}

/* What the API server and kubelets add to what cluster_pod() says; %s is the pod's name. */
static const char pod_rest[] =
	"{\"metadata\": {\"annotations\": {\"prometheus.io/port\": \"9090\", \"prometheus.io/scrape\": \"true\"},"
	" \"generateName\": \"app-6d4cf56db6-\", \"resourceVersion\": \"123456789\","
	" \"uid\": \"8f2c4f5e-0f3b-4a71-9d0d-2a5b7a0c9f11\","
	" \"ownerReferences\": [{\"apiVersion\": \"apps/v1\", \"blockOwnerDeletion\": true, \"controller\": true,"
	" \"kind\": \"ReplicaSet\", \"name\": \"app-6d4cf56db6\", \"uid\": \"1b7f2c0a-55e1-4f0e-8a52-54b6a1f3f001\"}]},"
	" \"spec\": {\"dnsPolicy\": \"ClusterFirst\", \"enableServiceLinks\": true, \"preemptionPolicy\":"
	" \"PreemptLowerPriority\", \"priority\": 0, \"restartPolicy\": \"Always\", \"schedulerName\":"
	" \"default-scheduler\", \"securityContext\": {}, \"serviceAccount\": \"default\", \"serviceAccountName\":"
	" \"default\", \"terminationGracePeriodSeconds\": 30,"
	" \"tolerations\": [{\"effect\": \"NoExecute\", \"key\": \"node.kubernetes.io/not-ready\", \"operator\": "
	"\"Exists\","
	" \"tolerationSeconds\": 300}, {\"effect\": \"NoExecute\", \"key\": \"node.kubernetes.io/unreachable\","
	" \"operator\": \"Exists\", \"tolerationSeconds\": 300}],"
	" \"volumes\": [{\"name\": \"kube-api-access-x7k2p\", \"projected\": {\"defaultMode\": 420, \"sources\":"
	" [{\"serviceAccountToken\": {\"expirationSeconds\": 3607, \"path\": \"token\"}}, {\"configMap\": {\"items\":"
	" [{\"key\": \"ca.crt\", \"path\": \"ca.crt\"}], \"name\": \"kube-root-ca.crt\"}}, {\"downwardAPI\": "
	"{\"items\":"
	" [{\"fieldRef\": {\"apiVersion\": \"v1\", \"fieldPath\": \"metadata.namespace\"}, \"path\": "
	"\"namespace\"}]}}]}}]},"
	" \"status\": {\"conditions\": ["
	"{\"lastProbeTime\": null, \"lastTransitionTime\": \"2024-05-01T12:00:00Z\", \"status\": \"True\", \"type\":"
	" \"Initialized\"}, {\"lastProbeTime\": null, \"lastTransitionTime\": \"2024-05-01T12:00:05Z\", \"status\": "
	"\"True\","
	" \"type\": \"Ready\"}, {\"lastProbeTime\": null, \"lastTransitionTime\": \"2024-05-01T12:00:05Z\", \"status\":"
	" \"True\", \"type\": \"ContainersReady\"}, {\"lastProbeTime\": null, \"lastTransitionTime\":"
	" \"2024-05-01T12:00:00Z\", \"status\": \"True\", \"type\": \"PodScheduled\"}],"
	" \"containerStatuses\": [{\"containerID\":"
	" \"containerd://3f6ad6b1e2b4d0f7c4d0e4bb7ba0a1b1d6d7b8a6f5d6a9c1c6c0e5a3f2b1d0c9\", \"image\":"
	" \"registry.example.com/team/app:1.4.2\", \"imageID\":"
	" \"registry.example.com/team/app@sha256:5f1d0b6c7e8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8\","
	" \"lastState\": {}, \"name\": \"main\", \"ready\": true, \"restartCount\": 0, \"started\": true, \"state\":"
	" {\"running\": {\"startedAt\": \"2024-05-01T12:00:04Z\"}}}], \"qosClass\": \"Burstable\", \"startTime\":"
	" \"2024-05-01T12:00:00Z\"}}";

static const char container_rest[] =
	"{\"env\": [{\"name\": \"POD_NAME\", \"valueFrom\": {\"fieldRef\": {\"apiVersion\": \"v1\", \"fieldPath\":"
	" \"metadata.name\"}}}, {\"name\": \"DATABASE_URL\", \"value\": \"postgres://db.example.svc:5432/app\"}],"
	" \"image\": \"registry.example.com/team/app:1.4.2\", \"imagePullPolicy\": \"IfNotPresent\","
	" \"livenessProbe\": {\"failureThreshold\": 3, \"httpGet\": {\"path\": \"/healthz\", \"port\": \"http\", "
	"\"scheme\":"
	" \"HTTP\"}, \"periodSeconds\": 10, \"successThreshold\": 1, \"timeoutSeconds\": 1},"
	" \"resources\": {\"limits\": {\"memory\": \"256Mi\"}, \"requests\": {\"cpu\": \"100m\", \"memory\": "
	"\"128Mi\"}},"
	" \"terminationMessagePath\": \"/dev/termination-log\", \"terminationMessagePolicy\": \"File\","
	" \"volumeMounts\": [{\"mountPath\": \"/var/run/secrets/kubernetes.io/serviceaccount\", \"name\":"
	" \"kube-api-access-x7k2p\", \"readOnly\": true}]}";

static json_t *parsed(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);

	bench_must(json, "%s", error.text);
	return json;
}

static void keep(void *ctx, const struct document *doc)
{
	json_t **kept = ctx;

	*kept = json_deep_copy(doc->root);
}

/* One object of the cluster, as the API server gives it. */
static json_t *item(const struct cluster *cluster, void (*write)(const struct cluster *, unsigned, unsigned, FILE *),
		    unsigned i, const json_t *rest, json_t *container)
{
	json_t *object = NULL, *containers;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_must(out, "no memory");
	write(cluster, i, 0, out);
	fclose(out);
	bench_must(!manifest_parse(NULL, text, size, keep, problem, &object) && object, "a manifest is wrong");
	free(text);
	if (rest) {
		json_t *copy = json_deep_copy(rest);

		json_object_update_recursive(object, copy);
		json_decref(copy);
		containers = json_object_get(json_object_get(object, "spec"), "containers");
		json_object_update(json_array_get(containers, 0), container);
	}
	return object;
}

static json_t *list_new(const struct cluster *cluster)
{
	json_t *items = json_array(), *rest = parsed(pod_rest), *container = parsed(container_rest);

	for (unsigned i = 0; i < cluster->pods; i++)
		json_array_append_new(items, item(cluster, cluster_pod, i, rest, container));
	for (unsigned i = 0; i < cluster->policies; i++)
		json_array_append_new(items, item(cluster, cluster_policy, i, NULL, NULL));
	json_decref(rest);
	json_decref(container);
	return json_pack("{s:s, s:o, s:s, s:{s:s}}", "apiVersion", "v1", "items", items, "kind", "List", "metadata",
			 "resourceVersion", "");
}

/* Writes both files, in a process of its own: this one is measured from. */
static void files_write(const char *yaml, const char *json)
{
	const struct cluster cluster = {PODS, POLICIES, NAMESPACES};
	struct yaml_printer *printer;
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	bench_must(child >= 0, "no process");
	if (!child) {
		json_t *list = list_new(&cluster);
		FILE *out = fopen(yaml, "we");
		struct err err;

		bench_must(out, "cannot write %s", yaml);
		printer = yaml_print_begin(out);
		bench_must(!yaml_print(printer, list, &err), "%s", err.msg);
		yaml_print_end(printer);
		bench_must(!fclose(out) && !json_dump_file(list, json, JSON_INDENT(4)), "cannot write %s", json);
		_exit(0);
	}
	bench_must(waitpid(child, &status, 0) == child && !status, "the cluster cannot be written");
}

static double megabytes(const char *path)
{
	struct stat st;

	bench_must(!stat(path, &st), "no %s", path);
	return (double)st.st_size / 1e6;
}

/* Both ways of reading one file.  A speed that is wanted is said as the time that it allows. */
static void compare(const char *kind, const char *path, const char *parser,
		    void (*alone)(const char *path, struct load *load), double want)
{
	double size = megabytes(path);
	struct load bare = best(alone, path), load = best(load_selvage, path);

	bench_must(load.objects == PODS + POLICIES, "%zu objects instead of %d", load.objects, PODS + POLICIES);
	bench_part("%s, %.1f MB", kind, size);
	bench_figure(size / bare.seconds, "MB/s", 0, "%s alone", parser);
	bench_figure(size / load.seconds, "MB/s", size / bare.seconds, "selvage, into the store");
	bench_want(load.seconds * 1000, "ms", size / want * 1000, "selvage, all of it, at %.0f MB/s or more", want);
	bench_figure(bare.peak, "MB", 0, "memory of %s alone, at its peak", parser);
	bench_figure(load.kept, "MB", 0, "memory that the store needs");
	bench_want(load.peak, "MB", load.kept * MEMORY_WANT, "memory of selvage, at its peak");
}

int main(void)
{
	char dir[] = "/tmp/selvage-load-XXXXXX", yaml[64], json[64];

	bench_begin("load", "a cluster of 10,000 pods and 1,000 policies out of one file");
	bench_must(mkdtemp(dir), "no directory");
	snprintf(yaml, sizeof yaml, "%s/cluster.yaml", dir);
	snprintf(json, sizeof json, "%s/cluster.json", dir);
	files_write(yaml, json);
	compare("YAML", yaml, "libyaml", load_libyaml, YAML_WANT);
	compare("JSON", json, "jansson", load_jansson, JSON_WANT);
	unlink(yaml);
	unlink(json);
	rmdir(dir);
	return bench_end();
}
