/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a terminal show a table?  (libsmartcols) */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols/libsmartcols.h>

#include "table_priv.h"

static void must(int rc)
{
	if (rc)
		abort(); /* libsmartcols fails when there is no memory, or on misuse */
}

static bool is_shown(const struct table *table, size_t column, const struct table_form *form)
{
	return form->format == FORMAT_WIDE || !table->columns[column].wide;
}

static void add_columns(const struct table *table, const struct table_form *form, struct libscols_table *text)
{
	for (size_t c = 0; c < table->n_columns; c++) {
		const struct table_column *column = &table->columns[c];
		int flags = (column->right ? SCOLS_FL_RIGHT : 0) | (column->wrap && form->width ? SCOLS_FL_WRAP : 0);

		if (is_shown(table, c, form) && !scols_table_new_column(text, column->name, 0, flags))
			abort();
	}
}

static void add_row(const struct table *table, size_t row, const struct table_form *form, struct libscols_table *text)
{
	struct libscols_line *line = scols_table_new_line(text, NULL);
	size_t shown = 0;

	if (!line)
		abort();
	for (size_t c = 0; c < table->n_columns; c++) {
		const struct table_cell *cell = &table->cells.at[row * table->n_columns + c];

		if (!is_shown(table, c, form))
			continue;
		must(scols_line_set_data(line, shown, cell->text ? cell->text : ""));
		if (form->coloured && cell->tint != TINT_NONE)
			must(scols_cell_set_color(scols_line_get_cell(line, shown), colour_begin(cell->tint)));
		shown++;
	}
}

/* Without the blanks that fill a last column. */
static void print_lines(const char *text, FILE *out)
{
	while (*text) {
		size_t line = strcspn(text, "\n"), n = line;

		while (n && text[n - 1] == ' ')
			n--;
		fwrite(text, 1, n, out);
		fputc('\n', out);
		text += line + (text[line] == '\n');
	}
}

/* Cells are UTF-8 whatever the user's locale is, and are safe already. */
static char *lay_out(struct libscols_table *text)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = (locale_t)0;
	char *lines = NULL;

	if (utf8)
		before = uselocale(utf8);
	must(scols_print_table_to_string(text, &lines));
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return lines;
}

void table_text(const struct table *table, const struct table_form *form, FILE *out)
{
	struct libscols_table *text = scols_new_table();
	char *lines;

	if (!text)
		abort();
	must(scols_table_enable_noencoding(text, 1));
	must(scols_table_enable_noheadings(text, !form->headers));
	must(scols_table_enable_colors(text, form->coloured));
	must(scols_table_set_column_separator(text, "  "));
	must(scols_table_set_termforce(text, form->width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER));
	if (form->width)
		must(scols_table_set_termwidth(text, form->width));
	add_columns(table, form, text);
	for (size_t r = 0; r < table_rows(table); r++)
		add_row(table, r, form, text);
	lines = lay_out(text);
	print_lines(lines ? lines : "", out);
	free(lines);
	scols_unref_table(text);
}
