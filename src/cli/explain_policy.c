/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a policy alone responsible for? */
#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/object_copy.h>
#include <selvage/text.h>

#include "explain.h"
#include "links.h"

enum effect { EFFECT_ALLOWS, EFFECT_DENIES };

static const char *const effect_names[] = {"allows", "denies"};

/* What is known of a policy. */
struct report {
	const struct asker *asker;
	const struct policy *policy;
	struct names pods;
	struct links links;
	struct reach *reach;         /* with it before, without it after */
	bool alone[DIRECTION_COUNT]; /* some pod is isolated by nothing else */
};

int explain_name(const struct asker *asker, const char *text, char ns[static EXPLAIN_NAME],
		 char name[static EXPLAIN_NAME], struct err *err)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(asker->ns);

	if (n >= EXPLAIN_NAME || strlen(slash ? slash + 1 : text) >= EXPLAIN_NAME)
		return err_set(err, ERR_INPUT, "a name is too long");
	memcpy(ns, slash ? text : asker->ns, n);
	ns[n] = '\0';
	strcpy(name, slash ? slash + 1 : text);
	return *ns && *name ? 0 : err_set(err, ERR_INPUT, "\"%s\" is no NAMESPACE/NAME", text);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void find_pods(struct report *report)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(report->asker->store, OBJECT_POD, report->policy->object.ns, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (!pod->finished && !pod->host_network && policy_selects(report->policy, pod))
			*vec_add(&report->pods) = strdup(o->name);
	}
	vec_sort(&report->pods, name_order);
}

static void find_alone(struct report *report)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(report->asker->store, OBJECT_POD, report->policy->object.ns, o))) {
		for (int d = 0; d < DIRECTION_COUNT; d++) {
			struct policy_list isolating;

			verdict_isolating(report->asker->store, (const struct pod *)(const void *)o, (enum direction)d,
					  &isolating);
			report->alone[d] |= isolating.n == 1 && isolating.at[0] == report->policy;
			vec_free(&isolating);
		}
	}
}

static void add_change(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *with,
		       const struct reach_link *without)
{
	struct report *report = ctx;
	const struct reach_class *classes;
	struct portset only = {VEC_EMPTY};
	size_t n;

	(void)family; /* rows of two families that say the same are one */
	classes = reach_classes(report->reach, &n);
	portset_subtract(with->both.open, without->both.open, &only);
	links_add(&report->links, EFFECT_ALLOWS, report->asker->store, &classes[from], &classes[to], &only);
	vec_free(&only);
	portset_subtract(without->both.open, with->both.open, &only);
	links_add(&report->links, EFFECT_DENIES, report->asker->store, &classes[from], &classes[to], &only);
	vec_free(&only);
}

static void print_heads(const struct report *report)
{
	const struct object *object = &report->policy->object;
	char *pods = names_text(&report->pods, report->asker->format == FORMAT_WIDE);

	fputs("NetworkPolicy ", stdout);
	text_safe(stdout, object->ns);
	putchar('/');
	text_safe(stdout, object->name);
	if (object->source.file) {
		fputs("  ", stdout);
		text_safe(stdout, object->source.file);
		printf(":%u", object->source.line);
	}
	printf("\nselects %zu pod%s", report->pods.n, report->pods.n == 1 ? "" : "s");
	fputs(report->pods.n ? ": " : "", stdout);
	text_safe(stdout, pods);
	for (int d = DIRECTION_COUNT; d-- > 0;)
		if (report->policy->types[d])
			printf("\nisolates for %s%s", direction_name((enum direction)d),
			       report->alone[d] ? ", alone for some of them" : ", as other policies do");
	fputs(report->links.n ? "\nalone responsible for:\n" : "\nalone responsible for nothing\n", stdout);
	free(pods);
}

static void print_table(const void *ctx)
{
	const struct report *report = ctx;
	static const struct table_column columns[] = {{.name = "ALONE"},
						      {.name = "FROM", .wrap = true},
						      {.name = "TO", .wrap = true},
						      {.name = "PORTS", .wrap = true}};
	struct table *table = table_new(columns, 4);
	bool brief = report->asker->format == FORMAT_TABLE;

	for (size_t i = 0; i < report->links.n; i++) {
		const struct link *link = &report->links.at[i];
		char *from = names_text(&link->from, !brief), *to = names_text(&link->to, !brief),
		     *ports = ports_text(&link->ports);

		table_row(table);
		table_cell(table, "%s", effect_names[link->effect]);
		table_tint(table, link->effect == EFFECT_ALLOWS ? TINT_GOOD : TINT_BAD);
		table_cell(table, "%s", from);
		table_cell(table, "%s", to);
		table_cell(table, "%s", ports);
		free(from);
		free(to);
		free(ports);
	}
	if (FORMAT_BIT(report->asker->format) & (FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_WIDE)))
		print_heads(report);
	explain_table(report->asker, table);
}

static void print_graph(const void *ctx)
{
	const struct report *report = ctx;
	static const enum graph_line lines[] = {GRAPH_LINE_PLAIN, GRAPH_LINE_BAD};
	struct graph *graph = graph_new();

	for (size_t i = 0; i < report->links.n; i++) {
		const struct link *link = &report->links.at[i];
		char *ports = ports_text(&link->ports);

		for (size_t f = 0; f < link->from.n; f++)
			for (size_t t = 0; t < link->to.n; t++)
				graph_edge(graph, link->from.at[f], link->to.at[t], ports, lines[link->effect]);
		free(ports);
	}
	graph_print(graph, report->asker->format, stdout);
	graph_free(graph);
}

static json_t *report_json(const void *ctx)
{
	const struct report *report = ctx;
	const struct object *object = &report->policy->object;
	json_t *json = json_object(), *links = json_array();

	for (size_t i = 0; i < report->links.n; i++) {
		const struct link *link = &report->links.at[i];
		json_t *row = json_object();

		json_object_set_new(row, "effect", json_string(effect_names[link->effect]));
		json_object_set_new(row, "from", names_json(&link->from));
		json_object_set_new(row, "to", names_json(&link->to));
		json_object_set_new(row, "ports", ports_json(&link->ports));
		json_array_append_new(links, row);
	}
	json_object_set_new(json, "schemaVersion", json_integer(EXPLAIN_SCHEMA));
	json_object_set_new(json, "policy", json_sprintf("%s/%s", object->ns, object->name));
	json_object_set_new(json, "pods", names_json(&report->pods));
	for (int d = 0; d < DIRECTION_COUNT; d++)
		json_object_set_new(json, direction_name((enum direction)d),
				    json_pack("{s:b, s:b}", "isolates", (int)report->policy->types[d], "alone",
					      (int)report->alone[d]));
	json_object_set_new(json, "responsible", links);
	return json;
}

static const struct explain_writer writer = {print_table, print_graph, report_json};

static enum exit_code report_on(const struct asker *asker, const struct policy *policy)
{
	struct report report = {.asker = asker, .policy = policy};
	struct store *without = store_copy_without(asker->store, &policy->object);
	enum exit_code code;

	find_pods(&report);
	find_alone(&report);
	report.reach = reach_new(asker->store, without);
	reach_changes(report.reach, add_change, &report);
	links_merge(&report.links);
	code = explain_write(asker, &writer, &report);
	reach_free(report.reach);
	store_free(without);
	links_free(&report.links);
	for (size_t i = 0; i < report.pods.n; i++)
		free(report.pods.at[i]);
	vec_free(&report.pods);
	return code;
}

enum exit_code explain_policy(const struct asker *asker, const char *text)
{
	char ns[EXPLAIN_NAME], name[EXPLAIN_NAME];
	const struct object *policy;
	struct err err = {0};

	if (explain_name(asker, text, ns, name, &err))
		return cli_fatal(asker->args, "%s", err.msg);
	policy = store_find(asker->store, OBJECT_POLICY, ns, name);
	if (policy)
		return report_on(asker, (const struct policy *)(const void *)policy);
	end_absent(asker->store, OBJECT_POLICY, ns, name, &err);
	return cli_fatal(asker->args, "%s", err.msg);
}
