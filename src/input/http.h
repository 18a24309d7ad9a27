/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the API server on an event loop: one HTTP/2 connection for all of them where the server has it, HTTP/1.1
 * otherwise.  Bodies stream; nothing is kept of a good answer.
 *
 * A connection that is dead without saying so is found in 15 s: by TCP (keepalive, user timeout), and with HTTP/2 by a
 * small request on the same connection after 7 s in which nothing came.
 */
#ifndef SELVAGE_INPUT_HTTP_H
#define SELVAGE_INPUT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>
#include <selvage/kubeconf.h>
#include <selvage/mono.h>

struct event_base;
struct http;
struct http_request;

enum http_outcome {
	HTTP_ANSWERED,   /* in full; status says how */
	HTTP_REFUSED,    /* no connection */
	HTTP_UNTRUSTED,  /* TLS could not be agreed upon, or the server's certificate is no good */
	HTTP_UNPREPARED, /* our credentials or certificates could not be read */
	HTTP_BROKEN,     /* the answer ended too early */
	HTTP_SILENT,     /* nothing came for too long */
	HTTP_STOPPED,    /* data() had enough */
};

struct http_result {
	enum http_outcome outcome;
	long status;        /* 0: there was no answer */
	double retry_after; /* seconds; 0: it does not say */
	const char *error;  /* what went wrong, unless HTTP_ANSWERED or HTTP_STOPPED */
	const char *body;   /* of an answer that is not 2xx, the beginning; ends with a NUL */
	size_t size;
};

struct http_calls {
	/* A 2xx answer begins; may be NULL. */
	void (*head)(void *ctx);
	/* Bytes of a 2xx answer; anything but 0 stops the request. */
	int (*data)(void *ctx, const char *bytes, size_t n);
	/* The request is over and its pointer no longer valid.  The result is borrowed for the call. */
	void (*done)(void *ctx, const struct http_result *result);
	void *ctx;
};

/* How long nothing may come: before the answer begins, and then. */
struct http_patience {
	double head, data; /* seconds */
};

struct http_setup {
	struct event_base *base;     /* borrowed */
	const struct kubeconf *conf; /* borrowed */
	void (*turned)(void *ctx);   /* after each batch of calls; may be NULL */
	void *ctx;
};

/* Seconds in which nothing came after which an HTTP/2 connection is asked for a sign of life, and that it has to answer. */
#define HTTP_PING_AFTER 7
#define HTTP_PING_SECONDS 5

struct http *http_new(const struct http_setup *setup, struct err *err);

/* GET of a path with its query.  What goes wrong is told to calls->done, never before this has returned. */
struct http_request *http_get(struct http *http, const char *path, const struct http_patience *patience,
			      const struct http_calls *calls);

/* When something last came from the server. */
struct mono http_heard(const struct http *http);

/* Was it the way to the server that failed, not the server? */
bool http_unreachable(const struct http_result *result);

/* Ends a request without a word to its calls.  Not from within head() or data(); NULL is allowed. */
void http_cancel(struct http_request *request);

/* Cancels what is in flight.  Not from within any of the calls; NULL is allowed. */
void http_free(struct http *http);

#endif
