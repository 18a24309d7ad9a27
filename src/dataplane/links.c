/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does this machine look as if it had pods? */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <selvage/links.h>

#define ANSWER_MAX 32768 /* bytes of one part of a dump, as the kernel makes them */

static int kind_find(const struct nlattr *attr, void *kind)
{
	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		*(const char **)kind = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static int info_find(const struct nlattr *attr, void *kind)
{
	if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
		mnl_attr_parse_nested(attr, kind_find, kind);
	return MNL_CB_OK;
}

static bool is_veth(const struct nlmsghdr *nlh)
{
	const char *kind = "";

	mnl_attr_parse(nlh, sizeof(struct ifinfomsg), info_find, &kind);
	return strcmp(kind, "veth") == 0;
}

static int count_veth(const struct nlmsghdr *nlh, void *n)
{
	*(size_t *)n += nlh->nlmsg_type == RTM_NEWLINK && is_veth(nlh);
	return MNL_CB_OK;
}

/* Dumps the links into the count; -1 with errno. */
static int dump(struct mnl_socket *sock, size_t *n)
{
	char buf[ANSWER_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	unsigned seq = (unsigned)time(NULL);
	ssize_t got = 1;
	int status = MNL_CB_OK;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -1;
	while (status > MNL_CB_STOP && got > 0) {
		got = mnl_socket_recvfrom(sock, buf, sizeof buf);
		if (got > 0)
			status = mnl_cb_run(buf, (size_t)got, seq, mnl_socket_get_portid(sock), count_veth, n);
	}
	return got > 0 && status >= 0 ? 0 : -1;
}

int links_veths(size_t *n, struct err *err)
{
	struct mnl_socket *sock = mnl_socket_open(NETLINK_ROUTE);
	int rc, sys;

	*n = 0;
	if (!sock)
		return err_sys(err, ERR_KERNEL, errno, "cannot ask for network interfaces");
	rc = mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) || dump(sock, n) ? -1 : 0;
	sys = errno;
	mnl_socket_close(sock);
	return rc ? err_sys(err, ERR_KERNEL, sys, "cannot list network interfaces") : 0;
}
