/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a patch get into the kernel? */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <linux/membarrier.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_priv.h"
#include "nl_rule.h"
#include "nl_set.h"
#include "nl_udata.h"

/* Table and name; the table has one number everywhere. */
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
		nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, nl_hook_number(f->chain.hook));
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
		struct nlmsghdr *nlh = nl_batch_add(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, op, i);
		nl_rule_write(nlh, f->name, &f->chain.rules[i]);
	}
}

static void elements_write(struct nl_batch *batch, const struct op *op)
{
	bool add = op->kind == OP_ELEMENTS;
	const struct nl_set *set = nl_set_find(batch->nl, op->fact->name);
	struct nlmsghdr *nlh = nl_batch_add(batch, add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, add ? ADD : 0, op, 0);

	nl_set_elements_write(nlh, set, op->fact, op->n, add);
}

static void op_write(struct nl_batch *batch, const struct op *op)
{
	if (op->kind == OP_ELEMENTS || op->kind == OP_DEL_ELEMENTS)
		elements_write(batch, op);
	else if (op->kind == OP_RULES)
		rules_write(batch, op);
	else if (op->kind == OP_TABLE)
		nl_table_write(batch, op);
	else
		simple[op->kind].write(nl_batch_add(batch, simple[op->kind].type, simple[op->kind].flags, op, 0),
				       op->fact);
}

/* Learns the types of the sets whose elements the plan changes: from the plan, from before, or from the kernel. */
static int sets_learn(struct nl *nl, const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct op *op = &plan->at[i];
		if (op->kind == OP_SET)
			nl_set_put(nl, op->fact->name, op->fact->set.map, op->fact->set.interval);
		else if (op->kind == OP_DEL_SET)
			nl_set_del(nl, op->fact->name);
		else if ((op->kind == OP_ELEMENTS || op->kind == OP_DEL_ELEMENTS) &&
			 !nl_set_known(nl, op->fact->name, err))
			return err_ctx(err, "changing elements of %s: ", op->fact->name);
	}
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

/* Commits the operations of one transaction, starting at *next, which moves on. */
static int transaction_run(struct nl *nl, const struct plan *plan, size_t *next, struct nl_stats *stats,
			   struct err *err)
{
	size_t transaction = plan->at[*next].transaction;
	struct nl_batch batch;

	nl_batch_begin(&batch, nl);
	for (; *next < plan->n && plan->at[*next].transaction == transaction; ++*next)
		op_write(&batch, &plan->at[*next]);
	int status = nl_batch_commit(&batch, err);
	if (!status)
		stats_add(stats, &batch);
	nl_batch_free(&batch);
	return status;
}

/* All but what is to be broken off, which lingers. */
static int plan_run(struct nl *nl, const struct plan *plan, struct nl_stats *stats, struct err *err)
{
	size_t next = 0;
	bool mended;
	int status = nl_table_mend(nl, &mended, err) || sets_learn(nl, plan, err) ? -1 : 0;

	if (!status && !nl->table_known)
		status = nl_table_probe(nl, err);
	while (!status && next < plan->n && plan->at[next].phase != PHASE_BREAK)
		status = transaction_run(nl, plan, &next, stats, err);
	if (!status && next < plan->n)
		linger_add(&nl->linger, plan, next, mono_now());
	return status;
}

/* Breaks off what has lingered since `until` or longer. */
static int break_off(struct nl *nl, struct mono until, struct nl_stats *stats, struct err *err)
{
	struct leftover *leftover;
	int status = 0;

	while (!status && (leftover = linger_take(&nl->linger, until))) {
		size_t next = 0;
		while (!status && next < leftover->plan.n)
			status = transaction_run(nl, &leftover->plan, &next, stats, err);
		leftover_free(leftover);
	}
	if (status)
		linger_clear(&nl->linger);
	return status;
}

/* Returns when every packet that was on its way through the table has left it: packets hold RCU's read lock. */
static void packets_leave(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&(struct timespec){.tv_nsec = NL_LINGER_MS * 1000000L}, NULL);
}

static struct mono due(void)
{
	return (struct mono){mono_now().ns - NL_LINGER_MS * INT64_C(1000000)};
}

/* What lingers and is in the patch's way goes at once, and all before it. */
static int make_way(struct nl *nl, const struct patch *patch, struct nl_stats *stats, struct err *err)
{
	if (break_off(nl, due(), stats, err))
		return -1;
	if (!linger_hinders(&nl->linger, patch))
		return 0;
	packets_leave();
	return break_off(nl, mono_now(), stats, err);
}

int nl_write(struct nl *nl, const struct patch *patch, struct nl_stats *stats, struct err *err)
{
	struct plan plan = {0};
	int status;

	*stats = (struct nl_stats){0};
	status = make_way(nl, patch, stats, err);
	if (!status) {
		nl_plan_run(patch, !nl->table_known, &plan);
		status = plan_run(nl, &plan, stats, err);
	}
	if (status) {
		nl_forget(nl);
		linger_clear(&nl->linger);
	} else if (plan.n && !nl->table_known) {
		status = nl_table_read(nl, err);
	}
	vec_free(&plan);
	return status;
}

bool nl_lingers(const struct nl *nl)
{
	return nl->linger.first;
}

int nl_settle(struct nl *nl, struct nl_stats *stats, struct err *err)
{
	*stats = (struct nl_stats){0};
	return break_off(nl, due(), stats, err);
}
