/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage completion: a script that lets a shell complete command lines, from the tables that also parse them. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct cli_option options[] = {{0}};

/* Is what an argument is called a list of all that it may be? */
static bool is_choice(const char *arg)
{
	return strchr(arg, '|');
}

static bool is_file(const char *arg)
{
	static const char *const names[] = {"FILE", "PATH", "DIR", "FILE...", "PATH..."};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], arg))
			return true;
	return false;
}

/* "a|b" as "a b". */
static void print_choices(const char *arg)
{
	for (const char *p = arg; *p; p++)
		putchar(*p == '|' ? ' ' : *p);
}

static void print_commands(void)
{
	size_t n;
	const struct command *const *commands = cli_commands(&n);

	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", commands[i]->name);
}

/* What bash does where an argument of this kind is expected. */
static void bash_argument(const char *arg)
{
	if (is_choice(arg)) {
		fputs("_selvage_words '", stdout);
		print_choices(arg);
		fputs("'", stdout);
	} else if (!strcmp(arg, "[COMMAND]")) {
		fputs("_selvage_words '", stdout);
		print_commands();
		fputs("'", stdout);
	} else {
		fputs(is_file(arg) ? "_selvage_files" : ":", stdout);
	}
}

static void bash_option(const struct cli_option *option)
{
	if (!option->arg)
		return;
	printf("\t\t--%s", option->name);
	if (option->letter)
		printf(" | -%c", option->letter);
	fputs(") ", stdout);
	bash_argument(option->arg);
	fputs(" && return ;;\n", stdout);
}

static void bash_command(const struct command *command)
{
	printf("\t%s)\n\t\tcase $prev in\n", command->name);
	for (const struct cli_option *o = command->options; o->name; o++)
		bash_option(o);
	fputs("\t\tesac\n\t\tcase $cur in\n\t\t-*) _selvage_words '--help", stdout);
	for (const struct cli_option *o = command->options; o->name; o++)
		printf(" --%s", o->name);
	fputs("' ;;\n\t\t*) ", stdout);
	bash_argument(command->operands);
	fputs(" ;;\n\t\tesac\n\t\t;;\n", stdout);
}

/* Bash takes "--output=json" for three words. */
static void bash(void)
{
	size_t n;
	const struct command *const *commands = cli_commands(&n);

	fputs("# bash completion of selvage, written by `selvage completion bash`\n"
	      "_selvage_words() {\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	      "}\n"
	      "_selvage_files() {\n"
	      "\tcompopt -o filenames 2>/dev/null\n"
	      "\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "}\n"
	      "_selvage() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [[ $prev == = ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	      "\telif [[ $cur == = ]]; then\n"
	      "\t\tcur=\n"
	      "\tfi\n"
	      "\tif [[ $COMP_CWORD == 1 ]]; then\n"
	      "\t\t_selvage_words '",
	      stdout);
	print_commands();
	fputs(" --help --version'\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n", stdout);
	for (size_t i = 0; i < n; i++)
		bash_command(commands[i]);
	fputs("\tesac\n}\ncomplete -F _selvage selvage kubectl-selvage\n", stdout);
}

/* Text inside '...' of zsh, where the characters of `special` have a meaning of their own. */
static void zsh_text(const char *text, const char *special)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\'')
			fputs("'\\''", stdout);
		else
			printf(strchr(special, *p) ? "\\%c" : "%c", *p);
	}
}

/* ":MESSAGE:ACTION" of _arguments */
static void zsh_argument(const char *arg)
{
	fputc(':', stdout);
	zsh_text(is_choice(arg) ? "value" : arg, ":");
	fputc(':', stdout);
	if (is_choice(arg) || !strcmp(arg, "[COMMAND]")) {
		fputc('(', stdout);
		if (is_choice(arg))
			print_choices(arg);
		else
			print_commands();
		fputc(')', stdout);
	} else {
		fputs(is_file(arg) ? "_files" : " ", stdout);
	}
}

static void zsh_option(const struct cli_option *option)
{
	if (option->letter)
		printf(" \\\n\t\t\t'(-%c --%s)'{-%c,--%s%s}'[", option->letter, option->name, option->letter,
		       option->name, option->arg ? "=" : "");
	else
		printf(" \\\n\t\t\t'--%s%s[", option->name, option->arg ? "=" : "");
	zsh_text(option->help, "[]:");
	fputc(']', stdout);
	if (option->arg)
		zsh_argument(option->arg);
	fputc('\'', stdout);
}

static void zsh_command(const struct command *command)
{
	printf("\t%s)\n\t\t_arguments -S '--help[list the options]'", command->name);
	for (const struct cli_option *o = command->options; o->name; o++)
		zsh_option(o);
	if (*command->operands) {
		fputs(" \\\n\t\t\t'*", stdout);
		zsh_argument(command->operands);
		fputc('\'', stdout);
	}
	fputs("\n\t\t;;\n", stdout);
}

/* Works as a file in $fpath, and when sourced. */
static void zsh(void)
{
	size_t n;
	const struct command *const *commands = cli_commands(&n);

	fputs("#compdef selvage kubectl-selvage\n"
	      "# zsh completion of selvage, written by `selvage completion zsh`\n"
	      "_selvage() {\n"
	      "\tlocal command=$words[2]\n"
	      "\tlocal -a commands=(",
	      stdout);
	for (size_t i = 0; i < n; i++) {
		printf("\n\t\t'%s:", commands[i]->name);
		zsh_text(commands[i]->summary, ":");
		fputc('\'', stdout);
	}
	fputs("\n\t)\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\t_describe command commands\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tshift words\n"
	      "\t(( CURRENT-- ))\n"
	      "\tcase $command in\n",
	      stdout);
	for (size_t i = 0; i < n; i++)
		zsh_command(commands[i]);
	fputs("\tesac\n}\n"
	      "if [ \"$funcstack[1]\" = _selvage ]; then\n"
	      "\t_selvage \"$@\"\n"
	      "else\n"
	      "\tcompdef _selvage selvage kubectl-selvage\n"
	      "fi\n",
	      stdout);
}

static enum exit_code run(const struct args *args)
{
	if (args->n_operands != 1)
		return cli_fatal(args, "needs the name of a shell, bash or zsh");
	if (!strcmp(args->operands[0], "bash"))
		bash();
	else if (!strcmp(args->operands[0], "zsh"))
		zsh();
	else
		return cli_fatal(args, "knows bash and zsh, not %s", args->operands[0]);
	return EXIT_CODE_NOTHING;
}

const struct command cmd_completion = {"completion", "bash|zsh", "print a script that completes command lines", options,
				       run};
