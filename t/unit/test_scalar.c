/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wanted values were printed by kubectl 1.32 from the same YAML. */
#include "../../src/input/scalar.h"
#include "unit.h"

static void wants(const char *text, const char *json)
{
	json_t *value = scalar_resolve(text, strlen(text));
	char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	if (json)
		cr_assert_str_eq(dumped, json, "%s is %s", text, dumped);
	else
		cr_assert_null(dumped, "%s is %s", text, dumped);
	free(dumped);
	json_decref(value);
}

UNIT(scalar, booleans_are_those_of_yaml_1_1_in_three_spellings)
{
	static const char *const yes[] = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
	static const char *const no[] = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		wants(yes[i], "true");
		wants(no[i], "false");
	}
	wants("yEs", "\"yEs\"");
	wants("truely", "\"truely\"");
	wants("o", "\"o\"");
}

UNIT(scalar, nothing_and_a_tilde_are_null)
{
	wants("", "null");
	wants("~", "null");
	wants("null", "null");
	wants("Null", "null");
	wants("NULL", "null");
	wants("nUll", "\"nUll\"");
}

UNIT(scalar, integers_come_in_four_bases)
{
	wants("0", "0");
	wants("-0", "0");
	wants("+12", "12");
	wants("1_000", "1000");
	wants("017", "15");
	wants("0o17", "15");
	wants("0x1F", "31");
	wants("-0X1f", "-31");
	wants("0b11", "3");
	wants("9223372036854775807", "9223372036854775807");
	wants("-9223372036854775808", "-9223372036854775808");
	wants("12345678901234567890", "1.2345678901234569e19");
}

UNIT(scalar, a_float_without_decimals_is_an_integer)
{
	wants("08", "8");
	wants("80.0", "80");
	wants("1e3", "1000");
	wants("-1.50", "-1.5");
	wants(".5", "0.5");
	wants(".2_5", "0.25");
	wants("1.", "1");
}

UNIT(scalar, what_is_nearly_a_number_is_a_string)
{
	static const char *const strings[] = {"1:30", "2001-01-01", "0x",  "0xg", "1e",      "1e400",      "-",
					      "+",    ".",          "..",  "-x",  "1.2.3.4", "10.0.0.0/8", "0o8",
					      "0b2",  "1a",         "._5", "e5",  "0x1p-2"};
	char json[32];

	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		snprintf(json, sizeof json, "\"%s\"", strings[i]);
		wants(strings[i], json);
	}
}

UNIT(scalar, json_cannot_say_infinity)
{
	wants(".inf", NULL);
	wants("-.Inf", NULL);
	wants("+.INF", NULL);
	wants(".NaN", NULL);
	wants(".INf", "\".INf\"");
}

UNIT(scalar, a_very_long_number_is_a_string)
{
	char text[300], json[310];

	memset(text, '1', sizeof text - 1);
	text[sizeof text - 1] = 0;
	snprintf(json, sizeof json, "\"%s\"", text);
	wants(text, json);
}
