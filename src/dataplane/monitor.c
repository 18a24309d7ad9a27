/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who else wrote to our table, and what? */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <selvage/mem.h>
#include <selvage/monitor.h>

#include "nl_priv.h"

#define BUFFER (8 << 20)
#define NAME_SHOWN 60 /* bytes of an object's name */

struct monitor {
	struct mnl_socket *sock;
	uint32_t own; /* the port that is ours */
	char *buf;    /* what was received last: `left` bytes from `next` on are still to be read */
	struct nlmsghdr *next;
	int left;
	size_t n; /* changes of our table in the transaction that is being told */
	bool grave;
	char what[120]; /* the first of them, or the gravest */
	bool sources;   /* the table of nl_sources() was changed since it was last asked */
};

/* The table has one number in all messages.  What the kernel tells of, in order of its gravity. */
static const struct {
	uint16_t type, name; /* NFT_MSG_*; the attribute that tells the object, or 0 */
	bool grave;
	const char *words;
} kinds[] = {
	{NFT_MSG_DELTABLE, 0, true, "removed the table"},
	{NFT_MSG_NEWTABLE, 0, true, "made the table or changed its flags"},
	{NFT_MSG_DELCHAIN, NFTA_CHAIN_NAME, false, "removed chain "},
	{NFT_MSG_NEWCHAIN, NFTA_CHAIN_NAME, false, "made or changed chain "},
	{NFT_MSG_DELRULE, NFTA_RULE_CHAIN, false, "removed a rule of chain "},
	{NFT_MSG_NEWRULE, NFTA_RULE_CHAIN, false, "added a rule to chain "},
	{NFT_MSG_DELSET, NFTA_SET_NAME, false, "removed set "},
	{NFT_MSG_NEWSET, NFTA_SET_NAME, false, "made or changed set "},
	{NFT_MSG_DELSETELEM, NFTA_SET_ELEM_LIST_SET, false, "removed elements of set "},
	{NFT_MSG_NEWSETELEM, NFTA_SET_ELEM_LIST_SET, false, "added elements to set "},
	{NFT_MSG_DELOBJ, NFTA_OBJ_NAME, false, "removed object "},
	{NFT_MSG_NEWOBJ, NFTA_OBJ_NAME, false, "made or changed object "},
	{NFT_MSG_DELFLOWTABLE, NFTA_FLOWTABLE_NAME, false, "removed flowtable "},
	{NFT_MSG_NEWFLOWTABLE, NFTA_FLOWTABLE_NAME, false, "made or changed flowtable "},
};

/* The text of an attribute, or "". */
static const char *text_of(const struct nlmsghdr *nlh, uint16_t type)
{
	const void *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));

	for (; nl_attr_in(attr, end); attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == type && !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return mnl_attr_get_str(attr);
	return "";
}

static void change_note(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].type != (nlh->nlmsg_type & 0xff))
			continue;
		if (!monitor->n || (kinds[i].grave && !monitor->grave))
			snprintf(monitor->what, sizeof monitor->what, "%s%.*s", kinds[i].words, NAME_SHOWN,
				 kinds[i].name ? text_of(nlh, kinds[i].name) : "");
		monitor->grave |= kinds[i].grave;
		monitor->n++;
	}
}

static bool is_change(const struct monitor *monitor, const struct nlmsghdr *nlh, uint8_t family)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);

	return nlh->nlmsg_pid != monitor->own && head->nfgen_family == family &&
	       !strcmp(text_of(nlh, NFTA_SET_TABLE), FACT_TABLE);
}

static void culprit_read(const struct nlmsghdr *nlh, struct intrusion *out)
{
	const void *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));

	for (; nl_attr_in(attr, end); attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == NFTA_GEN_PROC_PID && !mnl_attr_validate(attr, MNL_TYPE_U32))
			out->pid = ntohl(mnl_attr_get_u32(attr));
	snprintf(out->process, sizeof out->process, "%s", text_of(nlh, NFTA_GEN_PROC_NAME));
}

/* A transaction ends: if it touched our table, that is an intrusion. */
static bool finish(struct monitor *monitor, const struct nlmsghdr *nlh, struct intrusion *out)
{
	size_t n = monitor->n;

	monitor->n = 0;
	monitor->grave = false;
	if (!n)
		return false;
	*out = (struct intrusion){0};
	culprit_read(nlh, out);
	if (n > 1)
		snprintf(out->what, sizeof out->what, "%s, and %zu more changes", monitor->what, n - 1);
	else
		snprintf(out->what, sizeof out->what, "%s", monitor->what);
	return true;
}

static bool message_read(struct monitor *monitor, const struct nlmsghdr *nlh, struct intrusion *out)
{
	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return false;
	if ((nlh->nlmsg_type & 0xff) == NFT_MSG_NEWGEN)
		return finish(monitor, nlh, out);
	if (is_change(monitor, nlh, NFPROTO_INET))
		change_note(monitor, nlh);
	monitor->sources |= is_change(monitor, nlh, NFPROTO_NETDEV);
	return false;
}

/* 1: received, 0: there is nothing, -1: something was lost. */
static int receive(struct monitor *monitor)
{
	ssize_t n;

	do
		n = recv(mnl_socket_get_fd(monitor->sock), monitor->buf, NL_RX, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	monitor->next = (void *)monitor->buf;
	monitor->left = (int)n;
	return 1;
}

bool monitor_next(struct monitor *monitor, struct intrusion *out)
{
	int got = 1;

	while (got > 0) {
		while (mnl_nlmsg_ok(monitor->next, monitor->left)) {
			const struct nlmsghdr *nlh = monitor->next;
			monitor->next = mnl_nlmsg_next(nlh, &monitor->left);
			if (message_read(monitor, nlh, out))
				return true;
		}
		got = receive(monitor);
	}
	if (got == 0)
		return false;
	*out = (struct intrusion){.lost = true, .what = "did more than could be told"};
	monitor->n = 0;
	monitor->grave = false;
	monitor->sources = true;
	return true;
}

bool monitor_sources(struct monitor *monitor)
{
	bool changed = monitor->sources;

	monitor->sources = false;
	return changed;
}

/* What we write ourselves is not even queued.  All messages in one buffer are of one transaction; the filter reads numbers in
 * network order. */
static int filter(const struct monitor *monitor)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(monitor->own), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

	return setsockopt(mnl_socket_get_fd(monitor->sock), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int setup(struct monitor *monitor, struct err *err)
{
	int group = NFNLGRP_NFTABLES, size = BUFFER;

	monitor->sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!monitor->sock)
		return err_sys(err, ERR_KERNEL, errno, "this kernel has no nfnetlink");
	if (setsockopt(mnl_socket_get_fd(monitor->sock), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
		(void)setsockopt(mnl_socket_get_fd(monitor->sock), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (filter(monitor) || mnl_socket_bind(monitor->sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(monitor->sock, NETLINK_ADD_MEMBERSHIP, &group, sizeof group))
		return err_sys(err, ERR_IO, errno, "listening for changes of nftables");
	return 0;
}

struct monitor *monitor_open(const struct nl *nl, struct err *err)
{
	struct monitor *monitor = mem_new(1, sizeof *monitor);

	monitor->own = mnl_socket_get_portid(nl->sock);
	monitor->buf = mem_new(1, NL_RX);
	if (!setup(monitor, err))
		return monitor;
	monitor_close(monitor);
	return NULL;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->sock)
		mnl_socket_close(monitor->sock);
	free(monitor->buf);
	free(monitor);
}

int monitor_fd(const struct monitor *monitor)
{
	return mnl_socket_get_fd(monitor->sock);
}
