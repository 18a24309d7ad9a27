/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which command does the user want? */
#include <stdio.h>
#include <string.h>

#include <selvage/cli.h>
#include <selvage/text.h>

#include "config.h"

static enum exit_code help(int argc, char **argv);
static enum exit_code version(int argc, char **argv);

/* Sorted by name. */
static const struct command commands[] = {
	{"help", "say what selvage or one of its commands does", help},
	{"version", "print the version", version},
};

#define COMMANDS (sizeof commands / sizeof *commands)

static void usage(FILE *out)
{
	fputs("usage: selvage COMMAND [OPTIONS]\n"
	      "\n"
	      "NetworkPolicy for Kubernetes clusters whose CNI does not enforce it.\n"
	      "\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "Options:\n"
	      "  --help     print this, or after a command what it takes\n"
	      "  --version  print the version\n"
	      "\n"
	      "Exit status: 0 nothing to report or allowed; 1 findings, changes or denied;\n"
	      "2 wrong usage or a fatal error; 3 answered, but from incomplete input.\n",
	      out);
}

static enum exit_code version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts(PACKAGE_STRING);
	return EXIT_CODE_NOTHING;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static enum exit_code unknown(const char *word)
{
	const char *names[COMMANDS];

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	const char *nearest = text_nearest(word, names, COMMANDS);

	fputs("selvage: unknown command \"", stderr);
	text_safe(stderr, word);
	if (nearest)
		fprintf(stderr, "\"; did you mean \"%s\"?\n", nearest);
	else
		fputs("\"; `selvage help` lists the commands\n", stderr);
	return EXIT_CODE_FATAL;
}

static enum exit_code help(int argc, char **argv)
{
	if (argc < 2) {
		usage(stdout);
		return EXIT_CODE_NOTHING;
	}
	const struct command *command = find(argv[1]);

	if (!command)
		return unknown(argv[1]);
	if (command->run == help || command->run == version) {
		printf("selvage %s: %s\n", command->name, command->summary);
		return EXIT_CODE_NOTHING;
	}
	char option[] = "--help";
	char *args[] = {argv[1], option, NULL};

	return command->run(2, args);
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

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_CODE_FATAL;
	}
	const char *word = option_command(argv[1]);
	const struct command *command = find(word);

	if (!command)
		return (int)unknown(word);
	return (int)flushed(command->run(argc - 1, argv + 1));
}
