/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings: what `check` and `audit` have to say about a policy or a pod.  There is a const table of the rules, and a list
 * of findings; findings_write.h writes both.
 */
#ifndef SELVAGE_FINDING_H
#define SELVAGE_FINDING_H

#include <stdbool.h>
#include <stdio.h>

#include <selvage/object.h>
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
	const char *ns;       /* the namespace it belongs to: an atom, borrowed; NULL: none */
	const char *policy;   /* the policy of that namespace that it is about, likewise */
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

/* "3 findings: 2 high, 1 medium"; "no findings" */
void findings_summary(const struct finding *findings, size_t n, FILE *out);

#endif
