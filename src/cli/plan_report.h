/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `selvage plan` share. */
#ifndef SELVAGE_CLI_PLAN_REPORT_H
#define SELVAGE_CLI_PLAN_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include <selvage/plan.h>
#include <selvage/table.h>

#include "output.h"

#define PLAN_SCHEMA 1 /* of JSON and YAML; examples/schema/plan.json */

/* A field of an object that is not what it was; owned. */
struct plan_field {
	char *path;             /* "egress[0].ports[0].port" */
	json_t *before, *after; /* NULL: it is not there */
};

/* An object that the change adds, deletes or modifies. */
struct plan_change {
	const struct object *before, *after; /* NULL: not there */
	VEC(struct plan_field) fields;       /* of one that is modified */
};

struct plan_changes {
	VEC(struct plan_change);
};

struct plan_flows;

struct plan_report {
	const struct args *args;
	struct table_form form;
	bool expand;
	const struct store *before, *after;
	struct plan *plan;
	struct plan_changes changes; /* filled in when it is printed */
	struct plan_flows *flows;    /* NULL: not asked for */
	int code;                    /* what the program will exit with */
};

struct plan_counts {
	size_t of[PLAN_KIND_COUNT]; /* rows */
};

/* Has it any row but NOOP? */
bool plan_report_changed(const struct plan_report *report);
struct plan_counts plan_report_counts(const struct plan_report *report);

/* In any format.  -1 with ERR_IO. */
int plan_report_print(struct plan_report *report, FILE *out, struct err *err) __attribute__((warn_unused_result));

/* plan_changes.c: by kind, namespace, name. */
void plan_changes_find(const struct plan_report *report, struct plan_changes *out);
void plan_changes_fini(struct plan_changes *changes);

/* Names, each yours to free(). */
struct words {
	VEC(char *);
};

void words_fini(struct words *words);

/* plan_words.c: what a set of classes is called, as few words as there are, or, if `expand`, each pod and prefix. */
void plan_words_ends(const struct plan_report *report, const struct plan_classes *classes, bool expand,
		     struct words *out);

/* "TCP 80,443", "-", "unknown"; yours to free(). */
char *plan_words_ports(const struct plan_report *report, const struct reach_ports *ports);

/* "TCP 80,443" */
char *plan_words_portset(const struct plan_report *report, const struct portset *ports);

/* Why, in a sentence without its full stop; and where, or "". */
char *plan_words_because(const struct plan_report *report, const struct plan_row *row);
char *plan_words_source(const struct source *source);

/* "egress[0].to[0]": the rule that admits, or admitted. */
char *plan_words_rule(const struct plan_cause *cause);

/* The name of an object: "pod shop/web-0" */
char *plan_words_object(const struct object *object);

/* plan_text.c, plan_json.c, plan_graph.c */
void plan_text_print(const struct plan_report *report, FILE *out);
json_t *plan_json(const struct plan_report *report);
void plan_graph_print(const struct plan_report *report, FILE *out);

#endif
