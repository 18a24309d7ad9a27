/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a live cluster at this moment? */
#include <event2/event.h>

#include <selvage/cluster.h>

#include "watch.h"

#define UNAUTHORIZED 401
#define NOT_FOUND 404

struct listing {
	const struct cluster_want *want;
	struct event_base *base;
	struct watch *watches[OBJECT_KIND_COUNT]; /* NULL: not wanted */
};

/* "Endpoints [...] is deprecated: use EndpointSlice": a live cluster has slices of all of them. */
static bool is_wanted(const struct cluster_want *want, enum object_kind kind)
{
	return kind < OBJECT_WATCHED_COUNT || (want->sink.wide && kind != OBJECT_ENDPOINTS);
}

/* Can the others be of use without this kind, which could not be had? */
static bool may_miss(const struct listing *listing, const struct watch *watch)
{
	long code = watch_refusal(watch);

	return code && code != UNAUTHORIZED && (listing->want->lenient || watch_kind(watch) >= OBJECT_WATCHED_COUNT);
}

/* The first that failed and whose objects cannot be done without, or NULL. */
static const struct watch *failed_watch(const struct listing *listing)
{
	for (size_t i = 0; i < OBJECT_KIND_COUNT; i++)
		if (listing->watches[i] && watch_failed(listing->watches[i]) && !may_miss(listing, listing->watches[i]))
			return listing->watches[i];
	return NULL;
}

/* Has every kind come, or failed? */
static bool all_told(const struct listing *listing)
{
	for (size_t i = 0; i < OBJECT_KIND_COUNT; i++)
		if (listing->watches[i] && !watch_state(listing->watches[i])->synced &&
		    !watch_failed(listing->watches[i]))
			return false;
	return true;
}

static void on_changed(void *ctx, struct watch *watch)
{
	struct listing *listing = ctx;

	(void)watch;
	if (failed_watch(listing) || all_told(listing))
		event_base_loopbreak(listing->base);
}

static void on_paged(void *ctx, struct watch *watch)
{
	const struct cluster_want *want = ((struct listing *)ctx)->want;

	if (want->progress)
		want->progress(want->sink.ctx, watch_kind(watch), watch_state(watch)->events);
}

/* Tells what is not known.  A resource that the server does not know has no objects. */
static void tell_missing(struct listing *listing)
{
	const struct cluster_want *want = listing->want;

	for (enum object_kind kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
		const struct watch *watch = listing->watches[kind];
		bool absent = watch && kind >= OBJECT_WATCHED_COUNT && watch_refusal(watch) == NOT_FOUND;

		if (watch && watch_failed(watch) && !absent)
			want->missing(want->sink.ctx, kind, watch_state(watch)->error);
	}
}

/* Runs until everything is there, or something failed. */
static int listing_run(struct listing *listing, struct http *http, struct err *err)
{
	struct watch_setup setup = {
		.pace = &watch_pace_usual,
		.base = listing->base,
		.http = http,
		.sink = listing->want->sink,
		.once = true,
		.changed = on_changed,
		.paged = on_paged,
		.ctx = listing,
	};
	const struct watch *failed;

	for (enum object_kind kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
		setup.kind = kind;
		if (is_wanted(listing->want, kind))
			listing->watches[kind] = watch_new(&setup);
	}
	event_base_dispatch(listing->base);
	failed = failed_watch(listing);
	if (failed || !all_told(listing))
		return err_set(err, ERR_IO, "%s", failed ? watch_state(failed)->error : "the event loop failed");
	tell_missing(listing);
	return 0;
}

int cluster_list(const struct kubeconf *conf, const struct cluster_want *want, struct err *err)
{
	struct listing listing = {.want = want, .base = event_base_new()};
	struct http_setup setup = {.base = listing.base, .conf = conf};
	struct http *http;
	int status = -1;

	if (!listing.base)
		return err_set(err, ERR_IO, "cannot make an event loop");
	http = http_new(&setup, err);
	if (http)
		status = listing_run(&listing, http, err);
	for (size_t i = 0; i < OBJECT_KIND_COUNT; i++)
		watch_free(listing.watches[i]);
	http_free(http);
	event_base_free(listing.base);
	return status;
}
