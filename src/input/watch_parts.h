/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the watcher have from each other. */
#ifndef SELVAGE_INPUT_WATCH_PARTS_H
#define SELVAGE_INPUT_WATCH_PARTS_H

#include <jansson.h>

#include "frames.h"
#include "ledger.h"
#include "query.h"
#include "refusal.h"
#include "watch.h"

#define LIST_LIMIT 500 /* objects in a page */

struct event;

/* What a list must not be older than. */
enum watch_from {
	FROM_ANY,  /* whatever the server has at hand */
	FROM_LAST, /* what we know */
	FROM_NOW,  /* what is stored at this moment */
};

/* What is in flight. */
enum watch_phase {
	PHASE_WAIT,    /* nothing: the timer, if it is set, begins the next try */
	PHASE_LIST,    /* a page */
	PHASE_INITIAL, /* a watch that begins with all objects there are */
	PHASE_STREAM,  /* a watch */
};

struct watch {
	struct watch_setup setup;
	char *path;     /* "/apis/networking.k8s.io/v1/networkpolicies" */
	char *resource; /* "networkpolicies.networking.k8s.io", as roles name it */
	struct cluster_state state;
	struct ledger *ledger;
	struct frames frames;
	struct backoff backoff;
	struct event *timer;
	struct event *verify; /* the next look */
	struct http_request *request;
	enum watch_phase phase;
	struct mono begun; /* the request */

	/* Where we are. */
	char *version;           /* resourceVersion of what was handed over; "" if there is none */
	bool listed;             /* a watch can go on from it */
	enum watch_from from;    /* if a list is wanted */
	struct mono older_since; /* only older state was told since then; ns 0: not so */

	/* The list in progress. */
	char *next_page;      /* continue token, or NULL */
	char *list_version;   /* resourceVersion of its first page, or NULL */
	bool one_page;        /* pages expired: all in one */
	bool verifying;       /* it is of the version that we know, to compare */
	struct mono progress; /* PHASE_INITIAL: when a new object came */
	bool streaming;       /* PHASE_INITIAL: what came tells of changes, no longer of what there was */

	/* What the server cannot do. */
	bool no_initial, skip_initial; /* never, or not for this list */
	bool no_selector;

	/* How the last tries went. */
	unsigned failed;        /* in a row */
	struct mono hurried;    /* when a failure was last answered at once; ns 0: never */
	bool unreachable;       /* the server could not be reached */
	bool done_for;          /* once: failed for good */
	long refused;           /* the last try: HTTP status of a refusal, 0 if it was something else */
	struct refusal refusal; /* of an ERROR event; code 0: there was none */
	bool rejected;          /* an object was too large or could not be read */
};

/* Begins what is next: a list, or a watch where the last one ended. */
void watch_next(struct watch *watch);

/* Says why something failed, and tries again later. */
void watch_retry(struct watch *watch, const char *why, double at_least);

/* Tries again at once; if that was done a moment ago already, later. */
void watch_hurry(struct watch *watch, const char *why);

/* The server answered a list (`verb`) or watch with a refusal. */
void watch_refused(struct watch *watch, const char *verb, const struct refusal *refusal);

/* What was told lies before what we know: must it be refused?  Believed if it is all there is to be had for long. */
bool watch_too_old(struct watch *watch, const char *version);

/* Gives up comparing; what was known is as good as before. */
void watch_verify_drop(struct watch *watch);

/* Drops the list that is in progress. */
void watch_list_drop(struct watch *watch);

/* The list is complete, at list_version: hands it over. */
void watch_commit(struct watch *watch);

/* Counts an object, reads its names and completes it; -1 if it has none. */
int watch_item(struct watch *watch, json_t *root, struct item *item, struct err *err);

/* We know what there is up to this version. */
void watch_advance(struct watch *watch, const char *version);

/* Sets what the state says, and tells if that is new. */
void watch_report(struct watch *watch, bool live, const char *error);

/* Parses text that the server sent; NULL with ERR_INPUT. */
json_t *watch_parse(const char *text, size_t size, struct err *err);

/* The resourceVersion in an object's metadata, "" if there is none. */
const char *watch_version(const json_t *root);

struct query watch_query(const struct watch *watch, const char *version);

void watch_list_page(struct watch *watch);
void watch_stream_open(struct watch *watch, bool initial);

/* PHASE_INITIAL: is it time to give up on the list?  If not, sets the timer again. */
bool watch_stream_stuck(struct watch *watch);

#endif
