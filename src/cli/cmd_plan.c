/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage plan: what a change would open, close, isolate and cut. */
#include <stdlib.h>
#include <string.h>

#include <selvage/compile.h>
#include <selvage/diff.h>
#include <selvage/flows.h>
#include <selvage/nft_check.h>
#include <selvage/nl_flows.h>
#include <selvage/plan.h>
#include <selvage/render.h>
#include <selvage/template.h>
#include <selvage/text.h>

#include "change.h"
#include "plan_flows.h"
#include "plan_report.h"

static const struct cli_option options[] = {
	CHANGE_OPTIONS,
	WORLD_OPTIONS,
	{"output", 'o', "FORMAT", "table (default), wide, json, yaml, csv, md, dot or mermaid"},
	{"expand", 0, NULL, "say everything: a line per pair of workloads, all pods, all ranges"},
	{"conntrack", 0, NULL, "judge the connections that this node's kernel tracks"},
	{"flows", 0, "FILE", "judge those that `conntrack -L` listed, as text or XML; - is stdin"},
	{"nft", 0, NULL, "print the patch to a node's ruleset as nft commands, and nothing else"},
	{"node", 0, "NAME", "the node of --nft (default: $NODE_NAME, the host name)"},
	OUTPUT_OPTIONS,
	{0},
};

static bool is_stdin(const char *path)
{
	return path && !strcmp(path, "-");
}

/* Standard input is read once; false after a message. */
static bool check(const struct args *args)
{
	size_t at = 0;
	unsigned n = is_stdin(args_value(args, "from")) + is_stdin(args_value(args, "flows"));
	const char *path;

	while ((path = args_next(args, "filename", &at)))
		n += is_stdin(path);
	if (args->n_operands)
		cli_fatal(args, "takes no operand, got %s; each path needs its own -f", args->operands[0]);
	else if (!args_value(args, "filename") && !args_value(args, "delete"))
		cli_fatal(args, "needs a change: -f PATH or --delete KIND/NS/NAME");
	else if (args_value(args, "nft") && (args_value(args, "output") || args_value(args, "expand") ||
					     args_value(args, "conntrack") || args_value(args, "flows")))
		cli_fatal(args, "--nft goes with no other way to answer");
	else if (args_value(args, "node") && !args_value(args, "nft"))
		cli_fatal(args, "--node goes with --nft");
	else if (args_value(args, "conntrack") && args_value(args, "flows"))
		cli_fatal(args, "--conntrack and --flows do not go together");
	else if (n > 1)
		cli_fatal(args, "standard input can be read but once");
	else
		return true;
	return false;
}

/* Who the connections are for, and what could not be read of them. */
struct listing {
	struct plan_report *report;
	size_t problems;
};

static void see_flow(void *ctx, const struct flow *flow)
{
	struct listing *listing = ctx;

	plan_flows_add(listing->report->flows, listing->report, flow);
}

static void see_problem(void *ctx, const struct problem *problem)
{
	((struct listing *)ctx)->problems++;
	problem_print(problem, stderr);
}

/* Reads connections if any are asked for.  False after a message. */
static bool read_flows(struct plan_report *report, struct plan_flows *flows, bool *whole)
{
	const char *file = args_value(report->args, "flows");
	struct listing listing = {report, 0};
	struct flows_calls calls = {see_flow, see_problem, &listing};
	struct err err = {0};
	int rc;

	if (!file && !args_value(report->args, "conntrack"))
		return true;
	report->flows = flows;
	rc = file ? flows_read(file, &calls, &err) : nl_flows(see_flow, &listing, &err);
	if (rc)
		cli_fatal(report->args, "%s", err.msg);
	plan_flows_sort(flows);
	*whole = listing.problems == 0;
	return rc == 0;
}

static enum exit_code plan_change(struct plan_report *report, const struct world *base, const struct world *changed)
{
	struct plan_flows flows = {0};
	struct err err = {0};
	enum exit_code code;
	bool whole = true;

	report->before = base->store;
	report->after = changed->store;
	if (!read_flows(report, &flows, &whole))
		return EXIT_CODE_FATAL;
	report->plan = plan_new(base->store, changed->store);
	code = plan_report_changed(report) ? EXIT_CODE_FINDINGS : EXIT_CODE_NOTHING;
	code = whole ? world_code(base, world_code(changed, code)) : EXIT_CODE_INCOMPLETE;
	report->code = (int)code;
	if (plan_report_print(report, stdout, &err))
		code = cli_fatal(report->args, "%s", err.msg);
	plan_free(report->plan);
	plan_flows_fini(&flows);
	return code;
}

static void node_facts(const struct store *store, const char *node, struct facts *out)
{
	struct compile_config config = compile_usual(node);
	struct compile *compile = compile_new(store, &config);

	compile_update(compile, NULL);
	compile_facts(compile, out);
	compile_free(compile);
}

/* Would nft take the commands, in the table as it is?  False after a message; what cannot be checked is said to be so. */
static bool nft_takes(const struct args *args, const struct facts *have, const char *commands)
{
	struct err err = {0};
	size_t size;
	char *table;
	FILE *out = text_open(&table, &size);

	render_table(have, out);
	text_close(out);
	if (*commands && nft_check(table, commands, &err)) {
		if (err.code == ERR_KERNEL)
			cli_fatal(args, "%s", err.msg);
		else
			cli_fatal(args, "the commands are not checked: %s", err.msg);
	}
	free(table);
	return err.code != ERR_KERNEL;
}

/* Prints them. */
static bool nft_print(const struct args *args, const struct facts *have, const struct facts *want,
		      const struct patch *patch)
{
	size_t size;
	char *commands;
	FILE *out = text_open(&commands, &size);
	bool good;

	render_patch(have, want, patch, out);
	text_close(out);
	good = nft_takes(args, have, commands);
	if (good)
		fputs(commands, stdout);
	free(commands);
	return good;
}

/* What nft is told so that a node's table becomes what it will be. */
static enum exit_code plan_nft(const struct args *args, const struct world *base, const struct world *changed)
{
	char host[NODE_NAME_SIZE];
	const char *node = node_name(args, host);
	struct facts have, want;
	struct patch patch;
	enum exit_code code;

	if (!*node)
		return cli_fatal(args, "which node?  --node NAME says it");
	node_facts(base->store, node, &have);
	node_facts(changed->store, node, &want);
	diff_run(&have, &want, &patch);
	code = world_code(base, world_code(changed, patch_empty(&patch) ? EXIT_CODE_NOTHING : EXIT_CODE_FINDINGS));
	if (!nft_print(args, &have, &want, &patch))
		code = EXIT_CODE_FATAL;
	patch_free(&patch);
	facts_free(&have);
	facts_free(&want);
	return code;
}

static enum exit_code run(const struct args *args)
{
	struct plan_report report = {.args = args, .expand = args_value(args, "expand") != NULL};
	struct world base, changed;
	enum exit_code code = EXIT_CODE_FATAL;

	if (!output_form(args, FORMATS_TABLE | FORMATS_JSON | FORMATS_GRAPH, &report.form) || !check(args) ||
	    !world_read(args, WORLD_WIDE, &base))
		return EXIT_CODE_FATAL;
	template_add_pods(base.store);
	store_settle(base.store);
	if (change_read(args, &base, &changed)) {
		code = args_value(args, "nft") ? plan_nft(args, &base, &changed)
					       : plan_change(&report, &base, &changed);
		world_fini(&changed);
	}
	world_fini(&base);
	return code;
}

const struct command cmd_plan = {
	"plan", "", "say what a change would open, close, isolate and cut", options, run,
};
