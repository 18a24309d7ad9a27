/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An audit as JSON, and the page that is drawn from it.  What any two workloads have open is the intersection of
 * what the egress regime of the one and the ingress regime of the other say, and those are runs over classes.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/findings_json.h>
#include <selvage/html.h>
#include <selvage/json_print.h>

#include "audit_report.h"
#include "audit_words.h"
#include "audit_write.h"

/* Numbers for pointers, in the order in which they are met. */
struct numbers {
	struct number {
		uintptr_t key;
		size_t value;
	} * at; /* open addressing, a power of two of slots, key 0: free */
	size_t n, slots;
};

/* What is written. */
struct page {
	const struct audit_report *report;
	const struct audit *audit;
	struct numbers port_numbers, cell_numbers, policy_numbers;
	json_t *ports, *cells, *policies;
};

static size_t *number_slot(struct numbers *numbers, uintptr_t key)
{
	size_t i = (size_t)((key >> 3) * 0x9e3779b97f4a7c15ULL >> 20) & (numbers->slots - 1);

	while (numbers->at[i].key && numbers->at[i].key != key)
		i = (i + 1) & (numbers->slots - 1);
	if (!numbers->at[i].key) {
		numbers->at[i] = (struct number){key, SIZE_MAX};
		numbers->n++;
	}
	return &numbers->at[i].value;
}

static void numbers_grow(struct numbers *numbers)
{
	struct numbers more = {.slots = numbers->slots ? numbers->slots * 2 : 64};

	more.at = mem_new(more.slots, sizeof *more.at);
	for (size_t i = 0; i < numbers->slots; i++)
		if (numbers->at[i].key)
			*number_slot(&more, numbers->at[i].key) = numbers->at[i].value;
	free(numbers->at);
	*numbers = more;
}

/* The number of a pointer; SIZE_MAX, to be set, if it has none. */
static size_t *number_of(struct numbers *numbers, uintptr_t key)
{
	if (numbers->n * 2 >= numbers->slots)
		numbers_grow(numbers);
	return number_slot(numbers, key);
}

json_t *audit_ports_json(const struct portset *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ports->n; i++) {
		const struct portcell *cell = &ports->at[i];
		json_t *one = json_object();

		json_object_set_new(one, "proto",
				    json_string(cell->proto == PROTO_ANY ? "any" : proto_name(cell->proto)));
		if (cell->proto != PROTO_ANY) {
			json_object_set_new(one, "from", json_integer(cell->lo));
			json_object_set_new(one, "to", json_integer(cell->hi));
		}
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *integer(size_t n)
{
	return json_integer((json_int_t)n);
}

static size_t ports_number(struct page *page, const struct portset *ports)
{
	size_t *number = number_of(&page->port_numbers, (uintptr_t)ports);

	if (*number == SIZE_MAX) {
		*number = json_array_size(page->ports);
		json_array_append_new(page->ports, audit_ports_json(ports));
	}
	return *number;
}

static size_t cell_number(struct page *page, const struct reach_cell *cell)
{
	size_t ports[] = {ports_number(page, cell->every), ports_number(page, cell->some),
			  ports_number(page, cell->maybe)};
	size_t *number = number_of(&page->cell_numbers,
				   (((uintptr_t)ports[0] << 42 | (uintptr_t)ports[1] << 21 | ports[2]) << 4) + 8);

	if (*number == SIZE_MAX) {
		json_t *one = json_object();

		*number = json_array_size(page->cells);
		json_object_set_new(one, "every", integer(ports[0]));
		json_object_set_new(one, "some", integer(ports[1]));
		json_object_set_new(one, "maybe", integer(ports[2]));
		json_array_append_new(page->cells, one);
	}
	return *number;
}

static size_t policy_number(struct page *page, const struct policy *policy)
{
	size_t *number = number_of(&page->policy_numbers, (uintptr_t)policy);

	if (*number == SIZE_MAX) {
		json_t *one = json_object();

		*number = json_array_size(page->policies);
		json_object_set_new(one, "namespace", json_text(policy->object.ns));
		json_object_set_new(one, "name", json_text(policy->object.name));
		json_array_append_new(page->policies, one);
	}
	return *number;
}

static json_t *directions(json_t *ingress, json_t *egress)
{
	json_t *json = json_object();

	json_object_set_new(json, "ingress", ingress);
	json_object_set_new(json, "egress", egress);
	return json;
}

/* A count, null if it could be more. */
static json_t *count_json(size_t n, bool known)
{
	return known ? integer(n) : json_null();
}

static json_t *isolated_json(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	return count_json(row->isolated[direction],
			  audit_knows(audit, OBJECT_POLICY) && audit_knows(audit, OBJECT_POD));
}

static json_t *new_pod(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	if (!audit_knows(audit, OBJECT_POLICY))
		return json_string("unknown");
	return json_string(row->new_isolated[direction] ? "deny" : "allow");
}

static json_t *peers_json(const struct audit *audit, const struct audit_ns *row, enum direction direction)
{
	char *text = audit_peers_text(audit, row, direction, false);
	json_t *json = json_text(text);

	free(text);
	return json;
}

static json_t *namespace_json(const struct audit *audit, const struct audit_ns *row)
{
	bool pods = audit_knows(audit, OBJECT_POD);
	json_t *json = json_object(), *counts = json_object();

	for (int s = 0; s < SEVERITY_COUNT; s++)
		if (row->counts[s])
			json_object_set_new(counts, severity_name((enum severity)s), integer(row->counts[s]));
	json_object_set_new(json, "name", json_text(row->name));
	json_object_set_new(json, "pods", count_json(row->pods, pods));
	json_object_set_new(json, "hostNetworkPods", count_json(row->host_pods, pods));
	json_object_set_new(json, "networkPolicies", count_json(row->policies, audit_knows(audit, OBJECT_POLICY)));
	json_object_set_new(json, "isolated",
			    directions(isolated_json(audit, row, DIRECTION_INGRESS),
				       isolated_json(audit, row, DIRECTION_EGRESS)));
	json_object_set_new(json, "newPod",
			    directions(new_pod(audit, row, DIRECTION_INGRESS), new_pod(audit, row, DIRECTION_EGRESS)));
	json_object_set_new(json, "reachableFrom", peers_json(audit, row, DIRECTION_INGRESS));
	json_object_set_new(json, "reaches", peers_json(audit, row, DIRECTION_EGRESS));
	json_object_set_new(json, "dns", json_string(audit_dns_word(row->dns)));
	json_object_set_new(json, "findings", counts);
	return json;
}

static json_t *namespaces_json(const struct page *page)
{
	json_t *list = json_array();

	for (size_t i = 0; i < page->audit->namespaces.n; i++)
		if (!page->report->ns || !strcmp(page->report->ns, page->audit->namespaces.at[i].name))
			json_array_append_new(list, namespace_json(page->audit, &page->audit->namespaces.at[i]));
	return list;
}

/* {"namespaces": [name, null for what is outside], "cells": [...], "rows": [[number of a cell, -1: no pair]]} */
static json_t *matrix_json(struct page *page)
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

			json_array_append_new(row, cell->pairs ? integer(cell_number(page, cell)) : json_integer(-1));
		}
		json_array_append_new(rows, row);
	}
	json_object_set_new(json, "namespaces", names);
	json_object_set_new(json, "cells", page->cells);
	json_object_set_new(json, "rows", rows);
	return json;
}

struct run_writer {
	struct page *page;
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
	json_array_append_new(list, integer(number));
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
			add_once(list, policy_number(writer->page, ruling.policy));
	}
	return list;
}

static void add_run(struct run_writer *writer, size_t end, const struct portset *ports, json_t *take)
{
	json_t *run = json_array();

	json_array_append_new(run, integer(end));
	json_array_append_new(run, integer(ports_number(writer->page, ports)));
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

static json_t *regime_json(struct page *page, size_t class, enum direction direction)
{
	static const char *const keys[FAMILY_COUNT] = {[FAMILY_4] = "ipv4", [FAMILY_6] = "ipv6"};
	json_t *json = json_object(), *policies = json_array();
	const struct policy *const *at;
	size_t n;

	at = reach_isolating(page->audit->reach, REACH_BEFORE, class, direction, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(policies, integer(policy_number(page, at[i])));
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

/* All classes, and what their regimes say; pods in none are on the host network. */
static void write_classes(struct page *page, json_t *root)
{
	json_t *classes = json_array(), *regimes = json_array();
	struct numbers known = {0};
	const struct reach_class *at;
	size_t n;

	at = reach_classes(page->audit->reach, &n);
	for (size_t c = 0; c < n; c++) {
		json_t *json = json_object();

		json_object_set_new(json, "namespace", at[c].ns ? json_text(at[c].ns) : json_null());
		json_object_set_new(json, "pods", integer(at[c].n));
		json_object_set_new(json, "families", integer(at[c].families[REACH_BEFORE]));
		if (!at[c].ns)
			json_object_set_new(json, "outside", outside_text(&at[c]));
		for (int d = 0; at[c].ns && d < DIRECTION_COUNT; d++) {
			size_t *number = number_of(&known, audit_regime(page->audit, c, (enum direction)d));

			if (*number == SIZE_MAX) {
				*number = json_array_size(regimes);
				json_array_append_new(regimes, regime_json(page, c, (enum direction)d));
			}
			json_object_set_new(json, direction_name((enum direction)d), integer(*number));
		}
		json_array_append_new(classes, json);
	}
	free(known.at);
	json_object_set_new(root, "classes", classes);
	json_object_set_new(root, "regimes", regimes);
}

static json_t *workloads_json(const struct audit *audit)
{
	json_t *list = json_array();

	for (size_t i = 0; i < audit->units.n;) {
		struct audit_part part = audit_part(audit, i);
		json_t *json = json_object(), *classes = json_array(), *counts = json_array();
		size_t pods = 0;

		for (size_t k = 0; k < part.n; k++) {
			json_array_append_new(classes, integer(part.at[k].class));
			json_array_append_new(counts, integer(part.at[k].n));
			pods += part.at[k].n;
		}
		json_object_set_new(json, "namespace", json_text(part.at->ns));
		json_object_set_new(json, "kind", json_text(part.at->kind));
		json_object_set_new(json, "name", json_text(part.at->name));
		json_object_set_new(json, "pods", integer(pods));
		json_object_set_new(json, "classes", classes);
		json_object_set_new(json, "classPods", counts);
		json_array_append_new(list, json);
		i += part.n;
	}
	return list;
}

static json_t *rule_json(const struct rule_text *rule)
{
	json_t *json = json_object(), *names = json_array();
	const char *const *fixes = audit_fixes(rule->id);

	for (size_t i = 0; fixes[i]; i++)
		json_array_append_new(names, json_string(fixes[i]));
	json_object_set_new(json, "id", json_string(rule->id));
	json_object_set_new(json, "name", json_string(rule->name));
	json_object_set_new(json, "severity", json_string(severity_name(rule->severity)));
	json_object_set_new(json, "brief", json_string(rule->brief));
	json_object_set_new(json, "what", json_string(rule->what));
	json_object_set_new(json, "why", json_string(rule->why));
	json_object_set_new(json, "fix", json_string(rule->fix));
	json_object_set_new(json, "policies", names);
	return json;
}

/* The rules, and the texts of the ready policies they name, for namespace NAMESPACE. */
static void write_rules(const struct page *page, json_t *root)
{
	json_t *list = json_array(), *texts = json_object(), *unknown = json_array();
	const struct rule_text *rules;
	size_t n;

	rules = audit_rules(&n);
	for (size_t i = 0; i < n; i++) {
		const char *const *fixes = audit_fixes(rules[i].id);

		json_array_append_new(list, rule_json(&rules[i]));
		if (audit_rule_unknown(page->report, &rules[i]))
			json_array_append_new(unknown, json_string(rules[i].id));
		for (size_t k = 0; fixes[k]; k++) {
			char *text = audit_fix_text(fixes[k], "NAMESPACE");

			json_object_set_new(texts, fixes[k], json_text(text));
			free(text);
		}
	}
	json_object_set_new(root, "unknown", unknown);
	json_object_set_new(root, "rules", list);
	json_object_set_new(root, "fixes", texts);
}

static json_t *ignored_json(const struct audit_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->ignored.n; i++) {
		const struct audit_ignored *at = &report->ignored.at[i];
		json_t *json = json_object();

		json_object_set_new(json, "id", json_string(at->finding.rule->id));
		json_object_set_new(json, "where", json_text(at->finding.where));
		json_object_set_new(json, "message", json_text(at->finding.message));
		json_object_set_new(json, "reason", json_text(at->reason));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *page_json(struct page *page)
{
	const struct audit *audit = page->audit;
	struct findings_report list = {.command = "audit", .at = audit->findings.at, .n = audit->findings.n};
	bool pods = audit_knows(audit, OBJECT_POD);
	json_t *root, *summary;

	list.rules = audit_rules(&list.n_rules);
	root = findings_json(&list);
	summary = json_object_get(root, "summary");
	json_object_set_new(summary, "pods", count_json(audit->pods + audit->host_pods, pods));
	json_object_set_new(summary, "hostNetworkPods", count_json(audit->host_pods, pods));
	json_object_set_new(summary, "namespaces", integer(audit->namespaces.n));
	json_object_set_new(summary, "networkPolicies", count_json(audit->policies, audit_knows(audit, OBJECT_POLICY)));
	json_object_set_new(summary, "inBaseline", integer(page->report->known));
	json_object_set_new(root, "ignored", ignored_json(page->report));
	json_object_set_new(root, "namespaces", namespaces_json(page));
	page->ports = json_array();
	page->policies = json_array();
	json_object_set_new(root, "ports", page->ports);
	json_object_set_new(root, "policies", page->policies);
	json_object_set_new(root, "matrix", matrix_json(page));
	json_object_set_new(root, "workloads", workloads_json(audit));
	write_classes(page, root);
	write_rules(page, root);
	return root;
}

int audit_write_json(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
{
	struct page page = {.report = report, .audit = report->audit};
	json_t *root = page_json(&page);

	free(page.port_numbers.at);
	free(page.cell_numbers.at);
	free(page.policy_numbers.at);
	if (form->format == FORMAT_HTML)
		return html_write(root, out, err);
	if (form->format == FORMAT_YAML)
		return json_print(root, form->format, out, err);
	json_print_line(root, out);
	return ferror(out) ? err_set(err, ERR_IO, "cannot write the audit") : 0;
}
