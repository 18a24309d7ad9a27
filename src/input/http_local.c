/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a server on this machine say? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include <selvage/http_local.h>

#define URL_MAX 128

struct talk {
	bool (*take)(void *ctx, const char *bytes, size_t n);
	void *ctx;
	bool ended; /* by who takes */
};

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct talk *talk = ctx;

	talk->ended = !talk->take(talk->ctx, bytes, size * n);
	return talk->ended ? CURL_WRITEFUNC_ERROR : size * n;
}

/* The socket's own error says more than curl's does. */
static int fail(CURL *easy, const char *socket, CURLcode code, struct err *err)
{
	long sys = 0, status = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &sys);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_COULDNT_CONNECT && (sys == ENOENT || sys == ECONNREFUSED || sys == ENOTDIR))
		return err_set(err, ERR_ABSENT, "nobody listens on %s", socket);
	if (code == CURLE_COULDNT_CONNECT && (sys == EACCES || sys == EPERM))
		return err_sys(err, ERR_PERM, (int)sys, "%s", socket);
	if (code == CURLE_COULDNT_CONNECT && sys)
		return err_sys(err, ERR_IO, (int)sys, "%s", socket);
	if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
		return err_set(err, ERR_IO, "%s: who answered ended", socket);
	if (code == CURLE_HTTP_RETURNED_ERROR)
		return err_set(err, ERR_IO, "%s: the answer is HTTP status %ld", socket, status);
	return err_set(err, ERR_IO, "%s: %s", socket, curl_easy_strerror(code));
}

int http_local_get(const char *socket, const char *path, int seconds,
		   bool (*take)(void *ctx, const char *bytes, size_t n), void *ctx, struct err *err)
{
	struct talk talk = {take, ctx, false};
	CURL *easy = curl_easy_init();
	char url[URL_MAX];
	CURLcode code;
	int rc;

	if (!easy)
		abort();
	snprintf(url, sizeof url, "http://localhost%s", path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)seconds);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &talk);
	code = curl_easy_perform(easy);
	rc = code == CURLE_OK || talk.ended ? 0 : fail(easy, socket, code, err);
	curl_easy_cleanup(easy);
	return rc;
}
