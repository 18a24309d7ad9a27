/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much has each pod's chain dropped? */
#include <stdlib.h>

#include <libnftnl/object.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_priv.h"
#include "nl_udata.h"

struct reading {
	void (*each)(void *ctx, const struct nl_counter *counter);
	void *ctx;
};

static void counter_visit(const struct nlmsghdr *nlh, void *ctx)
{
	const struct reading *reading = ctx;
	struct nftnl_obj *obj = nftnl_obj_alloc();
	struct nl_counter counter = {0};
	const void *userdata;
	uint32_t n = 0;

	if (!obj)
		abort();
	if (!nftnl_obj_nlmsg_parse(nlh, obj) && nftnl_obj_get_u32(obj, NFTNL_OBJ_TYPE) == NFT_OBJECT_COUNTER) {
		userdata = nftnl_obj_get_data(obj, NFTNL_OBJ_USERDATA, &n);
		counter.name = nftnl_obj_get_str(obj, NFTNL_OBJ_NAME);
		counter.comment = nl_udata_read(userdata, n);
		counter.packets = nftnl_obj_get_u64(obj, NFTNL_OBJ_CTR_PKTS);
		counter.bytes = nftnl_obj_get_u64(obj, NFTNL_OBJ_CTR_BYTES);
		reading->each(reading->ctx, &counter);
		atom_put(counter.comment);
	}
	nftnl_obj_free(obj);
}

int nl_counters(struct nl *nl, void (*each)(void *ctx, const struct nl_counter *counter), void *ctx, struct err *err)
{
	struct reading reading = {each, ctx};
	struct nl_request request = {
		.type = NFT_MSG_GETOBJ, .flags = NLM_F_DUMP, .table = true, .visit = counter_visit, .ctx = &reading};

	return nl_request_run(nl, &request, err);
}

static void packets_take(void *ctx, const struct nl_counter *counter)
{
	*(uint64_t *)ctx = counter->packets;
}

int nl_counter_of(struct nl *nl, uint8_t family, const char *name, uint64_t *packets, struct err *err)
{
	struct reading reading = {packets_take, packets};
	struct nl_request request = {.type = NFT_MSG_GETOBJ,
				     .flags = NLM_F_ACK,
				     .table = true,
				     .family = family,
				     .set = name,
				     .object = NFT_OBJECT_COUNTER,
				     .visit = counter_visit,
				     .ctx = &reading};

	*packets = 0;
	return nl_request_run(nl, &request, err);
}

int nl_counter(struct nl *nl, const char *name, uint64_t *packets, struct err *err)
{
	return nl_counter_of(nl, NFPROTO_INET, name, packets, err);
}
