/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was found, in which order is it shown, and how is it known again? */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/digest.h>
#include <selvage/finding.h>

static const char *const severities[SEVERITY_COUNT] = {
	[SEVERITY_CRITICAL] = "critical", [SEVERITY_HIGH] = "high", [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_LOW] = "low",           [SEVERITY_INFO] = "info", [SEVERITY_ERROR] = "error",
	[SEVERITY_WARNING] = "warning",   [SEVERITY_NOTE] = "note",
};

const char *severity_name(enum severity severity)
{
	return severities[severity];
}

int severity_parse(const char *text)
{
	for (int i = 0; i < SEVERITY_COUNT; i++)
		if (!strcmp(severities[i], text))
			return i;
	return -1;
}

struct finding *finding_add(struct findings *findings, const struct rule_text *rule, const char *fmt, ...)
{
	struct finding *finding = vec_add(findings);
	va_list ap;

	*finding = (struct finding){.rule = rule, .severity = rule->severity};
	va_start(ap, fmt);
	if (vasprintf(&finding->message, fmt, ap) < 0)
		abort();
	va_end(ap);
	return finding;
}

void finding_fini(struct finding *finding)
{
	free(finding->where);
	free(finding->message);
	free(finding->text);
	free(finding->fix);
	free(finding->key);
	atom_put(finding->source.file);
	*finding = (struct finding){.rule = NULL};
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_fini(&findings->at[i]);
	vec_free(findings);
}

static int text_cmp(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int number_cmp(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int place_cmp(const struct source *a, const struct source *b)
{
	int order = text_cmp(a->file, b->file);

	if (!order)
		order = number_cmp(a->line, b->line);
	return order ? order : number_cmp(a->col, b->col);
}

static int words_cmp(const struct finding *a, const struct finding *b)
{
	int order = text_cmp(a->where, b->where);

	if (!order)
		order = strcmp(a->rule->id, b->rule->id);
	return order ? order : strcmp(a->message, b->message);
}

static int by_severity(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	int order = number_cmp(a->severity, b->severity);

	if (!order)
		order = text_cmp(a->where, b->where);
	if (!order)
		order = place_cmp(&a->source, &b->source);
	return order ? order : words_cmp(a, b);
}

static int by_place(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	int order = place_cmp(&a->source, &b->source);

	if (!order)
		order = number_cmp(a->severity, b->severity);
	return order ? order : words_cmp(a, b);
}

void findings_sort(struct findings *findings)
{
	vec_sort(findings, by_severity);
}

void findings_sort_by_place(struct findings *findings)
{
	vec_sort(findings, by_place);
}

void finding_fingerprint(const struct finding *finding, char buf[static FINGERPRINT_TEXT])
{
	struct digest digest;
	const char *name;

	digest_init(&digest);
	digest_text(&digest, finding->rule->id);
	digest_text(&digest, finding->where);
	digest_text(&digest, finding->where ? NULL : finding->source.file);
	digest_text(&digest, finding->key ? finding->key : finding->message);
	name = digest_name(&digest, "");
	memcpy(buf, name, FINGERPRINT_TEXT);
	atom_put(name);
}

void findings_summary(const struct finding *findings, size_t n, FILE *out)
{
	size_t counts[SEVERITY_COUNT] = {0};
	const char *separator = ": ";

	for (size_t i = 0; i < n; i++)
		counts[findings[i].severity]++;
	fprintf(out, n ? "%zu finding%s" : "no findings", n, n == 1 ? "" : "s");
	for (int i = 0; i < SEVERITY_COUNT; i++) {
		if (!counts[i])
			continue;
		fprintf(out, "%s%zu %s", separator, counts[i], severities[i]);
		separator = ", ";
	}
}
