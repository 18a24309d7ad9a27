/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a mistake in a document shown to the one who wrote it? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/problem.h>
#include <selvage/text.h>

#define SHOWN_MAX 200 /* bytes of the line that are shown */

/* Bytes of the character at s; a byte that is not valid UTF-8 counts as one. */
static size_t char_size(const char *s)
{
	size_t n = text_char(s);

	return n ? n : 1;
}

/* The byte offset of a column, which counts characters from 1; the end of the line if it lies behind it. */
static size_t column_offset(const char *line, unsigned col)
{
	size_t at = 0;

	for (unsigned i = 1; i < col && line[at]; i++)
		at += char_size(line + at);
	return at;
}

/* Chooses the first byte to show, so that the column at byte `at` is in view. */
static size_t window_start(const char *line, size_t at)
{
	size_t length = strlen(line), want, start = 0;

	if (length <= SHOWN_MAX || at < SHOWN_MAX / 2)
		return 0;
	want = at + SHOWN_MAX / 2 > length ? length - SHOWN_MAX : at - SHOWN_MAX / 2;
	while (start < want)
		start += char_size(line + start);
	return start;
}

/* Writes the characters up to the end or the limit, tabs as they are, others safely. */
static void line_print(const char *line, size_t start, FILE *out)
{
	size_t at = start;

	fputs(start ? "..." : "", out);
	while (line[at] && at + char_size(line + at) <= start + SHOWN_MAX) {
		char one[8] = "";

		memcpy(one, line + at, char_size(line + at));
		at += char_size(line + at);
		if (one[0] == '\t')
			fputc('\t', out);
		else
			text_safe(out, one);
	}
	fputs(line[at] ? "...\n" : "\n", out);
}

/* The white space that is as wide as what line_print() wrote before byte `at`, then the caret. */
static void caret_print(const char *line, size_t start, size_t at, FILE *out)
{
	fputs(start ? "   " : "", out);
	for (size_t i = start; i < at; i += char_size(line + i)) {
		if (line[i] == '\t')
			fputc('\t', out);
		else
			fputs(text_char(line + i) ? " " : "    ", out);
	}
	fputs("^\n", out);
}

static void place_print(const struct source *source, FILE *out)
{
	if (!source->file)
		return;
	text_safe(out, source->file);
	if (source->line)
		fprintf(out, ":%u", source->line);
	if (source->line && source->col)
		fprintf(out, ":%u", source->col);
	fputs(": ", out);
}

void problem_show(const struct source *source, const char *what, const char *message, const char *message_end,
		  const char *text, FILE *out)
{
	size_t at, start;

	place_print(source, out);
	fprintf(out, "%s: ", what);
	text_safe(out, message);
	text_safe(out, message_end);
	fputc('\n', out);
	if (!text)
		return;
	at = column_offset(text, source->col);
	start = window_start(text, at);
	line_print(text, start, out);
	if (source->col)
		caret_print(text, start, at, out);
}

void problem_print(const struct problem *problem, FILE *out)
{
	problem_show(&problem->source, "error", problem->message, "", problem->text, out);
}

void problem_fini(struct problem *problem)
{
	atom_put(problem->source.file);
	free(problem->message);
	free(problem->text);
	*problem = (struct problem){0};
}
