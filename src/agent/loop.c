/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens next? */
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

static void loop_fini(struct loop *loop)
{
	struct event *events[] = {loop->files, loop->retry, loop->term, loop->interrupt, loop->hangup};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			event_free(events[i]);
	if (loop->base)
		event_base_free(loop->base);
}

static int loop_init(struct loop *loop, struct err *err)
{
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
	return 0;
}

int loop_run(struct reconcile *reconcile, struct folder *folder, struct err *err)
{
	struct loop loop = {.reconcile = reconcile, .folder = folder, .retry_ms = RETRY_FIRST_MS};
	int rc = loop_init(&loop, err);

	if (!rc) {
		folder_load(folder);
		turn(&loop);
		event_base_dispatch(loop.base);
	}
	loop_fini(&loop);
	return rc;
}
