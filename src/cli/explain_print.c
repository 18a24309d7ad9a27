/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is what was found said, in each format? */
#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/miss_print.h>
#include <selvage/text.h>
#include <selvage/verdict_print.h>

#include "explain.h"
#include "spot_print.h"

enum exit_code explain_code(enum answer_state state)
{
	static const enum exit_code codes[ANSWER_STATE_COUNT] = {EXIT_CODE_NOTHING, EXIT_CODE_FINDINGS,
								 EXIT_CODE_INCOMPLETE};

	return codes[state];
}

void explain_table(const struct asker *asker, struct table *take)
{
	table_print(take, &asker->form, stdout);
	table_free(take);
}

/* The port of the answer, which is a Service's targetPort; nothing of an unknown one's. */
static struct packet answer_packet(const struct answers *answers, const struct answer *answer)
{
	if (answer->state != ANSWER_UNKNOWN)
		return answer->packet;
	return (struct packet){.proto = answers->proto, .port = answers->port};
}

static void print_unknown(const struct asker *asker, const struct answers *answers, const struct answer *answer)
{
	struct packet packet = answer_packet(answers, answer);

	printf("%sUNKNOWN%s  ", asker->form.coloured ? colour_begin(TINT_WARN) : "",
	       asker->form.coloured ? colour_end(TINT_WARN) : "");
	text_safe(stdout, answer->from_name);
	fputs(" -> ", stdout);
	text_safe(stdout, answer->to_name);
	fputs("  ", stdout);
	packet_print(&packet, stdout);
	if (answer->via) {
		fputs("   via ", stdout);
		text_safe(stdout, answer->via);
	}
	fputs("\n ", stdout);
	text_safe(stdout, answer->why);
	putchar('\n');
}

static void print_text(const struct asker *asker, const struct answers *answers)
{
	for (size_t i = 0; i < answers->n; i++) {
		const struct answer *answer = answers->at[i];

		if (answer->state == ANSWER_UNKNOWN) {
			print_unknown(asker, answers, answer);
			continue;
		}
		verdict_print(&(struct verdict_text){.packet = &answer->packet,
						     .verdict = &answer->verdict,
						     .isolating = answer->isolating,
						     .miss = answer->miss,
						     .from = answer->from_name,
						     .to = answer->to_name,
						     .via = answer->via,
						     .group = {[DIRECTION_EGRESS] = answer->from.n > 1,
							       [DIRECTION_INGRESS] = answer->to.n > 1},
						     .coloured = asker->form.coloured},
			      stdout);
		if (answer->kernel != KERNEL_NOT_ASKED)
			printf(" kernel   %s\n", kernel_state_text(answer->kernel));
	}
}

/* "shop/default-deny, shop/db-from-web"; yours. */
static char *isolating_text(const struct policy_list *isolating)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < isolating->n; i++)
		fprintf(out, "%s%s/%s", i ? ", " : "", isolating->at[i]->object.ns, isolating->at[i]->object.name);
	if (fclose(out))
		abort();
	return text;
}

/* Why a direction decides as it does, and where that is written; yours. */
static char *because(const struct answer *answer, enum direction direction)
{
	const struct ruling *ruling =
		direction == DIRECTION_INGRESS ? &answer->verdict.ingress : &answer->verdict.egress;
	const struct rule *rule = ruling->rule ? ruling->rule : answer->miss[direction].rule;
	char *text = NULL, path[96];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (ruling->policy) {
		ruling_path(ruling, path, sizeof path);
		fprintf(out, "%s/%s %s", ruling->policy->object.ns, ruling->policy->object.name, path);
	} else if (ruling->pod && ruling->isolated) {
		fputs(answer->miss[direction].policy ? "nearest miss: " : "no rule", out);
		miss_print(&answer->miss[direction], out);
	} else if (ruling->pod) {
		fputs("not isolated", out);
	}
	if (rule && rule->source.file)
		fprintf(out, " %s:%u", rule->source.file, rule->source.line);
	if (fclose(out))
		abort();
	return text;
}

static void add_direction(struct table *table, const struct answer *answer, enum direction direction)
{
	const struct ruling *ruling =
		direction == DIRECTION_INGRESS ? &answer->verdict.ingress : &answer->verdict.egress;
	char *isolated = isolating_text(&answer->isolating[direction]), *why = because(answer, direction);

	table_cell(table, "%s",
		   !ruling->pod || answer->verdict.why != VERDICT_WHY_POLICY ? ""
		   : ruling->allowed                                         ? "ALLOW"
									     : "DENY");
	table_tint(table, ruling->allowed ? TINT_GOOD : TINT_BAD);
	table_cell(table, "%s", isolated);
	table_cell(table, "%s", why);
	free(isolated);
	free(why);
}

/* Why neither end's policies were asked. */
static const char *reason(const struct answer *answer)
{
	if (answer->state == ANSWER_UNKNOWN)
		return answer->why;
	return answer->verdict.why == VERDICT_WHY_POLICY ? "" : verdict_why_name(answer->verdict.why);
}

static void add_row(struct table *table, const struct answers *answers, const struct answer *answer)
{
	static const char *const words[ANSWER_STATE_COUNT] = {"ALLOWED", "DENIED", "UNKNOWN"};
	static const enum tint tints[ANSWER_STATE_COUNT] = {TINT_GOOD, TINT_BAD, TINT_WARN};
	struct packet packet = answer_packet(answers, answer);
	const char *proto = proto_name(packet.proto);

	table_row(table);
	table_cell(table, "%s", words[answer->state]);
	table_tint(table, tints[answer->state]);
	table_cell(table, "%s", answer->from_name);
	table_cell(table, "%s", answer->to_name);
	table_cell(table, "%s", proto ? proto : "ICMP");
	if (proto)
		table_cell(table, "%u", packet.port);
	else
		table_cell(table, "%s", "");
	table_cell(table, "%s", answer->via ? answer->via : "");
	add_direction(table, answer, DIRECTION_EGRESS);
	add_direction(table, answer, DIRECTION_INGRESS);
	table_cell(table, "%s", reason(answer));
	table_cell(table, "%s", answer->kernel == KERNEL_NOT_ASKED ? "" : kernel_state_text(answer->kernel));
}

static void print_table(const struct asker *asker, const struct answers *answers)
{
	static const struct table_column columns[] = {
		{.name = "VERDICT"},
		{.name = "FROM", .wrap = true},
		{.name = "TO", .wrap = true},
		{.name = "PROTO"},
		{.name = "PORT", .right = true},
		{.name = "VIA", .wrap = true},
		{.name = "EGRESS"},
		{.name = "EGRESS ISOLATED BY", .wrap = true},
		{.name = "EGRESS BECAUSE", .wrap = true},
		{.name = "INGRESS"},
		{.name = "INGRESS ISOLATED BY", .wrap = true},
		{.name = "INGRESS BECAUSE", .wrap = true},
		{.name = "REASON", .wrap = true},
		{.name = "KERNEL"},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);

	for (size_t i = 0; i < answers->n; i++)
		add_row(table, answers, answers->at[i]);
	explain_table(asker, table);
}

static void print_graph(const struct asker *asker, const struct answers *answers)
{
	static const enum graph_line lines[ANSWER_STATE_COUNT] = {GRAPH_LINE_PLAIN, GRAPH_LINE_BAD, GRAPH_LINE_BAD};
	struct graph *graph = graph_new();

	for (size_t i = 0; i < answers->n; i++) {
		const struct answer *answer = answers->at[i];
		const struct pod *from = answer->from.at[0]->pod, *to = answer->to.at[0]->pod;
		struct packet packet = answer_packet(answers, answer);
		char label[64], *text = label;
		FILE *out = fmemopen(label, sizeof label, "w");

		if (!out)
			abort();
		packet_print(&packet, out);
		fprintf(out, "%s", answer->state == ANSWER_UNKNOWN ? " (unknown)" : "");
		fclose(out);
		graph_node(graph, answer->from_name, answer->from_name, from ? from->object.ns : NULL);
		graph_node(graph, answer->to_name, answer->to_name, to ? to->object.ns : NULL);
		graph_edge(graph, answer->from_name, answer->to_name, text, lines[answer->state]);
	}
	graph_print(graph, asker->format, stdout);
	graph_free(graph);
}

static json_t *spots_json(const char *name, const struct spot_list *spots)
{
	json_t *json = json_object(), *pods = json_array(), *addresses = json_array();
	char text[RANGE_TEXT];
	struct ip_ranges ranges;

	spots_ranges(spots, &ranges);
	for (size_t i = 0; i < spots->n; i++)
		if (spots->at[i]->pod)
			json_array_append_new(pods, json_sprintf("%s/%s", spots->at[i]->pod->object.ns,
								 spots->at[i]->pod->object.name));
	for (size_t i = 0; i < ranges.n; i++)
		json_array_append_new(addresses, json_string(range_print(&ranges.at[i], text)));
	json_object_set_new(json, "name", json_text(name));
	json_object_set_new(json, "pods", pods);
	json_object_set_new(json, "addresses", addresses);
	vec_free(&ranges);
	return json;
}

/* {"proto":"TCP","from":80,"to":80} */
static json_t *port_json(uint8_t proto, uint16_t port)
{
	const char *name = proto_name(proto);

	if (!name)
		return json_pack("{s:s}", "proto", "ICMP");
	return json_pack("{s:s, s:i, s:i}", "proto", name, "from", port, "to", port);
}

static json_t *answer_json(const struct answers *answers, const struct answer *answer)
{
	json_t *json = json_object();
	struct packet packet = answer_packet(answers, answer);

	json_object_set_new(json, "verdict", json_string(answer_state_name(answer->state)));
	json_object_set_new(json, "from", spots_json(answer->from_name, &answer->from));
	json_object_set_new(json, "to", spots_json(answer->to_name, &answer->to));
	json_object_set_new(json, "port", port_json(packet.proto, packet.port));
	if (answer->via)
		json_object_set_new(json, "via", json_text(answer->via));
	if (answer->state == ANSWER_UNKNOWN) {
		json_object_set_new(json, "error", json_text(answer->why));
		return json;
	}
	json_object_set_new(json, "family", json_string(answer->family == FAMILY_4 ? "IPv4" : "IPv6"));
	json_object_set_new(json, "why", json_string(verdict_why_name(answer->verdict.why)));
	json_object_set_new(json, "egress",
			    ruling_json(&answer->verdict.egress, &answer->isolating[DIRECTION_EGRESS],
					&answer->miss[DIRECTION_EGRESS]));
	json_object_set_new(json, "ingress",
			    ruling_json(&answer->verdict.ingress, &answer->isolating[DIRECTION_INGRESS],
					&answer->miss[DIRECTION_INGRESS]));
	if (answer->kernel != KERNEL_NOT_ASKED)
		json_object_set_new(json, "kernel", json_string(kernel_state_text(answer->kernel)));
	return json;
}

static json_t *head_json(const struct asked *asked, enum answer_state state)
{
	json_t *json = json_object();

	json_object_set_new(json, "schemaVersion", json_integer(EXPLAIN_SCHEMA));
	json_object_set_new(json, "from", json_text(asked->from));
	json_object_set_new(json, "to", json_text(asked->to));
	json_object_set_new(json, "port", port_json(asked->proto, asked->port));
	json_object_set_new(json, "verdict", json_string(answer_state_name(state)));
	return json;
}

static enum exit_code print_json(const struct asker *asker, json_t *take, enum exit_code code)
{
	struct err err = {0};

	if (json_print(take, asker->format, stdout, &err))
		return cli_fatal(asker->args, "%s", err.msg);
	return code;
}

enum exit_code explain_print(const struct asker *asker, const struct asked *asked, const struct answers *answers)
{
	enum exit_code code = explain_code(answers_state(answers));
	json_t *json, *list;

	if (asker->format == FORMAT_TABLE) {
		print_text(asker, answers);
	} else if (FORMATS_TABLE & FORMAT_BIT(asker->format)) {
		print_table(asker, answers);
	} else if (FORMATS_GRAPH & FORMAT_BIT(asker->format)) {
		print_graph(asker, answers);
	} else {
		json = head_json(asked, answers_state(answers));
		list = json_array();
		for (size_t i = 0; i < answers->n; i++)
			json_array_append_new(list, answer_json(answers, answers->at[i]));
		json_object_set_new(json, "answers", list);
		code = print_json(asker, json, code);
	}
	return code;
}

enum exit_code explain_error(const struct asker *asker, const struct asked *asked, const struct err *err)
{
	enum exit_code code = err->code == ERR_UNSURE ? EXIT_CODE_INCOMPLETE : EXIT_CODE_FATAL;
	json_t *json;

	if (FORMATS_JSON & FORMAT_BIT(asker->format)) {
		json = head_json(asked, ANSWER_UNKNOWN);
		json_object_set_new(json, "error", json_text(err->msg));
		json_object_set_new(json, "answers", json_array());
		return print_json(asker, json, code);
	}
	if (code == EXIT_CODE_INCOMPLETE && asker->format == FORMAT_TABLE) {
		fputs("UNKNOWN  ", stdout);
		text_safe(stdout, asked->from);
		fputs(" -> ", stdout);
		text_safe(stdout, asked->to);
		putchar('\n');
	}
	cli_fatal(asker->args, "%s", err->msg);
	return code;
}

enum exit_code explain_write(const struct asker *asker, const struct explain_writer *writer, const void *report)
{
	struct err err = {0};

	if (FORMATS_TABLE & FORMAT_BIT(asker->format))
		writer->table(report);
	else if (FORMATS_GRAPH & FORMAT_BIT(asker->format))
		writer->graph(report);
	else if (json_print(writer->json(report), asker->format, stdout, &err))
		return cli_fatal(asker->args, "%s", err.msg);
	return EXIT_CODE_NOTHING;
}
