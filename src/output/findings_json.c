/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as JSON, which YAML is made of as well. */
#include <selvage/json_print.h>

#include "findings_priv.h"

#define SCHEMA_VERSION 1

void findings_json_text(json_t *into, const char *key, const char *text)
{
	if (text)
		json_object_set_new(into, key, json_text(text));
}

static json_t *finding_json(const struct finding *finding)
{
	char fingerprint[FINGERPRINT_TEXT];
	json_t *json = json_object();

	finding_fingerprint(finding, fingerprint);
	json_object_set_new(json, "id", json_string(finding->rule->id));
	json_object_set_new(json, "name", json_string(finding->rule->name));
	json_object_set_new(json, "severity", json_string(severity_name(finding->severity)));
	findings_json_text(json, "where", finding->where);
	findings_json_text(json, "message", finding->message);
	findings_json_text(json, "file", finding->source.file);
	if (finding->source.line)
		json_object_set_new(json, "line", json_integer(finding->source.line));
	if (finding->source.col)
		json_object_set_new(json, "col", json_integer(finding->source.col));
	findings_json_text(json, "namespace", finding->ns);
	findings_json_text(json, "policy", finding->policy);
	findings_json_text(json, "fix", finding->fix);
	json_object_set_new(json, "fingerprint", json_string(fingerprint));
	return json;
}

/* How many there are of each severity that occurs, and in all. */
static json_t *summary_json(const struct findings_report *report)
{
	size_t counts[SEVERITY_COUNT] = {0};
	json_t *json = json_object();

	for (size_t i = 0; i < report->n; i++)
		counts[report->at[i].severity]++;
	json_object_set_new(json, "findings", json_integer((json_int_t)report->n));
	for (int i = 0; i < SEVERITY_COUNT; i++)
		if (counts[i])
			json_object_set_new(json, severity_name((enum severity)i), json_integer((json_int_t)counts[i]));
	return json;
}

json_t *findings_json(const struct findings_report *report)
{
	json_t *json = json_object(), *list = json_array();

	for (size_t i = 0; i < report->n; i++)
		json_array_append_new(list, finding_json(&report->at[i]));
	json_object_set_new(json, "schemaVersion", json_integer(SCHEMA_VERSION));
	json_object_set_new(json, "command", json_string(report->command));
	json_object_set_new(json, "findings", list);
	json_object_set_new(json, "summary", summary_json(report));
	return json;
}
