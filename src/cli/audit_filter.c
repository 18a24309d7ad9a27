/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which findings need not be told? */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_report.h"

#define BASELINE_VERSION 1

struct filter {
	const struct args *args;
	struct audit_report *report;
	json_t *baseline; /* an object whose keys are fingerprints, or NULL */
};

/* Is the rule, by id or name, in a list with commas? */
static bool lists(const char *list, const struct rule_text *rule)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if ((n == strlen(rule->id) && !strncmp(list, rule->id, n)) ||
		    (n == strlen(rule->name) && !strncmp(list, rule->name, n)))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

bool audit_asks(const struct args *args, const struct rule_text *rule)
{
	const char *only = args_value(args, "only"), *skip = args_value(args, "skip");

	return (!only || lists(only, rule)) && !(skip && lists(skip, rule));
}

/* Are all words of the list checks?  False after a message. */
static bool list_clear(const struct args *args, const char *option)
{
	const char *list = args_value(args, option);

	while (list && *list) {
		size_t n = strcspn(list, ",");
		char *word = strndup(list, n);
		bool known = word && audit_rule(word);

		if (!known)
			cli_fatal(args, "--%s: there is no check \"%s\"", option, word);
		free(word);
		if (!known)
			return false;
		list += n + (list[n] == ',');
	}
	return true;
}

static bool starts_entry(const char *at, const char *text)
{
	return at[0] == 'N' && at[1] == 'P' && isdigit((unsigned char)at[2]) && isdigit((unsigned char)at[3]) &&
	       isdigit((unsigned char)at[4]) && at[5] == '=' && (at == text || strchr(" ,;\n", at[-1]));
}

/* The reason behind "NP142=", up to the next entry; NULL: the annotation does not name the rule, or gives no reason. */
static char *reason_of(const char *annotation, const char *id)
{
	for (const char *at = annotation; at && *at; at++) {
		const char *end;

		if (!starts_entry(at, annotation) || strncmp(at, id, strlen(id)))
			continue;
		at += strlen(id) + 1;
		for (end = at; *end && !starts_entry(end, annotation); end++)
			;
		while (end > at && strchr(" ,;\n", end[-1]))
			end--;
		return end > at ? strndup(at, (size_t)(end - at)) : NULL;
	}
	return NULL;
}

static char *ignored(const struct filter *filter, const struct finding *finding)
{
	const struct store *store = filter->report->store;
	const struct namespace *ns = finding->ns ? store_namespace(store, finding->ns) : NULL;
	const struct policy *policy = NULL;
	char *reason;

	if (finding->policy)
		policy = (const struct policy *)(const void *)store_find(store, OBJECT_POLICY, finding->ns,
									 finding->policy);
	reason = policy ? reason_of(policy->ignore, finding->rule->id) : NULL;
	return reason || !ns ? reason : reason_of(ns->ignore, finding->rule->id);
}

static bool in_baseline(const struct filter *filter, const struct finding *finding)
{
	char fingerprint[FINGERPRINT_TEXT];

	if (!filter->baseline)
		return false;
	finding_fingerprint(finding, fingerprint);
	return json_object_get(filter->baseline, fingerprint);
}

/* True if the finding is to be told; if not it is freed or moved. */
static bool keep(const struct filter *filter, struct finding *finding)
{
	struct audit_report *report = filter->report;
	char *reason;

	if (!audit_asks(filter->args, finding->rule) ||
	    (report->ns && (!finding->ns || strcmp(finding->ns, report->ns)))) {
		finding_fini(finding);
		return false;
	}
	reason = ignored(filter, finding);
	if (reason) {
		*vec_add(&report->ignored) = (struct audit_ignored){*finding, reason};
		return false;
	}
	if (in_baseline(filter, finding)) {
		report->known++;
		finding_fini(finding);
		return false;
	}
	return true;
}

/* {"schemaVersion": 1, "findings": {FINGERPRINT: "NP101 shop"}} */
static bool read_baseline(struct filter *filter)
{
	const char *path = args_value(filter->args, "baseline");
	json_t *root, *findings;
	json_error_t why;

	if (!path || args_value(filter->args, "write-baseline"))
		return true;
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	findings = json_object_get(root, "findings");
	if (!root || !json_is_object(findings) ||
	    json_integer_value(json_object_get(root, "schemaVersion")) != BASELINE_VERSION) {
		cli_fatal(filter->args, "%s: %s", path, root ? "is no baseline of selvage audit" : why.text);
		json_decref(root);
		return false;
	}
	filter->baseline = json_incref(findings);
	json_decref(root);
	return true;
}

bool audit_filter(const struct args *args, struct audit_report *report)
{
	struct filter filter = {args, report, NULL};
	struct findings *findings = &report->audit->findings;
	size_t n = 0;

	if (!list_clear(args, "only") || !list_clear(args, "skip") || !read_baseline(&filter))
		return false;
	for (size_t i = 0; i < findings->n; i++)
		if (keep(&filter, &findings->at[i]))
			findings->at[n++] = findings->at[i];
	findings->n = n;
	audit_count(report->audit);
	json_decref(filter.baseline);
	return true;
}

bool audit_write_baseline(const struct args *args, const struct audit_report *report)
{
	const char *path = args_value(args, "write-baseline");
	const struct findings *findings = &report->audit->findings;
	json_t *all = json_object(), *root = json_object();
	bool ok;

	for (size_t i = 0; i < findings->n; i++) {
		char fingerprint[FINGERPRINT_TEXT];

		finding_fingerprint(&findings->at[i], fingerprint);
		json_object_set_new(all, fingerprint, json_string(findings->at[i].rule->id));
	}
	json_object_set_new(root, "schemaVersion", json_integer(BASELINE_VERSION));
	json_object_set_new(root, "findings", all);
	ok = json_dump_file(root, path, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
	if (!ok)
		cli_fatal(args, "%s: %s", path, strerror(errno));
	json_decref(root);
	return ok;
}

bool audit_rule_unknown(const struct audit_report *report, const struct rule_text *rule)
{
	for (size_t i = 0; i < report->unread.n; i++)
		if (!strcmp(report->unread.at[i], rule->id))
			return true;
	return audit_hangs_on(rule->id) & report->unknown;
}

void audit_report_fini(struct audit_report *report)
{
	for (size_t i = 0; i < report->ignored.n; i++) {
		finding_fini(&report->ignored.at[i].finding);
		free(report->ignored.at[i].reason);
	}
	vec_free(&report->ignored);
	vec_free(&report->unread);
	audit_free(report->audit);
}
