/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the kernel say about a connection? */
#include "nl_entry.h"

#include <arpa/inet.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>

#include "nl_priv.h"

#define ONLY_SOURCE 1 /* of CTA_FILTER_ORIG_FLAGS and CTA_FILTER_REPLY_FLAGS: compare the source address */

/* The attributes within one. */
#define EACH_WITHIN(attr, nest)                                                                   \
	for (const struct nlattr *attr = mnl_attr_get_payload(nest), *end_ = mnl_attr_next(nest); \
	     nl_attr_in(attr, end_); attr = mnl_attr_next(attr))

static void ip_read(const struct nlattr *attr, struct ip *out)
{
	uint16_t n = mnl_attr_get_payload_len(attr);

	*out = (struct ip){.family = n == 16 ? FAMILY_6 : FAMILY_4};
	memcpy(out->b, mnl_attr_get_payload(attr), n < sizeof out->b ? n : sizeof out->b);
}

static void addresses_read(const struct nlattr *nest, struct nl_flow *out)
{
	EACH_WITHIN(attr, nest)
	{
		uint16_t type = mnl_attr_get_type(attr);
		if (type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC)
			ip_read(attr, &out->from);
		else if (type == CTA_IP_V4_DST || type == CTA_IP_V6_DST)
			ip_read(attr, &out->to);
	}
}

static void proto_read(const struct nlattr *nest, struct nl_flow *out)
{
	EACH_WITHIN(attr, nest)
	{
		uint16_t type = mnl_attr_get_type(attr);
		if (type == CTA_PROTO_NUM)
			out->proto = mnl_attr_get_u8(attr);
		else if (type == CTA_PROTO_SRC_PORT)
			out->from_port = ntohs(mnl_attr_get_u16(attr));
		else if (type == CTA_PROTO_DST_PORT)
			out->to_port = ntohs(mnl_attr_get_u16(attr));
	}
}

/* One direction of a connection. */
static struct nl_flow tuple_read(const struct nlattr *nest)
{
	struct nl_flow flow = {0};
	EACH_WITHIN(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			addresses_read(attr, &flow);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			proto_read(attr, &flow);
	}
	return flow;
}

bool entry_read(const struct nlmsghdr *nlh, struct entry *out)
{
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	const void *end = mnl_nlmsg_get_payload_tail(nlh);

	*out = (struct entry){0};
	for (; nl_attr_in(attr, end); attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) <= CTA_MAX)
			out->at[mnl_attr_get_type(attr)] = attr;
	if (!out->at[CTA_TUPLE_ORIG] || !out->at[CTA_TUPLE_REPLY])
		return false;
	out->original = tuple_read(out->at[CTA_TUPLE_ORIG]);
	out->reply = tuple_read(out->at[CTA_TUPLE_REPLY]);
	return true;
}

static struct packet packet_of(const struct nl_flow *original, const struct nl_flow *reply)
{
	struct packet packet = {.from = original->from, .to = reply->from, .proto = original->proto};

	if (proto_name(packet.proto))
		packet.port = reply->from_port;
	return packet;
}

struct packet entry_packet(const struct entry *entry)
{
	struct nl_flow master;

	if (!entry->at[CTA_TUPLE_MASTER])
		return packet_of(&entry->original, &entry->reply);
	master = tuple_read(entry->at[CTA_TUPLE_MASTER]);
	return packet_of(&master, &(struct nl_flow){.from = master.to, .from_port = master.to_port});
}

bool entry_meant(const struct entry *entry, const struct end *end)
{
	const struct nl_flow *flow = end->direction == DIRECTION_INGRESS ? &entry->reply : &entry->original;

	return ip_cmp(&flow->from, &end->ip) == 0;
}

static uint32_t number(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u32(attr) : 0;
}

bool entry_victim(const struct nlmsghdr *nlh, const struct entry *entry, struct victim *out)
{
	const struct nfgenmsg *message = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tuple = entry->at[CTA_TUPLE_ORIG], *zone = entry->at[CTA_ZONE];

	if (mnl_attr_get_payload_len(tuple) > sizeof out->tuple)
		return false;
	*out = (struct victim){.family = message->nfgen_family, .id = number(entry->at[CTA_ID])};
	out->zone = zone ? mnl_attr_get_u16(zone) : 0;
	out->size = mnl_attr_get_payload_len(tuple);
	memcpy(out->tuple, mnl_attr_get_payload(tuple), out->size);
	return true;
}

static struct nlmsghdr *header(char *buf, uint16_t type, uint16_t flags, uint8_t family, unsigned seq)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *message = mnl_nlmsg_put_extra_header(nlh, sizeof *message);

	nlh->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	message->nfgen_family = family;
	message->version = NFNETLINK_V0;
	return nlh;
}

/* Entries whose source in one direction is the address: who began it, or who answers. */
static void source_put(struct nlmsghdr *nlh, const struct end *end)
{
	bool to = end->direction == DIRECTION_INGRESS;
	struct nlattr *tuple = mnl_attr_nest_start(nlh, to ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG);
	struct nlattr *ip = mnl_attr_nest_start(nlh, CTA_TUPLE_IP), *filter;

	mnl_attr_put(nlh, end->ip.family == FAMILY_4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC,
		     ip_size((enum family)end->ip.family), end->ip.b);
	mnl_attr_nest_end(nlh, ip);
	mnl_attr_nest_end(nlh, tuple);
	filter = mnl_attr_nest_start(nlh, CTA_FILTER);
	mnl_attr_put_u32(nlh, CTA_FILTER_ORIG_FLAGS, to ? 0 : ONLY_SOURCE);
	mnl_attr_put_u32(nlh, CTA_FILTER_REPLY_FLAGS, to ? ONLY_SOURCE : 0);
	mnl_attr_nest_end(nlh, filter);
}

/* Linux compares IPv6 addresses the wrong way round there, and leaves out the very entries that are asked for. */
bool entry_chosen(const struct end *end)
{
	return end->ip.family == FAMILY_4;
}

static uint8_t family_of(const struct end *end)
{
	if (!end)
		return AF_UNSPEC;
	return end->ip.family == FAMILY_4 ? AF_INET : AF_INET6;
}

const struct nlmsghdr *entry_ask(char *buf, unsigned seq, const struct end *end, bool expected)
{
	struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, family_of(end), seq);

	if (end && entry_chosen(end))
		source_put(nlh, end);
	if (expected) {
		mnl_attr_put_u32(nlh, CTA_STATUS, htonl(IPS_EXPECTED));
		mnl_attr_put_u32(nlh, CTA_STATUS_MASK, htonl(IPS_EXPECTED));
	}
	return nlh;
}

size_t entry_remove(char *buf, unsigned seq, const struct victim *victim, bool last)
{
	struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_DELETE, last ? NLM_F_ACK : 0, victim->family, seq);

	mnl_attr_put(nlh, CTA_TUPLE_ORIG | NLA_F_NESTED, victim->size, victim->tuple);
	mnl_attr_put_u32(nlh, CTA_ID, victim->id);
	if (victim->zone)
		mnl_attr_put_u16(nlh, CTA_ZONE, (uint16_t)victim->zone);
	return nlh->nlmsg_len;
}
