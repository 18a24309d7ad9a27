/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are nft commands tried on the table that they are for, and nowhere else? */
#include <string.h>

#include <selvage/nft_check.h>

#include "unit.h"

#define BASE "table inet t {\n\tset peers { type ipv4_addr; elements = { 10.0.0.1 } }\n}\n"

/* The answer, or the end of the test where nothing can be checked. */
static int answer(const char *base, const char *script, struct err *err)
{
	int rc = nft_check(base, script, err);

	if (rc && err->code == ERR_ABSENT && !strstr(err->msg, "as it is"))
		cr_skip_test("%s", err->msg);
	return rc;
}

UNIT(nft_check, what_nft_takes_is_taken)
{
	struct err err;

	cr_assert_eq(answer(BASE, "delete element inet t peers { 10.0.0.1 }\n", &err), 0, "%s", err.msg);
	cr_assert_eq(answer(BASE, "delete element inet t peers { 10.0.0.1 }\n", &err), 0,
		     "what was tried before is gone: %s", err.msg);
}

UNIT(nft_check, what_the_table_does_not_have_is_refused)
{
	struct err err;

	cr_assert_neq(answer(BASE, "delete element inet t peers { 10.0.0.2 }\n", &err), 0);
	cr_assert_eq(err.code, ERR_KERNEL);
	cr_assert_neq(answer(BASE, "add rule inet t nowhere accept\n", &err), 0);
	cr_assert_eq(err.code, ERR_KERNEL);
}

UNIT(nft_check, what_is_no_command_is_refused_in_one_line)
{
	struct err err;

	cr_assert_neq(answer(BASE, "frobnicate\n\n", &err), 0);
	cr_assert_eq(err.code, ERR_KERNEL);
	cr_assert_not_null(strstr(err.msg, "syntax error"), "%s", err.msg);
	cr_assert_null(strchr(err.msg, '\n'));
}

UNIT(nft_check, of_a_table_that_nft_does_not_take_nothing_can_be_said)
{
	struct err err;

	cr_assert_neq(answer("frobnicate\n", "add table inet t\n", &err), 0);
	cr_assert_eq(err.code, ERR_ABSENT);
	cr_assert_not_null(strstr(err.msg, "as it is"), "%s", err.msg);
}
