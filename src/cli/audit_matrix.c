/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who reaches whom, as a matrix of namespaces, or of the workloads of one? */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/graph.h>
#include <selvage/json_print.h>

#include "audit_report.h"
#include "audit_words.h"
#include "audit_write.h"

#define GRID_MAX 16 /* columns that people can look over */

/* A matrix with names: [from * n + to]. */
struct matrix {
	size_t n;
	const char **names;
	struct reach_cell *cells;
};

static void matrix_init(struct matrix *matrix, size_t n)
{
	matrix->n = n;
	matrix->names = mem_new(n + 1, sizeof *matrix->names);
	matrix->cells = mem_new(n * n + 1, sizeof *matrix->cells);
}

static void matrix_fini(struct matrix *matrix)
{
	free(matrix->names);
	free(matrix->cells);
}

static void of_namespaces(const struct audit *audit, struct matrix *out)
{
	const struct reach_ns *spaces;
	size_t n;

	spaces = reach_namespaces(audit->reach, &n);
	matrix_init(out, n);
	for (size_t i = 0; i < n; i++)
		out->names[i] = spaces[i].name ? spaces[i].name : "outside";
	memcpy(out->cells, audit->cells, n * n * sizeof *audit->cells);
}

struct parts {
	VEC(struct audit_part);
};

/* The workloads of a namespace, and all that is outside the cluster. */
static void of_workloads(const struct audit *audit, const char *ns, struct matrix *out)
{
	struct parts parts = {VEC_EMPTY};

	for (size_t i = 0; i < audit->units.n;) {
		struct audit_part part = audit_part(audit, i);

		if (!strcmp(audit->units.at[i].ns, ns))
			*vec_add(&parts) = part;
		i += part.n;
	}
	matrix_init(out, parts.n + 1);
	for (size_t i = 0; i < parts.n; i++) {
		out->names[i] = parts.at[i].at->name;
		for (size_t k = 0; k < parts.n; k++)
			out->cells[i * out->n + k] = audit_between(audit, parts.at[i], parts.at[k]);
		out->cells[i * out->n + parts.n] = audit_outside(audit, parts.at[i], DIRECTION_EGRESS);
		out->cells[parts.n * out->n + i] = audit_outside(audit, parts.at[i], DIRECTION_INGRESS);
	}
	out->names[parts.n] = "outside";
	out->cells[parts.n * out->n + parts.n] =
		audit_between(audit, (struct audit_part){NULL, 0}, (struct audit_part){NULL, 0});
	vec_free(&parts);
}

static const char *word_of(const struct reach_cell *cell)
{
	if (!cell->pairs || !cell->maybe->n)
		return "none";
	if (!cell->some->n)
		return "unknown";
	return portset_is_all(cell->every) ? "all" : "some";
}

static void print_grid(const struct matrix *matrix, const struct table_form *form, FILE *out)
{
	struct table_column *columns = mem_new(matrix->n + 1, sizeof *columns);
	struct table *table;

	columns[0].name = "FROM \\ TO";
	for (size_t i = 0; i < matrix->n; i++)
		columns[i + 1].name = matrix->names[i];
	table = table_new(columns, matrix->n + 1);
	for (size_t i = 0; i < matrix->n; i++) {
		table_row(table);
		table_cell(table, "%s", matrix->names[i]);
		for (size_t k = 0; k < matrix->n; k++) {
			char *text = audit_cell_text(&matrix->cells[i * matrix->n + k]);

			table_cell(table, "%s", text);
			free(text);
		}
	}
	table_print(table, form, out);
	table_free(table);
	free(columns);
}

/* A row for each pair; people are shown those between which something is open. */
static void print_list(const struct matrix *matrix, const struct table_form *form, FILE *out)
{
	static const struct table_column columns[] = {{.name = "FROM"},
						      {.name = "TO"},
						      {.name = "OPEN"},
						      {.name = "PORTS"}};
	struct table *table = table_new(columns, 4);

	for (size_t i = 0; i < matrix->n * matrix->n; i++) {
		const struct reach_cell *cell = &matrix->cells[i];
		char *text;

		if (!cell->pairs || (form->format != FORMAT_CSV && !cell->maybe->n))
			continue;
		text = audit_cell_text(cell);
		table_row(table);
		table_cell(table, "%s", matrix->names[i / matrix->n]);
		table_cell(table, "%s", matrix->names[i % matrix->n]);
		table_cell(table, "%s", word_of(cell));
		table_cell(table, "%s", text);
		free(text);
	}
	table_print(table, form, out);
	table_free(table);
}

static void print_graph(const struct matrix *matrix, enum format format, FILE *out)
{
	struct graph *graph = graph_new();

	for (size_t i = 0; i < matrix->n; i++)
		graph_node(graph, matrix->names[i], matrix->names[i], NULL);
	for (size_t i = 0; i < matrix->n * matrix->n; i++) {
		const struct reach_cell *cell = &matrix->cells[i];
		char *text;

		if (!cell->pairs || !cell->maybe->n)
			continue;
		text = audit_cell_text(cell);
		graph_edge(graph, matrix->names[i / matrix->n], matrix->names[i % matrix->n], text, GRAPH_LINE_PLAIN);
		free(text);
	}
	graph_print(graph, format, out);
	graph_free(graph);
}

static json_t *matrix_json(const struct matrix *matrix)
{
	json_t *root = json_object(), *pairs = json_array();

	for (size_t i = 0; i < matrix->n * matrix->n; i++) {
		const struct reach_cell *cell = &matrix->cells[i];
		json_t *pair;

		if (!cell->pairs)
			continue;
		pair = json_object();
		json_object_set_new(pair, "from", json_text(matrix->names[i / matrix->n]));
		json_object_set_new(pair, "to", json_text(matrix->names[i % matrix->n]));
		json_object_set_new(pair, "open", json_string(word_of(cell)));
		json_object_set_new(pair, "every", audit_ports_json(cell->every));
		json_object_set_new(pair, "some", audit_ports_json(cell->some));
		json_object_set_new(pair, "maybe", audit_ports_json(cell->maybe));
		json_array_append_new(pairs, pair);
	}
	json_object_set_new(root, "schemaVersion", json_integer(AUDIT_SCHEMA_VERSION));
	json_object_set_new(root, "command", json_string("audit --matrix"));
	json_object_set_new(root, "pairs", pairs);
	return root;
}

int audit_write_matrix(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
{
	struct matrix matrix;
	int status = 0;

	if (report->ns)
		of_workloads(report->audit, report->ns, &matrix);
	else
		of_namespaces(report->audit, &matrix);
	if (form->format == FORMAT_DOT || form->format == FORMAT_MERMAID)
		print_graph(&matrix, form->format, out);
	else if (form->format == FORMAT_JSON || form->format == FORMAT_YAML)
		status = json_print(matrix_json(&matrix), form->format, out, err);
	else if (form->format == FORMAT_CSV || matrix.n > GRID_MAX)
		print_list(&matrix, form, out);
	else
		print_grid(&matrix, form, out);
	matrix_fini(&matrix);
	return status ? status : ferror(out) ? err_set(err, ERR_IO, "cannot write the matrix") : 0;
}
