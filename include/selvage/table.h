/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of text, and their ways onto paper: a terminal table, CSV, Markdown.
 *
 *	static const struct table_column columns[] = {{.name = "FROM"}, {.name = "PODS", .right = true}};
 *	struct table *table = table_new(columns, 2);
 *	table_row(table);
 *	table_cell(table, "%s/%s", ns, name);
 *	table_cell(table, "%zu", pods);
 *	table_print(table, &(struct table_form){.format = FORMAT_TABLE, .headers = true}, stdout);
 *	table_free(table);
 */
#ifndef SELVAGE_TABLE_H
#define SELVAGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <selvage/colour.h>
#include <selvage/format.h>

struct table_column {
	const char *name; /* in capitals; CSV writes it in small letters, with "_" for blanks */
	bool wide;        /* not in FORMAT_TABLE */
	bool right;       /* for numbers */
	bool wrap;        /* may be broken into lines when the terminal is too narrow */
};

/* How a table is written. */
struct table_form {
	enum format format; /* one of FORMATS_TABLE */
	bool headers;
	bool coloured;  /* FORMAT_TABLE and FORMAT_WIDE */
	unsigned width; /* columns of the terminal; 0: there is none, lines are as long as they are */
};

struct table;

/* Borrows the columns until table_free(). */
struct table *table_new(const struct table_column *columns, size_t n);
void table_free(struct table *table);

/* Begins a row.  Cells that are not set are empty. */
void table_row(struct table *table);

/* Sets the next cell of the last row; any bytes: what terminals must not see is written as text_safe() does. */
void table_cell(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Colours the cell that was set last. */
void table_tint(struct table *table, enum tint tint);

/* Rows so far. */
size_t table_rows(const struct table *table);

/* People are shown nothing of a table without rows.  Aborts on a format that is none of FORMATS_TABLE. */
void table_print(const struct table *table, const struct table_form *form, FILE *out);

/* Columns of the terminal behind a stream: $COLUMNS if it is a number, what the terminal says; 0 if it is none. */
unsigned table_width(FILE *out);

#endif
