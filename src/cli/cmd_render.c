/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage render: the ruleset of a node. */
#include <stdio.h>
#include <string.h>

#include <selvage/compile.h>
#include <selvage/render.h>

#include "cli.h"
#include "world.h"

static const struct cli_option options[] = {
	WORLD_OPTION,
	{"node", 0, "NAME", "the node whose ruleset to print"},
	{"output", 'o', "FORMAT", "nft (default): a script for nft -f; facts: what the agent compares, one per line"},
	{0},
};

static void print_facts(const struct facts *facts, FILE *out)
{
	for (size_t i = 0; i < facts->n; i++)
		fact_print(&facts->at[i], out);
}

static void node_facts(const struct store *store, const char *node, struct facts *out)
{
	struct compile *compile = compile_new(store, node);
	struct patch patch;

	compile_update(compile, &patch);
	patch_free(&patch);
	compile_facts(compile, out);
	compile_free(compile);
}

static enum exit_code run(const struct args *args)
{
	const char *node = args_value(args, "node"), *format = args_value(args, "output");
	struct world world;
	struct facts facts;
	enum exit_code code;

	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (!node)
		return cli_fatal(args, "needs --node NAME");
	if (format && strcmp(format, "nft") && strcmp(format, "facts"))
		return cli_fatal(args, "unknown format \"%s\"; there are nft and facts", format);
	if (!world_read(args, &world))
		return EXIT_CODE_FATAL;
	node_facts(world.store, node, &facts);
	if (format && !strcmp(format, "facts"))
		print_facts(&facts, stdout);
	else
		render_table(&facts, stdout);
	facts_free(&facts);
	code = world_code(&world, EXIT_CODE_NOTHING);
	world_fini(&world);
	return code;
}

const struct command cmd_render = {"render", "", "print the ruleset of a node as a script for nft -f", options, run};
