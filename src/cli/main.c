/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which command does the user want? */
#include <stdio.h>
#include <string.h>

#include <selvage/text.h>

#include "cli.h"
#include "config.h"

static enum exit_code help(const struct args *args);
static enum exit_code version(const struct args *args);

static const struct cli_option no_options[] = {{0}};
static const struct command cmd_help = {"help", "[COMMAND]", "say what selvage or one of its commands does", no_options,
					help};
static const struct command cmd_version = {"version", "", "print the version", no_options, version};

/* Sorted by name. */
static const struct command *const commands[] = {
	&cmd_audit, &cmd_check,  &cmd_cleanup, &cmd_completion, &cmd_explain, &cmd_help,    &cmd_monitor,
	&cmd_plan,  &cmd_render, &cmd_run,     &cmd_snapshot,   &cmd_status,  &cmd_version,
};

#define COMMANDS (sizeof commands / sizeof *commands)

const struct command *const *cli_commands(size_t *n)
{
	*n = COMMANDS;
	return commands;
}

static void usage(FILE *out)
{
	fputs("usage: selvage COMMAND [OPTIONS]\n"
	      "\n"
	      "NetworkPolicy for Kubernetes clusters whose CNI does not enforce it.\n"
	      "\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "`selvage help COMMAND` lists the options of a command, its manual page selvage-COMMAND explains them.\n"
	      "\n"
	      "Exit status: 0 nothing to report or allowed; 1 findings, changes or denied;\n"
	      "2 wrong usage or a fatal error; 3 answered, but from incomplete input.\n",
	      out);
}

static void usage_command(const struct command *command)
{
	printf("usage: selvage %s%s%s%s\n\n%s\n", command->name, command->options->name ? " [OPTIONS]" : "",
	       *command->operands ? " " : "", command->operands, command->summary);
	for (const struct cli_option *o = command->options; o->name; o++) {
		char left[64], letter[] = {'-', o->letter, ',', ' ', '\0'};

		snprintf(left, sizeof left, "%s--%s%s%s", o->letter ? letter : "    ", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		printf("%s  %-24s %s\n", o == command->options ? "\nOptions:\n" : "", left, o->help);
	}
}

static enum exit_code version(const struct args *args)
{
	(void)args;
	puts(PACKAGE_STRING);
	return EXIT_CODE_NOTHING;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static enum exit_code unknown(const char *word)
{
	const char *names[COMMANDS], *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i]->name;
	nearest = text_nearest(word, names, COMMANDS);
	fputs("selvage: unknown command \"", stderr);
	text_safe(stderr, word);
	if (nearest)
		fprintf(stderr, "\"; did you mean \"%s\"?\n", nearest);
	else
		fputs("\"; `selvage help` lists the commands\n", stderr);
	return EXIT_CODE_FATAL;
}

static enum exit_code help(const struct args *args)
{
	const struct command *command;

	if (!args->n_operands) {
		usage(stdout);
		return EXIT_CODE_NOTHING;
	}
	command = find(args->operands[0]);
	if (!command)
		return unknown(args->operands[0]);
	usage_command(command);
	return EXIT_CODE_NOTHING;
}

/* The options that stand in place of a command. */
static const char *option_command(const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return "help";
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		return "version";
	return word;
}

/* A full disk must not look like an answer. */
static enum exit_code flushed(enum exit_code code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	perror("selvage: standard output");
	return EXIT_CODE_FATAL;
}

/* `selvage COMMAND help`, and --help among the options of a command. */
static bool asks_for_help(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "help"))
		return true;
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static enum exit_code run(const struct command *command, int argc, char **argv)
{
	struct args args;

	if (asks_for_help(argc, argv)) {
		usage_command(command);
		return EXIT_CODE_NOTHING;
	}
	if (!args_parse(command, argc, argv, &args))
		return EXIT_CODE_FATAL;
	return command->run(&args);
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		usage(stderr);
		return EXIT_CODE_FATAL;
	}
	command = find(option_command(argv[1]));
	if (!command)
		return (int)unknown(argv[1]);
	return (int)flushed(run(command, argc - 1, argv + 1));
}
