/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as JUnit XML: each is a test that failed; what was looked at without one is a test that passed. */
#include <stdlib.h>

#include <selvage/junit.h>

#include "findings_priv.h"

/* Where the finding is, and the line that stands there: yours to free. */
static char *place_text(const struct finding *finding)
{
	const struct source *source = &finding->source;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (source->file)
		fputs(source->file, out);
	if (source->file && source->line)
		fprintf(out, ":%u:%u", source->line, source->col);
	if (finding->text)
		fprintf(out, "\n%s", finding->text);
	if (fclose(out))
		abort();
	return text;
}

static void failure(struct junit *junit, const struct finding *finding)
{
	const struct source *source = &finding->source;
	const char *what = finding->where ? finding->where : source->file ? source->file : finding->rule->name;
	char classname[128], *text = place_text(finding);

	snprintf(classname, sizeof classname, "%s.%s", finding->rule->id, finding->rule->name);
	junit_case(junit, classname, what, source->file, source->file ? source->line : 0);
	junit_outcome(junit, JUNIT_FAILURE, severity_name(finding->severity), finding->message, text);
	free(text);
}

/* Neither passed nor failed. */
static void skipped(struct junit *junit, const char *command, const struct rule_text *rule)
{
	char classname[128];

	snprintf(classname, sizeof classname, "%s.%s", rule->id, rule->name);
	junit_case(junit, classname, command, NULL, 0);
	junit_outcome(junit, JUNIT_SKIPPED, NULL, "unknown", NULL);
}

void findings_junit(const struct findings_report *report, FILE *out)
{
	char name[64];
	struct junit *junit;

	snprintf(name, sizeof name, "selvage %s", report->command);
	junit = junit_new(name);
	junit_suite(junit, name);
	for (size_t i = 0; i < report->n_passed; i++)
		junit_case(junit, report->command, report->passed[i], NULL, 0);
	for (size_t i = 0; i < report->n_unknown; i++)
		skipped(junit, report->command, report->unknown[i]);
	for (size_t i = 0; i < report->n; i++)
		failure(junit, &report->at[i]);
	junit_print(junit, out);
	junit_free(junit);
}
