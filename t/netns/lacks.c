/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that lacks something: preloaded, it changes whatever is sent, and the kernel's own refusal comes back.  $LACKS is
 * what is lacking: the name of an expression, which gets a name that no kernel knows; or NAME ATTRIBUTE VALUE, a form of an
 * expression that the kernel knows, whose attribute gets a value that no kernel knows instead of this one.  Of the NAMEs `set`
 * and `table`, the value is a flag; `netdev` is the family of tables.
 */
#undef _FORTIFY_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define NO_VALUE 250u
#define NO_FLAG 0x8000u
#define NO_FAMILY 200

static struct lack {
	char name[32];
	unsigned type;
	uint32_t value;
	enum { NOTHING, EXPRESSION, FORM = 3 } kind;
} lack;

static void attr_put(struct nlattr *attr, uint32_t value)
{
	value = htonl(value);
	memcpy(mnl_attr_get_payload(attr), &value, sizeof value);
}

static void flag_change(struct nlmsghdr *nlh)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == lack.type && ntohl(mnl_attr_get_u32(attr)) & lack.value)
			attr_put(attr, ntohl(mnl_attr_get_u32(attr)) | NO_FLAG);
	}
}

/* The data of an expression stand behind its name. */
static void form_change(struct nlattr *name)
{
	const struct nlattr *data = mnl_attr_next(name);
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) == lack.type && ntohl(mnl_attr_get_u32(attr)) == lack.value)
			attr_put(attr, NO_VALUE);
	}
}

static void rule_change(struct nlmsghdr *nlh)
{
	const struct nlattr *list = NULL;
	struct nlattr *attr, *item;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_RULE_EXPRESSIONS)
			list = attr;
	}
	if (!list)
		return;
	mnl_attr_for_each_nested(item, list)
	{
		attr = mnl_attr_get_payload(item);
		if (strcmp(mnl_attr_get_str(attr), lack.name))
			continue;
		if (lack.kind == FORM)
			form_change(attr);
		else
			*(char *)mnl_attr_get_payload(attr) = 'X';
	}
}

static void change(struct nlmsghdr *nlh)
{
	int type = nlh->nlmsg_type - (NFNL_SUBSYS_NFTABLES << 8);
	struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);

	if (type == NFT_MSG_NEWTABLE && !strcmp(lack.name, "netdev") && head->nfgen_family == NFPROTO_NETDEV)
		head->nfgen_family = NO_FAMILY;
	if (type == NFT_MSG_NEWRULE)
		rule_change(nlh);
	if ((type == NFT_MSG_NEWSET && !strcmp(lack.name, "set")) ||
	    (type == NFT_MSG_NEWTABLE && !strcmp(lack.name, "table")))
		flag_change(nlh);
}

ssize_t sendto(int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t size)
{
	char *copy = malloc(n);
	int left = (int)n;
	ssize_t sent;

	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	lack.kind = sscanf(getenv("LACKS"), "%31s %u %u", lack.name, &lack.type, &lack.value);
	if (to && to->sa_family == AF_NETLINK)
		for (struct nlmsghdr *nlh = (void *)copy; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			change(nlh);
	sent = syscall(SYS_sendto, fd, copy, n, flags, to, size);
	free(copy);
	return sent;
}
