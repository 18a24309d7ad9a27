/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which format is a plan written? */
#include <stdlib.h>

#include <selvage/json_print.h>

#include "plan_report.h"

void words_fini(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->at[i]);
	vec_free(words);
}

struct plan_counts plan_report_counts(const struct plan_report *report)
{
	struct plan_counts counts = {{0}};
	size_t n;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++)
		counts.of[rows[i].kind]++;
	return counts;
}

bool plan_report_changed(const struct plan_report *report)
{
	size_t n;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].kind != PLAN_NOOP)
			return true;
	return false;
}

int plan_report_print(struct plan_report *report, FILE *out, struct err *err)
{
	unsigned bit = FORMAT_BIT(report->form.format);
	int rc = 0;

	plan_changes_find(report, &report->changes);
	if (bit & FORMATS_JSON)
		rc = json_print(plan_json(report), report->form.format, out, err);
	else if (bit & FORMATS_GRAPH)
		plan_graph_print(report, out);
	else
		plan_text_print(report, out);
	plan_changes_fini(&report->changes);
	return rc;
}
