/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the agent alive, is it ready, and what has it done? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include <selvage/health.h>
#include <selvage/ip.h>
#include <selvage/mem.h>

#define ADDRESS_MAX 64
#define REQUEST_MAX 4096 /* bytes of headers; a body is none of our business */
#define IDLE_SECONDS 10

struct health {
	struct evhttp *http;
	struct health_source source;
};

static void answer(struct evhttp_request *request, int code, const char *reason, const char *type, const char *text)
{
	struct evbuffer *body = evhttp_request_get_output_buffer(request);

	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
	evbuffer_add(body, text, strlen(text));
	evhttp_send_reply(request, code, reason, NULL);
}

static void on_health(struct evhttp_request *request, void *ctx)
{
	(void)ctx;
	answer(request, HTTP_OK, "OK", "text/plain", "ok\n");
}

static void on_ready(struct evhttp_request *request, void *ctx)
{
	const struct health *health = ctx;
	const char *why = health->source.unready(health->source.ctx);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fputs(why ? why : "ok\n", out);
	if (!why)
		health->source.remarks(health->source.ctx, out);
	fclose(out);
	if (why)
		answer(request, HTTP_SERVUNAVAIL, "Service Unavailable", "text/plain", text);
	else
		answer(request, HTTP_OK, "OK", "text/plain", text);
	free(text);
}

static void on_metrics(struct evhttp_request *request, void *ctx)
{
	const struct health *health = ctx;
	struct metrics metrics;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	health->source.metrics(health->source.ctx, &metrics);
	metrics_print(&metrics, out);
	metrics_fini(&metrics);
	fclose(out);
	answer(request, HTTP_OK, "OK", "text/plain; version=0.0.4; charset=utf-8", text);
	free(text);
}

/* "ADDR:PORT" taken apart. */
static int address_parse(const char *address, char host[static ADDRESS_MAX], uint16_t *port, struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;
	char *end = NULL;
	unsigned long number = colon ? strtoul(colon + 1, &end, 10) : 0;
	struct ip ip;

	if (!colon || !colon[1] || *end || number < 1 || number > UINT16_MAX || n >= ADDRESS_MAX)
		return err_set(err, ERR_USAGE, "\"%s\" is no ADDR:PORT", address);
	if (n >= 2 && address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	memcpy(host, address, n);
	host[n] = '\0';
	*port = (uint16_t)number;
	if (ip_parse(host, &ip, err))
		return err_ctx(err, "address to listen on: ");
	return 0;
}

struct health *health_new(struct event_base *base, const char *address, const struct health_source *source,
			  struct err *err)
{
	char host[ADDRESS_MAX];
	struct health *health;
	uint16_t port = 0;

	if (address_parse(address, host, &port, err))
		return NULL;
	health = mem_new(1, sizeof *health);
	health->source = *source;
	health->http = evhttp_new(base);
	if (!health->http)
		abort();
	evhttp_set_allowed_methods(health->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(health->http, REQUEST_MAX);
	evhttp_set_max_body_size(health->http, 0);
	evhttp_set_timeout(health->http, IDLE_SECONDS);
	evhttp_set_cb(health->http, "/healthz", on_health, health);
	evhttp_set_cb(health->http, "/readyz", on_ready, health);
	evhttp_set_cb(health->http, "/metrics", on_metrics, health);
	errno = 0;
	if (evhttp_bind_socket(health->http, host, port)) {
		err_sys(err, ERR_IO, errno, "cannot listen on %s", address);
		health_free(health);
		return NULL;
	}
	return health;
}

void health_free(struct health *health)
{
	if (!health)
		return;
	evhttp_free(health->http);
	free(health);
}
