/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage explain: may this connection be made, and which policy says so? */
#include <string.h>

#include "end.h"
#include "explain.h"
#include "frame.h"
#include "question.h"

static const struct cli_option options[] = {
	WORLD_OPTIONS,
	{"namespace", 'n', "NS", "the namespace of what is named without one (default: default)"},
	{"batch", 0, "FILE", "answer one question per line of JSON; - for standard input"},
	{"assert", 0, "FILE", "check a list of assertions in YAML or JSON; - for standard input"},
	{"verify", 0, NULL, "also ask the ruleset that is loaded on this node"},
	{"node", 0, "NAME", "with --verify: this node's name (default: $NODE_NAME, then the host name)"},
	{"output", 'o', "FORMAT", "table (default), wide, json, yaml, csv, md, dot or mermaid; junit with --assert"},
	OUTPUT_OPTIONS,
	OVERLAY_OPTION,
	{0},
};

/* What is wanted of the cluster. */
enum mode { MODE_QUESTION, MODE_BATCH, MODE_ASSERT, MODE_POD, MODE_POLICY, MODE_COUNT };

#define FORMATS_ALL (FORMATS_TABLE | FORMATS_JSON | FORMATS_GRAPH)

static const struct {
	int operands;
	const char *needs;
	unsigned formats;
} modes[MODE_COUNT] = {
	[MODE_QUESTION] = {2, "FROM and TO[:PORT[/PROTO]], --batch FILE or --assert FILE", FORMATS_ALL},
	[MODE_BATCH] = {0, "no operands with --batch", FORMAT_BIT(FORMAT_TABLE) | FORMAT_BIT(FORMAT_JSON)},
	[MODE_ASSERT] = {0, "no operands with --assert", FORMATS_TABLE | FORMATS_JSON | FORMAT_BIT(FORMAT_JUNIT)},
	[MODE_POD] = {2, "pod NS/NAME", FORMATS_ALL},
	[MODE_POLICY] = {2, "policy NS/NAME", FORMATS_ALL},
};

static enum mode mode_of(const struct args *args)
{
	if (args_value(args, "batch"))
		return MODE_BATCH;
	if (args_value(args, "assert"))
		return MODE_ASSERT;
	if (args->n_operands && !strcmp(args->operands[0], "pod"))
		return MODE_POD;
	if (args->n_operands && !strcmp(args->operands[0], "policy"))
		return MODE_POLICY;
	return MODE_QUESTION;
}

static enum exit_code explain_question(const struct asker *asker)
{
	const struct args *args = asker->args;
	struct question question;
	struct err err = {0};
	enum exit_code code;
	struct answers *answers;

	if (question_parse_to(args->operands[1], &question, &err))
		return cli_fatal(args, "%s", err.msg);
	struct asked asked = {args->operands[0], question.to, question.proto, question.port};

	answers = answers_new(asker->store, asker->index, asker->ns, &asked, &err);
	if (!answers)
		return explain_error(asker, &asked, &err);
	if (args_value(args, "verify") && !explain_verify(asker, answers))
		code = EXIT_CODE_FATAL;
	else
		code = explain_verify_code(answers, explain_print(asker, &asked, answers));
	answers_free(answers);
	return code;
}

static enum exit_code ask(const struct asker *asker, enum mode mode)
{
	const struct args *args = asker->args;

	switch (mode) {
	case MODE_BATCH:
		return explain_batch(asker, args_value(args, "batch"));
	case MODE_ASSERT:
		return explain_assert(asker, args_value(args, "assert"));
	case MODE_POD:
		return explain_pod(asker, args->operands[1]);
	case MODE_POLICY:
		return explain_policy(asker, args->operands[1]);
	case MODE_QUESTION:
	case MODE_COUNT:
		break;
	}
	return explain_question(asker);
}

static bool is_stdin(const struct args *args, const char *option)
{
	return args_value(args, option) && !strcmp(args_value(args, option), "-");
}

/* False after a message. */
static bool check(const struct args *args, enum mode mode)
{
	const char *file = mode == MODE_BATCH ? "batch" : "assert";

	if (args_value(args, "batch") && args_value(args, "assert"))
		cli_fatal(args, "--batch and --assert do not go together");
	else if (args->n_operands != modes[mode].operands)
		cli_fatal(args, "needs %s", modes[mode].needs);
	else if (is_stdin(args, file) && is_stdin(args, "from"))
		cli_fatal(args, "--from and --%s cannot both be standard input", file);
	else if (args_value(args, "verify") && mode != MODE_QUESTION)
		cli_fatal(args, "--verify is of one question");
	else if (args_value(args, "node") && !args_value(args, "verify"))
		cli_fatal(args, "--node goes with --verify");
	else
		return true;
	return false;
}

/* Does the question name what is no pod and no address? */
static bool names_resources(const struct args *args, const char *ns, const struct store *store)
{
	struct question question;
	struct err err = {0};
	bool found;

	if (question_parse_to(args->operands[1], &question, &err))
		return false;
	const char *const texts[] = {args->operands[0], question.to};

	for (size_t i = 0; i < 2; i++) {
		struct end_query query = {store, ns, question.proto, question.port, i == 1};
		struct end end = {0};

		found = end_find(&query, texts[i], &end, &err) == 0;
		end_fini(&end);
		if (!found && err.code == ERR_ABSENT)
			return true;
	}
	return false;
}

/* Whoever may list nothing but pods, namespaces and policies can ask about these: of a live cluster no more is read than
 * the question needs. */
static bool read_world(const struct args *args, enum mode mode, const char *ns, struct world *out)
{
	bool narrow = mode == MODE_BATCH || (mode == MODE_QUESTION && !args_value(args, "from"));

	if (!world_read(args, narrow ? WORLD_NARROW : WORLD_WIDE, out))
		return false;
	if (mode != MODE_QUESTION || !narrow || !names_resources(args, ns, out->store))
		return true;
	world_fini(out);
	return world_read(args, WORLD_WIDE, out);
}

static enum exit_code run(const struct args *args)
{
	enum mode mode = mode_of(args);
	struct asker asker = {.args = args, .ns = args_value(args, "namespace")};
	struct overlay overlay;
	struct world world;
	enum exit_code code;

	if (!output_form(args, modes[mode].formats, &asker.form) || !check(args, mode) ||
	    !frame_overlay(args, &overlay))
		return EXIT_CODE_FATAL;
	asker.ns = asker.ns ? asker.ns : "default";
	if (!read_world(args, mode, asker.ns, &world))
		return EXIT_CODE_FATAL;
	asker.format = asker.form.format;
	asker.store = world.store;
	asker.index = verdict_index_new(world.store, &overlay);
	code = ask(&asker, mode);
	code = code == EXIT_CODE_FATAL ? code : world_code(&world, code);
	verdict_index_free(asker.index);
	world_fini(&world);
	return code;
}

const struct command cmd_explain = {
	"explain",
	"FROM TO[:PORT[/PROTO]] | pod NS/NAME | policy NS/NAME",
	"say whether a connection may be made, and why",
	options,
	run,
};
