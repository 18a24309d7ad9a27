/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the API server say of one node, and when is it asked again? */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include <selvage/mem.h>
#include <selvage/vec.h>

#include "backoff.h"
#include "nodeget.h"
#include "podcidrs.h"
#include "query.h"
#include "refusal.h"

#define BODY_MAX ((size_t)8 << 20) /* bytes of an object */

static const struct backoff_pace pace = {.first = 0.8, .most = 300, .healthy = 3600};
static const struct http_patience patience = {.head = 60, .data = 30};

struct nodeget {
	struct nodeget_setup setup;
	struct event *timer;
	struct http_request *request;
	struct backoff backoff;
	VEC(char) body;
};

static int on_data(void *ctx, const char *bytes, size_t n)
{
	struct nodeget *get = ctx;

	if (n > BODY_MAX - get->body.n)
		return -1;
	vec_reserve(&get->body, n);
	memcpy(get->body.at + get->body.n, bytes, n);
	get->body.n += n;
	return 0;
}

/* Nothing to be had now: says why, and asks again later. */
static void again(struct nodeget *get, const char *why, double at_least)
{
	uint32_t random;
	double wait;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		abort();
	wait = backoff_failed(&get->backoff, &pace, mono_now(), random, at_least);
	event_add(get->timer, &(struct timeval){(time_t)wait, (suseconds_t)((wait - (double)(time_t)wait) * 1e6)});
	get->setup.told(get->setup.ctx, NULL, why);
}

static void refused(struct nodeget *get, const struct http_result *result)
{
	struct refusal refusal;
	char why[512];

	refusal_from(result, &refusal);
	refusal_print(&refusal, "get", "nodes", "get", why, sizeof why);
	again(get, why, refusal.retry_after);
}

static void answered(struct nodeget *get)
{
	struct cidrs cidrs;
	struct err err;

	if (podcidrs_read(get->body.at, get->body.n, get->setup.node, &cidrs, &err))
		again(get, err.msg, 0);
	else
		get->setup.told(get->setup.ctx, &cidrs, NULL);
}

static void on_done(void *ctx, const struct http_result *result)
{
	struct nodeget *get = ctx;

	get->request = NULL;
	if (result->outcome == HTTP_STOPPED)
		again(get, "it is too large", 0);
	else if (result->outcome != HTTP_ANSWERED)
		again(get, result->error, 0);
	else if (result->status / 100 != 2)
		refused(get, result);
	else
		answered(get);
	vec_free(&get->body);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct nodeget *get = ctx;
	const struct http_calls calls = {.data = on_data, .done = on_done, .ctx = get};
	char *path = query_object("/api/v1/nodes", get->setup.node);

	(void)fd;
	(void)what;
	get->request = http_get(get->setup.http, path, &patience, &calls);
	free(path);
}

struct nodeget *nodeget_new(const struct nodeget_setup *setup)
{
	struct nodeget *get = mem_new(1, sizeof *get);

	get->setup = *setup;
	get->timer = evtimer_new(setup->base, on_timer, get);
	if (!get->timer)
		abort();
	event_add(get->timer, &(struct timeval){0, 0});
	return get;
}

void nodeget_free(struct nodeget *get)
{
	if (!get)
		return;
	http_cancel(get->request);
	event_free(get->timer);
	vec_free(&get->body);
	free(get);
}
