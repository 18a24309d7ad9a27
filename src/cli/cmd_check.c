/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage check: what is wrong with manifests, without a cluster. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/examine.h>
#include <selvage/findings_write.h>

#include "check_rules.h"
#include "cli.h"

static const struct cli_option options[] = {
	{"output", 'o', "text|wide|json|yaml|csv|md|sarif|junit|github", "how to write what is found"},
	{"strict", 0, NULL, "warnings count as errors do"},
	{"color", 0, "auto|always|never", "colours in a table"},
	{0},
};

struct check {
	struct findings findings;
	struct examined examined;
	VEC(const char *) files; /* atoms, owned */
};

static void file(void *ctx, const char *path)
{
	*vec_add(&((struct check *)ctx)->files) = atom_ref(path);
}

static char *text_copy(const char *text, size_t n)
{
	char *copy = mem_new(n + 1, 1);

	memcpy(copy, text, n);
	return copy;
}

static void problem(void *ctx, const struct problem *problem)
{
	struct check *check = ctx;
	struct finding *finding =
		finding_add(&check->findings, &check_rules[problem->kind], "%s", problem->message + problem->title);

	if (problem->title > 2)
		finding->where = text_copy(problem->message, problem->title - strlen(": "));
	finding->source = problem->source;
	finding->source.file = problem->source.file ? atom(problem->source.file) : NULL;
	finding->text = problem->text ? text_copy(problem->text, strlen(problem->text)) : NULL;
}

static bool read_all(const struct args *args, struct check *check)
{
	const struct sink sink = {.problem = problem, .ctx = check};
	struct err err = {0};

	for (int i = 0; i < args->n_operands; i++) {
		if (examine(args->operands[i], &sink, &check->examined, &err)) {
			cli_fatal(args, "%s", err.msg);
			return false;
		}
	}
	return true;
}

static size_t count(const struct check *check, enum severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < check->findings.n; i++)
		n += check->findings.at[i].severity == severity;
	return n;
}

static bool has_finding(const struct check *check, const char *path)
{
	for (size_t i = 0; i < check->findings.n; i++)
		if (check->findings.at[i].source.file == path)
			return true;
	return false;
}

static int write_report(const struct check *check, const struct table_form *form, struct err *err)
{
	struct findings_report report = {
		.command = "check",
		.rules = check_rules,
		.n_rules = PROBLEM_KIND_COUNT,
		.at = check->findings.at,
		.n = check->findings.n,
		.lines = true,
	};
	VEC(const char *) passed = VEC_EMPTY;
	int status;

	for (size_t i = 0; i < check->files.n && form->format == FORMAT_JUNIT; i++)
		if (!has_finding(check, check->files.at[i]))
			*vec_add(&passed) = check->files.at[i];
	report.passed = passed.at;
	report.n_passed = passed.n;
	status = findings_write(&report, form, stdout, err);
	vec_free(&passed);
	return status;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "2 files, 3 policies, 1 document of other kinds: 1 error, 2 warnings" */
static void say_summary(const struct check *check)
{
	const struct examined *e = &check->examined;
	size_t errors = count(check, SEVERITY_ERROR), warnings = count(check, SEVERITY_WARNING);

	fflush(stdout);
	fprintf(stderr, "%zu file%s, %zu polic%s", e->files, plural(e->files), e->policies,
		e->policies == 1 ? "y" : "ies");
	if (e->others)
		fprintf(stderr, ", %zu document%s of other kinds", e->others, plural(e->others));
	fprintf(stderr, ": %zu error%s, %zu warning%s\n", errors, plural(errors), warnings, plural(warnings));
}

static enum exit_code code_of(const struct check *check, bool strict)
{
	if (check->examined.unread)
		return EXIT_CODE_INCOMPLETE;
	if (count(check, SEVERITY_ERROR) || (strict && count(check, SEVERITY_WARNING)))
		return EXIT_CODE_FINDINGS;
	return EXIT_CODE_NOTHING;
}

static void check_fini(struct check *check)
{
	findings_free(&check->findings);
	for (size_t i = 0; i < check->files.n; i++)
		atom_put(check->files.at[i]);
	vec_free(&check->files);
}

static enum exit_code check_files(const struct args *args, const struct table_form *form)
{
	struct check check = {.examined = {.file = file}};
	enum exit_code code = EXIT_CODE_FATAL;
	struct err err = {0};

	if (read_all(args, &check)) {
		findings_sort_by_place(&check.findings);
		code = code_of(&check, args_value(args, "strict"));
		if (write_report(&check, form, &err))
			code = cli_fatal(args, "%s", err.msg);
		else if (form->format == FORMAT_TABLE)
			say_summary(&check);
	}
	check_fini(&check);
	return code;
}

static enum exit_code run(const struct args *args)
{
	struct table_form form = {.headers = true, .width = table_width(stdout)};
	struct err err = {0};

	if (!args->n_operands)
		return cli_fatal(args, "needs a FILE, a directory, or - for standard input");
	if (format_parse(args_value(args, "output"), FORMATS_FINDINGS, &form.format, &err) ||
	    colour_parse(args_value(args, "color"), stdout, &form.coloured, &err))
		return cli_fatal(args, "%s", err.msg);
	return check_files(args, &form);
}

const struct command cmd_check = {"check", "FILE...", "say what is wrong with manifests, without a cluster", options,
				  run};
