/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a command line ask for? */
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/text.h>

#include "cli.h"

/* getopt's values for our options: beyond every letter. */
#define OPTION_VALUE 1000

enum exit_code cli_fatal(const struct args *args, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	fprintf(stderr, "selvage %s: ", args->command->name);
	text_safe(stderr, text);
	fputc('\n', stderr);
	free(text);
	return EXIT_CODE_FATAL;
}

static size_t count(const struct cli_option *options)
{
	size_t n = 0;

	while (options[n].name)
		n++;
	return n;
}

/* getopt's two views of the table: long options, and letters with a colon where an argument follows. */
static void getopt_tables(const struct cli_option *options, size_t n, struct option *longs, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){options[i].name, options[i].arg ? required_argument : no_argument, NULL,
					   OPTION_VALUE + (int)i};
		if (!options[i].letter)
			continue;
		*letters++ = options[i].letter;
		if (options[i].arg)
			*letters++ = ':';
	}
	longs[n] = (struct option){0};
	*letters = '\0';
}

static size_t option_index(const struct cli_option *options, size_t n, int value)
{
	size_t i = 0;

	if (value >= OPTION_VALUE)
		return (size_t)(value - OPTION_VALUE);
	while (i < n && options[i].letter != value)
		i++;
	return i;
}

static void complain(const struct args *args, const char *word, int why, size_t n)
{
	const char *names[CLI_OPTIONS_MAX], *nearest;

	if (why == ':') {
		cli_fatal(args, "%s needs an argument", word);
		return;
	}
	for (size_t i = 0; i < n; i++)
		names[i] = args->command->options[i].name;
	nearest = text_nearest(word + strspn(word, "-"), names, n);
	if (nearest)
		cli_fatal(args, "unknown option %s; did you mean --%s?", word, nearest);
	else
		cli_fatal(args, "unknown option %s; see `selvage help %s`", word, args->command->name);
}

static bool is_many(const struct cli_option *option)
{
	return option->arg && strstr(option->arg, "...");
}

/* Of two values one would be lost without a word. */
static bool take_value(struct args *args, size_t option, const char *value)
{
	if (is_many(&args->command->options[option])) {
		if (args->n_many == CLI_MANY_MAX) {
			cli_fatal(args, "--%s was given too often", args->command->options[option].name);
			return false;
		}
		args->many[args->n_many].option = option;
		args->many[args->n_many++].value = value;
	} else if (args->values[option]) {
		cli_fatal(args, "--%s was given twice", args->command->options[option].name);
		return false;
	}
	if (!args->values[option])
		args->values[option] = value ? value : "";
	return true;
}

bool args_parse(const struct command *command, int argc, char **argv, struct args *out)
{
	size_t n = count(command->options);
	struct option longs[CLI_OPTIONS_MAX + 1];
	char letters[2 * CLI_OPTIONS_MAX + 2];
	int value;

	*out = (struct args){.command = command};
	getopt_tables(command->options, n, longs, letters);
	opterr = 0;
	optind = 1;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == '?' || value == ':') {
			complain(out, argv[optind - 1], value, n);
			return false;
		}
		if (!take_value(out, option_index(command->options, n, value), optarg))
			return false;
	}
	out->operands = argv + optind;
	out->n_operands = argc - optind;
	return true;
}

const char *args_value(const struct args *args, const char *name)
{
	for (size_t i = 0; args->command->options[i].name; i++)
		if (strcmp(args->command->options[i].name, name) == 0)
			return args->values[i];
	abort(); /* a command asks for an option that its table does not have */
}

const char *args_next(const struct args *args, const char *name, size_t *at)
{
	while (*at < args->n_many) {
		size_t i = (*at)++;

		if (!strcmp(args->command->options[args->many[i].option].name, name))
			return args->many[i].value;
	}
	return NULL;
}

const char *node_name(const struct args *args, char host[static NODE_NAME_SIZE])
{
	const char *name = args_value(args, "node");

	if (!name)
		name = getenv("NODE_NAME");
	if (name && *name)
		return name;
	if (gethostname(host, HOST_NAME_MAX))
		return "";
	host[HOST_NAME_MAX] = '\0';
	return host;
}
