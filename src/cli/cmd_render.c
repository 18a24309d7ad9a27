/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage render: the ruleset of a node. */
#include <stdio.h>
#include <string.h>

#include <selvage/compile.h>
#include <selvage/folder.h>
#include <selvage/render.h>
#include <selvage/shadow.h>
#include <selvage/text.h>
#include <selvage/vec.h>

#include "cli.h"
#include "frame.h"
#include "world.h"

#define NODES_NAMED 10 /* as many a warning lists */

struct names {
	VEC(const char *);
};

static const struct cli_option options[] = {
	WORLD_OPTIONS,
	FRAME_OPTIONS,
	{"node", 0, "NAME", "the node whose ruleset to print"},
	{"output", 'o', "nft|facts",
	 "nft (default): a script for nft -f; facts: what the agent compares, one per line"},
	PROPOSAL_OPTIONS,
	{0},
};

/* Where proposed policies go. */
struct proposal {
	struct shadow *shadow;
	size_t problems;
};

static void print_facts(const struct facts *facts, FILE *out)
{
	for (size_t i = 0; i < facts->n; i++)
		fact_print(&facts->at[i], out);
}

static void node_facts(const struct store *store, const struct compile_config *config, struct facts *out)
{
	struct compile *compile = compile_new(store, config);

	compile_update(compile, NULL);
	compile_facts(compile, out);
	compile_free(compile);
}

static void propose(void *ctx, struct object *take)
{
	const struct proposal *proposal = ctx;

	if (take->kind == OBJECT_POLICY)
		shadow_put(proposal->shadow, take);
	else
		object_free(take);
}

static void propose_not(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	const struct proposal *proposal = ctx;

	if (kind == OBJECT_POLICY)
		shadow_del(proposal->shadow, ns, name);
}

static void problem(void *ctx, const struct problem *problem)
{
	struct proposal *proposal = ctx;

	proposal->problems++;
	problem_print(problem, stderr);
}

/* Adds the facts that --shadow asks for, and counts what is wrong with what is proposed; false after a message. */
static bool add_shadow(const struct args *args, struct world *world, const struct compile_config *config,
		       struct facts *facts)
{
	struct proposal proposal = {0};
	struct sink sink = {.put = propose, .del = propose_not, .problem = problem, .ctx = &proposal};
	struct folder *folder;
	bool ok;

	folder = proposal_open(args, &sink, false, &ok);
	if (!folder)
		return ok;
	proposal.shadow = shadow_new(world->store, config);
	folder_load(folder);
	folder_close(folder);
	shadow_update(proposal.shadow, NULL);
	shadow_facts(proposal.shadow, facts);
	shadow_free(proposal.shadow);
	world->problems += proposal.problems;
	return true;
}

static int text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The nodes that have live pods, sorted, each once. */
static void nodes_find(const struct store *store, struct names *out)
{
	const struct object *o = NULL;
	size_t kept = 0;

	while ((o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (pod->node && pod_live(pod))
			*vec_add(out) = pod->node;
	}
	vec_sort(out, text_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (kept == 0 || out->at[kept - 1] != out->at[i])
			out->at[kept++] = out->at[i];
	out->n = kept;
}

/* A mistyped name must not look like a node on which everything is allowed. */
static void warn_empty(const struct store *store, const char *node)
{
	struct names nodes = {VEC_EMPTY};
	bool found = false;

	nodes_find(store, &nodes);
	for (size_t i = 0; i < nodes.n; i++)
		found |= !strcmp(nodes.at[i], node);
	if (!found) {
		fputs("selvage render: no live pod is on node ", stderr);
		text_safe(stderr, node);
		for (size_t i = 0; i < nodes.n && i < NODES_NAMED; i++) {
			fputs(i ? ", " : "; nodes with pods: ", stderr);
			text_safe(stderr, nodes.at[i]);
		}
		fputs(nodes.n > NODES_NAMED ? ", ...\n" : "\n", stderr);
	}
	vec_free(&nodes);
}

static enum exit_code run(const struct args *args)
{
	const char *node = args_value(args, "node"), *format = args_value(args, "output");
	struct compile_config config;
	struct world world;
	struct facts facts;
	enum exit_code code;

	if (args->n_operands)
		return cli_fatal(args, "takes no operand, got %s", args->operands[0]);
	if (!node)
		return cli_fatal(args, "needs --node NAME");
	if (format && strcmp(format, "nft") && strcmp(format, "facts"))
		return cli_fatal(args, "unknown format \"%s\"; there are nft and facts", format);
	if (!frame_read(args, node, &config))
		return EXIT_CODE_FATAL;
	if (!world_read(args, WORLD_NARROW, &world))
		return EXIT_CODE_FATAL;
	warn_empty(world.store, node);
	node_facts(world.store, &config, &facts);
	code = EXIT_CODE_FATAL;
	if (add_shadow(args, &world, &config, &facts)) {
		if (format && !strcmp(format, "facts"))
			print_facts(&facts, stdout);
		else
			render_table(&facts, stdout);
		code = world_code(&world, EXIT_CODE_NOTHING);
	}
	facts_free(&facts);
	world_fini(&world);
	return code;
}

const struct command cmd_render = {"render", "", "print the ruleset of a node as a script for nft -f", options, run};
