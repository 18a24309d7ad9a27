/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as people read them: a table, or lines as compilers print them. */
#include <stdlib.h>
#include <string.h>

#include <selvage/problem.h>

#include "findings_priv.h"

static const struct table_column columns[] = {
	{.name = "SEV"},
	{.name = "CHECK"},
	{.name = "WHERE"},
	{.name = "WHAT", .wrap = true},
	{.name = "FILE"},
	{.name = "FIX", .wide = true, .wrap = true},
	{.name = "FINGERPRINT", .wide = true},
};

static const enum tint tints[SEVERITY_COUNT] = {
	[SEVERITY_CRITICAL] = TINT_BAD, [SEVERITY_HIGH] = TINT_BAD, [SEVERITY_MEDIUM] = TINT_WARN,
	[SEVERITY_LOW] = TINT_DIM,      [SEVERITY_INFO] = TINT_DIM, [SEVERITY_ERROR] = TINT_BAD,
	[SEVERITY_WARNING] = TINT_WARN, [SEVERITY_NOTE] = TINT_DIM,
};

static void place_cell(struct table *table, const struct source *source)
{
	if (!source->file)
		table_cell(table, "%s", "");
	else if (!source->line)
		table_cell(table, "%s", source->file);
	else if (!source->col)
		table_cell(table, "%s:%u", source->file, source->line);
	else
		table_cell(table, "%s:%u:%u", source->file, source->line, source->col);
}

static void row(struct table *table, const struct finding *finding)
{
	char fingerprint[FINGERPRINT_TEXT];

	finding_fingerprint(finding, fingerprint);
	table_row(table);
	table_cell(table, "%s", severity_name(finding->severity));
	table_tint(table, tints[finding->severity]);
	table_cell(table, "%s %s", finding->rule->id, finding->rule->name);
	table_cell(table, "%s", finding->where ? finding->where : "");
	table_cell(table, "%s", finding->message);
	place_cell(table, &finding->source);
	table_cell(table, "%s", finding->fix ? finding->fix : finding->rule->fix);
	table_cell(table, "%s", fingerprint);
}

static void line(const struct finding *finding, FILE *out)
{
	char *start, *end;

	if (asprintf(&start, "%s%s", finding->where ? finding->where : "", finding->where ? ": " : "") < 0 ||
	    asprintf(&end, "%s [%s]", finding->message, finding->rule->id) < 0)
		abort();
	problem_show(&finding->source, severity_name(finding->severity), start, end, finding->text, out);
	free(start);
	free(end);
}

void findings_table(const struct findings_report *report, const struct table_form *form, FILE *out)
{
	struct table *table;

	if (report->lines && form->format == FORMAT_TABLE) {
		for (size_t i = 0; i < report->n; i++)
			line(&report->at[i], out);
		return;
	}
	table = table_new(columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < report->n; i++)
		row(table, &report->at[i]);
	table_print(table, form, out);
	table_free(table);
}
