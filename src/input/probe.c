/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the API server there, and how old is it? */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include <selvage/mem.h>
#include <selvage/vec.h>

#include "probe.h"

#define INITIAL_SINCE 27 /* Kubernetes 1.27 knows sendInitialEvents */
#define ANSWER_MAX ((size_t)65536)

struct probe {
	struct probe_setup setup;
	struct http_request *request;
	struct event *timer;
	struct backoff backoff;
	VEC(char) answer;
	bool old;
};

bool probe_read(const char *text, size_t size)
{
	json_error_t unused;
	json_t *root = json_loadb(text, size, 0, &unused);
	const char *major = json_string_value(json_object_get(root, "major"));
	const char *minor = json_string_value(json_object_get(root, "minor"));
	long number = minor ? strtol(minor, NULL, 10) : 0;
	bool old = major && !strcmp(major, "1") && number > 0 && number < INITIAL_SINCE;

	json_decref(root);
	return old;
}

static int on_bytes(void *ctx, const char *bytes, size_t n)
{
	struct probe *probe = ctx;

	if (n > ANSWER_MAX - probe->answer.n)
		return -1;
	vec_reserve(&probe->answer, n);
	memcpy(probe->answer.at + probe->answer.n, bytes, n);
	probe->answer.n += n;
	return 0;
}

static void again(struct probe *probe)
{
	struct timeval wait;
	uint32_t number;
	double seconds;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		abort();
	seconds = backoff_failed(&probe->backoff, probe->setup.pace, mono_now(), number, 0);
	wait.tv_sec = (time_t)seconds;
	wait.tv_usec = (suseconds_t)((seconds - (double)wait.tv_sec) * 1e6);
	event_add(probe->timer, &wait);
}

static void on_done(void *ctx, const struct http_result *result)
{
	struct probe *probe = ctx;

	probe->request = NULL;
	if (result->outcome != HTTP_ANSWERED && result->outcome != HTTP_STOPPED) {
		again(probe);
		probe->setup.failed(probe->setup.ctx, result->error);
		return;
	}
	probe->old = result->status == 200 && probe_read(probe->answer.at, probe->answer.n);
	probe->setup.answered(probe->setup.ctx);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	static const struct http_patience patience = {10, 10};
	struct probe *probe = ctx;
	struct http_calls calls = {.data = on_bytes, .done = on_done, .ctx = probe};

	(void)fd;
	(void)what;
	vec_clear(&probe->answer);
	probe->request = http_get(probe->setup.http, "/version", &patience, &calls);
}

struct probe *probe_new(const struct probe_setup *setup)
{
	struct probe *probe = mem_new(1, sizeof *probe);
	struct timeval now = {0, 0};

	probe->setup = *setup;
	probe->timer = evtimer_new(setup->base, on_timer, probe);
	if (!probe->timer)
		abort();
	event_add(probe->timer, &now);
	return probe;
}

bool probe_old(const struct probe *probe)
{
	return probe->old;
}

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	http_cancel(probe->request);
	event_free(probe->timer);
	vec_free(&probe->answer);
	free(probe);
}
