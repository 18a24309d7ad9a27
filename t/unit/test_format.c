/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a format what its name says, and only where it is offered? */
#include <selvage/format.h>

#include "unit.h"

#define SOME (FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_JSON) | FORMAT_BIT(FORMAT_MERMAID))

UNIT(format, every_name_is_its_format)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		enum format format;
		struct err err;

		cr_assert_eq(format_parse(format_name((enum format)i), FORMAT_BIT(FORMAT_COUNT) - 1, &format, &err), 0);
		cr_assert_eq(format, i);
	}
}

UNIT(format, none_and_text_are_a_table)
{
	enum format format = FORMAT_JSON;
	struct err err;

	cr_assert_eq(format_parse(NULL, SOME, &format, &err), 0);
	cr_assert_eq(format, FORMAT_TABLE);
	format = FORMAT_JSON;
	cr_assert_eq(format_parse("text", SOME, &format, &err), 0);
	cr_assert_eq(format, FORMAT_TABLE);
	cr_assert_eq(format_parse("text", FORMATS_JSON, &format, &err), -1);
}

static const char *refused(const char *text, unsigned set, struct err *err)
{
	enum format format;

	cr_assert_eq(format_parse(text, set, &format, err), -1);
	cr_assert_eq(err->code, ERR_USAGE);
	return err->msg;
}

UNIT(format, what_is_not_offered_is_refused_with_what_is)
{
	struct err err;

	cr_assert_str_eq(refused("sarif", SOME, &err), "unknown format \"sarif\"; there are table, json and mermaid");
	cr_assert_str_eq(refused("", FORMATS_JSON, &err), "unknown format \"\"; there are json and yaml");
}

UNIT(format, a_slip_is_told_what_was_meant)
{
	struct err err;

	cr_assert_str_eq(refused("jsno", SOME, &err),
			 "unknown format \"jsno\"; did you mean json? There are table, json and mermaid");
}
