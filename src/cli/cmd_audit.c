/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage audit: how well is a cluster isolated? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/local.h>
#include <selvage/nl_flows.h>
#include <selvage/template.h>

#include "audit_report.h"
#include "cli.h"
#include "world.h"

/* Without these nobody knows which workloads have pods. */
#define PODS_AND_OWNERS (1U << OBJECT_POD | 1U << OBJECT_REPLICASET | 1U << OBJECT_JOB)

#define FORMATS_AUDIT (FORMATS_FINDINGS | FORMATS_GRAPH | FORMAT_BIT(FORMAT_HTML))
#define FORMATS_MATRIX (FORMATS_TABLE | FORMATS_JSON | FORMATS_GRAPH)

static const struct cli_option options[] = {
	WORLD_OPTIONS,
	{"namespace", 'n', "NAME", "tell of this namespace alone; with --matrix, of its workloads"},
	{"output", 'o', "table|wide|json|yaml|csv|md|sarif|junit|github|dot|mermaid|html", "how to write it"},
	{"fail-on", 0, "critical|high|medium|low|none",
	 "the least severity that makes the exit status 1 (default: high)"},
	{"only", 0, "IDS", "tell of these checks alone: NP101,NP111"},
	{"skip", 0, "IDS", "do not tell of these checks"},
	{"baseline", 0, "FILE", "do not tell of findings that stand in this file"},
	{"write-baseline", 0, "FILE", "write what is found to a file for --baseline"},
	{"fix", 0, "ID", "print policies that put the findings of a check right; nothing is applied"},
	{"matrix", 0, NULL, "who reaches whom"},
	{"explain", 0, "ID", "say what a check means"},
	{"socket", 0, "FILE",
	 "ask the agent of this node that listens there (default: " LOCAL_PATH ", for a live cluster)"},
	{"max-prefix4", 0, "BITS", "IPv4 blocks with a shorter prefix are wide (default: 16)"},
	{"max-prefix6", 0, "BITS", "IPv6 blocks with a shorter prefix are wide (default: 32)"},
	{"color", 0, "auto|always|never", "colours in a table"},
	{"no-headers", 0, NULL, "leave out the header of tables"},
	{0},
};

static bool read_number(const struct args *args, const char *option, unsigned most, unsigned *out)
{
	const char *text = args_value(args, option);
	char *end;
	unsigned long value;

	if (!text)
		return true;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value > most || *text == '-') {
		cli_fatal(args, "--%s must be a number from 0 to %u, is %s", option, most, text);
		return false;
	}
	*out = (unsigned)value;
	return true;
}

/* Reads --fail-on into a severity, -1 for none. */
static bool read_fail_on(const struct args *args, int *out)
{
	const char *text = args_value(args, "fail-on");

	*out = text ? severity_parse(text) : SEVERITY_HIGH;
	if (text && !strcmp(text, "none")) {
		*out = -1;
		return true;
	}
	if (*out >= 0 && *out <= SEVERITY_LOW)
		return true;
	cli_fatal(args, "--fail-on must be critical, high, medium, low or none, is %s", text);
	return false;
}

static bool read_form(const struct args *args, struct table_form *out)
{
	struct err err = {0};
	unsigned formats = args_value(args, "matrix") ? FORMATS_MATRIX : FORMATS_AUDIT;

	*out = (struct table_form){.headers = !args_value(args, "no-headers"), .width = table_width(stdout)};
	if (format_parse(args_value(args, "output"), formats, &out->format, &err) ||
	    colour_parse(args_value(args, "color"), stdout, &out->coloured, &err)) {
		cli_fatal(args, "%s", err.msg);
		return false;
	}
	return true;
}

static enum exit_code code_of(const struct audit_report *report)
{
	for (size_t i = 0; i < report->audit->findings.n; i++)
		if (report->fail_on >= 0 && (int)report->audit->findings.at[i].severity <= report->fail_on)
			return EXIT_CODE_FINDINGS;
	return EXIT_CODE_NOTHING;
}

static int write_findings(const struct audit_report *report, const struct table_form *form, struct err *err)
{
	const struct findings *findings = &report->audit->findings;
	struct findings_report list = {.command = "audit", .at = findings->at, .n = findings->n};
	const char **passed = mem_new(report->audit->namespaces.n + 1, sizeof *passed);
	const struct rule_text **unknown;
	int status;

	list.rules = audit_rules(&list.n_rules);
	unknown = mem_new(list.n_rules + 1, sizeof *unknown);
	list.unknown = unknown;
	for (size_t i = 0; i < list.n_rules; i++)
		if (audit_rule_unknown(report, &list.rules[i]))
			unknown[list.n_unknown++] = &list.rules[i];
	for (size_t i = 0; i < report->audit->namespaces.n; i++) {
		const struct audit_ns *row = &report->audit->namespaces.at[i];
		size_t found = 0;

		for (int s = 0; s < SEVERITY_COUNT; s++)
			found += row->counts[s];
		if (!found && !report->unknown)
			passed[list.n_passed++] = row->name;
	}
	list.passed = passed;
	status = findings_write(&list, form, stdout, err);
	free(unknown);
	free(passed);
	return status;
}

static int write_report(const struct audit_report *report, const struct table_form *form, struct err *err)
{
	switch (form->format) {
	case FORMAT_TABLE:
	case FORMAT_WIDE:
	case FORMAT_CSV:
	case FORMAT_MD:
		return audit_write_table(report, form, stdout, err);
	case FORMAT_JSON:
	case FORMAT_YAML:
	case FORMAT_HTML:
		return audit_write_json(report, form, stdout, err);
	case FORMAT_DOT:
	case FORMAT_MERMAID:
		return audit_write_matrix(report, form, stdout, err);
	case FORMAT_SARIF:
	case FORMAT_JUNIT:
	case FORMAT_GITHUB:
		return write_findings(report, form, err);
	case FORMAT_COUNT:
		break;
	}
	abort();
}

static enum exit_code answer(const struct args *args, struct audit_report *report, const struct table_form *form)
{
	const char *fix = args_value(args, "fix");
	struct err err = {0};

	if (!audit_filter(args, report))
		return EXIT_CODE_FATAL;
	if (args_value(args, "write-baseline"))
		return audit_write_baseline(args, report) ? EXIT_CODE_NOTHING : EXIT_CODE_FATAL;
	if (fix)
		return audit_write_fix(args, report, fix, stdout) ? code_of(report) : EXIT_CODE_FATAL;
	if (args_value(args, "matrix"))
		return audit_write_matrix(report, form, stdout, &err) ? cli_fatal(args, "%s", err.msg)
								      : EXIT_CODE_NOTHING;
	return write_report(report, form, &err) ? cli_fatal(args, "%s", err.msg) : code_of(report);
}

static enum exit_code audit_world(const struct args *args, const struct audit_input *how, const struct table_form *form,
				  int fail_on)
{
	struct audit_input input = *how;
	struct world world;
	struct audit_report report = {.ns = args_value(args, "namespace"), .fail_on = fail_on};
	enum exit_code code;

	if (!world_read(args, WORLD_LENIENT, &world))
		return EXIT_CODE_FATAL;
	if (!(world.unknown_kinds & PODS_AND_OWNERS))
		template_add_pods(world.store);
	store_settle(world.store);
	input.store = world.store;
	input.unknown = world.unknown_kinds;
	report.store = world.store;
	report.unknown = world.unknown_kinds;
	report.audit = audit_new(&input);
	audit_node(args, &report, nl_flows);
	code = answer(args, &report, form);
	if (code != EXIT_CODE_FATAL)
		code = report.unread.n ? EXIT_CODE_INCOMPLETE : world_code(&world, code);
	audit_report_fini(&report);
	world_fini(&world);
	return code;
}

static enum exit_code run(const struct args *args)
{
	struct audit_input input = {.max_prefix = {AUDIT_MAX_PREFIX4, AUDIT_MAX_PREFIX6}};
	const char *explain = args_value(args, "explain");
	struct table_form form;
	int fail_on;

	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (explain)
		return audit_explain(explain, stdout) ? EXIT_CODE_NOTHING
						      : cli_fatal(args, "there is no check \"%s\"", explain);
	if (!read_form(args, &form) || !read_fail_on(args, &fail_on) ||
	    !read_number(args, "max-prefix4", 32, &input.max_prefix[FAMILY_4]) ||
	    !read_number(args, "max-prefix6", 128, &input.max_prefix[FAMILY_6]))
		return EXIT_CODE_FATAL;
	return audit_world(args, &input, &form, fail_on);
}

const struct command cmd_audit = {"audit", "",
				  "say how well a cluster is isolated, and which policies fail their purpose", options,
				  run};
