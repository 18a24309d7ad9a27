/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do curl's sockets and timers get onto the event loop? */
#include <stdlib.h>

#include <event2/event.h>

#include <selvage/mem.h>

#include "http_parts.h"

struct wire {
	struct wire *prev, *next;
	struct event *event;
};

struct http_wires {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	struct wire *wires;
	void (*turned)(void *ctx);
	void *ctx;
};

static void act(struct http_wires *wires, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(wires->multi, fd, what, &running);
	wires->turned(wires->ctx);
}

static void on_socket(evutil_socket_t fd, short what, void *ctx)
{
	act(ctx, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int want_timer(CURLM *multi, long ms, void *ctx)
{
	struct http_wires *wires = ctx;
	struct timeval wait = {ms / 1000, ms % 1000 * 1000};

	(void)multi;
	if (ms < 0)
		event_del(wires->timer);
	else
		event_add(wires->timer, &wait);
	return 0;
}

static void wire_free(struct http_wires *wires, struct wire *wire)
{
	if (wire->prev)
		wire->prev->next = wire->next;
	else
		wires->wires = wire->next;
	if (wire->next)
		wire->next->prev = wire->prev;
	event_free(wire->event);
	free(wire);
}

static struct wire *wire_new(struct http_wires *wires, curl_socket_t fd)
{
	struct wire *wire = mem_new(1, sizeof *wire);

	wire->event = event_new(wires->base, fd, 0, on_socket, wires);
	wire->next = wires->wires;
	if (wire->next)
		wire->next->prev = wire;
	wires->wires = wire;
	curl_multi_assign(wires->multi, fd, wire);
	return wire;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct http_wires *wires = ctx;
	struct wire *wire = assigned;
	int events = EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (wire)
			wire_free(wires, wire);
		curl_multi_assign(wires->multi, fd, NULL);
		return 0;
	}
	if (!wire)
		wire = wire_new(wires, fd);
	event_del(wire->event);
	event_assign(wire->event, wires->base, fd, (short)events, on_socket, wires);
	event_add(wire->event, NULL);
	return 0;
}

struct http_wires *http_wires_new(struct event_base *base, CURLM *multi, void (*turned)(void *ctx), void *ctx)
{
	struct http_wires *wires = mem_new(1, sizeof *wires);

	wires->base = base;
	wires->multi = multi;
	wires->timer = evtimer_new(base, on_timer, wires);
	wires->turned = turned;
	wires->ctx = ctx;
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, wires);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, wires);
	return wires;
}

void http_wires_free(struct http_wires *wires)
{
	struct wire *next;

	if (!wires)
		return;
	curl_multi_setopt(wires->multi, CURLMOPT_SOCKETFUNCTION, NULL);
	curl_multi_setopt(wires->multi, CURLMOPT_TIMERFUNCTION, NULL);
	for (struct wire *wire = wires->wires; wire; wire = next) {
		next = wire->next;
		wire_free(wires, wire);
	}
	event_free(wires->timer);
	free(wires);
}
