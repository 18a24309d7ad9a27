/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the requests to the API server? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <selvage/mem.h>

#include "http_parts.h"

#define BODY_MAX ((size_t)65536) /* bytes kept of an answer that is not 2xx */

static void heard(struct http_request *request)
{
	request->heard = request->http->heard = mono_now();
}

static long status_of(const struct http_request *request)
{
	long status = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static bool is_good(long status)
{
	return status >= 200 && status < 300;
}

/* Called for every header line; the empty one ends the head. */
static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_request *request = ctx;
	long version = 0;

	heard(request);
	if (request->headed || *bytes != '\r' || !is_good(status_of(request)))
		return size * n;
	curl_easy_getinfo(request->easy, CURLINFO_HTTP_VERSION, &version);
	request->http->http2 = version == CURL_HTTP_VERSION_2_0;
	request->headed = true;
	if (request->calls.head)
		request->calls.head(request->calls.ctx);
	return size * n;
}

static void keep_body(struct http_request *request, const char *bytes, size_t n)
{
	struct http_text *body = &request->body;

	if (n > BODY_MAX - body->n)
		n = BODY_MAX - body->n;
	vec_reserve(body, n + 1);
	memcpy(body->at + body->n, bytes, n);
	body->n += n;
	body->at[body->n] = '\0';
}

static size_t on_data(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_request *request = ctx;

	heard(request);
	if (!request->headed)
		keep_body(request, bytes, size * n);
	else if (request->calls.data(request->calls.ctx, bytes, size * n))
		return 0;
	return size * n;
}

static void request_unlink(struct http_request *request)
{
	struct http *http = request->http;
	size_t i = 0;

	while (http->requests.at[i] != request)
		i++;
	vec_drop(&http->requests, i);
	if (http->ping == request)
		http->ping = NULL;
}

static void request_detach(struct http_request *request)
{
	if (request->attached)
		curl_multi_remove_handle(request->http->multi, request->easy);
	request->attached = false;
}

static void request_free(struct http_request *request)
{
	request_detach(request);
	curl_easy_cleanup(request->easy);
	curl_slist_free_all(request->headers);
	curl_slist_free_all(request->connect_to);
	vec_free(&request->body);
	free(request->path);
	free(request);
}

/* Tells the request's owner how it ended.  What the owner may read lives until then. */
static void request_end(struct http_request *request, struct http_result result)
{
	curl_off_t retry_after = 0;

	request_unlink(request);
	request_detach(request);
	curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &retry_after);
	result.status = status_of(request);
	result.retry_after = (double)retry_after;
	result.body = request->body.n ? request->body.at : "";
	result.size = request->body.n;
	request->calls.done(request->calls.ctx, &result);
	*vec_add(&request->http->over) = request;
}

/* Curl is done with it. */
static void request_done(struct http_request *request, CURLcode code)
{
	struct http *http = request->http;
	char *sentence = code == CURLE_OK ? NULL : http_sentence(request, code);
	struct http_result result = {.outcome = http_outcome(request, code), .error = sentence};

	if (code == CURLE_WRITE_ERROR && request->headed)
		result.outcome = HTTP_STOPPED;
	if (result.outcome == HTTP_UNTRUSTED)
		http->trust.doubted = true;
	if (result.outcome == HTTP_ANSWERED && status_of(request) == 401)
		credential_refused(http->credential);
	request_end(request, result);
	free(sentence);
}

static void request_silent(struct http_request *request)
{
	struct http_result result = {.outcome = HTTP_SILENT};
	char sentence[256];

	snprintf(sentence, sizeof sentence, "nothing came from %s for %.0f s", request->http->conf->server,
		 mono_seconds(request->heard, mono_now()));
	result.error = sentence;
	request_end(request, result);
}

/* The end of a batch. */
static void turned(struct http *http)
{
	for (size_t i = 0; i < http->over.n; i++)
		request_free(http->over.at[i]);
	vec_clear(&http->over);
	if (http->turned)
		http->turned(http->ctx);
}

/* Curl has done something: which requests has it finished? */
static void on_acted(void *ctx)
{
	struct http *http = ctx;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		struct http_request *request;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		request_done(request, message->data.result);
	}
	turned(http);
}

/* The first request for which it is true, or NULL. */
static struct http_request *first_that(const struct http *http, bool (*is)(const struct http_request *request))
{
	for (size_t i = 0; i < http->requests.n; i++)
		if (is(http->requests.at[i]))
			return http->requests.at[i];
	return NULL;
}

static bool is_unprepared(const struct http_request *request)
{
	return request->unready.code != ERR_NONE;
}

static bool is_stale(const struct http_request *request)
{
	return request->stale;
}

static bool is_overdue(const struct http_request *request)
{
	double most = request->headed ? request->patience.data : request->patience.head;

	return !request->waiting && mono_seconds(request->heard, mono_now()) >= most;
}

static void on_soon(evutil_socket_t fd, short what, void *ctx)
{
	struct http *http = ctx;
	struct http_request *request;

	(void)fd;
	(void)what;
	while ((request = first_that(http, is_unprepared)))
		request_end(request, (struct http_result){.outcome = HTTP_UNPREPARED, .error = request->unready.msg});
	turned(http);
}

static int wires_open(struct http *http, struct event_base *base)
{
	http->multi = curl_multi_init();
	if (!http->multi)
		return -1;
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	http->wires = http_wires_new(base, http->multi, on_acted, http);
	return 0;
}

static void wires_close(struct http *http)
{
	http_wires_free(http->wires);
	curl_multi_cleanup(http->multi);
}

/* Takes the requests off a connection that is dead, and closes it; they end as silent. */
static void http_reset(struct http *http)
{
	struct http_request *request;

	for (size_t i = 0; i < http->requests.n; i++) {
		request = http->requests.at[i];
		request->stale = request->attached;
		request_detach(request);
	}
	wires_close(http);
	http->http2 = false;
	if (wires_open(http, event_get_base(http->tick)))
		abort();
	while ((request = first_that(http, is_stale)))
		request_silent(request);
}

static int ping_data(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return 0;
}

static void ping_done(void *ctx, const struct http_result *result)
{
	struct http *http = ctx;

	if (result->outcome == HTTP_SILENT && mono_seconds(http->heard, mono_now()) >= HTTP_PING_SECONDS)
		http_reset(http);
}

/* Asks for a sign of life where nothing came for a while. */
static void ping(struct http *http)
{
	static const struct http_patience patience = {HTTP_PING_SECONDS, HTTP_PING_SECONDS};
	struct http_calls calls = {.data = ping_data, .done = ping_done, .ctx = http};

	if (!http->http2 || http->ping || mono_seconds(http->heard, mono_now()) < HTTP_PING_AFTER)
		return;
	http->ping = http_get(http, "/version", &patience, &calls);
}

static void tick_again(struct http *http)
{
	struct timeval second = {1, 0};

	if (http->requests.n && !event_pending(http->tick, EV_TIMEOUT, NULL))
		event_add(http->tick, &second);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct http *http = ctx;
	struct http_request *request;

	(void)fd;
	(void)what;
	while ((request = first_that(http, is_overdue)))
		request_silent(request);
	if (http->requests.n)
		ping(http);
	tick_again(http);
	turned(http);
}

/* Sends it, or has its owner told soon why not. */
static void request_send(struct http_request *request)
{
	struct timeval now = {0, 0};
	int status = http_prepare(request, &request->unready);

	request->waiting = status > 0;
	if (status < 0)
		event_add(request->http->soon, &now);
	if (status)
		return;
	request->heard = mono_now();
	curl_multi_add_handle(request->http->multi, request->easy);
	request->attached = true;
}

static bool is_waiting(const struct http_request *request)
{
	return request->waiting;
}

/* The credential program has answered: what waited for it goes out, or never will. */
static void on_identity(void *ctx, const struct err *err)
{
	struct http *http = ctx;
	struct timeval now = {0, 0};
	struct http_request *request;

	while ((request = first_that(http, is_waiting))) {
		request->waiting = false;
		if (err) {
			request->unready = *err;
			event_add(http->soon, &now);
		} else {
			request_send(request);
		}
	}
}

struct http *http_new(const struct http_setup *setup, struct err *err)
{
	struct http *http = mem_new(1, sizeof *http);
	struct credential_calls calls = {on_identity, http};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->conf = setup->conf;
	http->credential = credential_new(setup->conf, setup->base, &calls);
	http->trust.ca = &setup->conf->ca;
	http->turned = setup->turned;
	http->ctx = setup->ctx;
	http->tick = evtimer_new(setup->base, on_tick, http);
	http->soon = evtimer_new(setup->base, on_soon, http);
	if (!http->tick || !http->soon || wires_open(http, setup->base)) {
		err_set(err, ERR_IO, "cannot make an HTTP client");
		http_free(http);
		return NULL;
	}
	return http;
}

struct http_request *http_get(struct http *http, const char *path, const struct http_patience *patience,
			      const struct http_calls *calls)
{
	struct http_request *request = mem_new(1, sizeof *request);

	request->http = http;
	request->path = mem_copy(path, strlen(path) + 1);
	request->calls = *calls;
	request->patience = *patience;
	request->heard = mono_now();
	request->easy = curl_easy_init();
	if (!request->easy)
		abort();
	curl_easy_setopt(request->easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(request->easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(request->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(request->easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, request);
	*vec_add(&http->requests) = request;
	request_send(request);
	tick_again(http);
	return request;
}

struct mono http_heard(const struct http *http)
{
	return http->heard;
}

bool http_unreachable(const struct http_result *result)
{
	return result->outcome == HTTP_REFUSED || result->outcome == HTTP_UNTRUSTED || result->outcome == HTTP_BROKEN ||
	       result->outcome == HTTP_SILENT;
}

void http_cancel(struct http_request *request)
{
	if (!request)
		return;
	request_unlink(request);
	request_free(request);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->requests.n)
		http_cancel(http->requests.at[http->requests.n - 1]);
	vec_free(&http->requests);
	vec_free(&http->over);
	if (http->multi)
		wires_close(http);
	if (http->tick)
		event_free(http->tick);
	if (http->soon)
		event_free(http->soon);
	credential_free(http->credential);
	trust_fini(&http->trust);
	free(http);
	curl_global_cleanup();
}
