/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the objects? */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include <selvage/mem.h>

#include "watch_parts.h"

#define INITIAL_END "k8s.io/initial-events-end"

/* Is this the bookmark after the last object that there was? */
static bool ends_initial(const json_t *root)
{
	const json_t *notes = json_object_get(json_object_get(root, "metadata"), "annotations");
	const char *value = json_string_value(json_object_get(notes, INITIAL_END));

	return value && !strcmp(value, "true");
}

/* The list at the beginning of the watch is complete. */
static int initial_end(struct watch *watch, const json_t *root, struct err *err)
{
	const char *version = watch_version(root);

	if (watch_too_old(watch, version))
		return err_set(err, ERR_ABSENT, "the API server's state is older than what it told before");
	event_del(watch->timer);
	watch->phase = PHASE_STREAM;
	watch->list_version = mem_copy(version, strlen(version) + 1);
	watch_commit(watch);
	watch_report(watch, true, "");
	return 0;
}

/*
 * The server tells of a version before the one we asked it to go on from.  Usually it lags behind and will catch up; if it
 * does not for long, its history was replaced, and only a list shows that.
 */
static int on_older(struct watch *watch, struct err *err)
{
	struct mono now = mono_now();

	if (!watch->older_since.ns)
		watch->older_since = now;
	if (mono_seconds(watch->older_since, now) < watch->setup.pace->rewind_after)
		return 0;
	watch->from = FROM_NOW;
	return err_set(err, ERR_ABSENT, "the API server's state stays older than what it told before");
}

static bool is_older(const struct watch *watch, const char *version)
{
	uint64_t number = version_parse(version);

	return watch->phase == PHASE_STREAM && number && number < watch->state.version;
}

/* "Bookmarks [...] mark that all changes up to a given resourceVersion the client is requesting have already been sent." */
static int on_bookmark(struct watch *watch, json_t *root, struct err *err)
{
	const char *version = watch_version(root);

	watch->state.last_event = mono_now();
	if (is_older(watch, version))
		return on_older(watch, err);
	if (watch->phase == PHASE_STREAM)
		watch_advance(watch, version);
	else if (ends_initial(root))
		return initial_end(watch, root, err);
	else
		watch->streaming = true;
	return 0;
}

static void initial_put(struct watch *watch, const struct item *item)
{
	if (ledger_gather(watch->ledger, item) && !watch->streaming)
		watch->progress = mono_now();
}

/* "ERROR": a Status. */
static int on_error(struct watch *watch, json_t *root, struct err *err)
{
	refusal_read(root, &watch->refusal);
	if (!watch->refusal.code)
		watch->refusal.code = 500;
	return err_set(err, ERR_ABSENT, "the API server ended the watch");
}

static int on_change(struct watch *watch, json_t *root, bool deleted, struct err *err)
{
	struct item item;
	bool fresh = true;

	if (watch_item(watch, root, &item, err))
		return -1;
	if (is_older(watch, watch_version(root))) {
		watch->state.stale++;
		return on_older(watch, err);
	}
	if (watch->phase == PHASE_STREAM) {
		fresh = deleted ? ledger_del(watch->ledger, &item, &watch->setup.sink)
				: ledger_put(watch->ledger, &item, &watch->setup.sink);
		watch_advance(watch, watch_version(root));
	} else if (deleted) {
		ledger_gather_del(watch->ledger, &item);
	} else {
		initial_put(watch, &item);
	}
	watch->state.stale += !fresh;
	return 0;
}

static int on_typed(struct watch *watch, const char *type, json_t *object, struct err *err)
{
	if (!strcmp(type, "ADDED"))
		return on_change(watch, object, false, err);
	watch->streaming = watch->streaming || watch->phase == PHASE_INITIAL;
	if (!strcmp(type, "MODIFIED"))
		return on_change(watch, object, false, err);
	if (!strcmp(type, "DELETED"))
		return on_change(watch, object, true, err);
	return err_set(err, ERR_INPUT, "the API server sent an event of unknown type \"%.20s\"", type);
}

static int on_event(void *ctx, const char *text, size_t size, struct err *err)
{
	struct watch *watch = ctx;
	json_t *root = watch_parse(text, size, err), *object = json_object_get(root, "object");
	const char *type = json_string_value(json_object_get(root, "type"));
	int status;

	if (root && (!type || !json_is_object(object)))
		status = err_set(err, ERR_INPUT, "the API server sent what is no event");
	else if (!root)
		status = -1;
	else if (!strcmp(type, "BOOKMARK"))
		status = on_bookmark(watch, object, err);
	else if (!strcmp(type, "ERROR"))
		status = on_error(watch, object, err);
	else
		status = on_typed(watch, type, object, err);
	json_decref(root);
	return status;
}

static int on_bytes(void *ctx, const char *bytes, size_t n)
{
	struct watch *watch = ctx;
	struct err err = {0};

	if (!frames_feed(&watch->frames, bytes, n, on_event, watch, &err))
		return 0;
	if (err.code == ERR_ABSENT && watch->refusal.code)
		return -1;
	watch->rejected = err.code == ERR_INPUT;
	memcpy(watch->refusal.message, err.msg, sizeof watch->refusal.message - 1);
	return -1;
}

static void on_head(void *ctx)
{
	struct watch *watch = ctx;

	watch->unreachable = false;
	if (watch->phase != PHASE_STREAM)
		return;
	watch->failed = 0;
	watch_report(watch, true, "");
}

/* The watch did not end by an answer that refuses it: what was it? */
static void stream_ended(struct watch *watch, const struct http_result *result)
{
	bool initial = watch->phase == PHASE_INITIAL;
	bool brief = mono_seconds(watch->begun, mono_now()) < watch->setup.pace->shortest;

	if (initial && watch->failed && result->status / 100 == 2)
		watch->skip_initial = true;
	if (result->outcome != HTTP_ANSWERED)
		watch_retry(watch, result->error, 0);
	else if (!frames_complete(&watch->frames))
		watch_retry(watch, "the watch broke off in the middle of an event", 0);
	else if (initial)
		watch_retry(watch, "the watch ended before all objects were told", 0);
	else if (brief)
		watch_retry(watch, "the watch ended at once", 0);
	else
		watch_next(watch);
}

/* What came could not be used: begins with a list. */
static void stream_stopped(struct watch *watch)
{
	watch->state.rejected += watch->rejected;
	watch->listed = false;
	watch_retry(watch, watch->refusal.message, 0);
}

static void stream_done(void *ctx, const struct http_result *result)
{
	struct watch *watch = ctx;
	struct refusal refusal = watch->refusal;

	event_del(watch->timer);
	watch->request = NULL;
	watch->unreachable = http_unreachable(result);
	watch->state.restarts++;
	if (watch->rejected || (result->outcome == HTTP_STOPPED && !refusal.code)) {
		stream_stopped(watch);
	} else if (refusal.code) {
		watch_refused(watch, "watch", &refusal);
	} else if (result->outcome == HTTP_ANSWERED && result->status / 100 != 2) {
		refusal_from(result, &refusal);
		watch_refused(watch, "watch", &refusal);
	} else {
		stream_ended(watch, result);
	}
}

/* Seconds that a watch may last, different each time so that clients do not come back all at once. */
static unsigned watch_seconds(const struct watch_pace *pace)
{
	uint32_t number;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		abort();
	return pace->watch_least + number % (pace->watch_most - pace->watch_least + 1);
}

bool watch_stream_stuck(struct watch *watch)
{
	double most = watch->setup.pace->first_silence, left = most - mono_seconds(watch->progress, mono_now());
	struct timeval wait = {(time_t)left, (suseconds_t)((left - (double)(time_t)left) * 1e6)};

	if (left <= 0)
		return true;
	event_add(watch->timer, &wait);
	return false;
}

/* "" asks for what is stored now, which the server can tell from its cache when a watch begins with a list. */
static const char *initial_from(const struct watch *watch)
{
	return watch->from == FROM_LAST ? watch->version : "";
}

void watch_stream_open(struct watch *watch, bool initial)
{
	const struct watch_pace *pace = watch->setup.pace;
	struct http_patience patience = {pace->head, pace->watch_silence};
	struct http_calls calls = {.head = on_head, .data = on_bytes, .done = stream_done, .ctx = watch};
	struct query query = watch_query(watch, initial ? initial_from(watch) : watch->version);
	char *path = query_watch(&query, initial, watch_seconds(pace));

	if (initial)
		ledger_begin(watch->ledger);
	watch->frames.list = false;
	frames_reset(&watch->frames);
	watch->phase = initial ? PHASE_INITIAL : PHASE_STREAM;
	watch->progress = watch->begun;
	watch->streaming = false;
	watch->request = http_get(watch->setup.http, path, &patience, &calls);
	if (initial)
		watch_stream_stuck(watch);
	free(path);
}
