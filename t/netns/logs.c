/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of which packets does the kernel tell an NFLOG group?  Prints `PREFIX HOOK BYTES` for each until it is told to stop. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#define COPY_BYTES 128

static struct nlmsghdr *config(char *buf, uint16_t group)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *gen;

	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	gen = mnl_nlmsg_put_extra_header(nlh, sizeof *gen);
	gen->version = NFNETLINK_V0;
	gen->res_id = htons(group);
	return nlh;
}

static void ask(struct mnl_socket *nl, struct nlmsghdr *nlh)
{
	char buf[8192];
	ssize_t n;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0 || (n = mnl_socket_recvfrom(nl, buf, sizeof buf)) < 0 ||
	    mnl_cb_run(buf, (size_t)n, 0, 0, NULL, NULL) < 0)
		err(2, "nfnetlink_log");
}

static void bind_group(struct mnl_socket *nl, uint16_t group)
{
	struct nfulnl_msg_config_cmd bind = {.command = NFULNL_CFG_CMD_BIND};
	struct nfulnl_msg_config_mode mode = {.copy_range = htonl(COPY_BYTES), .copy_mode = NFULNL_COPY_PACKET};
	char buf[1024];
	struct nlmsghdr *nlh = config(buf, group);

	mnl_attr_put(nlh, NFULA_CFG_CMD, sizeof bind, &bind);
	ask(nl, nlh);
	nlh = config(buf, group);
	mnl_attr_put(nlh, NFULA_CFG_MODE, sizeof mode, &mode);
	mnl_attr_put_u32(nlh, NFULA_CFG_QTHRESH, htonl(1));
	ask(nl, nlh);
}

static int attribute(const struct nlattr *attr, void *ctx)
{
	const struct nlattr **table = ctx;

	if (mnl_attr_get_type(attr) <= NFULA_MAX)
		table[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static int packet(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *table[NFULA_MAX + 1] = {NULL};
	const struct nfulnl_msg_packet_hdr *head;

	(void)ctx;
	if (mnl_attr_parse(nlh, sizeof(struct nfgenmsg), attribute, table) < 0 || !table[NFULA_PACKET_HDR])
		return MNL_CB_OK;
	head = mnl_attr_get_payload(table[NFULA_PACKET_HDR]);
	printf("%s %u %u\n", table[NFULA_PREFIX] ? mnl_attr_get_str(table[NFULA_PREFIX]) : "-", head->hook,
	       table[NFULA_PAYLOAD] ? mnl_attr_get_payload_len(table[NFULA_PAYLOAD]) : 0);
	return MNL_CB_OK;
}

int main(int argc, char **argv)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	char buf[65536];
	ssize_t n;

	if (argc != 2 || !nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		errx(2, "usage: logs GROUP");
	bind_group(nl, (uint16_t)atoi(argv[1]));
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("listening\n");
	while ((n = mnl_socket_recvfrom(nl, buf, sizeof buf)) >= 0 || errno == ENOBUFS)
		if (n > 0)
			mnl_cb_run(buf, (size_t)n, 0, 0, packet, NULL);
	err(2, "nfnetlink_log");
}
