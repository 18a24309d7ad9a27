/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is everything as it was asserted to be? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/json_print.h>
#include <selvage/junit.h>
#include <selvage/miss_print.h>
#include <selvage/text.h>
#include <selvage/verdict_print.h>

#include "assertions.h"
#include "explain.h"

enum outcome { OUTCOME_OK, OUTCOME_FAILED, OUTCOME_UNKNOWN };

static const char *const outcome_names[] = {"ok", "failed", "unknown"};

struct result {
	const struct assertion *assertion;
	enum outcome outcome;
	char *what; /* "shop/web -> shop/db TCP 5432 is allowed" */
	char *why;  /* one line: what is not so, or why it cannot be told; "" if it is */
};

struct results {
	VEC(struct result);
};

static char *what_is_asserted(const struct assertion *assertion)
{
	struct packet packet = {.proto = assertion->proto, .port = assertion->port};
	char *text = NULL;
	size_t size;
	FILE *out = text_open(&text, &size);

	fprintf(out, "%s -> %s ", assertion->from, assertion->to);
	packet_print(&packet, out);
	fputs(assertion->allowed ? " is allowed" : " is denied", out);
	text_close(out);
	return text;
}

static void print_direction(const struct answer *answer, enum direction direction, FILE *out)
{
	const struct ruling *ruling =
		direction == DIRECTION_INGRESS ? &answer->verdict.ingress : &answer->verdict.egress;
	char path[96];

	if (!ruling->pod || !ruling->isolated)
		return;
	fprintf(out, "; %s of %s/%s ", direction_name(direction), ruling->pod->object.ns, ruling->pod->object.name);
	if (ruling->policy) {
		ruling_path(ruling, path, sizeof path);
		fprintf(out, "is admitted by %s/%s %s", ruling->policy->object.ns, ruling->policy->object.name, path);
	} else {
		fputs("is admitted by no rule", out);
		if (answer->miss[direction].policy)
			fputs(", nearest miss: ", out);
		miss_print(&answer->miss[direction], out);
	}
}

/* Why an answer is not the one that was expected, in a line. */
static void print_answer(const struct answer *answer, FILE *out)
{
	fprintf(out, "%s -> %s is %s", answer->from_name, answer->to_name, answer_state_name(answer->state));
	if (answer->state == ANSWER_UNKNOWN)
		fprintf(out, ": %s", answer->why);
	else if (answer->verdict.why != VERDICT_WHY_POLICY)
		fprintf(out, " (%s)", verdict_why_name(answer->verdict.why));
	else
		for (int d = DIRECTION_COUNT; d-- > 0;)
			print_direction(answer, (enum direction)d, out);
}

/* Every answer must be as expected: one that is not fails it, else one that is unknown makes it so. */
static void judge(const struct answers *answers, struct result *result, FILE *why)
{
	enum answer_state wanted = result->assertion->allowed ? ANSWER_ALLOWED : ANSWER_DENIED;
	const struct answer *worst = NULL;

	for (size_t i = 0; i < answers->n; i++) {
		const struct answer *answer = answers->at[i];

		if (answer->second || answer->state == wanted || (worst && worst->state != ANSWER_UNKNOWN))
			continue;
		if (!worst || answer->state != ANSWER_UNKNOWN)
			worst = answer;
	}
	if (!worst)
		return;
	result->outcome = worst->state == ANSWER_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_FAILED;
	print_answer(worst, why);
}

static struct result assert_one(const struct asker *asker, const struct assertion *assertion)
{
	struct asked asked = {assertion->from, assertion->to, assertion->proto, assertion->port};
	struct result result = {.assertion = assertion, .what = what_is_asserted(assertion)};
	struct err err = {0};
	struct answers *answers = answers_new(asker->store, asker->index, asker->ns, &asked, &err);
	size_t size;
	FILE *why = text_open(&result.why, &size);

	if (answers) {
		judge(answers, &result, why);
	} else {
		result.outcome = OUTCOME_UNKNOWN;
		fputs(err.msg, why);
	}
	answers_free(answers);
	text_close(why);
	return result;
}

static void print_junit(const struct results *results, const char *file)
{
	static const enum junit_outcome outcomes[] = {JUNIT_PASSED, JUNIT_FAILURE, JUNIT_ERROR};
	struct junit *junit = junit_new("selvage explain --assert");

	junit_suite(junit, file);
	for (size_t i = 0; i < results->n; i++) {
		const struct result *result = &results->at[i];

		junit_case(junit, file, result->what, file, result->assertion->line);
		if (result->outcome != OUTCOME_OK)
			junit_outcome(junit, outcomes[result->outcome], NULL, result->why, NULL);
	}
	junit_print(junit, stdout);
	junit_free(junit);
}

static unsigned count(const struct results *results, enum outcome outcome)
{
	unsigned n = 0;

	for (size_t i = 0; i < results->n; i++)
		n += results->at[i].outcome == outcome;
	return n;
}

static void print_table(const struct asker *asker, const struct results *results, const char *file)
{
	static const struct table_column columns[] = {{.name = "RESULT"},
						      {.name = "ASSERTION", .wrap = true},
						      {.name = "BECAUSE", .wrap = true},
						      {.name = "WHERE"}};
	static const char *const words[] = {"ok", "FAILED", "UNKNOWN"};
	static const enum tint tints[] = {TINT_GOOD, TINT_BAD, TINT_WARN};
	struct table *table = table_new(columns, 4);

	for (size_t i = 0; i < results->n; i++) {
		const struct result *result = &results->at[i];

		table_row(table);
		table_cell(table, "%s", words[result->outcome]);
		table_tint(table, tints[result->outcome]);
		table_cell(table, "%s", result->what);
		table_cell(table, "%s", result->why);
		table_cell(table, "%s:%u", file, result->assertion->line);
	}
	explain_table(asker, table);
	if (asker->format == FORMAT_TABLE || asker->format == FORMAT_WIDE)
		printf("%u ok, %u failed, %u unknown\n", count(results, OUTCOME_OK), count(results, OUTCOME_FAILED),
		       count(results, OUTCOME_UNKNOWN));
}

static json_t *result_json(const struct result *result)
{
	const struct assertion *assertion = result->assertion;
	const char *proto = proto_name(assertion->proto);
	json_t *json = json_object();

	json_object_set_new(json, "result", json_string(outcome_names[result->outcome]));
	json_object_set_new(json, "from", json_text(assertion->from));
	json_object_set_new(json, "to", json_text(assertion->to));
	json_object_set_new(json, "protocol", json_string(proto ? proto : "ICMP"));
	if (proto)
		json_object_set_new(json, "port", json_integer(assertion->port));
	json_object_set_new(json, "expect", json_string(assertion->allowed ? "allowed" : "denied"));
	json_object_set_new(json, "because", json_text(result->why));
	json_object_set_new(json, "line", json_integer(assertion->line));
	return json;
}

static int print_json(const struct asker *asker, const struct results *results, const char *file, struct err *err)
{
	json_t *json = json_object(), *list = json_array();

	for (size_t i = 0; i < results->n; i++)
		json_array_append_new(list, result_json(&results->at[i]));
	json_object_set_new(json, "schemaVersion", json_integer(EXPLAIN_SCHEMA));
	json_object_set_new(json, "file", json_text(file));
	json_object_set_new(json, "assertions", list);
	return json_print(json, asker->format, stdout, err);
}

static enum exit_code print(const struct asker *asker, const struct results *results, const char *file)
{
	struct err err = {0};
	int rc = 0;

	if (asker->format == FORMAT_JUNIT)
		print_junit(results, file);
	else if (FORMATS_JSON & FORMAT_BIT(asker->format))
		rc = print_json(asker, results, file, &err);
	else
		print_table(asker, results, file);
	if (rc)
		return cli_fatal(asker->args, "%s", err.msg);
	if (count(results, OUTCOME_UNKNOWN))
		return EXIT_CODE_INCOMPLETE;
	return count(results, OUTCOME_FAILED) ? EXIT_CODE_FINDINGS : EXIT_CODE_NOTHING;
}

enum exit_code explain_assert(const struct asker *asker, const char *file)
{
	struct assertions assertions;
	struct results results = {VEC_EMPTY};
	enum exit_code code = EXIT_CODE_FATAL;
	bool ok = assertions_read(file, &assertions);

	for (size_t i = 0; ok && i < assertions.n; i++)
		*vec_add(&results) = assert_one(asker, &assertions.at[i]);
	if (ok && !assertions.n)
		cli_fatal(asker->args, "%s asserts nothing", file);
	else if (ok)
		code = print(asker, &results, file);
	for (size_t i = 0; i < results.n; i++) {
		free(results.at[i].what);
		free(results.at[i].why);
	}
	vec_free(&results);
	assertions_fini(&assertions);
	return code;
}
