/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of selvage: what main() and every cmd_*.c agree on. */
#ifndef SELVAGE_CLI_H
#define SELVAGE_CLI_H

#include <stdbool.h>
#include <stddef.h>

/* What the process says to its caller, the same for every command, as kubectl diff and diff(1) do. */
enum exit_code {
	EXIT_CODE_NOTHING,    /* nothing to report, or allowed */
	EXIT_CODE_FINDINGS,   /* findings, changes, or denied */
	EXIT_CODE_FATAL,      /* wrong usage, or could not do it */
	EXIT_CODE_INCOMPLETE, /* answered, but from an input that could not be read in full */
};

/* One option of a command; a table of them ends with a NULL name. */
struct cli_option {
	const char *name; /* without its dashes */
	char letter;      /* or 0 */
	const char
		*arg; /* what its argument is called in the help: "NAME"; a file if it is FILE, PATH or DIR; all that it
			     may be if there is a choice, "auto|always|never"; NULL: it takes none; "X...": may be given
			     again */
	const char *help;
};

#define NODE_NAME_SIZE 65 /* HOST_NAME_MAX, and a NUL */
#define CLI_OPTIONS_MAX 32
#define CLI_MANY_MAX 256 /* values of options that may be given several times */

struct args;

struct command {
	const char *name;
	const char *operands; /* for the help: "FROM TO[:PORT[/PROTO]]"; as the argument of an option */
	const char *summary;  /* one line of `selvage help` */
	const struct cli_option *options;
	enum exit_code (*run)(const struct args *args);
};

/* A command line, understood. */
struct args {
	const struct command *command;
	const char *values[CLI_OPTIONS_MAX]; /* in the order of the command's options; NULL: not given */
	struct {
		size_t option;
		const char *value;
	} many[CLI_MANY_MAX]; /* in the order in which they were given; the first of an option is in values too */
	size_t n_many;
	char **operands;
	int n_operands;
};

/* Reads a command line, argv[0] being the command's name; false after a message about what is wrong with it.
 * The result borrows from argv. */
bool args_parse(const struct command *command, int argc, char **argv, struct args *out);

/* The argument of an option that the command has, "" for one without argument; NULL if it was not given. */
const char *args_value(const struct args *args, const char *name);

/* All commands, sorted by name. */
const struct command *const *cli_commands(size_t *n);

/* The next value of an option that may be given several times, *at being 0 at first; NULL after the last. */
const char *args_next(const struct args *args, const char *name, size_t *at);

/* The name of the node we are on: --node (which the command must have), $NODE_NAME, the host name, for which there is room
 * in `host`; "" if there is none. */
const char *node_name(const struct args *args, char host[static NODE_NAME_SIZE]);

/* "selvage COMMAND: MESSAGE" on standard error, safe for terminals.  Returns EXIT_CODE_FATAL. */
enum exit_code cli_fatal(const struct args *args, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

extern const struct command cmd_audit;
extern const struct command cmd_check;
extern const struct command cmd_cleanup;
extern const struct command cmd_completion;
extern const struct command cmd_explain;
extern const struct command cmd_monitor;
extern const struct command cmd_plan;
extern const struct command cmd_render;
extern const struct command cmd_run;
extern const struct command cmd_snapshot;
extern const struct command cmd_status;

#endif
