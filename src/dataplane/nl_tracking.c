/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has the kernel room for connections, and what did it do where it had not? */
#include <arpa/inet.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "nl_priv.h"

/* Adds up the numbers of 32 bits that a message has by their types. */
struct sums {
	uint32_t *by_type[CTA_STATS_MAX + 1]; /* NULL: of no interest */
};

static void visit(const struct nlmsghdr *nlh, void *ctx)
{
	const struct sums *sums = ctx;
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));

	for (; nl_attr_in(attr, mnl_nlmsg_get_payload_tail(nlh)); attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);
		uint32_t *sum = type <= CTA_STATS_MAX ? sums->by_type[type] : NULL;

		if (sum && mnl_attr_get_payload_len(attr) == sizeof *sum)
			*sum += ntohl(mnl_attr_get_u32(attr));
	}
}

static int ask(struct nl *nl, uint16_t type, uint16_t flags, struct sums sums, struct err *err)
{
	struct nl_request request = {
		.type = type, .subsys = NFNL_SUBSYS_CTNETLINK, .flags = flags, .visit = visit, .ctx = &sums};

	if (!nl_request_run(nl, &request, err))
		return 0;
	return err_sys(err, err->code, err->sys, "reading how many connections the kernel tracks");
}

int nl_tracking(struct nl *nl, struct nl_tracking *out, struct err *err)
{
	struct sums all = {{[CTA_STATS_GLOBAL_ENTRIES] = &out->entries, [CTA_STATS_GLOBAL_MAX_ENTRIES] = &out->limit}};
	struct sums cpus = {{[CTA_STATS_DROP] = &out->dropped,
			     [CTA_STATS_EARLY_DROP] = &out->evicted,
			     [CTA_STATS_INSERT_FAILED] = &out->insert_failed}};

	*out = (struct nl_tracking){0};
	if (ask(nl, IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK, all, err))
		return -1;
	return ask(nl, IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, cpus, err);
}
