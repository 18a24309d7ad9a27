/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order do findings stand, and when are two the same? */
#include <selvage/atom.h>
#include <selvage/finding.h>

#include "unit.h"

static const struct rule_text rules[] = {
	{"NP1", "one", SEVERITY_HIGH, "", "", "", ""},
	{"NP2", "two", SEVERITY_LOW, "", "", "", ""},
};

static struct finding *add(struct findings *findings, int rule, const char *where, unsigned line, const char *message)
{
	struct finding *finding = finding_add(findings, &rules[rule], "%s", message);

	finding->where = where ? mem_copy(where, strlen(where) + 1) : NULL;
	finding->source = (struct source){atom("a.yaml"), line, 1};
	return finding;
}

static void assert_order(const struct findings *findings, const char *wanted)
{
	char have[64] = "";

	for (size_t i = 0; i < findings->n; i++)
		strcat(have, findings->at[i].message);
	cr_assert_str_eq(have, wanted);
}

UNIT(finding, worst_come_first_and_then_objects_by_name)
{
	struct findings findings = {VEC_EMPTY};

	add(&findings, 1, "a", 1, "d");
	add(&findings, 0, "b", 2, "c");
	add(&findings, 0, "a", 4, "b");
	add(&findings, 0, "a", 3, "a");
	findings_sort(&findings);
	assert_order(&findings, "abcd");
	findings_sort_by_place(&findings);
	assert_order(&findings, "dcab");
	findings_free(&findings);
}

UNIT(finding, a_fingerprint_does_not_know_the_line)
{
	struct findings findings = {VEC_EMPTY};
	char a[FINGERPRINT_TEXT], b[FINGERPRINT_TEXT];

	finding_fingerprint(add(&findings, 0, "a", 1, "x"), a);
	finding_fingerprint(add(&findings, 0, "a", 2, "x"), b);
	cr_assert_eq(strlen(a), 32);
	cr_assert_str_eq(a, b);
	findings_free(&findings);
}

UNIT(finding, a_fingerprint_knows_rule_object_and_message)
{
	struct findings findings = {VEC_EMPTY};
	char prints[5][FINGERPRINT_TEXT];

	finding_fingerprint(add(&findings, 0, "a", 1, "x"), prints[0]);
	finding_fingerprint(add(&findings, 1, "a", 1, "x"), prints[1]);
	finding_fingerprint(add(&findings, 0, "b", 1, "x"), prints[2]);
	finding_fingerprint(add(&findings, 0, "a", 1, "y"), prints[3]);
	finding_fingerprint(add(&findings, 0, NULL, 1, "x"), prints[4]);
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < i; j++)
			cr_assert_str_neq(prints[i], prints[j]);
	findings_free(&findings);
}

UNIT(finding, a_key_stands_for_a_message_whose_figures_change)
{
	struct findings findings = {VEC_EMPTY};
	char a[FINGERPRINT_TEXT], b[FINGERPRINT_TEXT];
	struct finding *finding = add(&findings, 0, "a", 1, "3 pods");

	finding->key = mem_copy("pods", 5);
	finding_fingerprint(finding, a);
	finding = add(&findings, 0, "a", 1, "4 pods");
	finding->key = mem_copy("pods", 5);
	finding_fingerprint(finding, b);
	cr_assert_str_eq(a, b);
	findings_free(&findings);
}

UNIT(finding, severities_have_names)
{
	for (int i = 0; i < SEVERITY_COUNT; i++)
		cr_assert_eq(severity_parse(severity_name((enum severity)i)), i);
	cr_assert_eq(severity_parse("terrible"), -1);
}

UNIT(finding, a_summary_counts_by_severity)
{
	struct findings findings = {VEC_EMPTY};

	UNIT_PRINTS("no findings", findings_summary(findings.at, findings.n, out));
	add(&findings, 0, "a", 1, "x");
	UNIT_PRINTS("1 finding: 1 high", findings_summary(findings.at, findings.n, out));
	add(&findings, 1, "a", 1, "x");
	add(&findings, 0, "a", 1, "x");
	UNIT_PRINTS("3 findings: 2 high, 1 low", findings_summary(findings.at, findings.n, out));
	findings_free(&findings);
}
