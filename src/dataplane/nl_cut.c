/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which flows are dropped because their connection was cut? */
#include <errno.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "nl_priv.h"

#define AT_ONCE 1000 /* elements of a message: a list of attributes is less than 64 KiB */

static uint8_t *field_put(uint8_t *to, const void *bytes, size_t n)
{
	memcpy(to, bytes, n);
	return to + (n + 3) / 4 * 4;
}

static uint8_t *port_put(uint8_t *to, uint16_t port)
{
	return field_put(to, (const uint8_t[]){(uint8_t)(port >> 8), (uint8_t)port}, 2);
}

/* KEY_FLOW4 or KEY_FLOW6. */
static void element_write(struct nlmsghdr *nlh, const struct nl_flow *flow)
{
	uint8_t key[44] = {0}, *to = key;
	unsigned size = ip_size((enum family)flow->from.family);

	to = field_put(to, flow->from.b, size);
	to = field_put(to, &flow->proto, 1);
	to = port_put(to, flow->from_port);
	to = field_put(to, flow->to.b, size);
	to = port_put(to, flow->to_port);
	struct nlattr *element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	struct nlattr *outer = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_KEY);
	mnl_attr_put(nlh, NFTA_DATA_VALUE, (size_t)(to - key), key);
	mnl_attr_nest_end(nlh, outer);
	mnl_attr_nest_end(nlh, element);
}

/* Flows of one family, from `flow` on, as many as one transaction takes; how many of the list that is, with the others
 * between them. */
static size_t batch_write(struct nl_batch *batch, enum family family, const struct nl_flow *flow, size_t n)
{
	/* Without NLM_F_EXCL: a flow that is there already is there for longer. */
	struct nlmsghdr *nlh = nl_batch_add(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, NULL, 0);
	size_t i, some = 0;

	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, FACT_TABLE);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, family == FAMILY_4 ? FACT_CUT4 : FACT_CUT6);
	struct nlattr *list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (i = 0; i < n && some < AT_ONCE; i++) {
		if (flow[i].from.family != family)
			continue;
		element_write(nlh, &flow[i]);
		some++;
	}
	mnl_attr_nest_end(nlh, list);
	return i;
}

static bool any_of(enum family family, const struct nl_flow *flow, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (flow[i].from.family == family)
			return true;
	return false;
}

static int family_cut(struct nl *nl, enum family family, const struct nl_flow *flow, size_t n, bool *full,
		      struct err *err)
{
	size_t i = 0;

	while (any_of(family, flow + i, n - i)) {
		struct nl_batch batch;
		nl_batch_begin(&batch, nl);
		i += batch_write(&batch, family, flow + i, n - i);
		int status = nl_batch_commit(&batch, err);
		nl_batch_free(&batch);
		*full |= status && err->sys == ENFILE;
		if (status && err->sys != ENFILE)
			return err_ctx(err, "dropping what is under way: ");
	}
	return 0;
}

int nl_cut(struct nl *nl, const struct nl_flow *flows, size_t n, bool *full, struct err *err)
{
	*full = false;
	if (!n)
		return 0;
	return family_cut(nl, FAMILY_4, flows, n, full, err) || family_cut(nl, FAMILY_6, flows, n, full, err) ? -1 : 0;
}
