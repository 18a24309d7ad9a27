/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as JUnit XML: each is a test that failed; what was looked at without one is a test that passed. */
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "findings_priv.h"

/* Text as XML takes it: of control bytes it may hold none, however they are written. */
static void xml(const char *text, FILE *out)
{
	static const char special[] = "&<>\"'";
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	char *safe;
	size_t size;
	FILE *stream = open_memstream(&safe, &size);

	if (!stream)
		abort();
	text_safe(stream, text);
	if (fclose(stream))
		abort();
	for (const char *p = safe; *p; p++) {
		const char *at = strchr(special, *p);

		if (at)
			fputs(entities[at - special], out);
		else
			fputc(*p, out);
	}
	free(safe);
}

static void attribute(const char *name, const char *text, FILE *out)
{
	fprintf(out, " %s=\"", name);
	xml(text, out);
	fputc('"', out);
}

static void failure(const struct finding *finding, FILE *out)
{
	const struct source *source = &finding->source;

	fputs("    <testcase", out);
	attribute("name", finding->where ? finding->where : source->file ? source->file : finding->rule->name, out);
	fprintf(out, " classname=\"%s.%s\"", finding->rule->id, finding->rule->name);
	if (source->file)
		attribute("file", source->file, out);
	if (source->file && source->line)
		fprintf(out, " line=\"%u\"", source->line);
	fprintf(out, ">\n      <failure type=\"%s\"", severity_name(finding->severity));
	attribute("message", finding->message, out);
	fputc('>', out);
	if (source->file)
		xml(source->file, out);
	if (source->file && source->line)
		fprintf(out, ":%u:%u", source->line, source->col);
	if (finding->text)
		fputc('\n', out);
	xml(finding->text ? finding->text : "", out);
	fputs("</failure>\n    </testcase>\n", out);
}

static void pass(const struct findings_report *report, const char *what, FILE *out)
{
	fputs("    <testcase", out);
	attribute("name", what, out);
	fprintf(out, " classname=\"%s\"/>\n", report->command);
}

/* Neither passed nor failed. */
static void skipped(const struct findings_report *report, const struct rule_text *rule, FILE *out)
{
	fprintf(out,
		"    <testcase name=\"%s\" classname=\"%s.%s\">\n"
		"      <skipped message=\"unknown\"/>\n    </testcase>\n",
		report->command, rule->id, rule->name);
}

void findings_junit(const struct findings_report *report, FILE *out)
{
	size_t tests = report->n + report->n_passed + report->n_unknown;

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"selvage\" tests=\"%zu\" failures=\"%zu\">\n"
		"  <testsuite name=\"selvage %s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		tests, report->n, report->command, tests, report->n, report->n_unknown);
	for (size_t i = 0; i < report->n_passed; i++)
		pass(report, report->passed[i], out);
	for (size_t i = 0; i < report->n_unknown; i++)
		skipped(report, report->unknown[i], out);
	for (size_t i = 0; i < report->n; i++)
		failure(&report->at[i], out);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
