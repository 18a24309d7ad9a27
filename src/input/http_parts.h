/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the HTTP client have from each other. */
#ifndef SELVAGE_INPUT_HTTP_PARTS_H
#define SELVAGE_INPUT_HTTP_PARTS_H

#include <curl/curl.h>

#include <selvage/mono.h>
#include <selvage/vec.h>

#include "credential.h"
#include "http.h"
#include "trust.h"

struct event;
struct http_wires;

/* What the body of an answer that is not 2xx says, as far as it is kept. */
struct http_text {
	VEC(char);
};

struct http_request {
	struct http *http;
	char *path;
	struct http_calls calls;
	struct http_patience patience;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	char error[CURL_ERROR_SIZE];
	struct mono heard;  /* when something came; at first, when it was sent */
	bool headed;        /* a 2xx answer has begun */
	bool waiting;       /* for a credential program, before it is sent */
	bool attached;      /* curl has it */
	struct err unready; /* why it never went out, if so */
	bool stale;         /* its connection was found dead */
	struct http_text body;
};

struct http_requests {
	VEC(struct http_request *);
};

struct http {
	const struct kubeconf *conf;
	struct credential *credential;
	struct trust trust;
	struct http_wires *wires; /* curl's sockets and timers on the event loop */
	struct event *tick;       /* once a second while there are requests */
	struct event *soon;       /* to tell of requests that never went out */
	CURLM *multi;
	struct http_requests requests; /* in flight */
	struct http_requests over;     /* told that they ended, to be freed */
	struct http_request *ping;     /* one of them, or NULL */
	struct mono heard;             /* when something came for any of them */
	bool http2;                    /* the last answer came by it */
	void (*turned)(void *ctx);
	void *ctx;
};

/* Sets up whom to call, whom to trust and who we are; curl copies all of it but the lists, which the request owns.  1 if who
 * we are is not known yet: then nothing is set up. */
int http_prepare(struct http_request *request, struct err *err) __attribute__((warn_unused_result));

/* What a failure of curl means. */
enum http_outcome http_outcome(const struct http_request *request, CURLcode code);

/* In one sentence; yours to free. */
char *http_sentence(const struct http_request *request, CURLcode code);

/* Connects a multi handle with the event loop; `turned` is called after each time curl has done something. */
struct http_wires *http_wires_new(struct event_base *base, CURLM *multi, void (*turned)(void *ctx), void *ctx);

/* Call before the multi handle is cleaned up. */
void http_wires_free(struct http_wires *wires);

#endif
