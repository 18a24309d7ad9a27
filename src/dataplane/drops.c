/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets has the kernel told our NFLOG group of? */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_log/libnetfilter_log.h>
#include <linux/netfilter/nfnetlink_log.h>

#include <selvage/drops.h>
#include <selvage/mem.h>

#define COPY_BYTES 256              /* of each packet: all headers that count */
#define CONFIG_BYTES 8192           /* of what configures the group, and its answer */
#define BUFFER (64 * 1024)          /* one read; the kernel sends at most a page or so at once */
#define SOCKET_BUFFER (1024 * 1024) /* what waits to be read, with all that the kernel counts in */
#define DELAY 10                    /* hundredths of a second that the kernel may collect for */

struct drops {
	struct mnl_socket *sock;
	char *buf;
	size_t n;            /* bytes of it in use */
	struct nlmsghdr *at; /* what is next of it; NULL: it must be filled */
	bool counting;       /* `seq` is known */
	uint32_t seq;        /* of the next packet */
	uint64_t lost;
};

/* The kernel answers EPERM to who asks for a group that another socket has, and to who may not ask for any: nl_open() has
 * told of the latter before. */
static int ask(struct drops *drops, struct nlmsghdr *nlh, struct err *err)
{
	char buf[CONFIG_BYTES];
	ssize_t n;

	nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(drops->sock, nlh, nlh->nlmsg_len) >= 0 &&
	    (n = mnl_socket_recvfrom(drops->sock, buf, sizeof buf)) >= 0 &&
	    mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(drops->sock), NULL, NULL) >= 0)
		return 0;
	if (errno == EBUSY || errno == EPERM)
		return err_set(err, ERR_BUSY, "another process listens to it");
	return err_sys(err, ERR_KERNEL, errno, "the kernel does not log to groups (nfnetlink_log)");
}

/* Packets are told of with numbers, so that those that are missing can be counted. */
static int group_join(struct drops *drops, uint16_t group, struct err *err)
{
	char buf[CONFIG_BYTES];
	struct nlmsghdr *nlh = nflog_nlmsg_put_header(buf, NFULNL_MSG_CONFIG, AF_UNSPEC, group);

	if (nflog_attr_put_cfg_cmd(nlh, NFULNL_CFG_CMD_BIND) < 0)
		abort();
	if (ask(drops, nlh, err))
		return -1;
	nlh = nflog_nlmsg_put_header(buf, NFULNL_MSG_CONFIG, AF_UNSPEC, group);
	if (nflog_attr_put_cfg_mode(nlh, NFULNL_COPY_PACKET, COPY_BYTES) < 0)
		abort();
	mnl_attr_put_u16(nlh, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	mnl_attr_put_u32(nlh, NFULA_CFG_TIMEOUT, htonl(DELAY));
	return ask(drops, nlh, err);
}

static int drops_init(struct drops *drops, uint16_t group, struct err *err)
{
	int bytes = SOCKET_BUFFER;

	drops->sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!drops->sock || mnl_socket_bind(drops->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return err_sys(err, ERR_KERNEL, errno, "cannot open a netlink socket");
	setsockopt(mnl_socket_get_fd(drops->sock), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
	return group_join(drops, group, err);
}

struct drops *drops_open(uint16_t group, struct err *err)
{
	struct drops *drops = mem_new(1, sizeof *drops);

	drops->buf = mem_new(1, BUFFER);
	if (!drops_init(drops, group, err))
		return drops;
	err_ctx(err, "NFLOG group %u: ", group);
	drops_close(drops);
	return NULL;
}

void drops_close(struct drops *drops)
{
	if (!drops)
		return;
	if (drops->sock)
		mnl_socket_close(drops->sock);
	free(drops->buf);
	free(drops);
}

int drops_fd(const struct drops *drops)
{
	return mnl_socket_get_fd(drops->sock);
}

/* Counts what the kernel left out since the packet before this one. */
static void seq_follow(struct drops *drops, const struct nlattr *attr)
{
	uint32_t seq = ntohl(mnl_attr_get_u32(attr));

	if (drops->counting)
		drops->lost += (uint32_t)(seq - drops->seq);
	drops->counting = true;
	drops->seq = seq + 1;
}

static bool message_read(struct drops *drops, const struct nlmsghdr *nlh, struct drop *out)
{
	struct nlattr *attrs[NFULA_MAX + 1] = {NULL};
	const struct nlattr *payload, *prefix;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) || nflog_nlmsg_parse(nlh, attrs) < 0)
		return false;
	if (attrs[NFULA_SEQ])
		seq_follow(drops, attrs[NFULA_SEQ]);
	payload = attrs[NFULA_PAYLOAD];
	prefix = attrs[NFULA_PREFIX];
	if (!payload || !prefix || !drop_parse(mnl_attr_get_payload(payload), mnl_attr_get_payload_len(payload), out))
		return false;
	snprintf(out->chain, sizeof out->chain, "%.*s", (int)mnl_attr_get_payload_len(prefix),
		 mnl_attr_get_str(prefix));
	return true;
}

/* ENOBUFS says that something was lost; how much, the next packet's number does. */
static bool fill(struct drops *drops)
{
	ssize_t n;

	do
		n = recv(drops_fd(drops), drops->buf, BUFFER, MSG_DONTWAIT);
	while (n < 0 && (errno == ENOBUFS || errno == EINTR));
	drops->n = n > 0 ? (size_t)n : 0;
	drops->at = n > 0 ? (struct nlmsghdr *)(void *)drops->buf : NULL;
	return n > 0;
}

bool drops_next(struct drops *drops, struct drop *out)
{
	for (;;) {
		int left = drops->at ? (int)(drops->n - (size_t)((char *)drops->at - drops->buf)) : 0;

		if (!drops->at || !mnl_nlmsg_ok(drops->at, left)) {
			if (!fill(drops))
				return false;
			continue;
		}
		const struct nlmsghdr *nlh = drops->at;
		drops->at = mnl_nlmsg_next(nlh, &left);
		if (message_read(drops, nlh, out))
			return true;
	}
}

uint64_t drops_lost(const struct drops *drops)
{
	return drops->lost;
}
