/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request. */
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "findings_priv.h"

static const char *const commands[SEVERITY_COUNT] = {
	[SEVERITY_CRITICAL] = "error",  [SEVERITY_HIGH] = "error",  [SEVERITY_MEDIUM] = "warning",
	[SEVERITY_LOW] = "notice",      [SEVERITY_INFO] = "notice", [SEVERITY_ERROR] = "error",
	[SEVERITY_WARNING] = "warning", [SEVERITY_NOTE] = "notice",
};

/* Text whose `special` bytes are written as %XX: '%' itself, what ends a command, and in a property what ends that. */
static void escaped(const char *text, const char *special, FILE *out)
{
	char *safe;
	size_t size;
	FILE *stream = open_memstream(&safe, &size);

	if (!stream)
		abort();
	text_safe(stream, text);
	if (fclose(stream))
		abort();
	for (const char *p = safe; *p; p++)
		fprintf(out, strchr(special, *p) ? "%%%02X" : "%c", (unsigned char)*p);
	free(safe);
}

static void property(const char *name, const char *text, FILE *out)
{
	fprintf(out, "%s=", name);
	escaped(text, "%\r\n:,", out);
}

static void command(const struct finding *finding, FILE *out)
{
	fprintf(out, "::%s ", commands[finding->severity]);
	if (finding->source.file) {
		property("file", finding->source.file, out);
		if (finding->source.line)
			fprintf(out, ",line=%u", finding->source.line);
		if (finding->source.line && finding->source.col)
			fprintf(out, ",col=%u", finding->source.col);
		fputc(',', out);
	}
	property("title", finding->rule->id, out);
	fputc(' ', out);
	escaped(finding->rule->name, "%\r\n:,", out);
	fputs("::", out);
	if (finding->where) {
		escaped(finding->where, "%\r\n", out);
		fputs(": ", out);
	}
	escaped(finding->message, "%\r\n", out);
	fputc('\n', out);
}

void findings_github(const struct findings_report *report, FILE *out)
{
	for (size_t i = 0; i < report->n_unknown; i++)
		fprintf(out, "::warning title=%s %s::unknown\n", report->unknown[i]->id, report->unknown[i]->name);
	for (size_t i = 0; i < report->n; i++)
		command(&report->at[i], out);
}
