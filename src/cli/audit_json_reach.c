/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How does an audit write who reaches whom?  What any two workloads have open is the intersection of what the egress regime
 * of the one and the ingress regime of the other say, and those are runs over classes.
 */
#include <stdlib.h>

#include <selvage/json_print.h>

#include "audit_json.h"

json_t *audit_matrix_json(struct audit_page *page)
{
	const struct audit *audit = page->audit;
	json_t *json = json_object(), *names = json_array(), *rows = json_array();
	const struct reach_ns *spaces;
	size_t n;

	spaces = reach_namespaces(audit->reach, &n);
	page->cells = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *row = json_array();

		json_array_append_new(names, spaces[i].name ? json_text(spaces[i].name) : json_null());
		for (size_t k = 0; k < n; k++) {
			const struct reach_cell *cell = &audit->cells[i * n + k];

			json_array_append_new(row, cell->pairs ? audit_integer(audit_number_of_cell(page, cell))
							       : json_integer(-1));
		}
		json_array_append_new(rows, row);
	}
	json_object_set_new(json, "namespaces", names);
	json_object_set_new(json, "cells", page->cells);
	json_object_set_new(json, "rows", rows);
	return json;
}

struct run_writer {
	struct audit_page *page;
	json_t *list;
	size_t class, end; /* `end`: of the run before */
	enum direction direction;
	enum family family;
	bool isolated;
};

static void add_once(json_t *list, size_t number)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_integer_value(json_array_get(list, i)) == (json_int_t)number)
			return;
	json_array_append_new(list, audit_integer(number));
}

/* The policies that admit a peer, each to the first port of some range. */
static json_t *admitting(struct run_writer *writer, size_t peer, const struct portset *ports)
{
	const struct reach *reach = writer->page->audit->reach;
	bool egress = writer->direction == DIRECTION_EGRESS;
	size_t from = egress ? writer->class : peer, to = egress ? peer : writer->class;
	json_t *list = json_array();

	if (!writer->isolated || !ports->n || !(reach_families(reach, REACH_BEFORE, from, to) & 1U << writer->family))
		return list;
	for (size_t i = 0; i < ports->n; i++) {
		struct ruling ruling = reach_ruling(reach, REACH_BEFORE, from, to, writer->family, writer->direction,
						    ports->at[i].proto, ports->at[i].lo);

		if (ruling.policy)
			add_once(list, audit_number_of_policy(writer->page, ruling.policy));
	}
	return list;
}

static void add_run(struct run_writer *writer, size_t end, const struct portset *ports, json_t *take)
{
	json_t *run = json_array();

	json_array_append_new(run, audit_integer(end));
	json_array_append_new(run, audit_integer(audit_number_of_ports(writer->page, ports)));
	json_array_extend(run, take);
	json_decref(take);
	json_array_append_new(writer->list, run);
}

/* [end, number of ports, numbers of policies ...], a run more wherever others admit the same. */
static void write_run(void *ctx, size_t end, const struct portset *ports)
{
	struct run_writer *writer = ctx;
	json_t *before = admitting(writer, writer->end, ports);

	for (size_t peer = writer->end + 1; peer < end && writer->isolated && ports->n; peer++) {
		json_t *now = admitting(writer, peer, ports);

		if (json_equal(now, before)) {
			json_decref(now);
			continue;
		}
		add_run(writer, peer, ports, before);
		before = now;
	}
	add_run(writer, end, ports, before);
	writer->end = end;
}

static json_t *regime_json(struct audit_page *page, size_t class, enum direction direction)
{
	static const char *const keys[FAMILY_COUNT] = {[FAMILY_4] = "ipv4", [FAMILY_6] = "ipv6"};
	json_t *json = json_object(), *policies = json_array();
	const struct policy *const *at;
	size_t n;

	at = reach_isolating(page->audit->reach, REACH_BEFORE, class, direction, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(policies, audit_integer(audit_number_of_policy(page, at[i])));
	json_object_set_new(json, "policies", policies);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct run_writer writer = {page, json_array(), class, 0, direction, (enum family)f, n > 0};

		audit_runs(page->audit, class, direction, (enum family)f, write_run, &writer);
		json_object_set_new(json, keys[f], writer.list);
	}
	return json;
}

static json_t *outside_text(const struct reach_class *class)
{
	char lo[IP_TEXT], hi[IP_TEXT];

	if (class->rest)
		return json_string(class->sample.family == FAMILY_4 ? "IPv4" : "IPv6");
	ip_print(&class->ranges.at[0].lo, lo);
	ip_print(&class->ranges.at[0].hi, hi);
	return json_sprintf("%s-%s%s", lo, hi, class->ranges.n > 1 ? ", ..." : "");
}

void audit_add_classes(struct audit_page *page, json_t *root)
{
	json_t *classes = json_array(), *regimes = json_array();
	struct numbers known = {0};
	const struct reach_class *at;
	size_t n;

	at = reach_classes(page->audit->reach, &n);
	for (size_t c = 0; c < n; c++) {
		json_t *json = json_object();

		json_object_set_new(json, "namespace", at[c].ns ? json_text(at[c].ns) : json_null());
		json_object_set_new(json, "pods", audit_integer(at[c].n));
		json_object_set_new(json, "families", audit_integer(at[c].families[REACH_BEFORE]));
		if (!at[c].ns)
			json_object_set_new(json, "outside", outside_text(&at[c]));
		for (int d = 0; at[c].ns && d < DIRECTION_COUNT; d++) {
			size_t *number = audit_number_of(&known, audit_regime(page->audit, c, (enum direction)d));

			if (*number == SIZE_MAX) {
				*number = json_array_size(regimes);
				json_array_append_new(regimes, regime_json(page, c, (enum direction)d));
			}
			json_object_set_new(json, direction_name((enum direction)d), audit_integer(*number));
		}
		json_array_append_new(classes, json);
	}
	free(known.at);
	json_object_set_new(root, "classes", classes);
	json_object_set_new(root, "regimes", regimes);
}
