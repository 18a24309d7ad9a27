/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a plan to people? */
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "plan_flows.h"
#include "plan_report.h"

#define NAMES_SHOWN 2    /* of one end; more are counted */
#define CHANGES_SHOWN 12 /* lines */
#define ROWS_SHOWN 25
#define NOOPS_SHOWN 3

enum column {
	COLUMN_CHANGE,
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_BEFORE,
	COLUMN_AFTER,
	COLUMN_BECAUSE,
	COLUMN_SOURCE,
	COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
	{.name = "CHANGE"},
	{.name = "FROM", .wrap = true},
	{.name = "TO", .wrap = true},
	{.name = "BEFORE", .wrap = true},
	{.name = "AFTER", .wrap = true},
	{.name = "BECAUSE", .wrap = true},
	{.name = "SOURCE"},
};

static enum tint tint_of(enum plan_kind kind)
{
	switch (kind) {
	case PLAN_LOST:
	case PLAN_NARROWED:
	case PLAN_ISOLATED:
		return TINT_BAD;
	case PLAN_GAINED:
	case PLAN_WIDENED:
	case PLAN_UN_ISOLATED:
		return TINT_WARN;
	case PLAN_NOOP:
	case PLAN_KIND_COUNT:
		break;
	}
	return TINT_DIM;
}

static char *joined(const struct words *words, bool all)
{
	char *text = NULL;
	size_t size, shown = !all && words->n > NAMES_SHOWN ? NAMES_SHOWN : words->n;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < shown; i++)
		fprintf(out, "%s%s", i ? ", " : "", words->at[i]);
	if (shown < words->n)
		fprintf(out, ", +%zu more", words->n - shown);
	if (fclose(out))
		abort();
	return text;
}

static const char *over(const struct plan_row *row)
{
	if (row->families == (1U << FAMILY_4 | 1U << FAMILY_6))
		return "";
	return row->families & 1U << FAMILY_4 ? " over IPv4" : " over IPv6";
}

static void cells(const struct plan_report *report, struct table *table, const struct plan_row *row, const char *from,
		  const char *to)
{
	bool isolation = row->kind == PLAN_ISOLATED || row->kind == PLAN_UN_ISOLATED;
	char *before = plan_words_ports(report, &row->before), *after = plan_words_ports(report, &row->after),
	     *because = plan_words_because(report, row), *source = plan_words_source(&row->cause.source);

	table_row(table);
	table_cell(table, "%s%s", plan_kind_name(row->kind), row->unsure ? "?" : "");
	table_tint(table, tint_of(row->kind));
	table_cell(table, "%s", from);
	if (isolation) {
		table_cell(table, "%s", direction_name(row->direction));
		table_cell(table, "%s", row->kind == PLAN_ISOLATED ? "open" : "isolated");
		table_cell(table, "%s", row->kind == PLAN_ISOLATED ? "isolated" : "open");
	} else if (row->kind == PLAN_NOOP) {
		table_cell(table, "%s%s", to, over(row));
		table_cell(table, "-");
		table_cell(table, "unchanged");
	} else {
		table_cell(table, "%s%s", to, over(row));
		table_cell(table, "%s", before);
		table_cell(table, "%s", after);
	}
	table_cell(table, "%s", because);
	table_cell(table, "%s", source);
	free(before);
	free(after);
	free(because);
	free(source);
}

/* A line for each pair of what there is at both ends. */
static void expanded(const struct plan_report *report, struct table *table, const struct plan_row *row)
{
	struct words from, to;

	plan_words_ends(report, &row->from, true, &from);
	plan_words_ends(report, &row->to, true, &to);
	for (size_t i = 0; i < from.n; i++) {
		if (!to.n)
			cells(report, table, row, from.at[i], "");
		for (size_t k = 0; k < to.n; k++)
			if (strcmp(from.at[i], to.at[k]))
				cells(report, table, row, from.at[i], to.at[k]);
	}
	words_fini(&from);
	words_fini(&to);
}

static void summed(const struct plan_report *report, struct table *table, const struct plan_row *row)
{
	struct words from, to;
	bool all = report->form.format != FORMAT_TABLE;
	char *a, *b;

	plan_words_ends(report, &row->from, false, &from);
	plan_words_ends(report, &row->to, false, &to);
	a = joined(&from, all);
	b = joined(&to, all);
	cells(report, table, row, a, b);
	free(a);
	free(b);
	words_fini(&from);
	words_fini(&to);
}

/* Fills the table; the number of rows that were left out. */
static size_t fill(const struct plan_report *report, struct table *table)
{
	bool all = report->expand || report->form.format != FORMAT_TABLE;
	size_t n, shown = 0, noops = 0, left = 0;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++) {
		size_t *count = rows[i].kind == PLAN_NOOP ? &noops : &shown;

		if (!all && *count == (rows[i].kind == PLAN_NOOP ? NOOPS_SHOWN : ROWS_SHOWN)) {
			left++;
			continue;
		}
		++*count;
		if (report->expand)
			expanded(report, table, &rows[i]);
		else
			summed(report, table, &rows[i]);
	}
	return left;
}

static void value_print(const json_t *value, FILE *out)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	text_safe(out, json_is_string(value) ? json_string_value(value) : text ? text : "none");
	free(text);
}

static void title(const struct plan_change *change, FILE *out)
{
	const struct object *o = change->after ? change->after : change->before;

	/* NOLINTNEXTLINE(clang-analyzer-*): a change has an object before or after it */
	fprintf(out, " %s %s ", change->before ? change->after ? "~" : "-" : "+", object_type(o->kind)->kind);
	if (o->ns) {
		text_safe(out, o->ns);
		fputc('/', out);
	}
	text_safe(out, o->name);
}

/* A line for each field; how many there are. */
static void change_print(const struct plan_report *report, const struct plan_change *change, size_t *lines, FILE *out)
{
	size_t i = 0;

	do {
		if (++*lines > CHANGES_SHOWN && !report->expand)
			continue;
		title(change, out);
		if (i < change->fields.n) {
			fputs("  ", out);
			text_safe(out, change->fields.at[i].path);
			fputs(": ", out);
			value_print(change->fields.at[i].before, out);
			fputs(" -> ", out);
			value_print(change->fields.at[i].after, out);
		}
		fputc('\n', out);
	} while (++i < change->fields.n);
}

static void changes_print(const struct plan_report *report, FILE *out)
{
	size_t lines = 0;

	fputs(report->changes.n ? "Changes:\n" : "Nothing changes: all of it is there already.\n", out);
	for (size_t i = 0; i < report->changes.n; i++)
		change_print(report, &report->changes.at[i], &lines, out);
	if (lines > CHANGES_SHOWN && !report->expand)
		fprintf(out, " ... and %zu more (--expand)\n", lines - CHANGES_SHOWN);
}

static bool is_partial(const struct plan_report *report, const struct plan_classes *classes)
{
	struct plan_ends ends;
	bool some = false;

	plan_ends_of(report->plan, classes, &ends);
	for (size_t i = 0; i < ends.n; i++)
		some |= ends.at[i].kind == PLAN_END_WORKLOAD && ends.at[i].n < ends.at[i].total;
	plan_ends_fini(&ends);
	return some;
}

/* Does some row mean but a part of the pods of a workload? */
static bool has_partial(const struct plan_report *report)
{
	size_t n;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++)
		if (is_partial(report, &rows[i].from) || is_partial(report, &rows[i].to))
			return true;
	return false;
}

static void summary(const struct plan_report *report, size_t left, FILE *out)
{
	struct plan_counts counts = plan_report_counts(report);

	if (left)
		fprintf(out, "... and %zu more (--expand, or -o wide)\n", left);
	if (has_partial(report))
		fputs("(N of M): pods of one owner that are not all alike to policies, or in the change.\n", out);
	if (!counts.of[PLAN_ISOLATED] && !counts.of[PLAN_UN_ISOLATED])
		fputs("Isolation unchanged.\n", out);
	if (report->flows)
		plan_flows_print(report, out);
	fprintf(out, "\n%zu lost, %zu gained, %zu widened, %zu narrowed", counts.of[PLAN_LOST], counts.of[PLAN_GAINED],
		counts.of[PLAN_WIDENED], counts.of[PLAN_NARROWED]);
	if (report->flows)
		fprintf(out, "; %zu live path%s cut", report->flows->paths[FLOW_CUT],
			report->flows->paths[FLOW_CUT] == 1 ? "" : "s");
	fprintf(out, "; exit %d\n", report->code);
}

void plan_text_print(const struct plan_report *report, FILE *out)
{
	bool people = report->form.format == FORMAT_TABLE || report->form.format == FORMAT_WIDE;
	struct table *table = table_new(columns, COLUMN_COUNT);
	size_t left = fill(report, table);

	if (people) {
		changes_print(report, out);
		fputc('\n', out);
	}
	table_print(table, &report->form, out);
	if (people)
		summary(report, left, out);
	table_free(table);
}
