/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage cleanup: remove the table, and nothing else. */
#include <stdio.h>

#include <selvage/guard.h>
#include <selvage/nl.h>

#include "cli.h"

static const struct cli_option options[] = {
	{"restore-sysctls", 0, NULL, "turn what the agent turned on for bridges back to what it was"},
	{0},
};

static enum exit_code restore(const struct args *args)
{
	struct guard guard = guard_here();
	struct err err = {0};
	size_t n;

	if (guard_restore(&guard, &n, &err))
		return cli_fatal(args, "%s", err.msg);
	if (n)
		printf("switches of bridges restored: %zu\n", n);
	else
		puts("no switch of a bridge to restore");
	return EXIT_CODE_NOTHING;
}

static enum exit_code run(const struct args *args)
{
	struct err err = {0};
	struct nl *nl = nl_open(&err);
	bool existed = false, sources = false;
	int rc;

	if (!nl)
		return cli_fatal(args, "%s", err.msg);
	rc = nl_remove(nl, &existed, &err) || nl_sources_remove(nl, &sources, &err) ? -1 : 0;
	nl_close(nl);
	if (rc)
		return cli_fatal(args, "%s%s", err.msg, err.code == ERR_BUSY ? ": stop the agent first" : "");
	puts(existed ? "table inet " FACT_TABLE " removed" : "there is no table inet " FACT_TABLE);
	if (sources)
		puts("table netdev " FACT_TABLE " removed");
	return args_value(args, "restore-sysctls") ? restore(args) : EXIT_CODE_NOTHING;
}

const struct command cmd_cleanup = {"cleanup", "", "remove the table, and nothing else", options, run};
