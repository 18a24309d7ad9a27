/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a patch get into the kernel? */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_priv.h"
#include "nl_rule.h"
#include "nl_set.h"
#include "nl_udata.h"

static void table_write(struct nlmsghdr *nlh)
{
	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, FACT_TABLE);
}

/* Table and name; sets, chains and objects number them alike, but chains, whose name comes after the handle. */
static void name_write(struct nlmsghdr *nlh, uint16_t name_attr, const char *name)
{
	mnl_attr_put_strz(nlh, NFTA_SET_TABLE, FACT_TABLE);
	mnl_attr_put_strz(nlh, name_attr, name);
}

static void counter_write(struct nlmsghdr *nlh, const struct fact *f)
{
	struct nl_udata comment;
	struct nftnl_obj *obj = nftnl_obj_alloc();

	if (!obj)
		abort();
	nftnl_obj_set_str(obj, NFTNL_OBJ_TABLE, FACT_TABLE);
	nftnl_obj_set_str(obj, NFTNL_OBJ_NAME, f->name);
	nftnl_obj_set_u32(obj, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
	nftnl_obj_set_u64(obj, NFTNL_OBJ_CTR_PKTS, 0);
	nftnl_obj_set_u64(obj, NFTNL_OBJ_CTR_BYTES, 0);
	if (nl_udata_comment(&comment, f->comment))
		nftnl_obj_set_data(obj, NFTNL_OBJ_USERDATA, comment.bytes, comment.n);
	nftnl_obj_nlmsg_build_payload(nlh, obj);
	nftnl_obj_free(obj);
}

static void counter_del_write(struct nlmsghdr *nlh, const struct fact *f)
{
	name_write(nlh, NFTA_OBJ_NAME, f->name);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
}

static void chain_write(struct nlmsghdr *nlh, const struct fact *f)
{
	struct nl_udata comment;
	struct nftnl_chain *chain = nftnl_chain_alloc();

	if (!chain)
		abort();
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, FACT_TABLE);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, f->name);
	if (f->chain.base) {
		nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
		nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, NF_INET_FORWARD);
		nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, f->chain.priority);
		nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	}
	if (nl_udata_comment(&comment, f->comment))
		nftnl_chain_set_data(chain, NFTNL_CHAIN_USERDATA, comment.bytes, comment.n);
	nftnl_chain_nlmsg_build_payload(nlh, chain);
	nftnl_chain_free(chain);
}

static void chain_del_write(struct nlmsghdr *nlh, const struct fact *f)
{
	name_write(nlh, NFTA_CHAIN_NAME, f->name);
}

static void set_del_write(struct nlmsghdr *nlh, const struct fact *f)
{
	name_write(nlh, NFTA_SET_NAME, f->name);
}

static void flush_write(struct nlmsghdr *nlh, const struct fact *f)
{
	name_write(nlh, NFTA_RULE_CHAIN, f->name);
}

#define ADD (NLM_F_CREATE | NLM_F_EXCL)

/* The operations that are one message about one counter, set or chain. */
static const struct {
	uint16_t type, flags;
	void (*write)(struct nlmsghdr *nlh, const struct fact *f);
} simple[OP_KIND_COUNT] = {
	[OP_FLUSH] = {NFT_MSG_DELRULE, 0, flush_write},
	[OP_DEL_SET] = {NFT_MSG_DELSET, 0, set_del_write},
	[OP_DEL_CHAIN] = {NFT_MSG_DELCHAIN, 0, chain_del_write},
	[OP_DEL_COUNTER] = {NFT_MSG_DELOBJ, 0, counter_del_write},
	[OP_COUNTER] = {NFT_MSG_NEWOBJ, ADD, counter_write},
	[OP_SET] = {NFT_MSG_NEWSET, ADD, nl_set_write},
	[OP_CHAIN] = {NFT_MSG_NEWCHAIN, ADD, chain_write},
};

static void rules_write(struct nl_batch *batch, const struct op *op)
{
	const struct fact *f = op->fact;

	for (size_t i = 0; i < f->chain.n; i++) {
		struct nlmsghdr *nlh =
			nl_batch_add(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, op, i);
		nl_rule_write(nlh, f->name, &f->chain.rules[i]);
	}
}

static int elements_write(struct nl_batch *batch, const struct op *op, struct err *err)
{
	bool add = op->kind == OP_ELEMENTS;
	const struct nl_set *set = nl_set_known(batch->nl, op->fact->name, err);

	if (!set)
		return err_ctx(err, "%s elements of %s: ", add ? "adding" : "removing", op->fact->name);
	struct nlmsghdr *nlh = nl_batch_add(batch, add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? ADD : 0, op, 0);
	nl_set_elements_write(nlh, set, op->fact, op->n, add);
	return 0;
}

static int op_write(struct nl_batch *batch, const struct op *op, struct err *err)
{
	if (op->kind == OP_ELEMENTS || op->kind == OP_DEL_ELEMENTS)
		return elements_write(batch, op, err);
	if (op->kind == OP_RULES) {
		rules_write(batch, op);
		return 0;
	}
	if (op->kind == OP_TABLE) {
		table_write(nl_batch_add(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, op, 0));
		return 0;
	}
	simple[op->kind].write(nl_batch_add(batch, simple[op->kind].type, simple[op->kind].flags, op, 0), op->fact);
	if (op->kind == OP_SET)
		nl_set_put(batch->nl, op->fact->name, op->fact->set.map, op->fact->set.interval);
	else if (op->kind == OP_DEL_SET)
		nl_set_del(batch->nl, op->fact->name);
	return 0;
}

static void stats_add(struct nl_stats *stats, const struct nl_batch *batch)
{
	stats->transactions++;
	stats->messages += batch->n;
	stats->bytes += batch->bytes;
	for (size_t i = 0; i < batch->n; i++)
		stats->elements += batch->at[i].op->n;
}

/* Commits the operations of one transaction, starting at `first`; returns where the next one starts, 0 for failure. */
static size_t transaction_run(struct nl *nl, const struct plan *plan, size_t first, struct nl_stats *stats,
			      struct err *err)
{
	struct nl_batch batch;
	size_t i = first;
	int status = 0;

	nl_batch_begin(&batch, nl);
	for (; i < plan->n && plan->at[i].transaction == plan->at[first].transaction && !status; i++)
		status = op_write(&batch, &plan->at[i], err);
	if (!status)
		status = nl_batch_commit(&batch, err);
	if (!status)
		stats_add(stats, &batch);
	nl_batch_free(&batch);
	return status ? 0 : i;
}

int nl_write(struct nl *nl, const struct patch *patch, struct nl_stats *stats, struct err *err)
{
	struct plan plan;
	size_t next = 0;

	*stats = (struct nl_stats){0};
	nl_plan_run(patch, !nl->table_known, &plan);
	do {
		if (next < plan.n)
			next = transaction_run(nl, &plan, next, stats, err);
	} while (next && next < plan.n);
	bool failed = plan.n && !next;
	if (failed)
		nl_forget(nl);
	else if (plan.n)
		nl->table_known = true;
	vec_free(&plan);
	return failed ? -1 : 0;
}

int nl_remove(struct nl *nl, bool *existed, struct err *err)
{
	struct nl_batch batch;

	nl_forget(nl);
	nl_batch_begin(&batch, nl);
	table_write(nl_batch_add(&batch, NFT_MSG_DELTABLE, 0, NULL, 0));
	int status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	*existed = !status;
	if (!status || err->sys == ENOENT)
		return 0;
	return err_ctx(err, "removing the table " FACT_TABLE ": ");
}
