/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does every format say what the cells say, and nothing that they do not? */
#include <selvage/table.h>

#include <signal.h>

#include "unit.h"

static const struct table_column columns[] = {
	{.name = "FROM"},
	{.name = "NEW POD", .right = true},
	{.name = "WHY", .wide = true},
	{.name = "BECAUSE", .wrap = true},
};

#define FORM(of, ...) (&(struct table_form){.format = (of), ##__VA_ARGS__})

static struct table *table_of_two(void)
{
	struct table *table = table_new(columns, 4);

	table_row(table);
	table_cell(table, "shop/%s", "web");
	table_cell(table, "%d", 7);
	table_cell(table, "policy");
	table_cell(table, "admits, \"all\"");
	table_row(table);
	table_cell(table, "a");
	table_tint(table, TINT_BAD);
	table_cell(table, "12345678");
	return table;
}

UNIT(table, a_terminal_sees_columns_in_line_and_no_wide_one)
{
	struct table *table = table_of_two();

	UNIT_PRINTS("FROM       NEW POD  BECAUSE\n"
		    "shop/web         7  admits, \"all\"\n"
		    "a         12345678\n",
		    table_print(table, FORM(FORMAT_TABLE, .headers = true), out));
	cr_assert_eq(table_rows(table), 2);
	table_free(table);
}

UNIT(table, wide_has_all_columns)
{
	struct table *table = table_of_two();

	UNIT_PRINTS("FROM       NEW POD  WHY     BECAUSE\n"
		    "shop/web         7  policy  admits, \"all\"\n"
		    "a         12345678\n",
		    table_print(table, FORM(FORMAT_WIDE, .headers = true), out));
	table_free(table);
}

UNIT(table, headers_may_be_left_out)
{
	struct table *table = table_of_two();

	UNIT_PRINTS("shop/web         7  admits, \"all\"\na         12345678\n",
		    table_print(table, FORM(FORMAT_TABLE), out));
	UNIT_PRINTS("shop/web,7,policy,\"admits, \"\"all\"\"\"\r\na,12345678,,\r\n",
		    table_print(table, FORM(FORMAT_CSV), out));
	table_free(table);
}

UNIT(table, colour_stands_where_it_was_wanted_only)
{
	struct table *table = table_of_two();
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	table_print(table, FORM(FORMAT_TABLE, .headers = true, .coloured = true), out);
	fclose(out);
	cr_assert_not_null(strstr(text, "\x1b[31ma"), "%s", text);
	cr_assert_null(strstr(text, "\x1b[31mshop"));
	free(text);
	table_free(table);
}

UNIT(table, only_what_may_wrap_does_in_a_narrow_terminal)
{
	struct table *table = table_of_two();

	UNIT_PRINTS("FROM       NEW POD  BECAUSE\n"
		    "shop/web         7  admits,\n"
		    "                     \"all\"\n"
		    "a         12345678\n",
		    table_print(table, FORM(FORMAT_TABLE, .headers = true, .width = 27), out));
	table_free(table);
}

UNIT(table, csv_has_every_column_and_quotes_what_needs_it)
{
	struct table *table = table_of_two();

	UNIT_PRINTS("from,new_pod,why,because\r\n"
		    "shop/web,7,policy,\"admits, \"\"all\"\"\"\r\n"
		    "a,12345678,,\r\n",
		    table_print(table, FORM(FORMAT_CSV, .headers = true), out));
	table_free(table);
}

UNIT(table, markdown_is_a_table_of_github)
{
	struct table *table = table_of_two();

	UNIT_PRINTS("| FROM | NEW POD | WHY | BECAUSE |\n"
		    "| --- | ---: | --- | --- |\n"
		    "| shop/web | 7 | policy | admits, \"all\" |\n"
		    "| a | 12345678 |  |  |\n",
		    table_print(table, FORM(FORMAT_MD, .headers = true), out));
	table_free(table);
}

UNIT(table, hostile_names_stay_in_their_cells)
{
	static const struct table_column two[] = {{.name = "A"}, {.name = "B"}};
	struct table *table = table_new(two, 2);

	table_row(table);
	table_cell(table, "%s", "x|y\n<b>`\x1b[2J");
	table_cell(table, "%s", "\xff,\r\n\"");
	UNIT_PRINTS("A                   B\nx|y\\x0a<b>`\\x1b[2J  \\xff,\\x0d\\x0a\"\n",
		    table_print(table, FORM(FORMAT_TABLE, .headers = true), out));
	UNIT_PRINTS("a,b\r\nx|y\\x0a<b>`\\x1b[2J,\"\\xff,\\x0d\\x0a\"\"\"\r\n",
		    table_print(table, FORM(FORMAT_CSV, .headers = true), out));
	UNIT_PRINTS("| A | B |\n| --- | --- |\n"
		    "| x\\|y\\\\x0a\\<b\\>\\`\\\\x1b\\[2J | \\\\xff,\\\\x0d\\\\x0a\" |\n",
		    table_print(table, FORM(FORMAT_MD, .headers = true), out));
	table_free(table);
}

UNIT(table, what_is_not_ascii_counts_by_its_width)
{
	static const struct table_column two[] = {{.name = "A"}, {.name = "B"}};
	struct table *table = table_new(two, 2);

	table_row(table);
	table_cell(table, "caf\xc3\xa9 \xe2\x86\x92");
	table_cell(table, "x");
	table_row(table);
	table_cell(table, "1234567");
	table_cell(table, "y");
	UNIT_PRINTS("A        B\ncaf\xc3\xa9 \xe2\x86\x92   x\n1234567  y\n",
		    table_print(table, FORM(FORMAT_TABLE, .headers = true), out));
	table_free(table);
}

UNIT(table, no_rows_are_nothing_to_people_and_a_header_to_programs)
{
	struct table *table = table_new(columns, 4);

	UNIT_PRINTS("", table_print(table, FORM(FORMAT_TABLE, .headers = true), out));
	UNIT_PRINTS("from,new_pod,why,because\r\n", table_print(table, FORM(FORMAT_CSV, .headers = true), out));
	table_free(table);
}

UNIT(table, what_is_no_terminal_has_no_width)
{
	FILE *out = tmpfile();

	setenv("COLUMNS", "80", 1);
	cr_assert_eq(table_width(out), 0);
	fclose(out);
	table_free(NULL);
}

UNIT(table, a_cell_too_many_aborts, .signal = SIGABRT)
{
	struct table *table = table_new(columns, 1);

	table_row(table);
	table_cell(table, "a");
	table_cell(table, "b");
}
