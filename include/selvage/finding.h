/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings: what `check` and `audit` have to say about a policy or a pod, and the formats in which they say it.  A command
 * owns a const table of its rules and a list of findings, and hands both to a writer.
 */
#ifndef SELVAGE_FINDING_H
#define SELVAGE_FINDING_H

#include <stdbool.h>
#include <stdio.h>

#include <selvage/err.h>
#include <selvage/object.h>
#include <selvage/table.h>
#include <selvage/vec.h>

/* From worst to least, in two scales: those of an audit, and those of a compiler. */
enum severity {
	SEVERITY_CRITICAL,
	SEVERITY_HIGH,
	SEVERITY_MEDIUM,
	SEVERITY_LOW,
	SEVERITY_INFO,
	SEVERITY_ERROR,   /* the API server does not take it, or nobody can read it */
	SEVERITY_WARNING, /* it is taken, and hardly means what was meant */
	SEVERITY_NOTE,    /* it is taken, and worth a second look */
	SEVERITY_COUNT
};

/* "critical", ..., "warning", "note" */
const char *severity_name(enum severity severity);

/* -1 if it is none. */
int severity_parse(const char *text);

/* A rule that a command checks; all but `severity` are sentences or words of ours, never NULL. */
struct rule_text {
	const char *id;         /* "NP111": stable for ever */
	const char *name;       /* "dns-blocked" */
	enum severity severity; /* of its findings, unless they say otherwise */
	const char *brief;      /* one line: "An isolated pod cannot reach the cluster's DNS" */
	const char *what;       /* what it means, in a sentence or two */
	const char *why;        /* why that matters */
	const char *fix;        /* how to put it right */
};

/* One thing that was found.  All texts are owned, may hold bytes of user text, and NULL where there is none. */
struct finding {
	const struct rule_text *rule; /* borrowed from the command's table */
	enum severity severity;
	char *where;          /* the object: "shop/web", "shop/db e[0]" */
	char *message;        /* never NULL */
	struct source source; /* file NULL: no file; its atom is owned; line 0: the file as a whole */
	char *text;           /* the line it stands in, without its newline, for the caret */
	char *fix;            /* what to do here, if that is more than the rule's fix */
	char *key;            /* what makes it the same finding next time, if the message holds figures that change */
};

struct findings {
	VEC(struct finding);
};

/* Adds a finding of the rule's severity with a printf message; the rest is NULL and the caller's to fill in.  The result
 * is valid until the next is added. */
struct finding *finding_add(struct findings *findings, const struct rule_text *rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void finding_fini(struct finding *finding);
void findings_free(struct findings *findings);

/* By severity, then object, file and place, rule and message: a total order of what is shown. */
void findings_sort(struct findings *findings);

/* By file and place first, as compilers print. */
void findings_sort_by_place(struct findings *findings);

#define FINGERPRINT_TEXT 33

/* 32 hexadecimal digits that stay the same when lines move: of the rule's id, the object, and the key or message.  A
 * finding about no object is known by its file. */
void finding_fingerprint(const struct finding *finding, char buf[static FINGERPRINT_TEXT]);

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

/* "3 findings: 2 high, 1 medium"; "no findings" */
void findings_summary(const struct finding *findings, size_t n, FILE *out);

#endif
