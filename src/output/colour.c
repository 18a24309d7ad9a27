/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it to be coloured, and how? */
#include <selvage/colour.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wanted_here(FILE *out)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(none && *none) && term && strcmp(term, "dumb") != 0 && isatty(fileno(out));
}

int colour_parse(const char *when, FILE *out, bool *coloured, struct err *err)
{
	if (!when || strcmp(when, "auto") == 0) {
		*coloured = wanted_here(out);
		return 0;
	}
	*coloured = strcmp(when, "always") == 0;
	if (!*coloured && strcmp(when, "never") != 0)
		return err_set(err, ERR_USAGE, "--color is auto, always or never, not \"%s\"", when);
	return 0;
}

const char *colour_begin(enum tint tint)
{
	static const char *const sequences[TINT_COUNT] = {
		[TINT_NONE] = "",         [TINT_GOOD] = "\x1b[32m", [TINT_BAD] = "\x1b[31m",
		[TINT_WARN] = "\x1b[33m", [TINT_DIM] = "\x1b[2m",   [TINT_BOLD] = "\x1b[1m",
	};

	return sequences[tint];
}

const char *colour_end(enum tint tint)
{
	return tint == TINT_NONE ? "" : "\x1b[0m";
}
