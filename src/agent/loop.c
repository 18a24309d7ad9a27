/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens next? */
#include <selvage/health.h>
#include <selvage/loop.h>

#include <errno.h>
#include <signal.h>

#include <event2/event.h>

#include "config.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 10000

struct loop {
	struct event_base *base;
	struct event *files, *retry, *term, *interrupt, *hangup;
	struct health *health;
	struct reconcile *reconcile;
	struct folder *folder;
	int retry_ms;
	bool told_ready;
};

static void tell_ready(struct loop *loop)
{
	if (loop->told_ready)
		return;
	loop->told_ready = true;
#ifdef HAVE_SYSTEMD
	sd_notify(0, "READY=1");
#endif
}

/* Commits what is new; if the kernel would not have it, tries again, each time later. */
static void turn(struct loop *loop)
{
	struct timeval wait = {loop->retry_ms / 1000, loop->retry_ms % 1000 * 1000};

	if (reconcile_turn(loop->reconcile)) {
		loop->retry_ms = RETRY_FIRST_MS;
		event_del(loop->retry);
		tell_ready(loop);
		return;
	}
	event_add(loop->retry, &wait);
	loop->retry_ms = loop->retry_ms * 2 < RETRY_LAST_MS ? loop->retry_ms * 2 : RETRY_LAST_MS;
}

static void on_files(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	reconcile_arrival(loop->reconcile, mono_now());
	folder_turn(loop->folder);
	turn(loop);
}

static void on_retry(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	turn(ctx);
}

static void on_hangup(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	folder_load(loop->folder);
	reconcile_doubt(loop->reconcile);
	turn(loop);
}

static void on_stop(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(((struct loop *)ctx)->base);
}

static const char *unready(void *ctx)
{
	return reconcile_ready(((struct loop *)ctx)->reconcile) ? NULL : "the kernel does not hold what is wanted\n";
}

static void metrics(void *ctx, struct metrics *out)
{
	reconcile_metrics(((struct loop *)ctx)->reconcile, out);
}

static void loop_fini(struct loop *loop)
{
	struct event *events[] = {loop->files, loop->retry, loop->term, loop->interrupt, loop->hangup};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			event_free(events[i]);
	health_free(loop->health);
	if (loop->base)
		event_base_free(loop->base);
}

static int loop_init(struct loop *loop, const char *address, struct err *err)
{
	struct health_source source = {unready, metrics, loop};

	loop->base = event_base_new();
	if (!loop->base)
		return err_sys(err, ERR_IO, errno, "cannot make an event loop");
	loop->files = event_new(loop->base, folder_fd(loop->folder), EV_READ | EV_PERSIST, on_files, loop);
	loop->retry = evtimer_new(loop->base, on_retry, loop);
	loop->term = evsignal_new(loop->base, SIGTERM, on_stop, loop);
	loop->interrupt = evsignal_new(loop->base, SIGINT, on_stop, loop);
	loop->hangup = evsignal_new(loop->base, SIGHUP, on_hangup, loop);
	if (!loop->files || !loop->retry || !loop->term || !loop->interrupt || !loop->hangup)
		return err_set(err, ERR_IO, "cannot make the loop's events");
	if (event_add(loop->files, NULL) || event_add(loop->term, NULL) || event_add(loop->interrupt, NULL) ||
	    event_add(loop->hangup, NULL))
		return err_set(err, ERR_IO, "cannot wait for files and signals");
	if (address)
		loop->health = health_new(loop->base, address, &source, err);
	return address && !loop->health ? -1 : 0;
}

int loop_run(const struct loop_config *config, struct err *err)
{
	struct loop loop = {.reconcile = config->reconcile, .folder = config->folder, .retry_ms = RETRY_FIRST_MS};
	int rc = loop_init(&loop, config->metrics, err);

	if (!rc) {
		folder_load(loop.folder);
		turn(&loop);
		event_base_dispatch(loop.base);
	}
	loop_fini(&loop);
	return rc;
}
