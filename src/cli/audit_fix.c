/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the ready policies puts a finding right, and how does one read about it? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>
#include <selvage/yaml_print.h>

#include "audit_report.h"
#include "policy_texts.h"

#define NAMESPACE_LINE "\n  namespace: "
#define FIXES_MAX 3

struct fixes {
	const char *id;
	const char *names[FIXES_MAX];
};

static const struct fixes fixes[] = {
	{"NP101", {"default-deny-ingress"}},
	{"NP102", {"default-deny-egress", "allow-dns"}},
	{"NP103", {"default-deny", "allow-dns"}},
	{"NP111", {"allow-dns"}},
	{"NP112", {"allow-apiserver"}},
	{"NP113", {"allow-webhook"}},
	{"NP114", {"allow-from-ingress-nginx", "allow-from-world"}},
	{"NP126", {"allow-dns"}},
	{"NP133", {"allow-dns"}},
	{"NP143", {"deny-metadata"}},
};

const char *const *audit_fixes(const char *id)
{
	static const char *const none[] = {NULL};

	for (size_t i = 0; i < sizeof fixes / sizeof *fixes; i++)
		if (!strcmp(fixes[i].id, id))
			return fixes[i].names;
	return none;
}

char *audit_fix_text(const char *name, const char *ns)
{
	const struct policy_text *policy = policy_texts;
	const char *at, *rest;
	char *out, *scalar;

	while (policy->name && strcmp(policy->name, name))
		policy++;
	if (!policy->name)
		abort();
	at = strstr(policy->text, NAMESPACE_LINE);
	if (!at)
		abort();
	rest = strchr(at + 1, '\n');
	scalar = yaml_print_scalar(ns);
	if (asprintf(&out, "%.*s%s%s%s", (int)(at - policy->text), policy->text, NAMESPACE_LINE, scalar, rest) < 0)
		abort();
	free(scalar);
	return out;
}

struct chosen {
	VEC(const struct finding *);
};

static int place_cmp(const void *a, const void *b)
{
	const struct finding *const *x = a, *const *y = b;

	return (*x > *y) - (*x < *y);
}

/* By namespace, in whatever order of those. */
static int ns_cmp(const void *a, const void *b)
{
	const struct finding *const *x = a, *const *y = b;
	uintptr_t one = (uintptr_t)(*x)->ns, two = (uintptr_t)(*y)->ns;

	return one == two ? place_cmp(a, b) : one < two ? -1 : 1;
}

/* The first finding of the rule in each namespace, in order. */
static void choose(const struct findings *findings, const struct rule_text *rule, struct chosen *out)
{
	size_t n = 0;

	*out = (struct chosen){VEC_EMPTY};
	for (size_t i = 0; i < findings->n; i++)
		if (findings->at[i].rule == rule && findings->at[i].ns)
			*vec_add(out) = &findings->at[i];
	vec_sort(out, ns_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (!n || out->at[n - 1]->ns != out->at[i]->ns)
			out->at[n++] = out->at[i];
	out->n = n;
	vec_sort(out, place_cmp);
}

bool audit_write_fix(const struct args *args, const struct audit_report *report, const char *id, FILE *out)
{
	const struct rule_text *rule = audit_rule(id);
	const char *const *names = rule ? audit_fixes(rule->id) : NULL;
	struct chosen chosen;

	if (!rule || !*names) {
		cli_fatal(args, rule ? "no ready policy puts %s right: %s" : "there is no check %s%s",
			  rule ? rule->id : id, rule ? rule->fix : "");
		return false;
	}
	choose(&report->audit->findings, rule, &chosen);
	for (size_t i = 0; i < chosen.n; i++) {
		for (size_t k = 0; k < FIXES_MAX && names[k]; k++) {
			char *text = audit_fix_text(names[k], chosen.at[i]->ns);

			fprintf(out, "---\n%s", text);
			free(text);
		}
	}
	vec_free(&chosen);
	return true;
}

bool audit_explain(const char *id, FILE *out)
{
	const struct rule_text *rule = audit_rule(id);
	const char *const *names;

	if (!rule)
		return false;
	names = audit_fixes(rule->id);
	fprintf(out, "%s %s (%s)\n\n%s.\n\n%s\n%s\n\nFix: %s\n", rule->id, rule->name, severity_name(rule->severity),
		rule->brief, rule->what, rule->why, rule->fix);
	for (size_t k = 0; k < FIXES_MAX && names[k]; k++)
		fprintf(out, "%s%s%s", k ? ", " : "Ready policies: ", names[k],
			k + 1 == FIXES_MAX || !names[k + 1] ? "\n" : "");
	return true;
}
