/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does the sentence about a failure grow on its way up? */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <selvage/err.h>

/* Through a buffer of its own, because the arguments may point into err->msg. */
static void err_write(struct err *err, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

static void err_write(struct err *err, const char *fmt, va_list args)
{
	char msg[sizeof err->msg];

	vsnprintf(msg, sizeof msg, fmt, args);
	memcpy(err->msg, msg, sizeof msg);
}

/* Appends as much of the text as there is room for. */
static void err_append(struct err *err, const char *text)
{
	size_t used = strlen(err->msg), room = sizeof err->msg - 1 - used, n = strnlen(text, room);

	memcpy(err->msg + used, text, n);
	err->msg[used + n] = '\0';
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_write(err, fmt, args);
	va_end(args);
	err->code = code;
	err->sys = 0;
	return -1;
}

int err_sys(struct err *err, enum err_code code, int sys, const char *fmt, ...)
{
	char cause[128];
	va_list args;

	va_start(args, fmt);
	err_write(err, fmt, args);
	va_end(args);
	err_append(err, ": ");
	err_append(err, strerror_r(sys, cause, sizeof cause));
	err->code = code;
	err->sys = sys;
	return -1;
}

int err_ctx(struct err *err, const char *fmt, ...)
{
	char cause[sizeof err->msg];
	va_list args;

	memcpy(cause, err->msg, sizeof cause);
	va_start(args, fmt);
	err_write(err, fmt, args);
	va_end(args);
	err_append(err, cause);
	return -1;
}
