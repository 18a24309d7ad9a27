/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How well is a cluster isolated? */
#include <stdlib.h>
#include <string.h>

#include "audit_parts.h"

static void put_cell(void *ctx, size_t from, size_t to, const struct reach_cell *cell)
{
	struct audit *audit = ctx;

	audit->cells[from * audit->n_cells + to] = *cell;
}

/* Without policies everything is open; nobody knows what those close of which nobody knows. */
static void put_maybe(void *ctx, size_t from, size_t to, const struct reach_cell *cell)
{
	struct audit *audit = ctx;

	audit->cells[from * audit->n_cells + to] = (struct reach_cell){
		.pairs = cell->pairs,
		.every = reach_nothing(audit->reach),
		.some = reach_nothing(audit->reach),
		.maybe = cell->maybe,
	};
}

static void cells_make(struct audit *audit)
{
	reach_namespaces(audit->reach, &audit->n_cells);
	audit->cells = mem_new(audit->n_cells * audit->n_cells, sizeof *audit->cells);
	reach_matrix(audit->reach, REACH_BEFORE, audit_knows(audit, OBJECT_POLICY) ? put_cell : put_maybe, audit);
}

static bool is_same(const struct finding *a, const struct finding *b)
{
	return a->rule == b->rule && !strcmp(a->where, b->where) && !strcmp(a->message, b->message);
}

void audit_tidy(struct audit *audit)
{
	struct findings *findings = &audit->findings;
	size_t n = 0;

	findings_sort(findings);
	for (size_t i = 0; i < findings->n; i++) {
		if (n && is_same(&findings->at[n - 1], &findings->at[i]))
			finding_fini(&findings->at[i]);
		else
			findings->at[n++] = findings->at[i];
	}
	findings->n = n;
	audit_count(audit);
}

static int row_cmp(const void *a, const void *b)
{
	return strcmp(((const struct audit_ns *)a)->name, ((const struct audit_ns *)b)->name);
}

void audit_count(struct audit *audit)
{
	for (size_t i = 0; i < audit->namespaces.n; i++)
		memset(audit->namespaces.at[i].counts, 0, sizeof audit->namespaces.at[i].counts);
	for (size_t i = 0; i < audit->findings.n; i++) {
		const struct finding *finding = &audit->findings.at[i];
		struct audit_ns key = {.name = finding->ns}, *row = NULL;

		if (finding->ns)
			row = bsearch(&key, audit->namespaces.at, audit->namespaces.n, sizeof key, row_cmp);
		if (row)
			row->counts[finding->severity]++;
	}
}

/* Findings that hang on kinds of which not all is known are not told: they would be guesses. */
static void drop_unknown(struct audit *audit, uint32_t unknown)
{
	size_t n = 0;

	for (size_t i = 0; i < audit->findings.n; i++) {
		if (audit_needs(audit->findings.at[i].rule->id) & unknown)
			finding_fini(&audit->findings.at[i]);
		else
			audit->findings.at[n++] = audit->findings.at[i];
	}
	audit->findings.n = n;
	for (size_t i = 0; (audit_needs("NP111") & unknown) && i < audit->namespaces.n; i++)
		audit->namespaces.at[i].dns = AUDIT_DNS_UNKNOWN;
}

bool audit_knows(const struct audit *audit, enum object_kind kind)
{
	return !(audit->unknown & 1U << kind);
}

struct audit *audit_new(const struct audit_input *input)
{
	static void (*const checks[])(const struct audit_view *) = {
		audit_isolation, audit_dns_check, audit_backends, audit_selectors,
		audit_ports,     audit_lists,     audit_blocks,   audit_redundancy,
	};
	struct audit *audit = mem_new(1, sizeof *audit);
	struct audit_view view;

	audit->unknown = input->unknown;
	audit->reach = reach_new(input->store, NULL);
	audit_view_make(audit, input, &view);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		checks[i](&view);
	audit_view_fini(&view);
	cells_make(audit);
	drop_unknown(audit, input->unknown);
	audit_tidy(audit);
	return audit;
}

void audit_free(struct audit *audit)
{
	if (!audit)
		return;
	vec_free(&audit->namespaces);
	vec_free(&audit->units);
	free(audit->cells);
	findings_free(&audit->findings);
	reach_free(audit->reach);
	free(audit);
}
