/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what is written fast the JSON that jansson would write? */
#include <selvage/line.h>

#include <selvage/json_print.h>

#include "shop.h"

static void assert_string(const char *text)
{
	struct line line = {0};
	char *expected = NULL;
	size_t n;
	FILE *out = open_memstream(&expected, &n);

	json_print_line(json_text(text), out);
	fclose(out);
	line_string(&line, text);
	cr_assert_eq(line.n, n - 1);
	cr_assert_eq(memcmp(line.at, expected, line.n), 0, "%.*s is not %s", (int)line.n, line.at, expected);
	vec_free(&line);
	free(expected);
}

UNIT(line, every_byte_is_escaped_as_jansson_does)
{
	for (int byte = 1; byte < 256; byte++)
		assert_string((char[]){'a', (char)byte, 'b', '\0'});
	assert_string("");
	assert_string("caf\xc3\xa9 \xf0\x9f\x90\x91");
}

UNIT(line, numbers)
{
	struct line line = {0};

	line_number(&line, 0);
	line_raw(&line, " ");
	line_number(&line, UINT64_MAX);
	cr_assert_eq(line.n, 22);
	cr_assert_eq(memcmp(line.at, "0 18446744073709551615", 22), 0);
	vec_free(&line);
}

UNIT(line, a_verdict_is_a_part_of_an_object)
{
	struct store *store = cluster();
	struct policy *policy = db_policy("p\x1b", DIRECTION_INGRESS);
	struct verdict verdict;
	struct line line = {0};
	json_t *json;

	make_port(&policy->rules[0], PROTO_TCP, 80, 80);
	policy->rules[0].source = (struct source){"a.yaml", 3, 1};
	store_put(store, &policy->object);
	verdict = ask(store, "10.0.0.1", DB, PROTO_TCP, 80);
	line_raw(&line, "{");
	line_verdict(&line, &verdict);
	line_raw(&line, "}");
	json = json_loadb(line.at, line.n, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(json);
	cr_assert_str_eq(json_string_value(json_object_get(json, "verdict")), "allowed");
	cr_assert_str_eq(json_string_value(json_object_get(json_object_get(json, "ingress"), "policy")), "shop/p\x1b");
	cr_assert_eq(json_integer_value(json_object_get(json_object_get(json, "ingress"), "line")), 3);
	json_decref(json);
	vec_free(&line);
	store_free(store);
}

UNIT(line, much_is_written_out_and_little_waits)
{
	struct line line = {0};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	line_raw(&line, "x");
	line_flush(&line, false, out);
	fflush(out);
	cr_assert_eq(n, 0);
	for (int i = 0; i < 300000; i++)
		line_raw(&line, "y");
	line_flush(&line, false, out);
	line_raw(&line, "z");
	line_flush(&line, true, out);
	fclose(out);
	cr_assert_eq(n, 300002);
	cr_assert_eq(text[n - 1], 'z');
	free(text);
	vec_free(&line);
}
