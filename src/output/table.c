/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in a table, and how do programs and Markdown read it? */
#include <selvage/table.h>

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <selvage/text.h>

#include "table_priv.h"

struct table *table_new(const struct table_column *columns, size_t n)
{
	struct table *table = mem_new(1, sizeof *table);

	table->columns = columns;
	table->n_columns = n;
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->cells.n; i++)
		free(table->cells.at[i].text);
	vec_free(&table->cells);
	free(table);
}

void table_row(struct table *table)
{
	table->next = 0;
	for (size_t i = 0; i < table->n_columns; i++)
		*vec_add(&table->cells) = (struct table_cell){0};
}

static struct table_cell *cell_at(struct table *table, size_t column)
{
	return &table->cells.at[table->cells.n - table->n_columns + column];
}

static char *safe(const char *text)
{
	char *copy = NULL;
	size_t size;
	FILE *out = open_memstream(&copy, &size);

	if (!out)
		abort();
	text_safe(out, text);
	if (fclose(out))
		abort();
	return copy;
}

void table_cell(struct table *table, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (!table->cells.n || table->next == table->n_columns)
		abort(); /* more cells than columns */
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	cell_at(table, table->next++)->text = safe(text);
	free(text);
}

void table_tint(struct table *table, enum tint tint)
{
	if (!table->next)
		abort(); /* no cell yet */
	cell_at(table, table->next - 1)->tint = tint;
}

size_t table_rows(const struct table *table)
{
	return table->n_columns ? table->cells.n / table->n_columns : 0;
}

static const char *text_at(const struct table *table, size_t row, size_t column)
{
	const char *text = table->cells.at[row * table->n_columns + column].text;

	return text ? text : "";
}

/*
 * "Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in double-quotes.  If double-quotes
 * are used to enclose fields, then a double-quote appearing inside a field must be escaped by preceding it with another
 * double quote."  (RFC 4180, 2.6 and 2.7)  Of line breaks there are none left.
 */
static void csv_field(const char *text, FILE *out)
{
	bool quote = strpbrk(text, ",\"") != NULL;

	if (quote)
		fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	if (quote)
		fputc('"', out);
}

/* "NEW POD" is new_pod. */
static void csv_name(const char *name, FILE *out)
{
	for (; *name; name++)
		fputc(*name == ' ' ? '_' : tolower((unsigned char)*name), out);
}

/* "Each record is located on a separate line, delimited by a line break (CRLF)."  (RFC 4180, 2.1) */
static void csv_print(const struct table *table, bool headers, FILE *out)
{
	for (size_t c = 0; headers && c < table->n_columns; c++) {
		fputs(c ? "," : "", out);
		csv_name(table->columns[c].name, out);
	}
	if (headers)
		fputs("\r\n", out);
	for (size_t r = 0; r < table_rows(table); r++) {
		for (size_t c = 0; c < table->n_columns; c++) {
			fputs(c ? "," : "", out);
			csv_field(text_at(table, r, c), out);
		}
		fputs("\r\n", out);
	}
}

/* "Any ASCII punctuation character may be backslash-escaped" (GitHub Flavored Markdown, 6.1); these would mean something in
 * a cell. */
static void md_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>|~&#!@$", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void md_print(const struct table *table, bool headers, FILE *out)
{
	for (size_t c = 0; c < table->n_columns; c++) { /* GFM has no table without a header row */
		fputs(c ? " | " : "| ", out);
		md_text(headers ? table->columns[c].name : "", out);
	}
	fputs(" |\n", out);
	for (size_t c = 0; c < table->n_columns; c++)
		fputs(table->columns[c].right ? "| ---: " : "| --- ", out);
	fputs("|\n", out);
	for (size_t r = 0; r < table_rows(table); r++) {
		for (size_t c = 0; c < table->n_columns; c++) {
			fputs(c ? " | " : "| ", out);
			md_text(text_at(table, r, c), out);
		}
		fputs(" |\n", out);
	}
}

void table_print(const struct table *table, const struct table_form *form, FILE *out)
{
	if (form->format == FORMAT_CSV)
		csv_print(table, form->headers, out);
	else if (form->format == FORMAT_MD)
		md_print(table, form->headers, out);
	else if (form->format == FORMAT_TABLE || form->format == FORMAT_WIDE)
		table_text(table, form, out);
	else
		abort();
}

unsigned table_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	char *end = NULL;
	long n = 0;

	if (ioctl(fileno(out), TIOCGWINSZ, &size))
		return 0;
	if (columns)
		n = strtol(columns, &end, 10);
	return n > 0 && n <= SHRT_MAX && end && !*end ? (unsigned)n : size.ws_col;
}
