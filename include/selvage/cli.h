/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of selvage: what main() and every cmd_*.c agree on. */
#ifndef SELVAGE_CLI_H
#define SELVAGE_CLI_H

/* What the process says to its caller, the same for every command, as kubectl diff and diff(1) do. */
enum exit_code {
	EXIT_CODE_NOTHING,    /* nothing to report, or allowed */
	EXIT_CODE_FINDINGS,   /* findings, changes, or denied */
	EXIT_CODE_FATAL,      /* wrong usage, or could not do it */
	EXIT_CODE_INCOMPLETE, /* answered, but from an input that could not be read in full */
};

/* argv[0] is the command's name, so that getopt_long() works on it as on that of main(). */
struct command {
	const char *name;
	const char *summary; /* one line of `selvage help` */
	enum exit_code (*run)(int argc, char **argv);
};

enum exit_code cmd_cleanup(int argc, char **argv);
enum exit_code cmd_explain(int argc, char **argv);
enum exit_code cmd_render(int argc, char **argv);
enum exit_code cmd_run(int argc, char **argv);

#endif
