/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a plan to programs?  examples/schema/plan.json */
#include <stdlib.h>

#include <selvage/json_print.h>

#include "plan_flows.h"
#include "plan_report.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_text(text));
}

static void set_taken(json_t *object, const char *key, char *take)
{
	set_text(object, key, take);
	free(take);
}

static void set_source(json_t *object, const struct source *source)
{
	if (!source->file)
		return;
	set_text(object, "file", source->file);
	json_object_set_new(object, "line", json_integer(source->line));
}

static void set_name(json_t *object, const struct object *of)
{
	/* NOLINTNEXTLINE(clang-analyzer-*): a change has an object before or after it */
	set_text(object, "kind", object_type(of->kind)->kind);
	set_text(object, "namespace", of->ns);
	set_text(object, "name", of->name);
}

static json_t *portset_json(const struct portset *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; ports && i < ports->n; i++) {
		const struct portcell *cell = &ports->at[i];
		json_t *it = json_object();
		const char *proto = proto_name(cell->proto);

		set_text(it, "proto", proto ? proto : "other");
		if (proto) {
			json_object_set_new(it, "from", json_integer(cell->lo));
			json_object_set_new(it, "to", json_integer(cell->hi));
		}
		json_array_append_new(list, it);
	}
	return list;
}

/* null: there is no such pair. */
static json_t *ports_json(const struct reach_ports *ports)
{
	json_t *it;

	if (!ports->maybe)
		return json_null();
	it = json_object();
	json_object_set_new(it, "open", portset_json(ports->open));
	if (ports->open != ports->maybe)
		json_object_set_new(it, "perhaps", portset_json(ports->maybe));
	return it;
}

static json_t *families_json(uint8_t families)
{
	json_t *list = json_array();

	if (families & 1U << FAMILY_4)
		json_array_append_new(list, json_string("IPv4"));
	if (families & 1U << FAMILY_6)
		json_array_append_new(list, json_string("IPv6"));
	return list;
}

static json_t *cidrs_json(const struct ip_ranges *ranges)
{
	struct prefixes cidrs = {VEC_EMPTY};
	json_t *list = json_array();
	char ip[IP_TEXT];

	for (size_t i = 0; i < ranges->n; i++)
		ip_range_cidrs(&ranges->at[i], &cidrs);
	for (size_t i = 0; i < cidrs.n; i++)
		json_array_append_new(list, json_sprintf("%s/%u", ip_print(&cidrs.at[i].addr, ip), cidrs.at[i].bits));
	vec_free(&cidrs);
	return list;
}

static json_t *end_json(const struct plan_end *end)
{
	static const char *const kinds[PLAN_END_KIND_COUNT] = {
		[PLAN_END_WORKLOAD] = "workload", [PLAN_END_NAMESPACE] = "namespace", [PLAN_END_CLUSTER] = "cluster",
		[PLAN_END_RANGES] = "addresses",  [PLAN_END_WORLD] = "world",
	};
	json_t *it = json_object();

	json_object_set_new(it, "type", json_string(kinds[end->kind]));
	set_text(it, "namespace", end->ns);
	set_text(it, "kind", end->what);
	set_text(it, "name", end->name);
	if (end->total) {
		json_object_set_new(it, "pods", json_integer((json_int_t)end->n));
		json_object_set_new(it, "of", json_integer((json_int_t)end->total));
	}
	if (end->kind == PLAN_END_RANGES)
		json_object_set_new(it, "cidrs", cidrs_json(&end->ranges));
	if (end->kind == PLAN_END_WORLD && end->ranges.n)
		json_object_set_new(it, "except", cidrs_json(&end->ranges));
	if (end->kind == PLAN_END_WORLD)
		json_object_set_new(it, "families", families_json(end->families));
	return it;
}

static json_t *ends_json(const struct plan_report *report, const struct plan_classes *classes)
{
	json_t *list = json_array();
	struct plan_ends ends;

	plan_ends_of(report->plan, classes, &ends);
	for (size_t i = 0; i < ends.n; i++)
		json_array_append_new(list, end_json(&ends.at[i]));
	plan_ends_fini(&ends);
	return list;
}

static json_t *policy_json(const struct policy *policy)
{
	json_t *it = json_object();

	set_name(it, &policy->object);
	return it;
}

static json_t *because_json(const struct plan_report *report, const struct plan_row *row)
{
	static const char *const whys[PLAN_WHY_COUNT] = {
		[PLAN_WHY_RULE] = "rule-admits",  [PLAN_WHY_RULE_GONE] = "rule-gone",
		[PLAN_WHY_POLICY] = "isolated",   [PLAN_WHY_FREED] = "no-longer-isolated",
		[PLAN_WHY_LABELS] = "changed",    [PLAN_WHY_MOVED] = "address-moved",
		[PLAN_WHY_APPEARED] = "appeared", [PLAN_WHY_VANISHED] = "vanished",
		[PLAN_WHY_UNCLEAR] = "unclear",
	};
	const struct plan_cause *cause = &row->cause;
	json_t *it = json_object();

	json_object_set_new(it, "why", json_string(whys[cause->why]));
	json_object_set_new(it, "direction", json_string(direction_name(cause->direction)));
	if (cause->policy)
		json_object_set_new(it, "object", policy_json(cause->policy));
	if (cause->ruling.rule)
		set_taken(it, "rule", plan_words_rule(cause));
	if (cause->object) {
		json_t *object = json_object();

		set_name(object, cause->object);
		json_object_set_new(it, "object", object);
	}
	if (cause->deleted)
		json_object_set_new(it, "deleted", json_true());
	set_taken(it, "text", plan_words_because(report, row));
	set_source(it, &cause->source);
	return it;
}

static json_t *row_json(const struct plan_report *report, const struct plan_row *row)
{
	bool isolation = row->kind == PLAN_ISOLATED || row->kind == PLAN_UN_ISOLATED;
	json_t *it = json_object();

	json_object_set_new(it, "change", json_string(plan_kind_name(row->kind)));
	json_object_set_new(it, isolation ? "pods" : "from", ends_json(report, &row->from));
	if (!isolation) {
		json_object_set_new(it, "to", ends_json(report, &row->to));
		json_object_set_new(it, "families", families_json(row->families));
		json_object_set_new(it, "ports", portset_json(&row->ports));
		json_object_set_new(it, "before", ports_json(&row->before));
		json_object_set_new(it, "after", ports_json(&row->after));
		json_object_set_new(it, "unsure", json_boolean(row->unsure));
	}
	if (isolation || row->kind == PLAN_NOOP)
		json_object_set_new(it, "direction", json_string(direction_name(row->direction)));
	json_object_set_new(it, "because", because_json(report, row));
	if (row->still)
		json_object_set_new(it, "still", policy_json(row->still));
	return it;
}

static json_t *rows_json(const struct plan_report *report)
{
	json_t *list = json_array();
	size_t n;
	const struct plan_row *rows = plan_rows(report->plan, &n);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, row_json(report, &rows[i]));
	return list;
}

static json_t *field_json(const struct plan_field *field)
{
	json_t *it = json_object();

	set_text(it, "path", field->path);
	json_object_set(it, "before", field->before ? field->before : json_null());
	json_object_set(it, "after", field->after ? field->after : json_null());
	return it;
}

static json_t *changes_json(const struct plan_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->changes.n; i++) {
		const struct plan_change *change = &report->changes.at[i];
		const struct object *o = change->after ? change->after : change->before;
		json_t *it = json_object(), *fields = json_array();

		json_object_set_new(it, "change",
				    json_string(change->before ? change->after ? "modified" : "deleted" : "added"));
		set_name(it, o);
		for (size_t k = 0; k < change->fields.n; k++)
			json_array_append_new(fields, field_json(&change->fields.at[k]));
		json_object_set_new(it, "fields", fields);
		set_source(it, &o->source);
		json_array_append_new(list, it);
	}
	return list;
}

static json_t *summary_json(const struct plan_report *report)
{
	static const char *const keys[PLAN_KIND_COUNT] = {
		[PLAN_LOST] = "lost",       [PLAN_NARROWED] = "narrowed", [PLAN_GAINED] = "gained",
		[PLAN_WIDENED] = "widened", [PLAN_ISOLATED] = "isolated", [PLAN_UN_ISOLATED] = "unIsolated",
		[PLAN_NOOP] = "noop",
	};
	struct plan_counts counts = plan_report_counts(report);
	json_t *it = json_object();

	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++)
		json_object_set_new(it, keys[kind], json_integer((json_int_t)counts.of[kind]));
	json_object_set_new(it, "exit", json_integer(report->code));
	return it;
}

json_t *plan_json(const struct plan_report *report)
{
	json_t *root = json_object();

	json_object_set_new(root, "schemaVersion", json_integer(PLAN_SCHEMA));
	json_object_set_new(root, "changes", changes_json(report));
	json_object_set_new(root, "rows", rows_json(report));
	if (report->flows)
		json_object_set_new(root, "flows", plan_flows_json(report));
	json_object_set_new(root, "summary", summary_json(report));
	return root;
}
