/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `selvage explain` share. */
#ifndef SELVAGE_EXPLAIN_H
#define SELVAGE_EXPLAIN_H

#include <jansson.h>

#include <selvage/graph.h>
#include <selvage/table.h>
#include <selvage/verdict.h>

#include "answers.h"
#include "cli.h"
#include "output.h"
#include "world.h"

#define EXPLAIN_SCHEMA 1 /* of JSON and YAML; examples/schema/explain.json */

/* Who asks, of which cluster, and how it is to be answered. */
struct asker {
	const struct args *args;
	const struct store *store;
	struct verdict_index *index;
	const char *ns;
	enum format format;
	struct table_form form;
};

/* Prints a table, in one of FORMATS_TABLE; frees it. */
void explain_table(const struct asker *asker, struct table *take);

/* explain_print.c: the answers in any format. */
enum exit_code explain_print(const struct asker *asker, const struct asked *asked, const struct answers *answers);

/* How a report is written: as a table, as a graph, as JSON. */
struct explain_writer {
	void (*table)(const void *report);
	void (*graph)(const void *report);
	json_t *(*json)(const void *report);
};

/* Writes it in the format that was asked for. */
enum exit_code explain_write(const struct asker *asker, const struct explain_writer *writer, const void *report);

/* Nothing was found, or nothing can be said: what JSON says of it, and the message. */
enum exit_code explain_error(const struct asker *asker, const struct asked *asked, const struct err *err);

/* What a question comes to: 0 allowed, 1 denied, 3 unknown. */
enum exit_code explain_code(enum answer_state state);

/* explain_batch.c: one question per line of JSON. */
enum exit_code explain_batch(const struct asker *asker, const char *file);

/* explain_assert.c */
enum exit_code explain_assert(const struct asker *asker, const char *file);

/* explain_pod.c, explain_policy.c */
enum exit_code explain_pod(const struct asker *asker, const char *name);
enum exit_code explain_policy(const struct asker *asker, const char *name);

/* explain_verify.c: asks the ruleset that is loaded here about each answer; false after a message. */
bool explain_verify(const struct asker *asker, struct answers *answers);
enum exit_code explain_verify_code(const struct answers *answers, enum exit_code code);
const char *kernel_state_text(enum kernel_state state);

/* "NS/NAME", "NAME" in the namespace of -n: in ns and name, of size QUESTION_NAME; -1 with ERR_INPUT. */
#define EXPLAIN_NAME 400
int explain_name(const struct asker *asker, const char *text, char ns[static EXPLAIN_NAME],
		 char name[static EXPLAIN_NAME], struct err *err) __attribute__((warn_unused_result));

#endif
