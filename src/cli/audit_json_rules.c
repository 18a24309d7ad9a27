/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does an audit write what it checks, and what puts it right? */
#include <stdlib.h>

#include <selvage/json_print.h>

#include "audit_json.h"

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

void audit_add_rules(const struct audit_report *report, json_t *root)
{
	json_t *list = json_array(), *texts = json_object(), *unknown = json_array();
	const struct rule_text *rules;
	size_t n;

	rules = audit_rules(&n);
	for (size_t i = 0; i < n; i++) {
		const char *const *fixes = audit_fixes(rules[i].id);

		json_array_append_new(list, rule_json(&rules[i]));
		if (audit_rule_unknown(report, &rules[i]))
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
