/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does an API server answer that has a cluster ready to be sent? */
#include "api.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/object_json.h>

#include "bench.h"

#define FIRST_VERSION 1000
#define AT_ONCE 64 /* objects in a chunk */

struct texts {
	VEC(char *);
};

struct api {
	int listener;
	bool watch_list;
	struct texts texts[OBJECT_WATCHED_COUNT];
	unsigned version;   /* of the last event */
	atomic_int watcher; /* the connection that watches pods, or -1 */
	atomic_uint requests, conns;
	atomic_size_t sent;
	pthread_t thread;
};

/* One connection. */
struct conn {
	struct api *api;
	int fd;
};

static const struct {
	const char *path, *api, *name;
} kinds[OBJECT_WATCHED_COUNT] = {
	[OBJECT_NAMESPACE] = {"/namespaces", "v1", "Namespace"},
	[OBJECT_POD] = {"/pods", "v1", "Pod"},
	[OBJECT_POLICY] = {"/networkpolicies", "networking.k8s.io/v1", "NetworkPolicy"},
};

/* What a pod holds besides, about as much of it as is usual. */
static const struct {
	const char *after, *text;
} ballast[] = {
	{"\"metadata\":{",
	 "\"generateName\":\"app-6d4cf56db6-\",\"uid\":\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\","
	 "\"annotations\":{\"checksum/config\":\"01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b\","
	 "\"prometheus.io/scrape\":\"true\",\"kubectl.kubernetes.io/restartedAt\":\"2024-05-01T12:00:00Z\"},"
	 "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"app-6d4cf56db6\","
	 "\"uid\":\"6fa459ea-ee8a-3ca4-894e-db77e160355e\",\"controller\":true,\"blockOwnerDeletion\":true}],"
	 "\"managedFields\":[{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\",\"apiVersion\":\"v1\","
	 "\"time\":\"2024-05-01T12:00:00Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{"
	 "\"f:generateName\":{},\"f:labels\":{\".\":{},\"f:app\":{},\"f:pod-template-hash\":{}},\"f:ownerReferences\":"
	 "{\".\":{}}},\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"main\\\"}\":{\".\":{},\"f:env\":{\".\":{}},"
	 "\"f:image\":{},\"f:imagePullPolicy\":{},\"f:livenessProbe\":{\".\":{},\"f:failureThreshold\":{}},\"f:name\":"
	 "{},\"f:ports\":{\".\":{},\"k:{\\\"containerPort\\\":8080,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{}}},"
	 "\"f:resources\":{},\"f:volumeMounts\":{\".\":{}}}},\"f:dnsPolicy\":{},\"f:restartPolicy\":{}}}}],"},
	{"\"spec\":{",
	 "\"volumes\":[{\"name\":\"kube-api-access-x7k2p\",\"projected\":{\"sources\":[{\"serviceAccountToken\":{"
	 "\"expirationSeconds\":3607,\"path\":\"token\"}},{\"configMap\":{\"name\":\"kube-root-ca.crt\",\"items\":[{"
	 "\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]}}],\"defaultMode\":420}},{\"name\":\"config\",\"configMap\":{"
	 "\"name\":\"app-config\",\"defaultMode\":420}}],\"restartPolicy\":\"Always\",\"dnsPolicy\":\"ClusterFirst\","
	 "\"serviceAccountName\":\"default\",\"securityContext\":{},\"schedulerName\":\"default-scheduler\","
	 "\"terminationGracePeriodSeconds\":30,\"tolerations\":[{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":"
	 "\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300},{\"key\":\"node.kubernetes.io/unreachable\","
	 "\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}],\"priority\":0,"},
	{"\"status\":{",
	 "\"conditions\":[{\"type\":\"Initialized\",\"status\":\"True\",\"lastTransitionTime\":\"2024-05-01T12:00:"
	 "00Z\"},"
	 "{\"type\":\"Ready\",\"status\":\"True\",\"lastTransitionTime\":\"2024-05-01T12:00:09Z\"},{\"type\":"
	 "\"PodScheduled\",\"status\":\"True\",\"lastTransitionTime\":\"2024-05-01T12:00:00Z\"}],"
	 "\"containerStatuses\":[{\"name\":\"main\",\"ready\":true,\"restartCount\":0,\"started\":true,\"image\":"
	 "\"registry.example/app:1\",\"imageID\":\"registry.example/app@sha256:01ba4719c80b6fe911b091a7c05124b6\","
	 "\"state\":{\"running\":{\"startedAt\":\"2024-05-01T12:00:08Z\"}}}],\"qosClass\":\"BestEffort\","},
};

/* An object as it is kept: without the ballast.  Takes the object. */
static char *text_of(struct object *object, unsigned version)
{
	json_t *json = object_json(object), *meta = json_object_get(json, "metadata");
	char *text;

	json_object_set_new(meta, "resourceVersion", json_sprintf("%u", version));
	text = json_dumps(json, JSON_COMPACT);
	bench_must(text, "no memory");
	json_decref(json);
	object_free(object);
	return text;
}

static void text_print(const char *text, enum object_kind kind, FILE *out)
{
	for (size_t i = 0; kind == OBJECT_POD && i < sizeof ballast / sizeof *ballast; i++) {
		const char *at = strstr(text, ballast[i].after);
		size_t n;

		bench_must(at, "a pod without %s", ballast[i].after);
		n = (size_t)(at - text) + strlen(ballast[i].after);
		fwrite(text, 1, n, out);
		fputs(ballast[i].text, out);
		text += n;
	}
	fputs(text, out);
}

static bool send_all(struct api *api, int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		atomic_fetch_add(&api->sent, (size_t)done);
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

/* Frees the text. */
static bool send_chunk(struct api *api, int fd, char *text, size_t n)
{
	char *chunk;
	int size = asprintf(&chunk, "%zx\r\n%s\r\n", n, text);
	bool ok;

	bench_must(size > 0, "no memory");
	ok = send_all(api, fd, chunk, (size_t)size);
	free(chunk);
	free(text);
	return ok;
}

static bool send_head(const struct conn *conn, const char *status)
{
	char head[256];

	snprintf(head, sizeof head,
		 "HTTP/1.1 %s\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", status);
	return send_all(conn->api, conn->fd, head, strlen(head));
}

static bool send_end(const struct conn *conn)
{
	return send_all(conn->api, conn->fd, "0\r\n\r\n", 5);
}

/* Some objects as one chunk: items of a list, or events. */
static bool send_some(const struct conn *conn, enum object_kind kind, size_t from, size_t to, bool events)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	bench_must(out, "no memory");
	for (size_t i = from; i < to; i++) {
		fputs(events ? "{\"type\":\"ADDED\",\"object\":" : i > from ? "," : "", out);
		text_print(conn->api->texts[kind].at[i], kind, out);
		fputs(events ? "}\n" : "", out);
	}
	fclose(out);
	return send_chunk(conn->api, conn->fd, text, size);
}

static bool send_print(const struct conn *conn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool send_print(const struct conn *conn, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	bench_must(n > 0, "no memory");
	return send_chunk(conn->api, conn->fd, text, (size_t)n);
}

/* The number that a field of the query has; 0 without it. */
static unsigned field(const char *target, const char *name)
{
	const char *at = strstr(target, name);

	return at ? (unsigned)strtoul(at + strlen(name), NULL, 10) : 0;
}

/* A page; the continue token is the index of the next object. */
static bool answer_list(const struct conn *conn, enum object_kind kind, const char *target)
{
	size_t from = field(target, "continue="), limit = field(target, "limit="), n = conn->api->texts[kind].n;
	size_t to = limit && limit < n - from ? from + limit : n;
	char next[96] = "";

	if (to < n)
		snprintf(next, sizeof next, ",\"continue\":\"%zu\",\"remainingItemCount\":%zu", to, n - to);
	if (!send_head(conn, "200 OK") ||
	    !send_print(conn,
			"{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"%d\"%s},"
			"\"items\":[",
			kinds[kind].name, kinds[kind].api, FIRST_VERSION, next))
		return false;
	for (size_t i = from; i < to; i += AT_ONCE) {
		if ((i > from && !send_print(conn, ",")) ||
		    !send_some(conn, kind, i, i + AT_ONCE < to ? i + AT_ONCE : to, false))
			return false;
	}
	return send_print(conn, "]}\n") && send_end(conn);
}

static bool answer_watch(const struct conn *conn, enum object_kind kind, bool initial)
{
	size_t n = initial ? conn->api->texts[kind].n : 0;

	if (!send_head(conn, "200 OK"))
		return false;
	for (size_t i = 0; i < n; i += AT_ONCE)
		if (!send_some(conn, kind, i, i + AT_ONCE < n ? i + AT_ONCE : n, true))
			return false;
	if (initial && !send_print(conn,
				   "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"%s\",\"apiVersion\":\"%s\","
				   "\"metadata\":{\"resourceVersion\":\"%d\",\"annotations\":{"
				   "\"k8s.io/initial-events-end\":\"true\"}}}}\n",
				   kinds[kind].name, kinds[kind].api, FIRST_VERSION))
		return false;
	if (kind == OBJECT_POD)
		atomic_store(&conn->api->watcher, conn->fd);
	return true;
}

static bool answer(const struct conn *conn, const char *target)
{
	bool initial = strstr(target, "sendInitialEvents=true");
	enum object_kind kind = 0;

	while (kind < OBJECT_WATCHED_COUNT && !strstr(target, kinds[kind].path))
		kind++;
	if (kind == OBJECT_WATCHED_COUNT || (initial && !conn->api->watch_list))
		return send_head(conn, kind == OBJECT_WATCHED_COUNT ? "404 Not Found" : "422 Unprocessable Entity") &&
		       send_print(conn, "{\"kind\":\"Status\",\"code\":%d}",
				  kind == OBJECT_WATCHED_COUNT ? 404 : 422) &&
		       send_end(conn);
	if (strstr(target, "watch=1"))
		return answer_watch(conn, kind, initial);
	return answer_list(conn, kind, target);
}

/* One request after the other; a watch has no end, so none comes after it. */
static void *serve(void *ctx)
{
	struct conn *conn = ctx;
	char request[8192];
	size_t n = 0;
	ssize_t more;

	while ((more = recv(conn->fd, request + n, sizeof request - 1 - n, 0)) > 0) {
		n += (size_t)more;
		request[n] = '\0';
		if (!strstr(request, "\r\n\r\n"))
			continue;
		n = 0;
		request[strcspn(request, "\r\n")] = '\0';
		atomic_fetch_add(&conn->api->requests, 1);
		if (!answer(conn, request))
			break;
	}
	if (atomic_load(&conn->api->watcher) == conn->fd)
		atomic_store(&conn->api->watcher, -1);
	close(conn->fd);
	atomic_fetch_sub(&conn->api->conns, 1);
	free(conn);
	return NULL;
}

static void *accept_all(void *ctx)
{
	static const int on = 1;
	struct api *api = ctx;
	pthread_t thread;
	int fd;

	while ((fd = accept4(api->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct conn *conn = malloc(sizeof *conn);

		bench_must(conn, "no memory");
		*conn = (struct conn){api, fd};
		atomic_fetch_add(&api->conns, 1);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		bench_must(!pthread_create(&thread, NULL, serve, conn), "no thread");
		pthread_detach(thread);
	}
	return NULL;
}

static void fill(struct texts *texts, const struct cluster *cluster,
		 void (*write)(const struct cluster *, unsigned, unsigned, FILE *), unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		*vec_add(texts) = text_of(cluster_object(cluster, write, i, 0), i + 1);
}

struct api *api_start(const struct cluster *cluster, bool watch_list)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(API_PORT)};
	static const int on = 1;
	struct api *api = calloc(1, sizeof *api);

	bench_must(api, "no memory");
	api->watch_list = watch_list;
	api->version = FIRST_VERSION;
	api->watcher = -1;
	fill(&api->texts[OBJECT_NAMESPACE], cluster, cluster_namespace, cluster->namespaces);
	fill(&api->texts[OBJECT_POD], cluster, cluster_pod, cluster->pods);
	fill(&api->texts[OBJECT_POLICY], cluster, cluster_policy, cluster->policies);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	api->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(api->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	bench_must(!bind(api->listener, (struct sockaddr *)&address, sizeof address) && !listen(api->listener, 16),
		   "cannot serve on port %d", API_PORT);
	bench_must(!pthread_create(&api->thread, NULL, accept_all, api), "no thread");
	return api;
}

unsigned api_requests(struct api *api)
{
	return atomic_load(&api->requests);
}

double api_sent(struct api *api)
{
	return (double)atomic_load(&api->sent) / 1e6;
}

bool api_watched(struct api *api)
{
	return atomic_load(&api->watcher) >= 0;
}

char *api_event(struct api *api, const char *type, const struct cluster *cluster, unsigned pod, unsigned edition)
{
	char *event, *text = text_of(cluster_object(cluster, cluster_pod, pod, edition), ++api->version);
	size_t size;
	FILE *out = open_memstream(&event, &size);

	bench_must(out, "no memory");
	fprintf(out, "{\"type\":\"%s\",\"object\":", type);
	text_print(text, OBJECT_POD, out);
	fputs("}\n", out);
	fclose(out);
	free(text);
	return event;
}

int64_t api_send(struct api *api, const char *event)
{
	char *text = strdup(event);
	int64_t start = bench_now();

	bench_must(text && send_chunk(api, atomic_load(&api->watcher), text, strlen(event)), "nobody watches pods");
	return start;
}

void api_stop(struct api *api)
{
	shutdown(api->listener, SHUT_RDWR);
	pthread_join(api->thread, NULL);
	close(api->listener);
	while (atomic_load(&api->conns))
		usleep(1000);
	for (size_t kind = 0; kind < OBJECT_WATCHED_COUNT; kind++) {
		for (size_t i = 0; i < api->texts[kind].n; i++)
			free(api->texts[kind].at[i]);
		vec_free(&api->texts[kind]);
	}
	free(api);
}
