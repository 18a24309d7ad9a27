/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a watcher do next, after what went well and after what went wrong? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include <selvage/mem.h>

#include "watch_parts.h"

#define ONCE_TRIES 3         /* once: how often what may pass is tried again */
#define ONCE_WAIT 10.0       /* seconds; once: the longest Retry-After that is waited for */
#define HURRY_SECONDS 10.0   /* between two tries that follow a failure at once */
#define SAME_VERSION_TRIES 3 /* then a watch that fails is begun with a list */

/* A pod that finished drops out of the selection, which a watch tells as its delete. */
static const char *const selectors[OBJECT_KIND_COUNT] = {
	[OBJECT_POD] = "status.phase!=Succeeded,status.phase!=Failed",
};

const struct watch_pace watch_pace_usual = {
	.backoff = {.first = 0.8, .most = 30, .healthy = 120},
	.first_silence = 10,
	.shortest = 1,
	.watch_least = 300,
	.watch_most = 600,
	.watch_silence = 100,
	.head = 60,
	.list_silence = 30,
	.rewind_after = 300,
	.verify = 1800,
	.delete_after = 0.2,
	.delete_most = 30,
	.object_most = (size_t)8 << 20,
};

static uint32_t random_number(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		abort();
	return number;
}

static void timer_add(struct event *timer, double seconds)
{
	struct timeval wait = {(time_t)seconds, (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)};

	event_add(timer, &wait);
}

static void set_timer(struct watch *watch, double seconds)
{
	timer_add(watch->timer, seconds);
}

static void set_text(char **text, const char *to)
{
	char *copy = to ? mem_copy(to, strlen(to) + 1) : NULL;

	free(*text);
	*text = copy;
}

void watch_report(struct watch *watch, bool live, const char *error)
{
	struct cluster_state *state = &watch->state;
	bool same = state->live == live && !strcmp(state->error, error);

	state->live = live;
	snprintf(state->error, sizeof state->error, "%s", error);
	if (!same)
		watch->setup.changed(watch->setup.ctx, watch);
}

json_t *watch_parse(const char *text, size_t size, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(text, size, JSON_ALLOW_NUL, &why);

	if (!root)
		err_set(err, ERR_INPUT, "the API server sent what cannot be read: %s", why.text);
	return root;
}

const char *watch_version(const json_t *root)
{
	const char *version = json_string_value(json_object_get(json_object_get(root, "metadata"), "resourceVersion"));

	return version ? version : "";
}

struct query watch_query(const struct watch *watch, const char *version)
{
	return (struct query){watch->path, watch->no_selector ? NULL : selectors[watch->setup.kind], version, false};
}

/* Objects of a group ("GROUP/VERSION") are elsewhere than those of the core API ("v1"). */
static void set_paths(struct watch *watch)
{
	const struct object_type *type = object_type(watch->setup.kind);
	const char *slash = strchr(type->api, '/');
	int group = slash ? (int)(slash - type->api) : 0;

	if (asprintf(&watch->path, "/%s/%s/%s", slash ? "apis" : "api", type->api, type->resources) < 0 ||
	    asprintf(&watch->resource, "%s%s%.*s", type->resources, slash ? "." : "", group, type->api) < 0)
		abort();
}

int watch_item(struct watch *watch, json_t *root, struct item *item, struct err *err)
{
	const struct object_type *type = object_type(watch->setup.kind);

	watch->state.events++;
	watch->state.last_event = mono_now();
	if (!item_read(root, item))
		return err_set(err, ERR_INPUT, "the API server sent an object without a name");
	if (!json_object_get(root, "kind"))
		json_object_set_new(root, "kind", json_string(type->kind));
	if (!json_object_get(root, "apiVersion"))
		json_object_set_new(root, "apiVersion", json_string(type->api));
	return 0;
}

void watch_advance(struct watch *watch, const char *version)
{
	uint64_t number = version_parse(version);

	if (!*version || (number && number < watch->state.version))
		return;
	watch->older_since.ns = 0;
	set_text(&watch->version, version);
	watch->state.version = number;
}

void watch_list_drop(struct watch *watch)
{
	ledger_abort(watch->ledger);
	set_text(&watch->next_page, NULL);
	set_text(&watch->list_version, NULL);
}

bool watch_too_old(struct watch *watch, const char *version)
{
	uint64_t number = version_parse(version);
	struct mono now = mono_now();

	if (!number || number >= watch->state.version)
		return false;
	if (!watch->older_since.ns)
		watch->older_since = now;
	if (watch->from == FROM_NOW && mono_seconds(watch->older_since, now) >= watch->setup.pace->rewind_after) {
		ledger_rewind(watch->ledger);
		watch->state.version = 0;
		return false;
	}
	watch->from = FROM_NOW;
	return true;
}

void watch_commit(struct watch *watch)
{
	bool first = !watch->state.synced;
	size_t changes = ledger_commit(watch->ledger, &watch->setup.sink);

	if (watch->verifying) {
		watch->state.verified++;
		watch->state.differences += changes;
	}
	watch->verifying = false;
	watch_advance(watch, watch->list_version);
	watch_list_drop(watch);
	watch->listed = true;
	watch->from = FROM_LAST;
	watch->one_page = watch->skip_initial = false;
	watch->failed = 0;
	watch->unreachable = false;
	watch->state.lists++;
	watch->state.synced = true;
	if (first)
		watch->setup.changed(watch->setup.ctx, watch);
}

/* once: is there no use in trying again? */
static bool give_up(struct watch *watch, double at_least)
{
	return watch->setup.once && (at_least <= 0 || at_least > ONCE_WAIT || watch->failed > ONCE_TRIES);
}

void watch_verify_drop(struct watch *watch)
{
	if (watch->verifying)
		watch_list_drop(watch);
	watch->verifying = false;
}

void watch_retry(struct watch *watch, const char *why, double at_least)
{
	const struct backoff_pace *pace = &watch->setup.pace->backoff;

	watch_verify_drop(watch);
	watch->phase = PHASE_WAIT;
	watch->state.failures++;
	watch->failed++;
	if (give_up(watch, at_least))
		watch->done_for = true;
	else
		set_timer(watch, backoff_failed(&watch->backoff, pace, mono_now(), random_number(), at_least));
	watch_report(watch, false, why);
	if (watch->done_for)
		watch->setup.changed(watch->setup.ctx, watch);
}

void watch_hurry(struct watch *watch, const char *why)
{
	struct mono now = mono_now();

	if (watch->hurried.ns && mono_seconds(watch->hurried, now) < HURRY_SECONDS) {
		watch_retry(watch, why, 0);
		return;
	}
	watch->phase = PHASE_WAIT;
	watch->state.failures++;
	watch->failed++;
	watch->hurried = now;
	set_timer(watch, 0);
	watch_report(watch, false, why);
}

/* What the server does not know may be left out. */
static bool do_without(struct watch *watch, const struct refusal *refusal)
{
	bool invalid = refusal->code == 400 || refusal->code == 422;

	if (refusal->code == 400 && selectors[watch->setup.kind] && !watch->no_selector) {
		watch->no_selector = true;
	} else if (watch->phase == PHASE_INITIAL && invalid) {
		watch->no_initial = true;
	} else if (watch->phase == PHASE_INITIAL && refusal->code >= 500 && refusal->retry_after <= 0) {
		watch->skip_initial = true;
	} else {
		return false;
	}
	watch_list_drop(watch);
	watch->listed = false;
	return true;
}

/* What we know cannot be gone on from. */
static void expired(struct watch *watch, const char *why)
{
	if (watch->phase == PHASE_LIST && watch->next_page)
		watch->one_page = true;
	watch_list_drop(watch);
	watch->listed = false;
	watch->from = FROM_NOW;
	watch_hurry(watch, why);
}

void watch_refused(struct watch *watch, const char *verb, const struct refusal *refusal)
{
	const char *needs = watch->setup.once ? "list" : "list and watch";
	char why[sizeof watch->state.error];

	refusal_print(refusal, verb, watch->resource, needs, why, sizeof why);
	watch->refused = refusal->code;
	watch->unreachable = false;
	if (refusal_expired(refusal) || (refusal->code == 400 && watch->next_page)) {
		expired(watch, why);
	} else if (do_without(watch, refusal)) {
		watch->phase = PHASE_WAIT;
		set_timer(watch, 0);
	} else if (refusal->code == 401) {
		watch_hurry(watch, why);
	} else {
		if (refusal->code >= 500 && watch->failed >= SAME_VERSION_TRIES)
			watch->listed = false;
		watch_retry(watch, why, refusal->retry_after);
	}
}

void watch_next(struct watch *watch)
{
	bool initial = !watch->setup.once && !watch->no_initial && !watch->skip_initial && !watch->next_page;

	watch->refusal = (struct refusal){0};
	watch->refused = 0;
	watch->rejected = false;
	watch->begun = mono_now();
	watch->state.requests++;
	if (watch->listed && !watch->verifying)
		watch_stream_open(watch, false);
	else if (initial && !watch->verifying)
		watch_stream_open(watch, true);
	else
		watch_list_page(watch);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *watch = ctx;

	(void)fd;
	(void)what;
	if (watch->phase == PHASE_INITIAL && !watch_stream_stuck(watch))
		return;
	if (watch->phase == PHASE_INITIAL) {
		http_cancel(watch->request);
		watch->request = NULL;
		watch->skip_initial = true;
		watch_list_drop(watch);
	}
	watch_next(watch);
}

/* Clients that began together do not look together: the time between two looks varies by a fifth. */
static void verify_again(struct watch *watch)
{
	double seconds = watch->setup.pace->verify;

	if (seconds > 0 && !watch->setup.once)
		timer_add(watch->verify, seconds * (0.8 + 0.4 * random_number() / UINT32_MAX));
}

/*
 * Is what the watch has made us know what there is?  A list of the very version that we know tells, and then the watch goes
 * on from there: news that the watch has not told yet is no difference.
 */
static void on_verify(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *watch = ctx;

	(void)fd;
	(void)what;
	verify_again(watch);
	if (watch->phase != PHASE_STREAM || !watch->state.live || !watch->state.version)
		return;
	http_cancel(watch->request);
	watch->request = NULL;
	watch->verifying = true;
	watch_next(watch);
}

struct watch *watch_new(const struct watch_setup *setup)
{
	struct watch *watch = mem_new(1, sizeof *watch);

	watch->setup = *setup;
	set_paths(watch);
	watch->frames.limit = setup->pace->object_most;
	watch->ledger = ledger_new(setup->kind, setup->sink.wide);
	watch->from = setup->once ? FROM_NOW : FROM_ANY;
	set_text(&watch->version, "");
	watch->timer = evtimer_new(setup->base, on_timer, watch);
	watch->verify = evtimer_new(setup->base, on_verify, watch);
	if (!watch->timer || !watch->verify)
		abort();
	set_timer(watch, 0);
	verify_again(watch);
	return watch;
}

const struct cluster_state *watch_state(const struct watch *watch)
{
	return &watch->state;
}

bool watch_failed(const struct watch *watch)
{
	return watch->done_for;
}

long watch_refusal(const struct watch *watch)
{
	return watch->refused;
}

enum object_kind watch_kind(const struct watch *watch)
{
	return watch->setup.kind;
}

void watch_wake(struct watch *watch)
{
	if (watch->phase != PHASE_WAIT || !watch->unreachable || watch->done_for)
		return;
	watch->unreachable = false;
	set_timer(watch, 0);
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	http_cancel(watch->request);
	event_free(watch->timer);
	event_free(watch->verify);
	ledger_free(watch->ledger);
	frames_fini(&watch->frames);
	free(watch->path);
	free(watch->resource);
	free(watch->version);
	free(watch->next_page);
	free(watch->list_version);
	free(watch);
}
