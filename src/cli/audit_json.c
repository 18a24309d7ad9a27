/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does an audit come to as JSON, and as the page that is drawn from it? */
#include <stdlib.h>

#include <selvage/findings_json.h>
#include <selvage/html.h>
#include <selvage/json_print.h>

#include "audit_json.h"

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

static json_t *page_json(struct audit_page *page)
{
	const struct audit *audit = page->audit;
	struct findings_report list = {.command = "audit", .at = audit->findings.at, .n = audit->findings.n};
	bool pods = audit_knows(audit, OBJECT_POD);
	json_t *root, *summary;

	list.rules = audit_rules(&list.n_rules);
	root = findings_json(&list);
	summary = json_object_get(root, "summary");
	json_object_set_new(summary, "pods", audit_count_json(audit->pods + audit->host_pods, pods));
	json_object_set_new(summary, "hostNetworkPods", audit_count_json(audit->host_pods, pods));
	json_object_set_new(summary, "namespaces", audit_integer(audit->namespaces.n));
	json_object_set_new(summary, "networkPolicies",
			    audit_count_json(audit->policies, audit_knows(audit, OBJECT_POLICY)));
	json_object_set_new(summary, "inBaseline", audit_integer(page->report->known));
	json_object_set_new(root, "ignored", ignored_json(page->report));
	json_object_set_new(root, "namespaces", audit_namespaces_json(page));
	page->ports = json_array();
	page->policies = json_array();
	json_object_set_new(root, "ports", page->ports);
	json_object_set_new(root, "policies", page->policies);
	json_object_set_new(root, "matrix", audit_matrix_json(page));
	json_object_set_new(root, "workloads", audit_workloads_json(audit));
	audit_add_classes(page, root);
	audit_add_rules(page->report, root);
	return root;
}

int audit_write_json(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
{
	struct audit_page page = {.report = report, .audit = report->audit};
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
