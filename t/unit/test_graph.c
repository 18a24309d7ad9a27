/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a graph drawn as it is, whatever its names hold? */
#include <selvage/graph.h>

#include <signal.h>

#include "unit.h"

static struct graph *graph_of_three(void)
{
	struct graph *graph = graph_new();

	graph_node(graph, "pod shop/web", "web", "shop");
	graph_node(graph, "pod shop/db", "db", "shop");
	graph_node(graph, "pod shop/web", "another", "else");
	graph_edge(graph, "pod shop/web", "pod shop/db", "TCP 5432", GRAPH_LINE_PLAIN);
	graph_edge(graph, "world", "pod shop/web", NULL, GRAPH_LINE_BAD);
	graph_edge(graph, "world", "pod shop/db", "", GRAPH_LINE_GOOD);
	graph_edge(graph, "pod shop/db", "pod shop/db", NULL, GRAPH_LINE_PLAIN);
	return graph;
}

UNIT(graph, graphviz_draws_boxes_nodes_and_edges)
{
	struct graph *graph = graph_of_three();

	UNIT_PRINTS("digraph selvage {\n"
		    "\trankdir=LR;\n"
		    "\tnode [shape=box];\n"
		    "\tn2 [label=\"world\"];\n"
		    "\tsubgraph cluster_1 {\n"
		    "\t\tlabel=\"shop\";\n"
		    "\t\tn0 [label=\"web\"];\n"
		    "\t\tn1 [label=\"db\"];\n"
		    "\t}\n"
		    "\tn0 -> n1 [label=\"TCP 5432\"];\n"
		    "\tn2 -> n0 [color=red, style=dashed, arrowhead=tee];\n"
		    "\tn2 -> n1 [color=darkgreen, penwidth=2];\n"
		    "\tn1 -> n1;\n"
		    "}\n",
		    graph_print(graph, FORMAT_DOT, out));
	graph_free(graph);
}

UNIT(graph, mermaid_draws_the_same)
{
	struct graph *graph = graph_of_three();

	UNIT_PRINTS("flowchart LR\n"
		    "\tn2[\"world\"]\n"
		    "\tsubgraph g1[\"shop\"]\n"
		    "\t\tn0[\"web\"]\n"
		    "\t\tn1[\"db\"]\n"
		    "\tend\n"
		    "\tn0 -->|\"TCP 5432\"| n1\n"
		    "\tn2 -.-x n0\n"
		    "\tn2 ==> n1\n"
		    "\tn1 --> n1\n",
		    graph_print(graph, FORMAT_MERMAID, out));
	graph_free(graph);
}

UNIT(graph, hostile_names_stay_in_their_quotes)
{
	struct graph *graph = graph_new();

	graph_node(graph, "a", "x\"]; evil [\\N&amp;\n", "\"} g\x1b");
	graph_edge(graph, "a", "a", "|click` <b>#", GRAPH_LINE_PLAIN);
	UNIT_PRINTS("digraph selvage {\n\trankdir=LR;\n\tnode [shape=box];\n"
		    "\tsubgraph cluster_1 {\n"
		    "\t\tlabel=\"\\\"} g\\\\x1b\";\n"
		    "\t\tn0 [label=\"x\\\"]; evil [\\\\N&amp;amp;\\\\x0a\"];\n"
		    "\t}\n"
		    "\tn0 -> n0 [label=\"|click` <b>#\"];\n}\n",
		    graph_print(graph, FORMAT_DOT, out));
	UNIT_PRINTS("flowchart LR\n"
		    "\tsubgraph g1[\"#34;#125; g#92;x1b\"]\n"
		    "\t\tn0[\"x#34;]#59; evil [#92;N#38;amp#59;#92;x0a\"]\n"
		    "\tend\n"
		    "\tn0 -->|\"#124;click#96; #60;b#62;#35;\"| n0\n",
		    graph_print(graph, FORMAT_MERMAID, out));
	graph_free(graph);
}

UNIT(graph, none_is_an_empty_drawing)
{
	struct graph *graph = graph_new();

	UNIT_PRINTS("flowchart LR\n", graph_print(graph, FORMAT_MERMAID, out));
	graph_free(graph);
	graph_free(NULL);
}

UNIT(graph, other_formats_abort, .signal = SIGABRT)
{
	graph_print(graph_new(), FORMAT_JSON, stdout);
}
