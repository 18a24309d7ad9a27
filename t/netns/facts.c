/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the kernel of this network namespace hold?  Prints it as `selvage render -o facts` prints what is wanted. */
#include <stdio.h>

#include <selvage/nl.h>

static int print_table(struct nl *nl, struct err *err)
{
	struct facts facts;
	bool exists;

	if (nl_read(nl, &facts, &exists, err))
		return -1;
	for (size_t i = 0; i < facts.n; i++)
		fact_print(&facts.at[i], stdout);
	facts_free(&facts);
	return exists ? 0 : err_set(err, ERR_ABSENT, "there is no table inet " FACT_TABLE);
}

int main(void)
{
	struct err err = {0};
	struct nl *nl = nl_open(&err);
	int rc = nl ? print_table(nl, &err) : -1;

	nl_close(nl);
	if (rc)
		fprintf(stderr, "facts: %s\n", err.msg);
	return rc || fflush(stdout) ? 2 : 0;
}
