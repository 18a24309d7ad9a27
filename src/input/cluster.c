/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a live cluster? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <selvage/mem.h>

#include "late.h"
#include "watch.h"

/* Namespaces first: what they say decides what the rest means.  A pod that finished drops out of the selection, which a
 * watch tells as its delete. */
static const struct watch_kind kinds[OBJECT_WATCHED_COUNT] = {
	[OBJECT_NAMESPACE] = {OBJECT_NAMESPACE, "/api/v1/namespaces", "namespaces", "v1", "Namespace", NULL},
	[OBJECT_POD] = {OBJECT_POD, "/api/v1/pods", "pods", "v1", "Pod",
			"status.phase!=Succeeded,status.phase!=Failed"},
	[OBJECT_POLICY] = {OBJECT_POLICY, "/apis/networking.k8s.io/v1/networkpolicies",
			   "networkpolicies.networking.k8s.io", "networking.k8s.io/v1", "NetworkPolicy", NULL},
};

struct cluster {
	struct event_base *base;
	struct cluster_calls calls;
	const struct watch_pace *pace;
	struct http *http;
	struct watch *watches[OBJECT_WATCHED_COUNT];
	struct late late;
	struct event *late_timer;
	bool once;
	bool dirty;        /* something was handed over since the last turned() */
	struct mono heard; /* if dirty: when the first of it arrived */
};

static void turned(void *ctx)
{
	struct cluster *cluster = ctx;

	if (!cluster->dirty)
		return;
	if (cluster->calls.turned)
		cluster->calls.turned(cluster->calls.ctx);
	cluster->dirty = false;
}

static void touch(struct cluster *cluster, struct mono heard)
{
	if (!cluster->dirty)
		cluster->heard = heard;
	cluster->dirty = true;
}

static void late_again(struct cluster *cluster)
{
	struct timeval wait = {0, (suseconds_t)(cluster->pace->delete_after * 1e6)};

	if (cluster->late.n && !event_pending(cluster->late_timer, EV_TIMEOUT, NULL))
		event_add(cluster->late_timer, &wait);
}

static void sink_put(void *ctx, struct object *take)
{
	struct cluster *cluster = ctx;

	touch(cluster, http_heard(cluster->http));
	if (take->kind == OBJECT_POLICY)
		late_drop(&cluster->late, take->ns, take->name);
	cluster->calls.sink.put(cluster->calls.sink.ctx, take);
}

static void sink_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	struct cluster *cluster = ctx;

	if (kind == OBJECT_POLICY) {
		late_add(&cluster->late, ns, name, mono_now());
		late_again(cluster);
		return;
	}
	touch(cluster, http_heard(cluster->http));
	cluster->calls.sink.del(cluster->calls.sink.ctx, kind, ns, name);
}

static void sink_problem(void *ctx, const struct problem *problem)
{
	struct cluster *cluster = ctx;

	touch(cluster, http_heard(cluster->http));
	cluster->calls.sink.problem(cluster->calls.sink.ctx, problem);
}

static void policy_del(void *ctx, const char *ns, const char *name)
{
	struct cluster *cluster = ctx;

	touch(cluster, mono_now());
	cluster->calls.sink.del(cluster->calls.sink.ctx, OBJECT_POLICY, ns, name);
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct cluster *cluster = ctx;
	bool told = cluster_state(cluster, OBJECT_NAMESPACE)->live;

	(void)fd;
	(void)what;
	late_release(&cluster->late, mono_now(), told ? cluster->pace->delete_after : cluster->pace->delete_most,
		     policy_del, cluster);
	late_again(cluster);
	turned(cluster);
}

static void changed(struct cluster *cluster)
{
	if (cluster->calls.changed)
		cluster->calls.changed(cluster->calls.ctx);
}

/* Where one watch gets through, so do the others. */
static void on_changed(void *ctx, struct watch *watch)
{
	struct cluster *cluster = ctx;

	for (size_t i = 0; i < OBJECT_WATCHED_COUNT; i++)
		if (cluster->watches[i] && cluster->watches[i] != watch && watch_state(watch)->live)
			watch_wake(cluster->watches[i]);
	changed(cluster);
}

static void watches_open(struct cluster *cluster)
{
	struct watch_setup setup = {
		.pace = cluster->pace,
		.base = cluster->base,
		.http = cluster->http,
		.sink = {.put = sink_put,
			 .del = sink_del,
			 .problem = sink_problem,
			 .ctx = cluster,
			 .wide = cluster->calls.sink.wide},
		.once = cluster->once,
		.changed = on_changed,
		.ctx = cluster,
	};

	for (size_t i = 0; i < OBJECT_WATCHED_COUNT; i++) {
		setup.kind = &kinds[i];
		cluster->watches[i] = watch_new(&setup);
	}
}

static struct cluster *cluster_new(struct event_base *base, const struct kubeconf *conf,
				   const struct cluster_calls *calls, const struct watch_pace *pace, struct err *err)
{
	struct cluster *cluster = mem_new(1, sizeof *cluster);
	struct http_setup setup = {.base = base, .conf = conf, .turned = turned, .ctx = cluster};

	cluster->base = base;
	cluster->calls = *calls;
	cluster->pace = pace ? pace : &watch_pace_usual;
	cluster->late_timer = evtimer_new(base, on_late, cluster);
	cluster->http = http_new(&setup, err);
	if (cluster->http && cluster->late_timer)
		return cluster;
	cluster_close(cluster);
	return NULL;
}

struct cluster *cluster_open(struct event_base *base, const struct kubeconf *conf, const struct cluster_calls *calls,
			     const struct watch_pace *pace, struct err *err)
{
	struct cluster *cluster = cluster_new(base, conf, calls, pace, err);

	if (cluster)
		watches_open(cluster);
	return cluster;
}

const struct cluster_state *cluster_state(const struct cluster *cluster, enum object_kind kind)
{
	return watch_state(cluster->watches[kind]);
}

struct mono cluster_heard(const struct cluster *cluster)
{
	return cluster->heard;
}

bool cluster_synced(const struct cluster *cluster)
{
	for (enum object_kind kind = 0; kind < OBJECT_WATCHED_COUNT; kind++)
		if (!cluster_state(cluster, kind)->synced)
			return false;
	return true;
}

void cluster_close(struct cluster *cluster)
{
	if (!cluster)
		return;
	for (size_t i = 0; i < OBJECT_WATCHED_COUNT; i++)
		watch_free(cluster->watches[i]);
	http_free(cluster->http);
	late_fini(&cluster->late);
	if (cluster->late_timer)
		event_free(cluster->late_timer);
	free(cluster);
}

/* One list of everything. */
struct listing {
	struct event_base *base;
	struct cluster *cluster;
};

/* The first watch that failed, or NULL. */
static const struct watch *failed_watch(const struct cluster *cluster)
{
	for (size_t i = 0; i < OBJECT_WATCHED_COUNT; i++)
		if (watch_failed(cluster->watches[i]))
			return cluster->watches[i];
	return NULL;
}

static void on_listed(void *ctx)
{
	struct listing *listing = ctx;

	if (failed_watch(listing->cluster) || cluster_synced(listing->cluster))
		event_base_loopbreak(listing->base);
}

/* Runs until everything is there, or something failed. */
static int listing_run(struct listing *listing, struct err *err)
{
	const struct watch *failed;

	watches_open(listing->cluster);
	event_base_dispatch(listing->base);
	if (cluster_synced(listing->cluster))
		return 0;
	failed = failed_watch(listing->cluster);
	return err_set(err, ERR_IO, "%s", failed ? watch_state(failed)->error : "the event loop failed");
}

int cluster_list(const struct kubeconf *conf, const struct sink *sink, struct err *err)
{
	struct listing listing = {.base = event_base_new()};
	struct cluster_calls calls = {.sink = *sink, .changed = on_listed, .ctx = &listing};
	int status = -1;

	if (!listing.base)
		return err_set(err, ERR_IO, "cannot make an event loop");
	listing.cluster = cluster_new(listing.base, conf, &calls, NULL, err);
	if (listing.cluster) {
		listing.cluster->once = true;
		status = listing_run(&listing, err);
	}
	cluster_close(listing.cluster);
	event_base_free(listing.base);
	return status;
}
