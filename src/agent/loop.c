/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens next? */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <event2/event.h>

#include <selvage/cluster.h>
#include <selvage/health.h>
#include <selvage/json_print.h>
#include <selvage/local.h>
#include <selvage/loop.h>
#include <selvage/status.h>

#include "config.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 10000
#define WAIT_MS 25 /* from look to look, while another agent holds the table */
#define GUARD_MS 500
#define VERIFY_LEAST_SECONDS 240
#define VERIFY_SPREAD_SECONDS 120 /* so that the nodes of a cluster do not all do it at once */
#define CUT_RETRY_SECONDS 1
#define SOURCES_FIRST_MS \
	10 /* after an interface came or changed, until its address is looked for; then each time later */
#define SOURCES_LAST_MS 640
#define CUT_MS 10 /* so that changes that come together are one look through all connections */

struct loop {
	struct event_base *base;
	struct event *files, *proposed, *retry, *guard, *verify, *heard, *cut, *settle, *dropped, *links, *sources,
		*term, *interrupt, *hangup;
	struct health *health;
	struct local *local;
	struct reconcile *reconcile;
	struct folder *folder, *shadow;
	struct cluster *cluster;
	struct err unsynced;
	int retry_ms, sources_ms;
	bool told_ready;
};

/* Which kind is not known yet, and why?  NULL once all were known: what is known stays, even if the server goes away. */
static const char *unsynced(struct loop *loop)
{
	if (!loop->cluster || cluster_synced(loop->cluster))
		return NULL;
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++) {
		const struct cluster_state *state = cluster_state(loop->cluster, (enum object_kind)k);

		if (state->synced)
			continue;
		err_set(&loop->unsynced, ERR_ABSENT, "the list of %s objects is not complete yet%s%s",
			object_kind_name((enum object_kind)k), *state->error ? ": " : "", state->error);
		break;
	}
	return loop->unsynced.msg;
}

static const char *unready(void *ctx)
{
	struct loop *loop = ctx;
	const char *why = unsynced(loop);

	return why ? why : reconcile_unready(loop->reconcile);
}

static void tell_ready(struct loop *loop)
{
	if (loop->told_ready || unready(loop))
		return;
	loop->told_ready = true;
#ifdef HAVE_SYSTEMD
	sd_notify(0, "READY=1");
#endif
}

static void settle_later(struct loop *loop)
{
	int ms = reconcile_lingers(loop->reconcile);

	if (ms && !evtimer_pending(loop->settle, NULL))
		event_add(loop->settle, &(struct timeval){0, ms * 1000});
}

/* Commits what is new, once everything is known; if the kernel would not have it, tries again, each time later. */
static void turn(struct loop *loop)
{
	int ms = loop->retry_ms;
	bool ok;

	if (unsynced(loop))
		return;
	ok = reconcile_turn(loop->reconcile);
	if (ok && reconcile_closing(loop->reconcile) && !evtimer_pending(loop->cut, NULL))
		event_add(loop->cut, &(struct timeval){0, CUT_MS * 1000});
	settle_later(loop);
	if (ok) {
		loop->retry_ms = RETRY_FIRST_MS;
		event_del(loop->retry);
		tell_ready(loop);
		return;
	}
	if (reconcile_waiting(loop->reconcile))
		ms = WAIT_MS;
	else
		loop->retry_ms = ms * 2 < RETRY_LAST_MS ? ms * 2 : RETRY_LAST_MS;
	event_add(loop->retry, &(struct timeval){ms / 1000, ms % 1000 * 1000});
}

static void on_files(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	reconcile_arrival(loop->reconcile, mono_now());
	folder_turn(loop->folder);
	reconcile_whole(loop->reconcile, folder_whole(loop->folder));
	turn(loop);
}

static void on_proposed(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	folder_turn(loop->shadow);
	turn(loop);
}

static void on_turned(void *ctx)
{
	struct loop *loop = ctx;

	reconcile_arrival(loop->reconcile, cluster_heard(loop->cluster));
	turn(loop);
}

/* Says once when the API server goes and when it is back. */
static void on_changed(void *ctx)
{
	struct loop *loop = ctx;

	for (int k = 0; loop->cluster && k < OBJECT_WATCHED_COUNT; k++) {
		const struct cluster_state *state = cluster_state(loop->cluster, (enum object_kind)k);

		reconcile_feed(loop->reconcile, (enum object_kind)k, state->error);
		reconcile_differences(loop->reconcile, (enum object_kind)k, state->differences);
	}
	turn(loop);
}

static void on_retry(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	turn(ctx);
}

static void on_settle(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	if (reconcile_settle(loop->reconcile))
		settle_later(loop);
	else
		turn(loop);
}

static void on_cut(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;
	bool ok = reconcile_cut(loop->reconcile);

	(void)fd;
	(void)what;
	if (reconcile_closing(loop->reconcile))
		event_add(loop->cut, &(struct timeval){ok ? 0 : CUT_RETRY_SECONDS, 0});
}

/* Adds an event that must be there; `wait` is for timers. */
static struct event *watch(struct event *event, const struct timeval *wait)
{
	if (!event || event_add(event, wait))
		abort();
	return event;
}

static void tell_line(void *ctx, const char *line, size_t n)
{
	local_tell(ctx, line, n);
}

static void on_dropped(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;
	bool wanted = loop->local && local_heard(loop->local);

	(void)fd;
	(void)what;
	reconcile_dropped(loop->reconcile, wanted ? tell_line : NULL, loop->local);
}

static void sources_later(struct loop *loop)
{
	event_add(loop->sources, &(struct timeval){0, loop->sources_ms * 1000});
}

static void on_links(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	reconcile_links_heard(loop->reconcile);
	loop->sources_ms = SOURCES_FIRST_MS;
	if (!evtimer_pending(loop->sources, NULL))
		sources_later(loop);
}

static void on_sources(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	reconcile_sources(loop->reconcile);
	loop->sources_ms *= 2;
	if (loop->sources_ms <= SOURCES_LAST_MS)
		sources_later(loop);
}

/* What another agent may have had until now. */
static void take_over(struct loop *loop)
{
	int fd = reconcile_drops_fd(loop->reconcile);
	struct err err;

	if (fd >= 0 && !loop->dropped)
		loop->dropped = watch(event_new(loop->base, fd, EV_READ | EV_PERSIST, on_dropped, loop), NULL);
	if (!loop->local)
		return;
	if (!local_open(loop->local, reconcile_programmed(loop->reconcile), &err))
		reconcile_unheard(loop->reconcile, NULL);
	else if (err.code != ERR_BUSY)
		reconcile_unheard(loop->reconcile, &err);
}

static void on_guard(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	if (reconcile_guard(loop->reconcile))
		turn(loop);
	tell_ready(loop);
	take_over(loop);
}

/* What the Node object tells counts at once. */
static void on_node(void *ctx, const struct cidrs *cidrs, const char *why)
{
	struct loop *loop = ctx;

	reconcile_node(loop->reconcile, cidrs, why);
	if (reconcile_guard(loop->reconcile))
		turn(loop);
}

static void on_heard(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	if (reconcile_heard(loop->reconcile))
		turn(loop);
}

static void verify_later(struct loop *loop)
{
	unsigned char dice;

	evutil_secure_rng_get_bytes(&dice, sizeof dice);
	event_add(loop->verify, &(struct timeval){VERIFY_LEAST_SECONDS + dice * VERIFY_SPREAD_SECONDS / 256, 0});
}

static void on_verify(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	reconcile_verify(loop->reconcile);
	turn(loop);
	verify_later(loop);
}

static void on_hangup(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	if (loop->folder) {
		folder_load(loop->folder);
		reconcile_whole(loop->reconcile, folder_whole(loop->folder));
	}
	if (loop->shadow)
		folder_load(loop->shadow);
	reconcile_doubt(loop->reconcile);
	turn(loop);
}

static void on_stop(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(((struct loop *)ctx)->base);
}

static struct feed_metrics feed(const struct cluster_state *state)
{
	return (struct feed_metrics){
		.watched = true,
		.synced = state->synced,
		.restarts = state->restarts,
		.verified = state->verified,
		.differences = state->differences,
		.age = state->last_event.ns ? mono_seconds(state->last_event, mono_now()) : 0,
	};
}

static void metrics(void *ctx, struct metrics *out)
{
	struct loop *loop = ctx;

	reconcile_metrics(loop->reconcile, out);
	out->degraded = unready(loop);
	out->ready = !out->degraded;
	for (int k = 0; loop->cluster && k < OBJECT_WATCHED_COUNT; k++)
		out->feeds[k] = feed(cluster_state(loop->cluster, (enum object_kind)k));
}

static void remarks(void *ctx, FILE *out)
{
	reconcile_flaws(((struct loop *)ctx)->reconcile, out);
}

static void status(void *ctx, FILE *out)
{
	struct loop *loop = ctx;
	const char *why = unsynced(loop);
	json_t *doc = reconcile_status(loop->reconcile);

	if (why)
		status_reason(doc, why);
	for (int k = 0; loop->cluster && k < OBJECT_WATCHED_COUNT; k++) {
		const struct cluster_state *state = cluster_state(loop->cluster, (enum object_kind)k);
		const struct feed_metrics feed_now = feed(state);

		status_feed(doc, (enum object_kind)k, &feed_now, state->error);
	}
	json_print_line(doc, out);
}

static void loop_fini(struct loop *loop)
{
	struct event *events[] = {loop->files,   loop->proposed, loop->retry,     loop->guard,   loop->verify,
				  loop->heard,   loop->cut,      loop->settle,    loop->dropped, loop->links,
				  loop->sources, loop->term,     loop->interrupt, loop->hangup};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			event_free(events[i]);
	health_free(loop->health);
	local_free(loop->local);
	cluster_close(loop->cluster);
	if (loop->base)
		event_base_free(loop->base);
}

static int loop_init(struct loop *loop, const char *address, const char *path, struct err *err)
{
	const struct local_source local = {status, loop};
	struct health_source source = {unready, remarks, metrics, loop};
	const struct timeval guard = {0, GUARD_MS * 1000};
	struct event_base *base = event_base_new();

	loop->base = base;
	signal(SIGPIPE, SIG_IGN); /* of clients that go while they are answered; a write's error is enough */
	if (!base)
		return err_sys(err, ERR_IO, errno, "cannot make an event loop");
	loop->retry = evtimer_new(base, on_retry, loop);
	loop->cut = evtimer_new(base, on_cut, loop);
	loop->settle = evtimer_new(base, on_settle, loop);
	loop->verify = evtimer_new(base, on_verify, loop);
	loop->sources = evtimer_new(base, on_sources, loop);
	if (!loop->retry || !loop->cut || !loop->settle || !loop->verify || !loop->sources)
		abort();
	verify_later(loop);
	loop->heard = watch(event_new(base, reconcile_fd(loop->reconcile), EV_READ | EV_PERSIST, on_heard, loop), NULL);
	if (reconcile_links_fd(loop->reconcile) >= 0)
		loop->links = watch(event_new(base, reconcile_links_fd(loop->reconcile), EV_READ | EV_PERSIST, on_links,
					      loop),
				    NULL);
	if (loop->folder)
		loop->files =
			watch(event_new(base, folder_fd(loop->folder), EV_READ | EV_PERSIST, on_files, loop), NULL);
	if (loop->shadow)
		loop->proposed =
			watch(event_new(base, folder_fd(loop->shadow), EV_READ | EV_PERSIST, on_proposed, loop), NULL);
	loop->guard = watch(event_new(base, -1, EV_PERSIST, on_guard, loop), &guard);
	loop->term = watch(evsignal_new(base, SIGTERM, on_stop, loop), NULL);
	loop->interrupt = watch(evsignal_new(base, SIGINT, on_stop, loop), NULL);
	loop->hangup = watch(evsignal_new(base, SIGHUP, on_hangup, loop), NULL);
	if (path)
		loop->local = local_new(base, path, &local);
	take_over(loop);
	if (address)
		loop->health = health_new(base, address, &source, err);
	return address && !loop->health ? -1 : 0;
}

/* Reads the files, or begins to watch the API server. */
static int loop_start(struct loop *loop, const struct kubeconf *api, struct err *err)
{
	struct cluster_calls calls = {
		.sink = reconcile_sink(loop->reconcile),
		.turned = on_turned,
		.changed = on_changed,
		.node = reconcile_asks(loop->reconcile),
		.node_told = on_node,
		.ctx = loop,
	};

	reconcile_guard(loop->reconcile);
	if (loop->shadow)
		folder_load(loop->shadow);
	if (loop->folder) {
		folder_load(loop->folder);
		reconcile_whole(loop->reconcile, folder_whole(loop->folder));
		turn(loop);
		return 0;
	}
	loop->cluster = cluster_open(loop->base, api, &calls, NULL, err);
	return loop->cluster ? 0 : -1;
}

int loop_run(const struct loop_config *config, struct err *err)
{
	struct loop loop = {.reconcile = config->reconcile,
			    .folder = config->folder,
			    .shadow = config->shadow,
			    .retry_ms = RETRY_FIRST_MS};
	int rc = loop_init(&loop, config->metrics, config->socket, err) || loop_start(&loop, config->api, err) ? -1 : 0;

	if (!rc)
		event_base_dispatch(loop.base);
	loop_fini(&loop);
	return rc;
}
