/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which format is wanted? */
#include <selvage/format.h>

#include <stdio.h>
#include <string.h>

#include <selvage/text.h>

static const char *const names[FORMAT_COUNT] = {
	[FORMAT_TABLE] = "table", [FORMAT_WIDE] = "wide",   [FORMAT_JSON] = "json",   [FORMAT_YAML] = "yaml",
	[FORMAT_CSV] = "csv",     [FORMAT_MD] = "md",       [FORMAT_DOT] = "dot",     [FORMAT_MERMAID] = "mermaid",
	[FORMAT_HTML] = "html",   [FORMAT_SARIF] = "sarif", [FORMAT_JUNIT] = "junit", [FORMAT_GITHUB] = "github",
};

const char *format_name(enum format format)
{
	return names[format];
}

/* "table, wide and json" */
static void list(unsigned set, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (unsigned i = 0; i < FORMAT_COUNT && n < size; i++) {
		unsigned later = set >> i >> 1;

		if (set & FORMAT_BIT(i))
			n += (size_t)snprintf(buf + n, size - n, "%s%s", names[i],
					      !later                ? ""
					      : later & (later - 1) ? ", "
								    : " and ");
	}
}

static int unknown(const char *text, unsigned set, struct err *err)
{
	const char *offered[FORMAT_COUNT], *nearest;
	char all[128];
	size_t n = 0;

	for (unsigned i = 0; i < FORMAT_COUNT; i++)
		if (set & FORMAT_BIT(i))
			offered[n++] = names[i];
	list(set, all, sizeof all);
	nearest = text_nearest(text, offered, n);
	if (nearest)
		return err_set(err, ERR_USAGE, "unknown format \"%s\"; did you mean %s? There are %s", text, nearest,
			       all);
	return err_set(err, ERR_USAGE, "unknown format \"%s\"; there are %s", text, all);
}

int format_parse(const char *text, unsigned set, enum format *out, struct err *err)
{
	*out = FORMAT_TABLE;
	if (!text || ((set & FORMAT_BIT(FORMAT_TABLE)) && strcmp(text, "text") == 0))
		return 0;
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		if (!(set & FORMAT_BIT(i)) || strcmp(text, names[i]) != 0)
			continue;
		*out = (enum format)i;
		return 0;
	}
	return unknown(text, set, err);
}
