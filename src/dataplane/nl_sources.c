/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is it seen to that pods send from their own addresses only? */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/chain.h>
#include <libnftnl/object.h>
#include <libnftnl/table.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nl_expr.h"
#include "nl_priv.h"
#include "nl_rule.h"

#define CHAIN_TEXT 32
#define PRIORITY (-500) /* before whatever else may look at what arrives on a pod's interface */

/* A batch's message is about the table inet, unless it is said otherwise. */
static struct nlmsghdr *message(struct nl_batch *batch, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = nl_batch_add(batch, type, flags, NULL, 0);
	struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);

	head->nfgen_family = NFPROTO_NETDEV;
	return nlh;
}

static struct expr *add(struct exprs *out, enum expr_kind kind, uint32_t key)
{
	struct expr *e = &out->at[out->n++];

	*e = (struct expr){.kind = kind, .reg = NFT_REG_1, .key = key};
	return e;
}

static void compare(struct exprs *out, uint32_t operator, const void * bytes, uint32_t size)
{
	struct expr *e = add(out, EXPR_CMP, operator);

	e->len = size;
	memcpy(e->data, bytes, size);
}

static void protocol(struct exprs *out, uint16_t ethertype)
{
	ethertype = htons(ethertype);
	add(out, EXPR_META, NFT_META_PROTOCOL);
	compare(out, NFT_CMP_EQ, &ethertype, sizeof ethertype);
}

static void field(struct exprs *out, uint32_t header, uint32_t offset, uint32_t size)
{
	struct expr *e = add(out, EXPR_PAYLOAD, header);

	e->offset = offset;
	e->len = size;
}

/* It is none of the interface's addresses of this family. */
static void none_of(struct exprs *out, const struct veth *veth, enum family family)
{
	for (size_t i = 0; i < veth->n; i++)
		if (veth->ips[i].family == family)
			compare(out, NFT_CMP_NEQ, veth->ips[i].b, ip_size(family));
}

static void icmp6(struct exprs *out, uint32_t operator)
{
	static const uint8_t proto = IPPROTO_ICMPV6;

	add(out, EXPR_META, NFT_META_L4PROTO);
	compare(out, operator, & proto, sizeof proto);
}

static const uint8_t unspecified[16];

/* "ip saddr != A" */
static void ip4_rule(struct exprs *out, const struct veth *veth)
{
	protocol(out, ETH_P_IP);
	field(out, NFT_PAYLOAD_NETWORK_HEADER, 12, 4);
	none_of(out, veth, FAMILY_4);
}

/* "arp saddr ip != { 0.0.0.0, A }": who asks whether an address is free has none yet (RFC 5227). */
static void arp_rule(struct exprs *out, const struct veth *veth)
{
	protocol(out, ETH_P_ARP);
	field(out, NFT_PAYLOAD_NETWORK_HEADER, 14, 4);
	compare(out, NFT_CMP_NEQ, unspecified, 4);
	none_of(out, veth, FAMILY_4);
}

/* "ip6 saddr != { ::, A }" */
static void ip6_rule(struct exprs *out, const struct veth *veth)
{
	protocol(out, ETH_P_IPV6);
	field(out, NFT_PAYLOAD_NETWORK_HEADER, 8, 16);
	compare(out, NFT_CMP_NEQ, unspecified, 16);
	none_of(out, veth, FAMILY_6);
}

/* "ip6 saddr :: meta l4proto != icmpv6": who has no address yet asks whether one is free, and tells what groups it is in. */
static void unspecified_rule(struct exprs *out, const struct veth *veth)
{
	(void)veth;
	protocol(out, ETH_P_IPV6);
	field(out, NFT_PAYLOAD_NETWORK_HEADER, 8, 16);
	compare(out, NFT_CMP_EQ, unspecified, 16);
	icmp6(out, NFT_CMP_NEQ);
}

/* "icmpv6 type nd-neighbor-advert icmpv6 taddr != A" (RFC 4861, 4.4): nobody says that he is another. */
static void advert_rule(struct exprs *out, const struct veth *veth)
{
	static const uint8_t advert = ND_NEIGHBOR_ADVERT;

	protocol(out, ETH_P_IPV6);
	icmp6(out, NFT_CMP_EQ);
	field(out, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
	compare(out, NFT_CMP_EQ, &advert, 1);
	field(out, NFT_PAYLOAD_TRANSPORT_HEADER, 8, 16);
	none_of(out, veth, FAMILY_6);
}

/* What each rule matches is forged. */
static void (*const rules[])(struct exprs *out, const struct veth *veth) = {ip4_rule, ip6_rule, unspecified_rule,
									    advert_rule, arp_rule};

_Static_assert(VETH_IPS + 9 <= EXPRS_MAX, "the longest rule finds room");

static void rule_write(struct nl_batch *batch, const char *chain, size_t rule, const struct veth *veth)
{
	struct exprs exprs = {.n = 0};

	rules[rule](&exprs, veth);
	add(&exprs, EXPR_COUNTER, 0)->name = FACT_FORGED;
	add(&exprs, EXPR_VERDICT, 0)->action.kind = VERDICT_DROP;
	nl_exprs_write(message(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND), FACT_TABLE, chain, &exprs);
}

/* One chain for each interface, and no other packet meets it. */
static const char *chain_name(const struct veth *veth, char buf[static CHAIN_TEXT])
{
	snprintf(buf, CHAIN_TEXT, "from-%u", veth->index);
	return buf;
}

static void rules_write(struct nl_batch *batch, const struct veth *veth)
{
	char name[CHAIN_TEXT];

	chain_name(veth, name);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		rule_write(batch, name, i, veth);
}

static void chain_write(struct nl_batch *batch, const struct veth *veth)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	char name[CHAIN_TEXT];

	if (!chain)
		abort();
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, FACT_TABLE);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, chain_name(veth, name));
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
	nftnl_chain_set_str(chain, NFTNL_CHAIN_DEV, veth->name);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, NF_NETDEV_INGRESS);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, PRIORITY);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	nftnl_chain_nlmsg_build_payload(message(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL), chain);
	nftnl_chain_free(chain);
	rules_write(batch, veth);
}

/* The chain as such, or all its rules: the two messages call the chain by attributes of different numbers. */
static void chain_del_write(struct nl_batch *batch, uint16_t type, uint16_t attr, const struct veth *veth)
{
	struct nlmsghdr *nlh = message(batch, type, 0);
	char name[CHAIN_TEXT];

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, FACT_TABLE); /* which is NFTA_RULE_TABLE */
	mnl_attr_put_strz(nlh, attr, chain_name(veth, name));
}

static void counter_write(struct nl_batch *batch, uint64_t packets)
{
	struct nftnl_obj *obj = nftnl_obj_alloc();

	if (!obj)
		abort();
	nftnl_obj_set_str(obj, NFTNL_OBJ_TABLE, FACT_TABLE);
	nftnl_obj_set_str(obj, NFTNL_OBJ_NAME, FACT_FORGED);
	nftnl_obj_set_u32(obj, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
	nftnl_obj_set_u64(obj, NFTNL_OBJ_CTR_PKTS, packets);
	nftnl_obj_set_u64(obj, NFTNL_OBJ_CTR_BYTES, 0);
	nftnl_obj_nlmsg_build_payload(message(batch, NFT_MSG_NEWOBJ, NLM_F_CREATE | NLM_F_EXCL), obj);
	nftnl_obj_free(obj);
}

static void table_visit(const struct nlmsghdr *nlh, void *there)
{
	struct nftnl_table *table = nftnl_table_alloc();

	if (!table)
		abort();
	if (!nftnl_table_nlmsg_parse(nlh, table) && nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY) == NFPROTO_NETDEV &&
	    !strcmp(nftnl_table_get_str(table, NFTNL_TABLE_NAME), FACT_TABLE))
		*(bool *)there = true;
	nftnl_table_free(table);
}

static int table_find(struct nl *nl, bool *there, struct err *err)
{
	struct nl_request request = {.type = NFT_MSG_GETTABLE, .flags = NLM_F_DUMP, .visit = table_visit, .ctx = there};

	*there = false;
	return nl_request_run(nl, &request, err);
}

static void table_write(struct nl_batch *batch, uint16_t type, uint32_t flags)
{
	struct nlmsghdr *nlh = message(batch, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE | NLM_F_EXCL : 0);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, FACT_TABLE);
	if (flags)
		mnl_attr_put_u32(nlh, NFTA_TABLE_FLAGS, htonl(flags));
}

int nl_forged(struct nl *nl, uint64_t *packets, struct err *err)
{
	return nl_counter_of(nl, NFPROTO_NETDEV, FACT_FORGED, packets, err);
}

/* The table as a whole, in one transaction: no packet meets less than one of the two.  What it has counted is carried over. */
static int write_all(struct nl *nl, const struct veths *wanted, struct err *err)
{
	uint32_t flags = 0;
	uint64_t forged = 0;
	struct nl_batch batch;
	struct err none;
	bool there;
	int status;

	if (table_find(nl, &there, err) || nl_table_probe(nl, err))
		return -1;
	if (there && nl_forged(nl, &forged, &none))
		forged = 0;
	if (nl->own && nl->able)
		flags = NL_TABLE_OWNER | NL_TABLE_PERSIST;
	nl_batch_begin(&batch, nl);
	if (there)
		table_write(&batch, NFT_MSG_DELTABLE, 0);
	table_write(&batch, NFT_MSG_NEWTABLE, flags);
	counter_write(&batch, forged);
	for (size_t i = 0; i < wanted->n; i++)
		chain_write(&batch, &wanted->at[i]);
	status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	return status;
}

/* Alone, because the kernel has removed it by now if the interface is gone: not all kernels do. */
static int remove_one(struct nl *nl, const struct veth *veth, struct err *err)
{
	struct nl_batch batch;
	int status;

	nl_batch_begin(&batch, nl);
	chain_del_write(&batch, NFT_MSG_DELCHAIN, NFTA_CHAIN_NAME, veth);
	status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	return status && err->sys != ENOENT ? -1 : 0;
}

/* What has changed. */
static int write_some(struct nl *nl, const struct veths *held, const struct veths *wanted, struct err *err)
{
	struct nl_batch batch;
	int status = 0;

	for (size_t i = 0; i < held->n && !status; i++)
		if (!veths_find(wanted, held->at[i].index))
			status = remove_one(nl, &held->at[i], err);
	nl_batch_begin(&batch, nl);
	for (size_t i = 0; i < wanted->n; i++) {
		const struct veth *veth = &wanted->at[i], *was = veths_find(held, veth->index);

		if (!was) {
			chain_write(&batch, veth);
		} else if (!veth_eq(veth, was)) {
			chain_del_write(&batch, NFT_MSG_DELRULE, NFTA_RULE_CHAIN, veth);
			rules_write(&batch, veth);
		}
	}
	status = status || nl_batch_commit(&batch, err) ? -1 : 0;
	nl_batch_free(&batch);
	return status;
}

int nl_sources(struct nl *nl, const struct veths *held, const struct veths *wanted, struct err *err)
{
	if (!(held ? write_some(nl, held, wanted, err) : write_all(nl, wanted, err)))
		return 0;
	if (err->sys == EOPNOTSUPP)
		return err_sys(
			err, ERR_KERNEL, EOPNOTSUPP,
			"this kernel hooks no chain to an interface, for which it takes CONFIG_NF_TABLES_NETDEV and "
			"CONFIG_NETFILTER_INGRESS");
	return err_ctx(err, "table netdev " FACT_TABLE ": ");
}

int nl_sources_remove(struct nl *nl, bool *existed, struct err *err)
{
	struct nl_batch batch;
	int status = 0;

	if (table_find(nl, existed, err))
		return -1;
	nl_batch_begin(&batch, nl);
	if (*existed)
		table_write(&batch, NFT_MSG_DELTABLE, 0);
	status = nl_batch_commit(&batch, err);
	nl_batch_free(&batch);
	if (!status || err->sys == ENOENT)
		return 0;
	if (err->sys == EPERM)
		err->code = ERR_BUSY;
	return err_ctx(err, "removing the table netdev " FACT_TABLE ": ");
}
