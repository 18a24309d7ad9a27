/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a live cluster? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <selvage/mem.h>

#include "late.h"
#include "nodeget.h"
#include "watch.h"

struct cluster {
	struct event_base *base;
	struct cluster_calls calls;
	const struct watch_pace *pace;
	struct http *http;
	struct watch *watches[OBJECT_WATCHED_COUNT];
	struct nodeget *node; /* NULL: nobody asks for one */
	struct late late;
	struct event *late_timer;
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

static void sink_flaws(void *ctx, enum object_kind kind, const char *ns, const char *name,
		       const struct problem *problems, size_t n)
{
	struct cluster *cluster = ctx;

	touch(cluster, http_heard(cluster->http));
	cluster->calls.sink.flaws(cluster->calls.sink.ctx, kind, ns, name, problems, n);
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

/* Namespaces first: what they say decides what the rest means. */
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
		.changed = on_changed,
		.ctx = cluster,
	};

	if (cluster->calls.sink.flaws)
		setup.sink.flaws = sink_flaws;
	for (enum object_kind i = 0; i < OBJECT_WATCHED_COUNT; i++) {
		setup.kind = i;
		cluster->watches[i] = watch_new(&setup);
	}
}

static void node_open(struct cluster *cluster)
{
	struct nodeget_setup setup = {
		.base = cluster->base,
		.http = cluster->http,
		.node = cluster->calls.node,
		.told = cluster->calls.node_told,
		.ctx = cluster->calls.ctx,
	};

	if (setup.node)
		cluster->node = nodeget_new(&setup);
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

	if (!cluster)
		return NULL;
	watches_open(cluster);
	node_open(cluster);
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
	nodeget_free(cluster->node);
	http_free(cluster->http);
	late_fini(&cluster->late);
	if (cluster->late_timer)
		event_free(cluster->late_timer);
	free(cluster);
}
