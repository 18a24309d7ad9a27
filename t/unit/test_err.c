/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does an error say what happened, cause last, however long it is? */
#include <errno.h>

#include <selvage/err.h>

#include "unit.h"

UNIT(err, set_says_what_and_returns_minus_one)
{
	struct err err = {.sys = 5};

	cr_assert_eq(err_set(&err, ERR_INPUT, "no key \"%s\" in %d", "a", 3), -1);
	cr_assert_eq(err.code, ERR_INPUT);
	cr_assert_eq(err.sys, 0);
	cr_assert_str_eq(err.msg, "no key \"a\" in 3");
}

UNIT(err, sys_appends_the_text_of_errno)
{
	struct err err = {0};

	cr_assert_eq(err_sys(&err, ERR_IO, ENOENT, "open %s", "x.yaml"), -1);
	cr_assert_eq(err.code, ERR_IO);
	cr_assert_eq(err.sys, ENOENT);
	cr_assert_str_eq(err.msg, "open x.yaml: No such file or directory");
}

UNIT(err, ctx_goes_in_front_and_keeps_code_and_errno)
{
	struct err err = {0};

	err_sys(&err, ERR_PERM, EPERM, "socket");
	cr_assert_eq(err_ctx(&err, "node %s: ", "n1"), -1);
	cr_assert_str_eq(err.msg, "node n1: socket: Operation not permitted");
	cr_assert_eq(err.code, ERR_PERM);
	cr_assert_eq(err.sys, EPERM);
}

UNIT(err, arguments_may_be_the_message_itself)
{
	struct err err = {0};

	err_set(&err, ERR_INPUT, "cause");
	err_set(&err, ERR_INPUT, "outer: %s", err.msg);
	cr_assert_str_eq(err.msg, "outer: cause");
	err_ctx(&err, "%s < ", err.msg);
	cr_assert_str_eq(err.msg, "outer: cause < outer: cause");
}

UNIT(err, long_messages_are_cut_and_terminated)
{
	struct {
		struct err err;
		char guard[16];
	} box = {0};
	char longer[2000];

	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	memset(box.guard, 'g', sizeof box.guard);
	err_sys(&box.err, ERR_IO, EIO, "%s", longer);
	cr_assert_eq(strlen(box.err.msg), sizeof box.err.msg - 1);
	err_ctx(&box.err, "%s", longer);
	cr_assert_eq(strlen(box.err.msg), sizeof box.err.msg - 1);
	err_set(&box.err, ERR_INPUT, "short");
	err_ctx(&box.err, "%.510s", longer);
	cr_assert_eq(strlen(box.err.msg), sizeof box.err.msg - 1);
	cr_assert_eq(box.err.msg[510], 's');
	for (size_t i = 0; i < sizeof box.guard; i++)
		cr_assert_eq(box.guard[i], 'g');
}
