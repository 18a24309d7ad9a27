/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of JSON, many a second: written into one buffer and out in large pieces.  What a line holds is up to the caller;
 * strings are ASCII, escaped as json_print_line() does.
 */
#ifndef SELVAGE_LINE_H
#define SELVAGE_LINE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <selvage/packet.h>
#include <selvage/vec.h>

struct line {
	VEC(char);
};

/* Appends bytes as they are. */
static inline void line_put(struct line *line, const char *text, size_t n)
{
	vec_reserve(line, n);
	memcpy(line->at + line->n, text, n);
	line->n += n;
}

static inline void line_raw(struct line *line, const char *text)
{
	line_put(line, text, strlen(text));
}

void line_number(struct line *line, uint64_t number);

/* A JSON string, in its quotes, of any bytes. */
void line_string(struct line *line, const char *text);

/* "verdict":"denied","why":"policy","egress":{...},"ingress":{...} */
void line_verdict(struct line *line, const struct verdict *verdict);

/* Writes out what has come together, if it is much or `all` is to go. */
void line_flush(struct line *line, bool all, FILE *out);

#endif
