/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the table there and awake, and who may write to it? */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "nl_priv.h"

#define PROBE_TABLE FACT_TABLE "-probe" /* never comes to be */

static bool ours(const struct nftnl_table *table)
{
	const char *name = nftnl_table_get_str(table, NFTNL_TABLE_NAME);

	return name && !strcmp(name, FACT_TABLE) && nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY) == NFPROTO_INET;
}

static void table_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nl *nl = ctx;
	struct nftnl_table *table = nftnl_table_alloc();

	if (!table)
		abort();
	if (!nftnl_table_nlmsg_parse(nlh, table) && ours(table)) {
		nl->table_known = true;
		nl->flags = nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS);
		nl->owner = 0;
		if (nftnl_table_is_set(table, NFTNL_TABLE_OWNER))
			nl->owner = nftnl_table_get_u32(table, NFTNL_TABLE_OWNER);
	}
	nftnl_table_free(table);
}

/* A dump: to ask for a table that is not there would be an error. */
int nl_table_read(struct nl *nl, struct err *err)
{
	struct nl_request request = {
		.type = NFT_MSG_GETTABLE, .flags = NLM_F_DUMP, .table = true, .visit = table_visit, .ctx = nl};

	nl->table_known = false;
	nl->flags = nl->owner = 0;
	return nl_request_run(nl, &request, err);
}

static void flags_write(struct nlmsghdr *nlh, const char *name, uint32_t flags)
{
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, name);
	mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(flags));
}

/*
 * A transaction that would make a table with both flags and remove a chain that is not in it, so that it comes to nothing
 * and nobody is told of it.  A kernel that knows the flags has but the chain to complain of; any other complains of the
 * table first.
 */
int nl_table_probe(struct nl *nl, struct err *err)
{
	struct nl_batch batch;
	int status;

	if (!nl->own || nl->asked)
		return 0;
	nl_batch_begin(&batch, nl);
	flags_write(nl_batch_add(&batch, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, NULL, 0), PROBE_TABLE,
		    NL_TABLE_OWNER | NL_TABLE_PERSIST);
	struct nlmsghdr *nlh = nl_batch_add(&batch, NFT_MSG_DELCHAIN, 0, NULL, 0);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, PROBE_TABLE);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, "none");
	status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	if (status && err->sys != ENOENT && err->sys != EOPNOTSUPP && err->sys != EINVAL)
		return err_ctx(err, "asking for table flags: ");
	nl->asked = true;
	nl->able = status && err->sys == ENOENT;
	return 0;
}

/* The kernel takes over an orphan, but changes nothing else about who may write. */
static uint32_t flags_wanted(const struct nl *nl)
{
	uint32_t own = nl->own ? NL_TABLE_OWNER : 0;

	if (!nl->table_known)
		return nl->able ? own | (own ? NL_TABLE_PERSIST : 0) : 0;
	if (nl->flags & NL_TABLE_PERSIST)
		return NL_TABLE_PERSIST | own | (nl->flags & NL_TABLE_OWNER);
	return nl->flags & NL_TABLE_OWNER;
}

void nl_table_write(struct nl_batch *batch, const struct op *op)
{
	flags_write(nl_batch_add(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, op, 0), FACT_TABLE, flags_wanted(batch->nl));
}

bool nl_astray(const struct nl *nl)
{
	return nl->table_known && nl->flags != flags_wanted(nl);
}

static int held(const struct nl *nl, struct err *err)
{
	if (!nl->owner || nl->owner == mnl_socket_get_portid(nl->sock))
		return 0;
	err_set(err, ERR_BUSY,
		"the table inet " FACT_TABLE " is held by another process, which still runs (netlink port %u)",
		nl->owner);
	err->sys = EPERM;
	return -1;
}

int nl_table_mend(struct nl *nl, bool *done, struct err *err)
{
	static const struct op op = {.kind = OP_TABLE};
	struct nl_batch batch;
	int status;

	*done = false;
	if (!nl_astray(nl))
		return held(nl, err);
	if (held(nl, err))
		return -1;
	nl_batch_begin(&batch, nl);
	nl_table_write(&batch, &op);
	status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	*done = !status;
	return status || nl_table_read(nl, err) ? -1 : 0;
}

void nl_own(struct nl *nl)
{
	nl->own = true;
}

int nl_hold(struct nl *nl, bool *mended, struct err *err)
{
	*mended = false;
	return nl_table_read(nl, err) || nl_table_mend(nl, mended, err) ? -1 : 0;
}

const char *nl_shared(const struct nl *nl)
{
	if (nl->table_known && nl->owner == mnl_socket_get_portid(nl->sock))
		return NULL;
	if (!nl->own)
		return "no owner is asked for";
	if (nl->asked && !nl->able)
		return "this kernel has no owners of tables that outlive them (Linux 6.9 has)";
	return "the table that was there was made without an owner, and the kernel does not change that";
}

int nl_remove(struct nl *nl, bool *existed, struct err *err)
{
	struct err unread;
	struct nl_batch batch;

	nl_forget(nl);
	linger_clear(&nl->linger);
	nl_batch_begin(&batch, nl);
	mnl_attr_put_strz(nl_batch_add(&batch, NFT_MSG_DELTABLE, 0, NULL, 0), NFTA_TABLE_NAME, FACT_TABLE);
	int status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	*existed = !status;
	if (!status || err->sys == ENOENT)
		return 0;
	if (err->sys == EPERM && !nl_table_read(nl, &unread) && held(nl, err))
		return -1;
	return err_ctx(err, "removing the table " FACT_TABLE ": ");
}
