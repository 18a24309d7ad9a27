/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live cluster: the pods, namespaces and network policies of an API server, handed over as they change.
 *
 * What is handed over of a kind is complete from its first list on: a list counts when its last object is there, and what
 * is missing from it is deleted.  Pods that finished are not there: they have no address.  A policy's delete is handed
 * over when its namespace's state is known to be no older, so that who handles it can tell a namespace that terminates.
 */
#ifndef SELVAGE_CLUSTER_H
#define SELVAGE_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/cidrs.h>
#include <selvage/kubeconf.h>
#include <selvage/mono.h>
#include <selvage/sink.h>

struct event_base;
struct cluster;

/* How it stands with one kind. */
struct cluster_state {
	bool synced;            /* all objects of the kind were handed over */
	bool live;              /* a watch is open */
	struct mono last_event; /* when the API server last told of this kind, bookmarks too; ns 0: never */
	uint64_t version;       /* resourceVersion up to which we know; 0: none */
	uint64_t requests;      /* lists (each page) and watches */
	uint64_t lists;         /* completed */
	uint64_t verified;      /* lists at a version that was known, to compare */
	uint64_t differences;   /* objects that they found to be otherwise than a watch had told; put right */
	uint64_t restarts;      /* watches that ended for whatever reason */
	uint64_t failures;      /* requests that failed */
	uint64_t events;        /* objects told of, in lists and watches */
	uint64_t rejected;      /* events that were too large or could not be read: each restarts the list */
	uint64_t stale;         /* events that were older than what was known, and ignored */
	char error[512];        /* why it is not live or not synced, in one sentence; "" if all is well */
};

struct cluster_calls {
	struct sink sink;
	/* Once after each batch of what went to the sink: the time to commit. */
	void (*turned)(void *ctx);
	/* The state of a kind changed: synced, live or error. */
	void (*changed)(void *ctx);
	/* The node whose object is asked for, beside what is watched, until it tells where its pods get their addresses; NULL:
	 * none's.  Borrowed.  That it may not be asked for, or is not there, is no failure. */
	const char *node;
	/* It tells `cidrs`; NULL: it does not (yet), and why.  Both are borrowed for the call. */
	void (*node_told)(void *ctx, const struct cidrs *cidrs, const char *why);
	void *ctx; /* of turned, changed and node_told */
};

/* Everything that takes time, for tests; NULL stands for what users get. */
struct watch_pace;

/* Starts watching.  Borrows the loop, conf and pace; calls nothing before the loop runs.  A server that cannot be reached
 * or refuses is tried again for ever. */
struct cluster *cluster_open(struct event_base *base, const struct kubeconf *conf, const struct cluster_calls *calls,
			     const struct watch_pace *pace, struct err *err);

/* Were all kinds handed over? */
bool cluster_synced(const struct cluster *cluster);

/* Borrowed until the loop runs on. */
const struct cluster_state *cluster_state(const struct cluster *cluster, enum object_kind kind);

/* From within turned(): when the first of what was handed over arrived from the server. */
struct mono cluster_heard(const struct cluster *cluster);

/* Not from within any of the calls; NULL is allowed. */
void cluster_close(struct cluster *cluster);

/* What cluster_list() is to do.  The ctx of all calls is the sink's. */
struct cluster_want {
	struct sink sink; /* wide: the kinds of resource.h too, but for Endpoints, of which there are slices */
	bool lenient;     /* do without pods, namespaces or policies that the server refuses to list */
	/* Objects of this kind cannot be known, and why in one sentence.  A resource that the server does not have is none. */
	void (*missing)(void *ctx, enum object_kind kind, const char *why);
	/* So many objects of this kind were received; may be NULL. */
	void (*progress)(void *ctx, enum object_kind kind, uint64_t n);
};

/* Hands over all objects there are now, and ends.  -1 with the first thing that went wrong; part of the objects may have
 * been handed over by then.  That the server refuses to list a resource is told as missing, and no failure. */
int cluster_list(const struct kubeconf *conf, const struct cluster_want *want, struct err *err)
	__attribute__((warn_unused_result));

#endif
