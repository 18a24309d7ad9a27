/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps account of all objects of one kind: lists them, then watches what becomes of them, and does so again whenever it
 * has to, at the pace of a well-behaved client (Kubernetes API Concepts; client-go's Reflector).
 */
#ifndef SELVAGE_INPUT_WATCH_H
#define SELVAGE_INPUT_WATCH_H

#include <selvage/cluster.h>

#include "backoff.h"
#include "http.h"

struct watch;

struct watch_pace {
	struct backoff_pace backoff;
	double first_silence; /* seconds without a new object after which a watch that begins with a list has none */
	double shortest;      /* a watch that ends sooner has failed */
	unsigned watch_least, watch_most; /* seconds that the server is asked to let a watch last */
	double watch_silence;             /* in a watch: bookmarks come about once a minute */
	double head, list_silence;        /* before an answer, and within a list */
	double rewind_after;              /* how long only older state has to be told until it is believed */
	double verify;                    /* between two looks whether what is known is what there is, about; 0: none */
	double delete_after;              /* how long a policy's delete waits for news of its namespace */
	double delete_most;               /* the same, if there is no watch that could bring such news */
	size_t object_most;               /* bytes */
};

extern const struct watch_pace watch_pace_usual;

struct watch_setup {
	enum object_kind kind;
	const struct watch_pace *pace; /* this and http are borrowed */
	struct event_base *base;
	struct http *http;
	struct sink sink;
	bool once; /* a list is all that is wanted; what fails stays failed */
	/* The state changed: synced, live or error. */
	void (*changed)(void *ctx, struct watch *watch);
	/* A page of a list is there; may be NULL. */
	void (*paged)(void *ctx, struct watch *watch);
	void *ctx;
};

struct watch *watch_new(const struct watch_setup *setup);

const struct cluster_state *watch_state(const struct watch *watch);

/* `once`: did it fail for good? */
bool watch_failed(const struct watch *watch);

/* The HTTP status of the refusal that made it fail, 0 if it was something else. */
long watch_refusal(const struct watch *watch);

enum object_kind watch_kind(const struct watch *watch);

/* The server can be reached: if it could not be when last tried, try again now. */
void watch_wake(struct watch *watch);

void watch_free(struct watch *watch);

#endif
