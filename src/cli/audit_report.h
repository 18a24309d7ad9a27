/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `selvage audit` have from each other. */
#ifndef SELVAGE_AUDIT_REPORT_H
#define SELVAGE_AUDIT_REPORT_H

#include <selvage/audit.h>
#include <selvage/findings_write.h>
#include <selvage/flow.h>

#include "cli.h"

/* A finding that a namespace or policy asks not to tell. */
struct audit_ignored {
	struct finding finding;
	char *reason;
};

struct audit_report {
	struct audit *audit;
	const struct store *store;
	uint32_t unknown;                  /* bits 1 << enum object_kind */
	VEC(const char *) unread;          /* ids of checks of this node for which it could not be asked */
	VEC(struct audit_ignored) ignored; /* by annotation */
	size_t known;                      /* findings that the baseline has */
	const char *ns;                    /* show this namespace alone; NULL: all */
	int fail_on;                       /* enum severity; -1: none */
};

/* Takes away what need not be told: --only, --skip, --namespace, annotations, --baseline.  False after a message. */
bool audit_filter(const struct args *args, struct audit_report *report);

/* Writes --write-baseline.  False after a message. */
bool audit_write_baseline(const struct args *args, const struct audit_report *report);

void audit_report_fini(struct audit_report *report);

/* Does the command line ask for the rule, by --only and --skip? */
bool audit_asks(const struct args *args, const struct rule_text *rule);

/* Is what the rule needs not known in full? */
bool audit_rule_unknown(const struct audit_report *report, const struct rule_text *rule);

/* Reads the connections that the kernel tracks, as nl_flows() does. */
typedef int audit_flows_fn(void (*each)(void *ctx, const struct flow *flow), void *ctx, struct err *err);

/* Adds what is found on this node, if it is asked about: by its agent's socket, which --socket names or a live cluster's node
 * has.  What could not be read is said on standard error. */
void audit_node(const struct args *args, struct audit_report *report, audit_flows_fn *flows);

/* Ways to write it; -1 when the stream fails. */
int audit_write_table(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
	__attribute__((warn_unused_result));
int audit_write_json(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
	__attribute__((warn_unused_result));
int audit_write_matrix(const struct audit_report *report, const struct table_form *form, FILE *out, struct err *err)
	__attribute__((warn_unused_result));

/* What --explain says; false if there is no such check. */
bool audit_explain(const char *id, FILE *out);

/* The names of ready policies that put right what a rule finds; ends with NULL. */
const char *const *audit_fixes(const char *id);

/* The text of a ready policy, for a namespace; yours to free(). */
char *audit_fix_text(const char *name, const char *ns);

/* Writes a policy for each finding of the id; false if there is nothing to write, after a message. */
bool audit_write_fix(const struct args *args, const struct audit_report *report, const char *id, FILE *out);

#endif
