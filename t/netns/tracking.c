/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does nl_tracking() read in this network namespace?  "entries N", "limit N", "drop N", "early_drop N", "insert_failed N". */
#include <stdio.h>

#include <selvage/nl.h>

int main(void)
{
	struct nl_tracking read;
	struct err err;
	struct nl *nl = nl_open(&err);
	int rc = nl ? nl_tracking(nl, &read, &err) : -1;

	if (rc)
		fprintf(stderr, "%s\n", err.msg);
	else
		printf("entries %u\nlimit %u\ndrop %u\nearly_drop %u\ninsert_failed %u\n", read.entries, read.limit,
		       read.dropped, read.evicted, read.insert_failed);
	nl_close(nl);
	return rc ? 1 : 0;
}
