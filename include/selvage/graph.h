/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes in groups and labelled edges between them, as Graphviz and Mermaid draw them. */
#ifndef SELVAGE_GRAPH_H
#define SELVAGE_GRAPH_H

#include <stdio.h>

#include <selvage/format.h>

struct graph;

/* What an edge says. */
enum graph_line {
	GRAPH_LINE_PLAIN, /* allowed, as before */
	GRAPH_LINE_GOOD,  /* gained */
	GRAPH_LINE_BAD,   /* denied, lost: dashed, with a cross at its end */
	GRAPH_LINE_COUNT
};

struct graph *graph_new(void);
void graph_free(struct graph *graph);

/* Adds a node, unless there is one with this id.  All texts may be any bytes; group NULL or "": outside of every box.
 * Copies. */
void graph_node(struct graph *graph, const char *id, const char *label, const char *group);

/* Adds an edge; ids that no node has become nodes that are labelled with their id.  label NULL or "": none.  Copies. */
void graph_edge(struct graph *graph, const char *from, const char *to, const char *label, enum graph_line line);

/* Groups, nodes and edges stand in the order in which they were added.  Aborts on a format that is none of FORMATS_GRAPH. */
void graph_print(const struct graph *graph, enum format format, FILE *out);

#endif
