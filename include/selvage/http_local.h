/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP with a server on this machine, over its unix socket. */
#ifndef SELVAGE_HTTP_LOCAL_H
#define SELVAGE_HTTP_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>

/*
 * Asks GET `path` at the socket and hands over the body as it comes; `take` returns false to end it, which is no error.
 * ERR_ABSENT: nobody listens there; ERR_PERM: not for us; ERR_IO: anything else, also an answer other than 200.
 * `seconds` is how long the whole may take; 0: for ever.
 */
int http_local_get(const char *socket, const char *path, int seconds,
		   bool (*take)(void *ctx, const char *bytes, size_t n), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

#endif
