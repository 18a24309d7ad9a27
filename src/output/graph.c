/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is a graph drawn? */
#include <selvage/graph.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/hmap.h>
#include <selvage/text.h>
#include <selvage/vec.h>

struct node {
	struct hnode by_id;
	char *id, *label;
	size_t number, group;
};

struct edge {
	const struct node *from, *to;
	char *label;
	enum graph_line line;
};

/* Groups are few, nodes may be many. */
struct graph {
	VEC(char *) groups; /* the first is that of no box */
	VEC(struct node *) nodes;
	VEC(struct edge) edges;
	struct hmap by_id;
};

static char *copy(const char *text)
{
	return mem_copy(text, strlen(text) + 1);
}

struct graph *graph_new(void)
{
	struct graph *graph = mem_new(1, sizeof *graph);

	*vec_add(&graph->groups) = copy("");
	return graph;
}

void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->nodes.n; i++) {
		free(graph->nodes.at[i]->id);
		free(graph->nodes.at[i]->label);
		free(graph->nodes.at[i]);
	}
	for (size_t i = 0; i < graph->edges.n; i++)
		free(graph->edges.at[i].label);
	for (size_t i = 0; i < graph->groups.n; i++)
		free(graph->groups.at[i]);
	vec_free(&graph->nodes);
	vec_free(&graph->edges);
	vec_free(&graph->groups);
	hmap_fini(&graph->by_id);
	free(graph);
}

static size_t group_get(struct graph *graph, const char *group)
{
	for (size_t i = 0; i < graph->groups.n; i++)
		if (strcmp(graph->groups.at[i], group) == 0)
			return i;
	*vec_add(&graph->groups) = copy(group);
	return graph->groups.n - 1;
}

static const struct node *node_get(struct graph *graph, const char *id, const char *label, const char *group)
{
	uint64_t hash = hmap_hash(id, strlen(id));
	struct node *node;

	for (struct hnode *h = hmap_find(&graph->by_id, hash); h; h = hmap_next(h))
		if (strcmp(hmap_entry(h, struct node, by_id)->id, id) == 0)
			return hmap_entry(h, struct node, by_id);
	node = mem_new(1, sizeof *node);
	node->id = copy(id);
	node->label = copy(label);
	node->number = graph->nodes.n;
	node->group = group_get(graph, group);
	*vec_add(&graph->nodes) = node;
	hmap_put(&graph->by_id, &node->by_id, hash);
	return node;
}

void graph_node(struct graph *graph, const char *id, const char *label, const char *group)
{
	node_get(graph, id, label, group ? group : "");
}

void graph_edge(struct graph *graph, const char *from, const char *to, const char *label, enum graph_line line)
{
	const struct node *a = node_get(graph, from, from, ""), *b = node_get(graph, to, to, "");

	*vec_add(&graph->edges) = (struct edge){a, b, copy(label ? label : ""), line};
}

/* One character, by its language's rules; false: as it is. */
typedef bool escaper(char c, FILE *out);

/* Text without control bytes, escaped between quotes. */
static void quoted(const char *text, escaper *escape, FILE *out)
{
	char *safe = NULL;
	size_t size;
	FILE *stream = open_memstream(&safe, &size);

	if (!stream)
		abort();
	text_safe(stream, text);
	if (fclose(stream))
		abort();
	fputc('"', out);
	for (const char *p = safe; *p; p++)
		if (!escape(*p, out))
			fputc(*p, out);
	fputc('"', out);
	free(safe);
}

/* "any double-quoted string ("...") possibly containing escaped quotes (\")" (Graphviz, The DOT Language); labels give other
 * backslashes and HTML entities a meaning. */
static bool escape_dot(char c, FILE *out)
{
	if (c == '"' || c == '\\')
		fputc('\\', out);
	if (c != '&')
		return false;
	fputs("&amp;", out);
	return true;
}

static void dot_nodes(const struct graph *graph, size_t group, FILE *out)
{
	for (size_t i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		if (node->group != group)
			continue;
		fprintf(out, "%sn%zu [label=", group ? "\t\t" : "\t", node->number);
		quoted(node->label, escape_dot, out);
		fputs("];\n", out);
	}
}

static void dot_edge(const struct edge *edge, FILE *out)
{
	static const char *const lines[GRAPH_LINE_COUNT] = {
		[GRAPH_LINE_PLAIN] = "",
		[GRAPH_LINE_GOOD] = "color=darkgreen, penwidth=2",
		[GRAPH_LINE_BAD] = "color=red, style=dashed, arrowhead=tee",
	};
	const char *line = lines[edge->line];

	fprintf(out, "\tn%zu -> n%zu", edge->from->number, edge->to->number);
	if (*edge->label || *line)
		fputs(" [", out);
	if (*edge->label) {
		fputs("label=", out);
		quoted(edge->label, escape_dot, out);
	}
	fprintf(out, "%s%s%s;\n", *edge->label && *line ? ", " : "", line, *edge->label || *line ? "]" : "");
}

static void dot_print(const struct graph *graph, FILE *out)
{
	fputs("digraph selvage {\n\trankdir=LR;\n\tnode [shape=box];\n", out);
	for (size_t g = 0; g < graph->groups.n; g++) {
		if (g) {
			fprintf(out, "\tsubgraph cluster_%zu {\n\t\tlabel=", g);
			quoted(graph->groups.at[g], escape_dot, out);
			fputs(";\n", out);
		}
		dot_nodes(graph, g, out);
		fputs(g ? "\t}\n" : "", out);
	}
	for (size_t i = 0; i < graph->edges.n; i++)
		dot_edge(&graph->edges.at[i], out);
	fputs("}\n", out);
}

/* "It is possible to escape characters using the syntax [...] #9829; [...] Numbers given are base 10" (Mermaid, Flowcharts,
 * "Entity codes to escape characters").  Of ASCII only what means nothing to it stays. */
static bool escape_mermaid(char c, FILE *out)
{
	if ((unsigned char)c >= 0x80 ||
	    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./:,-()[]=", c))
		return false;
	fprintf(out, "#%d;", c);
	return true;
}

static void mermaid_nodes(const struct graph *graph, size_t group, FILE *out)
{
	for (size_t i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];

		if (node->group != group)
			continue;
		fprintf(out, "%sn%zu[", group ? "\t\t" : "\t", node->number);
		quoted(node->label, escape_mermaid, out);
		fputs("]\n", out);
	}
}

static void mermaid_edge(const struct edge *edge, FILE *out)
{
	static const char *const arrows[GRAPH_LINE_COUNT] = {
		[GRAPH_LINE_PLAIN] = "-->",
		[GRAPH_LINE_GOOD] = "==>",
		[GRAPH_LINE_BAD] = "-.-x",
	};

	fprintf(out, "\tn%zu %s", edge->from->number, arrows[edge->line]);
	if (*edge->label) {
		fputc('|', out);
		quoted(edge->label, escape_mermaid, out);
		fputc('|', out);
	}
	fprintf(out, " n%zu\n", edge->to->number);
}

static void mermaid_print(const struct graph *graph, FILE *out)
{
	fputs("flowchart LR\n", out);
	for (size_t g = 0; g < graph->groups.n; g++) {
		if (g) {
			fprintf(out, "\tsubgraph g%zu[", g);
			quoted(graph->groups.at[g], escape_mermaid, out);
			fputs("]\n", out);
		}
		mermaid_nodes(graph, g, out);
		fputs(g ? "\tend\n" : "", out);
	}
	for (size_t i = 0; i < graph->edges.n; i++)
		mermaid_edge(&graph->edges.at[i], out);
}

void graph_print(const struct graph *graph, enum format format, FILE *out)
{
	if (format == FORMAT_DOT)
		dot_print(graph, out);
	else if (format == FORMAT_MERMAID)
		mermaid_print(graph, out);
	else
		abort();
}
