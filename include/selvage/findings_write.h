/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats in which findings are told. */
#ifndef SELVAGE_FINDINGS_WRITE_H
#define SELVAGE_FINDINGS_WRITE_H

#include <selvage/err.h>
#include <selvage/finding.h>
#include <selvage/table.h>

/* What a writer is given; all borrowed. */
struct findings_report {
	const char *command;           /* "check", "audit" */
	const struct rule_text *rules; /* all rules of the command */
	size_t n_rules;
	const struct finding *at; /* in the order in which they are to be shown */
	size_t n;
	bool lines;                /* the table is written in lines, as compilers print */
	const char *const *passed; /* for junit: what was looked at without a finding; NULL: nothing is named */
	size_t n_passed;
	const struct rule_text *const
		*unknown; /* could not be checked, or not in full; said where a format has words for it */
	size_t n_unknown;
};

#define FORMATS_FINDINGS \
	(FORMATS_TABLE | FORMATS_JSON | FORMAT_BIT(FORMAT_SARIF) | FORMAT_BIT(FORMAT_JUNIT) | FORMAT_BIT(FORMAT_GITHUB))

/*
 * Writes the report, and nothing but the report, in one of FORMATS_FINDINGS.  -1 with ERR_IO when the stream fails.
 *
 * table, wide  SEV CHECK WHERE WHAT, as people read an audit; wide also says what to do.  With `lines`:
 *              "a.yaml:3:7: error: shop/db: MESSAGE [NP111]", the line and a caret
 * json, yaml   {"schemaVersion": 1, "command", "findings": [...], "summary": {...}}
 * csv, md      the table with all columns
 * sarif        SARIF 2.1.0 (OASIS): one run, all rules with their help
 * junit        a test suite: a failure per finding
 * github       "::error file=a.yaml,line=3,col=7,title=NP111 dns-blocked::shop/db: MESSAGE"
 */
int findings_write(const struct findings_report *report, const struct table_form *form, FILE *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
