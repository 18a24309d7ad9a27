/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a plain YAML scalar mean to Kubernetes?  Its YAML library (sigs.k8s.io/yaml, a YAML 1.1 dialect) decides by
 * the first byte what a scalar may be, so that most strings cost one comparison.  An integer is what Go's
 * strconv.ParseInt(text, 0, 64) takes; "08" is none, but a float; dates and base-60 numbers are strings.
 */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scalar.h"

#define NUMBER_MAX 128 /* bytes of a number that is worth reading */

enum word { WORD_NULL, WORD_FALSE, WORD_TRUE, WORD_UNSAYABLE, WORD_COUNT };

static const char *const words[WORD_COUNT][16] = {
	[WORD_NULL] = {"", "~", "null", "Null", "NULL"},
	[WORD_FALSE] = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"},
	[WORD_TRUE] = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"},
	[WORD_UNSAYABLE] = {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf",
			    "-.INF"},
};

/* WORD_COUNT if it is none of them. */
static enum word word_find(const char *text)
{
	for (unsigned word = 0; word < WORD_COUNT; word++)
		for (const char *const *p = words[word]; *p; p++)
			if (!strcmp(*p, text))
				return (enum word)word;
	return WORD_COUNT;
}

/* Which base does a prefix announce?  Steps over it. */
static int number_base(const char **p)
{
	static const struct {
		char letter;
		int base;
	} bases[] = {{'x', 16}, {'o', 8}, {'b', 2}};

	if (**p != '0' || !(*p)[1])
		return 10;
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		if (((*p)[1] | 0x20) == bases[i].letter) {
			*p += 2;
			return bases[i].base;
		}
	}
	++*p;
	return 8;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 16;
}

/* Reads a whole integer.  -1 if it is none; what 64 bits cannot hold goes to *wide instead, and gives 1. */
static int integer_parse(const char *text, json_int_t *out, double *wide)
{
	bool negative = *text == '-', overflow = false;
	const char *p = text + (*text == '-' || *text == '+');
	int base = number_base(&p);
	json_int_t value = 0;

	*wide = 0;
	if (!*p)
		return -1;
	for (; *p; p++) {
		int digit = digit_value(*p);

		if (digit >= base)
			return -1;
		*wide = *wide * base + digit;
		overflow |= __builtin_mul_overflow(value, (json_int_t)base, &value) ||
			    __builtin_sub_overflow(value, (json_int_t)digit, &value);
	}
	if (negative)
		*wide = -*wide;
	else
		overflow |= __builtin_sub_overflow(0, value, &value);
	*out = value;
	return overflow;
}

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ */
static bool is_float(const char *p)
{
	size_t whole, fraction = 0;

	p += *p == '-' || *p == '+';
	whole = strspn(p, "0123456789");
	p += whole;
	if (*p == '.') {
		fraction = strspn(p + 1, "0123456789");
		p += 1 + fraction;
	}
	if (!whole && !fraction)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		if (!isdigit((unsigned char)*p))
			return false;
		p += strspn(p, "0123456789");
	}
	return !*p;
}

/* Kubernetes writes the float 80.0 into JSON as 80, which is an integer then. */
static json_t *number_new(double value)
{
	if (fabs(value) < 0x1p63 && trunc(value) >= value && trunc(value) <= value)
		return json_integer((json_int_t)value);
	return json_real(value);
}

/* An underscore anywhere in what starts with a sign or digit, but only between digits in what starts with a point. */
static bool may_drop(const char *text, size_t i)
{
	return *text != '.' || (i && isdigit((unsigned char)text[i - 1]) && isdigit((unsigned char)text[i + 1]));
}

/* A number, or NULL if the text is none. */
static json_t *number_parse(const char *text, size_t n)
{
	char plain[NUMBER_MAX];
	size_t used = 0;
	json_int_t integer;
	double wide;
	int kind;

	for (size_t i = 0; i < n; i++)
		if (text[i] != '_' || !may_drop(text, i))
			plain[used++] = text[i];
	plain[used] = 0;
	kind = *plain == '.' ? -1 : integer_parse(plain, &integer, &wide);
	if (!kind)
		return json_integer(integer);
	if (kind < 0 && !is_float(plain))
		return NULL;
	if (kind < 0)
		wide = strtod(plain, NULL);
	return isfinite(wide) ? number_new(wide) : NULL;
}

json_t *scalar_resolve(const char *text, size_t n)
{
	enum word word = WORD_COUNT;
	json_t *number;

	if (n < 6 && (!n || strchr("yYnNtTfFoO~.+-", *text)))
		word = word_find(text);
	switch (word) {
	case WORD_TRUE:
		return json_true();
	case WORD_FALSE:
		return json_false();
	case WORD_NULL:
		return json_null();
	case WORD_UNSAYABLE:
		return NULL;
	case WORD_COUNT:
		break;
	}
	if (n < NUMBER_MAX && strchr("0123456789+-.", *text)) {
		number = number_parse(text, n);
		if (number)
			return number;
	}
	return json_stringn_nocheck(text, n);
}
