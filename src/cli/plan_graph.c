/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a plan as a picture?  A line for each pair of ends between which ports are gained or lost. */
#include <stdlib.h>

#include <selvage/graph.h>

#include "plan_report.h"

static void add_edges(const struct plan_report *report, const struct plan_row *row, struct graph *graph)
{
	bool lost = row->kind == PLAN_LOST || row->kind == PLAN_NARROWED;
	char *ports = plan_words_portset(report, &row->ports), *label;
	struct words from, to;

	if (asprintf(&label, "%s %s", plan_kind_name(row->kind), ports) < 0)
		abort();
	plan_words_ends(report, &row->from, report->expand, &from);
	plan_words_ends(report, &row->to, report->expand, &to);
	for (size_t i = 0; i < from.n; i++)
		for (size_t k = 0; k < to.n; k++)
			graph_edge(graph, from.at[i], to.at[k], label, lost ? GRAPH_LINE_BAD : GRAPH_LINE_GOOD);
	words_fini(&from);
	words_fini(&to);
	free(label);
	free(ports);
}

void plan_graph_print(const struct plan_report *report, FILE *out)
{
	struct graph *graph = graph_new();
	size_t n;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].kind <= PLAN_WIDENED)
			add_edges(report, &rows[i], graph);
	graph_print(graph, report->form.format, out);
	graph_free(graph);
}
