/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does no control byte get through, does other text stay as it is, and is the nearest word the nearest? */
#include <selvage/text.h>

#include "unit.h"

#define NEAREST(word, ...)                                     \
	text_nearest(word, (const char *const[]){__VA_ARGS__}, \
		     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

UNIT(text, plain_text_stays_as_it_is)
{
	UNIT_PRINTS("", text_safe(out, ""));
	UNIT_PRINTS("app=web, \"quoted\" \\ ~", text_safe(out, "app=web, \"quoted\" \\ ~"));
	UNIT_PRINTS("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x91",
		    text_safe(out, "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x91"));
}

UNIT(text, every_control_byte_is_escaped)
{
	for (int byte = 1; byte < 0x80; byte++) {
		char text[] = {(char)byte, '\0'}, expected[8];

		snprintf(expected, sizeof expected, byte < 0x20 || byte == 0x7f ? "\\x%02x" : "%c", byte);
		UNIT_PRINTS(expected, text_safe(out, text));
	}
}

UNIT(text, terminal_escapes_are_broken)
{
	UNIT_PRINTS("\\x1b[31mred", text_safe(out, "\x1b[31mred"));
	UNIT_PRINTS("a\\x0aselvage: forged", text_safe(out, "a\nselvage: forged"));
	UNIT_PRINTS("\\xc2\\x9b31m", text_safe(out, "\xc2\x9b"
						    "31m"));
	UNIT_PRINTS("\xc2\xa0", text_safe(out, "\xc2\xa0"));
}

UNIT(text, what_turns_the_line_around_unseen_is_escaped)
{
	UNIT_PRINTS("\\xe2\\x80\\xaeDEWOLLA", text_safe(out, "\xe2\x80\xae"
							     "DEWOLLA"));
	UNIT_PRINTS("\\xe2\\x80\\xa8", text_safe(out, "\xe2\x80\xa8"));
	UNIT_PRINTS("\\xe2\\x81\\xa6", text_safe(out, "\xe2\x81\xa6"));
	UNIT_PRINTS("\\xef\\xbb\\xbf", text_safe(out, "\xef\xbb\xbf"));
	UNIT_PRINTS("\xe2\x80\x90", text_safe(out, "\xe2\x80\x90"));
	UNIT_PRINTS("\xe2\x81\x9f", text_safe(out, "\xe2\x81\x9f"));
}

UNIT(text, bytes_that_are_not_utf8_are_escaped)
{
	UNIT_PRINTS("\\x80", text_safe(out, "\x80"));
	UNIT_PRINTS("\\xc3", text_safe(out, "\xc3"));
	UNIT_PRINTS("\\xc3(", text_safe(out, "\xc3("));
	UNIT_PRINTS("\\xe2\\x82", text_safe(out, "\xe2\x82"));
	UNIT_PRINTS("\\xf0\\x9f\\x90", text_safe(out, "\xf0\x9f\x90"));
	UNIT_PRINTS("\\xc0\\xaf", text_safe(out, "\xc0\xaf"));
	UNIT_PRINTS("\\xc1\\x81", text_safe(out, "\xc1\x81"));
	UNIT_PRINTS("\\xe0\\x80\\x9b", text_safe(out, "\xe0\x80\x9b"));
	UNIT_PRINTS("\\xf0\\x80\\x80\\x9b", text_safe(out, "\xf0\x80\x80\x9b"));
	UNIT_PRINTS("\\xed\\xa0\\x80", text_safe(out, "\xed\xa0\x80"));
	UNIT_PRINTS("\\xf4\\x90\\x80\\x80", text_safe(out, "\xf4\x90\x80\x80"));
	UNIT_PRINTS("\\xf5\\xff\\xfe", text_safe(out, "\xf5\xff\xfe"));
}

UNIT(text, the_ends_of_each_utf8_length_are_kept)
{
	static const char *const good[] = {"\xdf\xbf",     "\xe0\xa0\x80",     "\xed\x9f\xbf",    "\xee\x80\x80",
					   "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		UNIT_PRINTS(good[i], text_safe(out, good[i]));
		cr_assert_eq(text_char(good[i]), strlen(good[i]));
	}
	cr_assert_eq(text_char("\t"), 0);
	cr_assert_eq(text_char(""), 0);
}

UNIT(text, nearest_is_within_two_edits)
{
	cr_assert_str_eq(NEAREST("podSelecter", "ports", "podSelector", "namespaceSelector"), "podSelector");
	cr_assert_str_eq(NEAREST("podSelectr", "podSelector"), "podSelector");
	cr_assert_str_eq(NEAREST("podSelectors", "podSelector"), "podSelector");
	cr_assert_str_eq(NEAREST("ingerss", "egress", "ingress"), "ingress");
	cr_assert_null(NEAREST("podSlectr_", "podSelector"));
	cr_assert_null(NEAREST("label", "ports", "egress"));
}

UNIT(text, short_words_are_near_within_one_edit)
{
	cr_assert_str_eq(NEAREST("fro", "frost", "from"), "from");
	cr_assert_null(NEAREST("fomr", "from"));
	cr_assert_str_eq(NEAREST("t", "to"), "to");
	cr_assert_null(NEAREST("", "to"));
}

UNIT(text, swapped_neighbours_are_one_edit)
{
	cr_assert_str_eq(NEAREST("form", "from"), "from");
	cr_assert_str_eq(NEAREST("ot", "to"), "to");
	cr_assert_str_eq(NEAREST("opdSelectro", "podSelector"), "podSelector");
	cr_assert_null(NEAREST("ofrm", "from"));
}

UNIT(text, nearest_prefers_the_smallest_distance_then_the_first)
{
	cr_assert_str_eq(NEAREST("ports", "parts_", "port", "ports2"), "port");
	cr_assert_str_eq(NEAREST("abcdef", "abcdeg", "abcdeh"), "abcdeg");
	cr_assert_str_eq(NEAREST("abcdef", "abcdgg", "abcdeh"), "abcdeh");
}

UNIT(text, nearest_of_none_and_of_very_long_words_is_null)
{
	char longer[500];

	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	cr_assert_null(text_nearest("a", NULL, 0));
	cr_assert_null(NEAREST(longer, longer));
	cr_assert_null(NEAREST("aaaaaa", longer));
}
