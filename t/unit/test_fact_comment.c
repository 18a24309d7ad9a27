/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a comment text that nothing stumbles over? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/fact.h>

#include "unit.h"

/* How a text comes out as a comment. */
static void assert_comment(const char *text, const char *expected)
{
	const char *comment = fact_comment(text);

	cr_assert_str_eq(comment, expected);
	atom_put(comment);
}

UNIT(comment, clean_text_stays)
{
	assert_comment("production/db-0 ingrès 語", "production/db-0 ingrès 語");
}

UNIT(comment, nothing_gets_out_of_a_quoted_string)
{
	assert_comment("a\" } drop\n\\\"x", "a? } drop???x");
}

UNIT(comment, bytes_that_are_no_text_are_replaced_one_by_one)
{
	assert_comment("\x1b[31m\xff\xc3|\x7f", "?[31m??|?");
}

UNIT(comment, is_cut_between_two_characters)
{
	char text[3 * FACT_COMMENT_MAX] = "x";

	for (size_t i = 0; i < FACT_COMMENT_MAX; i++)
		strcat(text, "é");
	const char *comment = fact_comment(text);
	cr_assert_eq(atom_len(comment), FACT_COMMENT_MAX - 1);
	cr_assert_eq(strncmp(comment, text, FACT_COMMENT_MAX - 1), 0);
	atom_put(comment);
}

UNIT(comment, of_nothing_is_none)
{
	cr_assert_null(fact_comment(NULL));
	cr_assert_null(fact_comment(""));
}
