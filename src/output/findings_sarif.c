/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as SARIF 2.1.0 (OASIS), as code scanning services read it. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "findings_priv.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define UNRESERVED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"

/* "3.27.10 level property", and how GitHub ranks security results ("security-severity"), NULL: it is none. */
static const struct {
	const char *level, *score;
} levels[SEVERITY_COUNT] = {
	[SEVERITY_CRITICAL] = {"error", "9.5"}, [SEVERITY_HIGH] = {"error", "8.0"},
	[SEVERITY_MEDIUM] = {"warning", "5.5"}, [SEVERITY_LOW] = {"note", "3.0"},
	[SEVERITY_INFO] = {"note", NULL},       [SEVERITY_ERROR] = {"error", NULL},
	[SEVERITY_WARNING] = {"warning", NULL}, [SEVERITY_NOTE] = {"note", NULL},
};

static json_t *message_json(const char *text)
{
	json_t *json = json_object();

	findings_json_text(json, "text", text);
	return json;
}

static json_t *help_json(const struct rule_text *rule)
{
	return json_pack("{s:o, s:o}", "text", json_sprintf("%s %s", rule->why, rule->fix), "markdown",
			 json_sprintf("%s\n\n**Why it matters.** %s\n\n**How to fix it.** %s", rule->what, rule->why,
				      rule->fix));
}

static json_t *rule_json(const struct rule_text *rule)
{
	json_t *json =
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:s}}", "id", rule->id, "name", rule->name, "shortDescription",
			  message_json(rule->brief), "fullDescription", message_json(rule->what), "help",
			  help_json(rule), "defaultConfiguration", "level", levels[rule->severity].level);
	json_t *properties = json_pack("{s:[s, s]}", "tags", "kubernetes", "networkpolicy");

	if (levels[rule->severity].score) {
		json_array_append_new(json_object_get(properties, "tags"), json_string("security"));
		json_object_set_new(properties, "security-severity", json_string(levels[rule->severity].score));
	}
	json_object_set_new(json, "properties", properties);
	return json;
}

/* A path as a URI reference (RFC 3986): relative paths stay relative to where the program ran. */
static json_t *uri_json(const char *path)
{
	json_t *json;
	char *uri;
	size_t size;
	FILE *out = open_memstream(&uri, &size);

	if (!out)
		abort();
	if (!strncmp(path, "./", 2))
		path += 2;
	fputs(*path == '/' ? "file://" : "", out);
	for (const char *p = path; *p; p++)
		fprintf(out, strchr(UNRESERVED, *p) ? "%c" : "%%%02X", (unsigned char)*p);
	if (fclose(out))
		abort();
	json = json_string(uri);
	free(uri);
	return json;
}

static json_t *region_json(const struct finding *finding)
{
	json_t *json = json_pack("{s:i}", "startLine", (int)finding->source.line);

	if (finding->source.col)
		json_object_set_new(json, "startColumn", json_integer(finding->source.col));
	if (finding->text)
		json_object_set_new(json, "snippet", message_json(finding->text));
	return json;
}

static json_t *location_json(const struct finding *finding)
{
	json_t *json = json_object(), *physical, *logical;

	if (finding->source.file) {
		physical = json_pack("{s:{s:o}}", "artifactLocation", "uri", uri_json(finding->source.file));
		if (finding->source.line)
			json_object_set_new(physical, "region", region_json(finding));
		json_object_set_new(json, "physicalLocation", physical);
	}
	if (finding->where) {
		logical = json_pack("{s:s}", "kind", "resource");
		findings_json_text(logical, "fullyQualifiedName", finding->where);
		json_object_set_new(json, "logicalLocations", json_pack("[o]", logical));
	}
	return json;
}

/* "ruleIndex: the zero-based index of the rule in the rules array", -1: none. */
static json_int_t rule_index(const struct findings_report *report, const struct rule_text *rule)
{
	for (size_t i = 0; i < report->n_rules; i++)
		if (&report->rules[i] == rule)
			return (json_int_t)i;
	return -1;
}

static json_t *result_json(const struct findings_report *report, const struct finding *finding)
{
	char fingerprint[FINGERPRINT_TEXT];

	finding_fingerprint(finding, fingerprint);
	return json_pack("{s:s, s:I, s:s, s:o, s:[o], s:{s:s}}", "ruleId", finding->rule->id, "ruleIndex",
			 rule_index(report, finding->rule), "level", levels[finding->severity].level, "message",
			 message_json(finding->message), "locations", location_json(finding), "partialFingerprints",
			 "selvage/v1", fingerprint);
}

/*
 * "3.20.21 toolExecutionNotifications property [...] runtime conditions detected by the tool during the run", which say of a
 * rule that it is not known whether it has results; without any, nothing is said of the invocation.
 */
static json_t *invocation_json(const struct findings_report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_unknown; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:{s:s, s:I}}", "level", "warning", "message",
						message_json("unknown"), "associatedRule", "id", report->unknown[i]->id,
						"index", rule_index(report, report->unknown[i])));
	return json_pack("{s:b, s:o}", "executionSuccessful", 1, "toolExecutionNotifications", list);
}

json_t *findings_sarif(const struct findings_report *report)
{
	json_t *rules = json_array(), *results = json_array(), *root;

	for (size_t i = 0; i < report->n_rules; i++)
		json_array_append_new(rules, rule_json(&report->rules[i]));
	for (size_t i = 0; i < report->n; i++)
		json_array_append_new(results, result_json(report, &report->at[i]));
	root = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:s, s:o}}, s:{s:s}, s:s, s:o}]}", "$schema", SCHEMA,
			 "version", "2.1.0", "runs", "tool", "driver", "name", PACKAGE_NAME, "fullName",
			 "selvage NetworkPolicy tools", "version", PACKAGE_VERSION, "rules", rules, "automationDetails",
			 "id", report->command, "columnKind", "unicodeCodePoints", "results", results);
	if (report->n_unknown)
		json_object_set_new(json_array_get(json_object_get(root, "runs"), 0), "invocations",
				    json_pack("[o]", invocation_json(report)));
	return root;
}
