/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, in one sentence, with the cause last. */
#ifndef SELVAGE_ERR_H
#define SELVAGE_ERR_H

enum err_code {
	ERR_NONE,
	ERR_USAGE,  /* the command line is wrong */
	ERR_INPUT,  /* a document, value or name that cannot be understood */
	ERR_ABSENT, /* what was asked for does not exist */
	ERR_IO,     /* a file, socket or process failed; sys holds errno */
	ERR_PERM,   /* not permitted; sys holds errno */
	ERR_KERNEL, /* the kernel refused; sys holds errno */
	ERR_BUSY,   /* somebody else has it, and may give it up */
	ERR_UNSURE, /* the kernel may or may not have done it: read back */
};

struct err {
	enum err_code code;
	int sys;       /* errno of the cause, or 0 */
	char msg[512]; /* cut, never overrun; may hold bytes of user text: print it with text_safe() */
};

/* Replaces what *err says.  Keeps err->sys at 0.  Returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set(), and remembers the errno value `sys` and appends its text. */
int err_sys(struct err *err, enum err_code code, int sys, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Prepends context: "file a.yaml: " before "no such key".  Returns -1. */
int err_ctx(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
