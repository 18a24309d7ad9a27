/* SPDX-License-Identifier: GPL-2.0-or-later */
/* selvage cleanup: remove the table, and nothing else. */
#include <stdio.h>

#include <selvage/nl.h>

#include "cli.h"

static const struct cli_option options[] = {{0}};

static enum exit_code run(const struct args *args)
{
	struct err err = {0};
	struct nl *nl = nl_open(&err);
	bool existed = false;
	int rc;

	if (!nl)
		return cli_fatal(args, "%s", err.msg);
	rc = nl_remove(nl, &existed, &err);
	nl_close(nl);
	if (rc)
		return cli_fatal(args, "%s", err.msg);
	puts(existed ? "table inet " FACT_TABLE " removed" : "there is no table inet " FACT_TABLE);
	return EXIT_CODE_NOTHING;
}

const struct command cmd_cleanup = {"cleanup", "", "remove the table, and nothing else", options, run};
