/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it coloured only where that was wanted? */
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <unistd.h>

#include <selvage/colour.h>

#include "unit.h"

static bool is_coloured(const char *when, FILE *out)
{
	bool coloured;
	struct err err;

	cr_assert_eq(colour_parse(when, out, &coloured, &err), 0);
	return coloured;
}

/* A stream that is a terminal. */
static FILE *terminal_open(int *master)
{
	FILE *out;

	*master = posix_openpt(O_RDWR | O_NOCTTY);
	cr_assert(*master >= 0 && !grantpt(*master) && !unlockpt(*master));
	out = fdopen(open(ptsname(*master), O_RDWR | O_NOCTTY), "w");
	cr_assert_not_null(out);
	return out;
}

UNIT(colour, a_terminal_is_coloured_unless_something_speaks_against_it)
{
	int master;
	FILE *out = terminal_open(&master);

	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	cr_assert(is_coloured(NULL, out));
	cr_assert(is_coloured("auto", out));
	cr_assert_not(is_coloured("never", out));
	setenv("TERM", "dumb", 1);
	cr_assert_not(is_coloured("auto", out));
	setenv("TERM", "xterm", 1);
	setenv("NO_COLOR", "1", 1);
	cr_assert_not(is_coloured("auto", out));
	cr_assert(is_coloured("always", out));
	setenv("NO_COLOR", "", 1);
	cr_assert(is_coloured("auto", out));
	fclose(out);
	close(master);
}

UNIT(colour, a_file_is_not_coloured_unless_told)
{
	FILE *out = tmpfile();

	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	cr_assert_not(is_coloured("auto", out));
	cr_assert(is_coloured("always", out));
	fclose(out);
}

UNIT(colour, other_words_are_refused)
{
	bool coloured;
	struct err err;

	cr_assert_eq(colour_parse("yes", stdout, &coloured, &err), -1);
	cr_assert_eq(err.code, ERR_USAGE);
	cr_assert_str_eq(err.msg, "--color is auto, always or never, not \"yes\"");
}

UNIT(colour, what_begins_ends)
{
	cr_assert_str_eq(colour_begin(TINT_NONE), "");
	cr_assert_str_eq(colour_end(TINT_NONE), "");
	for (int tint = TINT_NONE + 1; tint < TINT_COUNT; tint++) {
		cr_assert_eq(colour_begin((enum tint)tint)[0], '\x1b');
		cr_assert_str_eq(colour_end((enum tint)tint), "\x1b[0m");
	}
}
