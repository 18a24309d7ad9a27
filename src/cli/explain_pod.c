/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds for a pod: which policies, what do they admit, who can use it and whom can it use? */
#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/text.h>
#include <selvage/verdict_print.h>

#include "explain.h"
#include "links.h"
#include "rule_print.h"

/* Which end of a link the pod is. */
enum side { SIDE_USED_BY, SIDE_REACHES };

struct report {
	const struct asker *asker;
	const struct pod *pod;
	struct policy_list isolating[DIRECTION_COUNT];
	struct links links; /* effect: enum side */
};

/* Calls for each peer of each rule of a direction; peer NULL: everyone. */
static void each_rule(const struct report *report, enum direction direction,
		      void (*each)(void *ctx, const struct policy *policy, const struct rule *rule, const char *peer,
				   const char *path),
		      void *ctx)
{
	for (size_t i = 0; i < report->isolating[direction].n; i++) {
		const struct policy *policy = report->isolating[direction].at[i];

		for (size_t r = 0; r < policy->n_rules; r++) {
			const struct rule *rule = &policy->rules[r];
			struct ruling ruling = {.policy = policy, .rule = rule, .peer = SIZE_MAX, .port = SIZE_MAX};
			char path[96];

			if (rule->direction != direction)
				continue;
			ruling_path(&ruling, path, sizeof path);
			if (rule->everyone)
				each(ctx, policy, rule, "everyone", path);
			for (ruling.peer = 0; ruling.peer < rule->n_peers; ruling.peer++) {
				char *peer = peer_text(policy, &rule->peers[ruling.peer]);

				ruling_path(&ruling, path, sizeof path);
				each(ctx, policy, rule, peer, path);
				free(peer);
			}
		}
	}
}

static void find_links(struct report *report)
{
	struct reach *reach = reach_new(report->asker->store, NULL);
	size_t self = reach_class_of(reach, REACH_BEFORE, report->pod), n;
	const struct reach_class *classes = reach_classes(reach, &n);

	for (size_t other = 0; self != SIZE_MAX && other < n; other++) {
		for (int family = 0; family < FAMILY_COUNT; family++) {
			enum family f = (enum family)family;

			if (reach_families(reach, REACH_BEFORE, other, self) & (1 << family))
				links_add(&report->links, SIDE_USED_BY, report->asker->store, &classes[other],
					  &classes[self], reach_ports(reach, REACH_BEFORE, other, self, f).both.open);
			if (reach_families(reach, REACH_BEFORE, self, other) & (1 << family))
				links_add(&report->links, SIDE_REACHES, report->asker->store, &classes[self],
					  &classes[other], reach_ports(reach, REACH_BEFORE, self, other, f).both.open);
		}
	}
	links_merge(&report->links);
	reach_free(reach);
}

static void print_pod_name(const struct report *report, FILE *out)
{
	text_safe(out, report->pod->object.ns);
	fputc('/', out);
	text_safe(out, report->pod->object.name);
}

static void print_head(const struct report *report)
{
	char ip[IP_TEXT];

	print_pod_name(report, stdout);
	for (size_t i = 0; i < report->pod->n_ips; i++)
		printf("%s%s", i ? ", " : "  ", ip_print(&report->pod->ips[i], ip));
	if (report->pod->node) {
		fputs("  on ", stdout);
		text_safe(stdout, report->pod->node);
	}
	putchar('\n');
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		const struct policy_list *isolating = &report->isolating[d];

		printf(" %-8s %s", direction_name((enum direction)d), isolating->n ? "isolated by " : "not isolated");
		for (size_t i = 0; i < isolating->n; i++) {
			fputs(i ? ", " : "", stdout);
			text_safe(stdout, isolating->at[i]->object.name);
		}
		putchar('\n');
	}
	if (report->pod->host_network)
		puts(" on the host network: no policy applies to it");
}

static void add_rule(void *ctx, const struct policy *policy, const struct rule *rule, const char *peer,
		     const char *path)
{
	struct table *table = ctx;
	char *ports = rule_ports_text(rule);

	table_row(table);
	table_cell(table, "%s", direction_name(rule->direction));
	table_cell(table, "%s", peer);
	table_cell(table, "%s", ports);
	table_cell(table, "%s/%s", policy->object.ns, policy->object.name);
	table_cell(table, "%s", path);
	if (rule->source.file)
		table_cell(table, "%s:%u", rule->source.file, rule->source.line);
	free(ports);
}

/* What a direction that nothing isolates admits. */
static void add_open(struct table *table, enum direction direction)
{
	table_row(table);
	table_cell(table, "%s", direction_name(direction));
	table_cell(table, "everyone");
	table_cell(table, "all");
}

static const struct names *other_end(const struct link *link)
{
	return link->effect == SIDE_USED_BY ? &link->from : &link->to;
}

static void print_table(const void *ctx)
{
	const struct report *report = ctx;
	static const struct table_column columns[] = {
		{.name = "WHAT"},
		{.name = "PEER", .wrap = true},
		{.name = "PORTS", .wrap = true},
		{.name = "POLICY"},
		{.name = "RULE"},
		{.name = "WHERE"},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	bool brief = report->asker->format == FORMAT_TABLE;

	for (int d = 0; d < DIRECTION_COUNT; d++) {
		if (!report->isolating[d].n)
			add_open(table, (enum direction)d);
		each_rule(report, (enum direction)d, add_rule, table);
	}
	for (size_t i = 0; i < report->links.n; i++) {
		const struct link *link = &report->links.at[i];
		char *peers = names_text(other_end(link), !brief), *ports = ports_text(&link->ports);

		table_row(table);
		table_cell(table, "%s", link->effect == SIDE_USED_BY ? "used by" : "reaches");
		table_cell(table, "%s", peers);
		table_cell(table, "%s", ports);
		free(peers);
		free(ports);
	}
	if (FORMAT_BIT(report->asker->format) & (FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_WIDE)))
		print_head(report);
	explain_table(report->asker, table);
}

static void print_graph(const void *ctx)
{
	const struct report *report = ctx;
	struct graph *graph = graph_new();
	char *self;

	if (asprintf(&self, "%s/%s", report->pod->object.ns, report->pod->object.name) < 0)
		abort();
	graph_node(graph, self, self, report->pod->object.ns);
	for (size_t i = 0; i < report->links.n; i++) {
		const struct link *link = &report->links.at[i];
		const struct names *names = other_end(link);
		char *ports = ports_text(&link->ports);

		for (size_t n = 0; n < names->n; n++) {
			bool in = link->effect == SIDE_USED_BY;

			graph_edge(graph, in ? names->at[n] : self, in ? self : names->at[n], ports, GRAPH_LINE_PLAIN);
		}
		free(ports);
	}
	graph_print(graph, report->asker->format, stdout);
	graph_free(graph);
	free(self);
}

static void add_rule_json(void *ctx, const struct policy *policy, const struct rule *rule, const char *peer,
			  const char *path)
{
	json_t *json = json_object();
	char *ports = rule_ports_text(rule);

	json_object_set_new(json, "peer", json_text(peer));
	json_object_set_new(json, "ports", json_text(ports));
	json_object_set_new(json, "policy", json_sprintf("%s/%s", policy->object.ns, policy->object.name));
	json_object_set_new(json, "rule", json_string(path));
	if (rule->source.file) {
		json_object_set_new(json, "file", json_text(rule->source.file));
		json_object_set_new(json, "line", json_integer(rule->source.line));
	}
	json_array_append_new(ctx, json);
	free(ports);
}

static json_t *direction_json(const struct report *report, enum direction direction)
{
	json_t *json = json_object(), *policies = json_array(), *rules = json_array();
	const struct policy_list *isolating = &report->isolating[direction];

	for (size_t i = 0; i < isolating->n; i++)
		json_array_append_new(policies, json_sprintf("%s/%s", isolating->at[i]->object.ns,
							     isolating->at[i]->object.name));
	each_rule(report, direction, add_rule_json, rules);
	json_object_set_new(json, "isolated", json_boolean(isolating->n));
	json_object_set_new(json, "isolatedBy", policies);
	json_object_set_new(json, "rules", rules);
	return json;
}

static json_t *links_json(const struct report *report, enum side side)
{
	json_t *json = json_array();

	for (size_t i = 0; i < report->links.n; i++) {
		const struct link *link = &report->links.at[i];
		json_t *row;

		if (link->effect != (int)side)
			continue;
		row = json_object();
		json_object_set_new(row, "peers", names_json(other_end(link)));
		json_object_set_new(row, "ports", ports_json(&link->ports));
		json_array_append_new(json, row);
	}
	return json;
}

static json_t *report_json(const void *ctx)
{
	const struct report *report = ctx;
	const struct pod *pod = report->pod;
	json_t *json = json_object(), *addresses = json_array();
	char ip[IP_TEXT];

	for (size_t i = 0; i < pod->n_ips; i++)
		json_array_append_new(addresses, json_string(ip_print(&pod->ips[i], ip)));
	json_object_set_new(json, "schemaVersion", json_integer(EXPLAIN_SCHEMA));
	json_object_set_new(json, "pod", json_sprintf("%s/%s", pod->object.ns, pod->object.name));
	json_object_set_new(json, "addresses", addresses);
	if (pod->node)
		json_object_set_new(json, "node", json_text(pod->node));
	json_object_set_new(json, "hostNetwork", json_boolean(pod->host_network));
	for (int d = 0; d < DIRECTION_COUNT; d++)
		json_object_set_new(json, direction_name((enum direction)d), direction_json(report, (enum direction)d));
	json_object_set_new(json, "usedBy", links_json(report, SIDE_USED_BY));
	json_object_set_new(json, "reaches", links_json(report, SIDE_REACHES));
	return json;
}

static const struct explain_writer writer = {print_table, print_graph, report_json};

/* A pod that has no address can be asked nothing yet, and policies do not speak of one on the host network. */
static enum exit_code report_on(const struct asker *asker, const struct pod *pod)
{
	struct report report = {.asker = asker, .pod = pod};
	enum exit_code code;

	for (int d = 0; d < DIRECTION_COUNT && !pod->host_network; d++)
		verdict_isolating(asker->store, pod, (enum direction)d, &report.isolating[d]);
	find_links(&report);
	code = explain_write(asker, &writer, &report);
	links_free(&report.links);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		vec_free(&report.isolating[d]);
	return code == EXIT_CODE_NOTHING && !pod->n_ips ? EXIT_CODE_INCOMPLETE : code;
}

enum exit_code explain_pod(const struct asker *asker, const char *text)
{
	char ns[EXPLAIN_NAME], name[EXPLAIN_NAME];
	const struct object *pod;
	struct err err = {0};

	if (explain_name(asker, text, ns, name, &err))
		return cli_fatal(asker->args, "%s", err.msg);
	pod = store_find(asker->store, OBJECT_POD, ns, name);
	if (pod)
		return report_on(asker, (const struct pod *)(const void *)pod);
	end_absent(asker->store, OBJECT_POD, ns, name, &err);
	return cli_fatal(asker->args, "%s", err.msg);
}
