/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the caret stand under the column, whatever the line holds? */
#include <selvage/atom.h>
#include <selvage/mem.h>
#include <selvage/problem.h>

#include "unit.h"

static struct problem problem_at(const char *file, unsigned line, unsigned col, const char *text)
{
	return (struct problem){
		.source = {file ? atom(file) : NULL, line, col},
		.message = mem_copy("wrong", 6),
		.text = text ? mem_copy(text, strlen(text) + 1) : NULL,
	};
}

static void assert_prints(struct problem problem, const char *expected)
{
	UNIT_PRINTS(expected, problem_print(&problem, out));
	problem_fini(&problem);
	cr_assert(!problem.source.file && !problem.message && !problem.text);
}

/* The printed line and caret of a long line. */
static void assert_window(const char *line, unsigned col)
{
	struct problem problem = problem_at("a", 1, col, line);
	char *text = NULL, *shown, *caret;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	problem_print(&problem, out);
	fclose(out);
	shown = strchr(text, '\n') + 1;
	caret = strchr(shown, '\n') + 1;
	cr_assert_leq(caret - shown, 200 + 6 + 1, "%s", text);
	cr_assert_eq(shown[strlen(caret) - 2], '#', "%s", text);
	cr_assert_eq(strcspn(caret, "^"), strlen(caret) - 2);
	free(text);
	problem_fini(&problem);
}

UNIT(problem, place_message_line_and_caret)
{
	assert_prints(problem_at("a.yaml", 3, 7, "      port: 70000"),
		      "a.yaml:3:7: error: wrong\n      port: 70000\n      ^\n");
	assert_prints(problem_at("a.yaml", 1, 1, "x"), "a.yaml:1:1: error: wrong\nx\n^\n");
}

UNIT(problem, what_is_unknown_is_left_out)
{
	assert_prints(problem_at(NULL, 0, 0, NULL), "error: wrong\n");
	assert_prints(problem_at("a.yaml", 0, 0, NULL), "a.yaml: error: wrong\n");
	assert_prints(problem_at("a.yaml", 4, 0, "text"), "a.yaml:4: error: wrong\ntext\n");
}

UNIT(problem, tabs_are_kept_and_mirrored)
{
	assert_prints(problem_at("a", 1, 4, "\ta\tb"), "a:1:4: error: wrong\n\ta\tb\n\t \t^\n");
}

UNIT(problem, columns_count_characters)
{
	assert_prints(problem_at("a", 1, 3, "\xc3\xa9\xe2\x82\xacx"),
		      "a:1:3: error: wrong\n\xc3\xa9\xe2\x82\xacx\n  ^\n");
}

UNIT(problem, control_bytes_are_escaped_and_the_caret_follows)
{
	assert_prints(problem_at("a\x1b", 1, 3, "\x1b\xffx"), "a\\x1b:1:3: error: wrong\n\\x1b\\xffx\n        ^\n");
}

UNIT(problem, a_column_behind_the_line_is_its_end)
{
	assert_prints(problem_at("a", 1, 99, "ab"), "a:1:99: error: wrong\nab\n  ^\n");
	assert_prints(problem_at("a", 1, 1, ""), "a:1:1: error: wrong\n\n^\n");
}

UNIT(problem, long_lines_are_cut_around_the_column)
{
	static const unsigned cols[] = {1, 50, 100, 101, 150, 499, 500, 501, 899, 901, 950, 1000};
	char line[1001];

	for (size_t i = 0; i < sizeof cols / sizeof *cols; i++) {
		memset(line, '.', sizeof line - 1);
		line[sizeof line - 1] = '\0';
		line[cols[i] - 1] = '#';
		assert_window(line, cols[i]);
	}
}

UNIT(problem, long_lines_are_cut_between_characters)
{
	char line[1501] = "";

	for (size_t i = 0; i < 500; i++)
		memcpy(line + 3 * i, "\xe2\x82\xac", 4);
	for (unsigned col = 1; col <= 500; col += 7) {
		struct problem problem = problem_at("a", 1, col, line);
		char *text = NULL;
		size_t n = 0;
		FILE *out = open_memstream(&text, &n);

		problem_print(&problem, out);
		fclose(out);
		cr_assert_null(strchr(text, '\\'), "%s", text);
		free(text);
		problem_fini(&problem);
	}
}
