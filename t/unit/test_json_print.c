/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do JSON and YAML say the same, in bytes that no terminal obeys? */
#include <selvage/json_print.h>

#include "unit.h"

static json_t *sample(void)
{
	return json_pack("{s:i, s:[s, o], s:b}", "schemaVersion", 1, "names", "caf\xc3\xa9\x7f", json_text("a\xff"),
			 "ok", 1);
}

static void print(enum format format, FILE *out)
{
	struct err err;

	cr_assert_eq(json_print(sample(), format, out, &err), 0);
}

UNIT(json_print, json_is_indented_ascii)
{
	UNIT_PRINTS("{\n  \"schemaVersion\": 1,\n  \"names\": [\n    \"caf\\u00E9\\u007f\",\n    \"a\\\\xff\"\n  ],\n"
		    "  \"ok\": true\n}\n",
		    print(FORMAT_JSON, out));
}

UNIT(json_print, yaml_says_the_same)
{
	UNIT_PRINTS("---\nschemaVersion: 1\nnames:\n- \"caf\xc3\xa9\\x7F\"\n- \"a\\\\xff\"\nok: true\n",
		    print(FORMAT_YAML, out));
}

UNIT(json_print, a_line_is_one)
{
	UNIT_PRINTS("{\"schemaVersion\":1,\"names\":[\"caf\\u00E9\\u007f\",\"a\\\\xff\"],\"ok\":true}\n",
		    json_print_line(sample(), out));
}

UNIT(json_print, a_full_disk_is_told)
{
	FILE *out = fopen("/dev/full", "we");
	struct err err;

	cr_assert_not_null(out);
	setvbuf(out, NULL, _IONBF, 0);
	cr_assert_eq(json_print(sample(), FORMAT_JSON, out, &err), -1);
	cr_assert_eq(err.code, ERR_IO);
	fclose(out);
}
