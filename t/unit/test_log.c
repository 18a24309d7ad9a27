/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is one event one line, whatever is in it, and only if its level asks for it? */
#include <unistd.h>

#include <selvage/log.h>

#include "unit.h"

static FILE *caught;
static int old_stderr;

static void catch_begin(void)
{
	caught = tmpfile();
	cr_assert_not_null(caught);
	old_stderr = dup(STDERR_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
}

static void catch_end(const char *expected)
{
	char text[8192];
	size_t n;

	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	rewind(caught);
	n = fread(text, 1, sizeof text - 1, caught);
	text[n] = '\0';
	fclose(caught);
	cr_assert_str_eq(text, expected);
}

UNIT(log, a_line_has_prefix_and_newline)
{
	unsetenv("JOURNAL_STREAM");
	catch_begin();
	log_info("node %s, %d pods", "n1", 3);
	log_error("%s", "");
	catch_end("selvage: node n1, 3 pods\nselvage: \n");
}

UNIT(log, levels_above_the_threshold_are_silent)
{
	unsetenv("JOURNAL_STREAM");
	catch_begin();
	log_debug("not by default");
	log_set_level(LOG_LEVEL_WARN);
	log_info("not this");
	log_warn("this");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("and this");
	catch_end("selvage: this\nselvage: and this\n");
}

UNIT(log, user_text_cannot_break_out_of_its_line)
{
	unsetenv("JOURNAL_STREAM");
	catch_begin();
	log_warn("pod %s", "x\nselvage: all is well\x1b[2J");
	catch_end("selvage: pod x\\x0aselvage: all is well\\x1b[2J\n");
}

UNIT(log, the_journal_gets_priorities)
{
	setenv("JOURNAL_STREAM", "8:123", 1);
	log_set_level(LOG_LEVEL_DEBUG);
	catch_begin();
	log_error("e");
	log_warn("w");
	log_info("i");
	log_debug("d");
	catch_end("<3>selvage: e\n<4>selvage: w\n<6>selvage: i\n<7>selvage: d\n");
}

UNIT(log, long_messages_are_whole)
{
	static char longer[5000], expected[6000];

	unsetenv("JOURNAL_STREAM");
	memset(longer, 'x', sizeof longer - 1);
	snprintf(expected, sizeof expected, "selvage: %s\n", longer);
	catch_begin();
	log_info("%s", longer);
	catch_end(expected);
}
