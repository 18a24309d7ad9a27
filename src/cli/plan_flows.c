/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections will a change cut? */
#include "plan_flows.h"

#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/verdict.h>

static const char *const fates[FLOW_FATE_COUNT] = {[FLOW_CUT] = "CUT", [FLOW_DENIED] = "DENIED", [FLOW_KEPT] = "KEPT"};

static bool allowed(const struct store *store, const struct packet *packet)
{
	return verdict_of(store, packet).allowed;
}

static const struct pod *owner_of(const struct plan_report *report, const struct ip *ip)
{
	const struct pod *pod = store_owner(report->before, ip);

	return pod ? pod : store_owner(report->after, ip);
}

/* The workload, the pod, or the address. */
static char *name_of(const struct plan_report *report, const struct ip *ip)
{
	const struct pod *pod = owner_of(report, ip);
	struct owner top = {NULL, NULL};
	char text[IP_TEXT], *name;

	if (pod)
		top = pod_top(report->before, pod);
	if (pod && asprintf(&name, "%s/%s", pod->object.ns, top.name ? top.name : pod->object.name) < 0)
		abort();
	if (!pod && asprintf(&name, "%s", ip_print(ip, text)) < 0)
		abort();
	return name;
}

static struct flow_group *group_find(struct plan_flows *flows, const struct flow_group *like)
{
	for (size_t i = 0; i < flows->n; i++) {
		struct flow_group *it = &flows->at[i];

		if (it->fate == like->fate && it->packet.proto == like->packet.proto &&
		    it->packet.port == like->packet.port && !strcmp(it->from, like->from) && !strcmp(it->to, like->to))
			return it;
	}
	return NULL;
}

static int64_t sum(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a + b;
}

void plan_flows_add(struct plan_flows *flows, const struct plan_report *report, const struct flow *flow)
{
	struct flow_group group = {.packet = flow->packet, .packets = -1, .bytes = -1, .oldest = -1}, *at;
	bool before = allowed(report->before, &flow->packet), after = allowed(report->after, &flow->packet);

	if (flow->state == FLOW_STATE_OVER)
		return;
	if (!owner_of(report, &flow->packet.from) && !owner_of(report, &flow->packet.to)) {
		flows->others++;
		return;
	}
	group.fate = !before ? FLOW_DENIED : after ? FLOW_KEPT : FLOW_CUT;
	flows->connections[group.fate]++;
	if (group.fate == FLOW_KEPT)
		return;
	group.from = name_of(report, &flow->packet.from);
	group.to = name_of(report, &flow->packet.to);
	at = group_find(flows, &group);
	if (at) {
		free(group.from);
		free(group.to);
	} else {
		flows->paths[group.fate]++;
		at = vec_add(flows);
		*at = group;
	}
	at->n++;
	at->replied += flow->replied;
	at->packets = sum(at->packets, flow->packets);
	at->bytes = sum(at->bytes, flow->bytes);
	at->oldest = flow->seconds > at->oldest ? flow->seconds : at->oldest;
}

static int group_cmp(const void *a, const void *b)
{
	const struct flow_group *x = a, *y = b;
	int order = (int)x->fate - (int)y->fate;

	order = order ? order : strcmp(x->from, y->from);
	order = order ? order : strcmp(x->to, y->to);
	order = order ? order : (int)x->packet.proto - (int)y->packet.proto;
	return order ? order : (int)x->packet.port - (int)y->packet.port;
}

void plan_flows_sort(struct plan_flows *flows)
{
	vec_sort(flows, group_cmp);
}

void plan_flows_fini(struct plan_flows *flows)
{
	for (size_t i = 0; i < flows->n; i++) {
		free(flows->at[i].from);
		free(flows->at[i].to);
	}
	vec_free(flows);
}

static bool has_class(const struct plan_classes *classes, size_t class)
{
	for (size_t i = 0; i < classes->n; i++)
		if (classes->at[i] == class)
			return true;
	return false;
}

/* The row that says that the connection is lost; NULL: none. */
static const struct plan_row *row_of(const struct plan_report *report, const struct packet *packet)
{
	const struct reach *reach = plan_reach(report->plan);
	size_t from = reach_class_at(reach, REACH_BEFORE, &packet->from),
	       to = reach_class_at(reach, REACH_BEFORE, &packet->to), n;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++)
		if ((rows[i].kind == PLAN_LOST || rows[i].kind == PLAN_NARROWED) && has_class(&rows[i].from, from) &&
		    has_class(&rows[i].to, to) && portset_has(&rows[i].ports, packet->proto, packet->port))
			return &rows[i];
	return NULL;
}

static char *because(const struct plan_report *report, const struct flow_group *group)
{
	const struct plan_row *row = group->fate == FLOW_CUT ? row_of(report, &group->packet) : NULL;
	char *text = row ? plan_words_because(report, row) : strdup(group->fate == FLOW_DENIED ? "denied already" : "");

	if (!text)
		abort();
	return text;
}

static void cell_number(struct table *table, int64_t n)
{
	if (n < 0)
		table_cell(table, "-");
	else
		table_cell(table, "%jd", (intmax_t)n);
}

static void cell_port(struct table *table, const struct packet *packet)
{
	const char *proto = proto_name(packet->proto);

	if (proto)
		table_cell(table, "%s %u", proto, packet->port);
	else
		table_cell(table, "protocol %u", packet->proto);
}

void plan_flows_print(const struct plan_report *report, FILE *out)
{
	static const struct table_column columns[] = {
		{.name = "FLOW"},
		{.name = "FROM"},
		{.name = "TO"},
		{.name = "PORT"},
		{.name = "CONNECTIONS", .right = true},
		{.name = "ANSWERED", .right = true},
		{.name = "OLDEST S", .right = true},
		{.name = "PACKETS", .right = true, .wide = true},
		{.name = "BYTES", .right = true},
		{.name = "BECAUSE", .wrap = true},
	};
	const struct plan_flows *flows = report->flows;
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);

	for (size_t i = 0; i < flows->n; i++) {
		const struct flow_group *group = &flows->at[i];
		char *why = because(report, group);

		table_row(table);
		table_cell(table, "%s", fates[group->fate]);
		table_tint(table, group->fate == FLOW_CUT ? TINT_BAD : TINT_DIM);
		table_cell(table, "%s", group->from);
		table_cell(table, "%s", group->to);
		cell_port(table, &group->packet);
		table_cell(table, "%zu", group->n);
		table_cell(table, "%zu", group->replied);
		cell_number(table, group->oldest);
		cell_number(table, group->packets);
		cell_number(table, group->bytes);
		table_cell(table, "%s", why);
		free(why);
	}
	fputs("\nLive flows:\n", out);
	table_print(table, &report->form, out);
	fprintf(out, "%zu connection%s cut, %zu denied already, %zu kept, %zu of no pod\n",
		flows->connections[FLOW_CUT], flows->connections[FLOW_CUT] == 1 ? "" : "s",
		flows->connections[FLOW_DENIED], flows->connections[FLOW_KEPT], flows->others);
	table_free(table);
}

static json_t *number_json(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *group_json(const struct plan_report *report, const struct flow_group *group)
{
	const char *proto = proto_name(group->packet.proto);
	char *why = because(report, group), ip[IP_TEXT];
	json_t *it = json_object();

	json_object_set_new(it, "fate", json_string(group->fate == FLOW_CUT ? "cut" : "denied"));
	json_object_set_new(it, "from", json_text(group->from));
	json_object_set_new(it, "to", json_text(group->to));
	json_object_set_new(it, "fromAddress", json_string(ip_print(&group->packet.from, ip)));
	json_object_set_new(it, "toAddress", json_string(ip_print(&group->packet.to, ip)));
	json_object_set_new(it, "proto", proto ? json_string(proto) : json_integer(group->packet.proto));
	json_object_set_new(it, "port", proto ? json_integer(group->packet.port) : json_null());
	json_object_set_new(it, "connections", json_integer((json_int_t)group->n));
	json_object_set_new(it, "answered", json_integer((json_int_t)group->replied));
	json_object_set_new(it, "oldestSeconds", number_json(group->oldest));
	json_object_set_new(it, "packets", number_json(group->packets));
	json_object_set_new(it, "bytes", number_json(group->bytes));
	json_object_set_new(it, "because", json_text(why));
	free(why);
	return it;
}

json_t *plan_flows_json(const struct plan_report *report)
{
	const struct plan_flows *flows = report->flows;
	json_t *it = json_object(), *paths = json_array();

	for (size_t i = 0; i < flows->n; i++)
		json_array_append_new(paths, group_json(report, &flows->at[i]));
	json_object_set_new(it, "paths", paths);
	json_object_set_new(it, "cut", json_integer((json_int_t)flows->connections[FLOW_CUT]));
	json_object_set_new(it, "denied", json_integer((json_int_t)flows->connections[FLOW_DENIED]));
	json_object_set_new(it, "kept", json_integer((json_int_t)flows->connections[FLOW_KEPT]));
	json_object_set_new(it, "ofNoPod", json_integer((json_int_t)flows->others));
	return it;
}
