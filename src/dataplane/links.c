/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does this machine look as if it had pods, and what is at the other ends of its veth pairs? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <selvage/links.h>

#define ANSWER_MAX 32768 /* bytes of one part of a dump, as the kernel makes them */
#define NO_NETNS UINT32_MAX

/* A link as the kernel tells of it. */
struct link {
	const char *kind, *name;
	uint32_t index, master, netns; /* netns: the number of the namespace where its other end is */
};

static int kind_find(const struct nlattr *attr, void *kind)
{
	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		*(const char **)kind = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static int link_part(const struct nlattr *attr, void *ctx)
{
	struct link *link = ctx;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, kind_find, &link->kind);
		break;
	case IFLA_IFNAME:
		link->name = mnl_attr_get_str(attr);
		break;
	case IFLA_MASTER:
		link->master = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		link->netns = mnl_attr_get_u32(attr);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* False: it is no veth. */
static bool link_read(const struct nlmsghdr *nlh, struct link *out)
{
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(nlh);

	*out = (struct link){.kind = "", .name = "", .index = (uint32_t)head->ifi_index, .netns = NO_NETNS};
	mnl_attr_parse(nlh, sizeof *head, link_part, out);
	return nlh->nlmsg_type == RTM_NEWLINK && !strcmp(out->kind, "veth");
}

/* Sends the request and gives every answer to `visit`; -1 with errno. */
static int dump(struct mnl_socket *sock, struct nlmsghdr *request, mnl_cb_t visit, void *ctx)
{
	char buf[ANSWER_MAX];
	unsigned seq = (unsigned)time(NULL);
	ssize_t got = 1;
	int status = MNL_CB_OK;

	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = seq;
	if (mnl_socket_sendto(sock, request, request->nlmsg_len) < 0)
		return -1;
	while (status > MNL_CB_STOP && got > 0) {
		got = mnl_socket_recvfrom(sock, buf, sizeof buf);
		if (got > 0)
			status = mnl_cb_run(buf, (size_t)got, seq, mnl_socket_get_portid(sock), visit, ctx);
	}
	return got > 0 && status >= 0 ? 0 : -1;
}

static int dump_links(struct mnl_socket *sock, mnl_cb_t visit, void *ctx)
{
	char buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	return dump(sock, nlh, visit, ctx);
}

static struct mnl_socket *sock_open(struct err *err)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int one = 1;

	if (sock && mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(sock);
		sock = NULL;
	}
	if (!sock)
		err_sys(err, ERR_KERNEL, errno, "cannot ask for network interfaces");
	else /* without it a request about another namespace would be answered about this one: see addresses_read() */
		mnl_socket_setsockopt(sock, NETLINK_GET_STRICT_CHK, &one, sizeof one);
	return sock;
}

static int count_veth(const struct nlmsghdr *nlh, void *n)
{
	struct link link;

	*(size_t *)n += link_read(nlh, &link);
	return MNL_CB_OK;
}

int links_veths(size_t *n, struct err *err)
{
	struct mnl_socket *sock = sock_open(err);
	int rc, sys;

	*n = 0;
	if (!sock)
		return -1;
	rc = dump_links(sock, count_veth, n);
	sys = errno;
	mnl_socket_close(sock);
	return rc ? err_sys(err, ERR_KERNEL, sys, "cannot list network interfaces") : 0;
}

static int veth_add(const struct nlmsghdr *nlh, void *ctx)
{
	struct link link;
	struct veth *veth;

	if (!link_read(nlh, &link) || link.netns == NO_NETNS)
		return MNL_CB_OK;
	veth = vec_add((struct veths *)ctx);
	*veth = (struct veth){.index = link.index, .bridge = link.master, .netns = link.netns};
	snprintf(veth->name, sizeof veth->name, "%s", link.name);
	return MNL_CB_OK;
}

struct address {
	const struct nlattr *bytes;
	uint32_t netns;
};

/* IFA_LOCAL is the address itself where IFA_ADDRESS is that of a peer; IPv6 has the latter alone, unless there is a peer. */
static int address_part(const struct nlattr *attr, void *ctx)
{
	struct address *address = ctx;
	uint16_t type = mnl_attr_get_type(attr);

	if (type == IFA_LOCAL || (type == IFA_ADDRESS && !address->bytes))
		address->bytes = attr;
	if (type == IFA_TARGET_NETNSID)
		address->netns = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int address_add(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(nlh);
	struct address address = {.netns = NO_NETNS};
	struct veth *veth = ctx;
	struct ip ip = {.family = head->ifa_family == AF_INET ? FAMILY_4 : FAMILY_6};

	if (nlh->nlmsg_type != RTM_NEWADDR || head->ifa_scope == RT_SCOPE_HOST)
		return MNL_CB_OK;
	mnl_attr_parse(nlh, sizeof *head, address_part, &address);
	if (!address.bytes || address.netns != veth->netns ||
	    mnl_attr_get_payload_len(address.bytes) != ip_size((enum family)ip.family))
		return MNL_CB_OK;
	memcpy(ip.b, mnl_attr_get_payload(address.bytes), ip_size((enum family)ip.family));
	if (veth->n == VETH_IPS)
		veth->more = true;
	else
		veth->ips[veth->n++] = ip;
	return MNL_CB_OK;
}

static int ip_order(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

/* Linux 5.0 answers about another namespace, by the number that it has here. */
static void addresses_read(struct mnl_socket *sock, struct veth *veth)
{
	char buf[128];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *head;

	nlh->nlmsg_type = RTM_GETADDR;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof *head);
	head->ifa_family = AF_UNSPEC;
	mnl_attr_put_u32(nlh, IFA_TARGET_NETNSID, veth->netns);
	if (dump(sock, nlh, address_add, veth))
		veth->n = 0;
	qsort(veth->ips, veth->n, sizeof *veth->ips, ip_order);
}

static int index_order(const void *a, const void *b)
{
	const struct veth *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

int links_seen(struct veths *out, struct err *err)
{
	struct mnl_socket *sock = sock_open(err);
	int rc;

	*out = (struct veths){0};
	if (!sock)
		return -1;
	rc = dump_links(sock, veth_add, out);
	if (rc)
		err_sys(err, ERR_KERNEL, errno, "cannot list network interfaces");
	for (size_t i = 0; i < out->n && !rc; i++)
		addresses_read(sock, &out->at[i]);
	vec_sort(out, index_order);
	mnl_socket_close(sock);
	return rc;
}

int links_listen(struct err *err)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && !bind(fd, (const struct sockaddr *)&addr, sizeof addr))
		return fd;
	err_sys(err, ERR_KERNEL, errno, "cannot listen for network interfaces");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* What is lost because there is no room for it would say no more. */
void links_heard(int fd)
{
	char buf[ANSWER_MAX];

	while (recv(fd, buf, sizeof buf, 0) > 0 || errno == ENOBUFS || errno == EINTR)
		;
}
