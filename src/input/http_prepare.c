/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does a request call, whom does it trust, and who are we to it? */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http_parts.h"

#define CONNECT_MS 10000L
#define BUFFER_BYTES 131072L

/* A peer that is gone is noticed after 10 s: probes begin after 4 s of silence, and unanswered ones end it. */
#define KEEPALIVE_IDLE 4
#define KEEPALIVE_STEP 2
#define KEEPALIVE_PROBES 4
#define UNANSWERED_MS 10000

static int on_socket_made(void *ctx, curl_socket_t fd, curlsocktype type)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE},
		{IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_STEP},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS},
	};

	(void)ctx;
	(void)type;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
	return CURL_SOCKOPT_OK;
}

static char *print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	return text;
}

static void add_header(struct http_request *request, char *line)
{
	request->headers = curl_slist_append(request->headers, line);
	explicit_bzero(line, strlen(line));
	free(line);
}

/* The part of "https://host:port/prefix" between the scheme and the path. */
static const char *authority(const char *server, size_t *n)
{
	const char *start = strstr(server, "://") + 3;

	*n = strcspn(start, "/");
	return start;
}

/* The port of an authority, with its colon; "" if it names none. */
static const char *port_of(const char *authority, size_t n, size_t *length)
{
	const char *colon = memrchr(authority, ':', n);

	*length = 0;
	if (!colon || memchr(colon, ']', (size_t)(authority + n - colon)))
		return "";
	*length = (size_t)(authority + n - colon);
	return colon;
}

/*
 * With a TLS server name, the URL gets that name, for SNI and the check of the certificate, and curl is told to connect
 * to the server all the same, and to name it in the request.
 */
static char *url_renamed(struct http_request *request, const char *path)
{
	const struct kubeconf *conf = request->http->conf;
	size_t n, port_n;
	const char *real = authority(conf->server, &n), *port = port_of(real, n, &port_n);
	char *to = print("::%.*s%s", (int)n, real, port_n ? "" : ":443");

	request->connect_to = curl_slist_append(NULL, to);
	free(to);
	add_header(request, print("Host: %.*s", (int)n, real));
	return print("https://%s%.*s%s%s", conf->tls_server_name, (int)port_n, port, real + n, path);
}

static void prepare_url(struct http_request *request, const char *path)
{
	const struct kubeconf *conf = request->http->conf;
	bool renamed = conf->tls_server_name && !strncmp(conf->server, "https:", 6);
	char *url = renamed ? url_renamed(request, path) : print("%s%s", conf->server, path);

	curl_easy_setopt(request->easy, CURLOPT_URL, url);
	if (request->connect_to)
		curl_easy_setopt(request->easy, CURLOPT_CONNECT_TO, request->connect_to);
	if (conf->proxy)
		curl_easy_setopt(request->easy, CURLOPT_PROXY, conf->proxy);
	free(url);
}

static void set_blob(CURL *easy, CURLoption option, const char *text, size_t size)
{
	struct curl_blob blob = {.data = (void *)(uintptr_t)text, .len = size, .flags = CURL_BLOB_COPY};

	curl_easy_setopt(easy, option, &blob);
}

static int prepare_trust(struct http_request *request, struct err *err)
{
	const char *text;
	size_t size;

	if (request->http->conf->insecure) {
		curl_easy_setopt(request->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(request->easy, CURLOPT_SSL_VERIFYHOST, 0L);
		return 0;
	}
	if (trust_get(&request->http->trust, mono_now(), &text, &size, err))
		return -1;
	if (text)
		set_blob(request->easy, CURLOPT_CAINFO_BLOB, text, size);
	return 0;
}

static void prepare_pem(CURL *easy, CURLoption file, CURLoption blob, const struct kubeconf_pem *pem)
{
	if (pem->text)
		set_blob(easy, blob, pem->text, strlen(pem->text));
	else if (pem->file)
		curl_easy_setopt(easy, file, pem->file);
}

static int prepare_identity(struct http_request *request, struct err *err)
{
	struct credential_use use;
	int status = credential_get(request->http->credential, &use, err);

	if (status)
		return status;
	if (use.token) {
		add_header(request, print("Authorization: Bearer %s", use.token));
	} else if (use.username) {
		curl_easy_setopt(request->easy, CURLOPT_USERNAME, use.username);
		curl_easy_setopt(request->easy, CURLOPT_PASSWORD, use.password ? use.password : "");
	}
	prepare_pem(request->easy, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, &use.cert);
	prepare_pem(request->easy, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB, &use.key);
	return 0;
}

static void prepare_manner(struct http_request *request)
{
	CURL *easy = request->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Wait for the connection that others are making; without TLS, curl 7.88 would wait until their answer ends. */
	if (!strncmp(request->http->conf->server, "https:", 6))
		curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "selvage");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
	add_header(request, print("Accept: application/json"));
}

int http_prepare(struct http_request *request, struct err *err)
{
	int status = prepare_identity(request, err);

	if (status)
		return status;
	prepare_manner(request);
	prepare_url(request, request->path);
	if (prepare_trust(request, err))
		return -1;
	curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers);
	return 0;
}

enum http_outcome http_outcome(const struct http_request *request, CURLcode code)
{
	if (code == CURLE_OK)
		return HTTP_ANSWERED;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
	    code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
	    code == CURLE_SSL_CIPHER)
		return HTTP_UNTRUSTED;
	return request->headed ? HTTP_BROKEN : HTTP_REFUSED;
}

char *http_sentence(const struct http_request *request, CURLcode code)
{
	const char *server = request->http->conf->server,
		   *why = *request->error ? request->error : curl_easy_strerror(code);
	long sys = 0;

	curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO, &sys);
	if (request->headed)
		return print("the answer of %s broke off: %s", server, why);
	if (code == CURLE_COULDNT_CONNECT && sys)
		return print("cannot reach %s: %s", server, strerror((int)sys));
	return print("cannot reach %s: %s", server, why);
}
