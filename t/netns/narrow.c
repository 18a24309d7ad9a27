/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine with little room for connections, whose limit is not one to set for a test: preloaded, it makes the kernel tell of
 * the limit that $LIMIT names; and with $ROOM no, of no packet that it dropped because two connections clash, so that those
 * look as if there had been no room for them.
 */
#undef _FORTIFY_SOURCE
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

static void replace(struct nlmsghdr *nlh, uint16_t type, const char *number)
{
	struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	char *end = mnl_nlmsg_get_payload_tail(nlh);

	for (; mnl_attr_ok(attr, (int)(end - (char *)attr)); attr = mnl_attr_next(attr)) {
		uint32_t value = htonl((uint32_t)strtoul(number, NULL, 10));
		if (mnl_attr_get_type(attr) == type)
			memcpy(mnl_attr_get_payload(attr), &value, sizeof value);
	}
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t got = syscall(SYS_recvmsg, fd, msg, flags);
	const struct sockaddr_nl *from = msg->msg_name;
	const char *limit = getenv("LIMIT"), *room = getenv("ROOM");
	int n = (int)got;

	if (got <= 0 || msg->msg_namelen != sizeof *from || from->nl_family != AF_NETLINK)
		return got;
	for (struct nlmsghdr *nlh = msg->msg_iov->iov_base; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		if (limit && nlh->nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS))
			replace(nlh, CTA_STATS_GLOBAL_MAX_ENTRIES, limit);
		if (room && nlh->nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS_CPU))
			replace(nlh, CTA_STATS_INSERT_FAILED, "0");
	}
	return got;
}
