/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills the connection tracking of this network namespace: entries FROM TO N.  N connections over UDP with replies seen,
 * from FROM and the addresses after it, 32,768 each, to port 80 of TO.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#define PORTS 32768
#define FIRST_PORT 1024
#define LIFE_SECONDS 3600

struct end {
	uint32_t ip; /* host order, as is the port */
	uint16_t port;
};

static void tuple_put(struct nlmsghdr *nlh, uint16_t type, struct end from, struct end to)
{
	struct nlattr *tuple = mnl_attr_nest_start(nlh, type), *part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);

	mnl_attr_put_u32(nlh, CTA_IP_V4_SRC, htonl(from.ip));
	mnl_attr_put_u32(nlh, CTA_IP_V4_DST, htonl(to.ip));
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(from.port));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(to.port));
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

static void entry_put(struct mnl_socket *sock, struct end from, struct end to, unsigned seq)
{
	char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *message = mnl_nlmsg_put_extra_header(nlh, sizeof *message);
	ssize_t n;

	nlh->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	nlh->nlmsg_seq = seq;
	message->nfgen_family = AF_INET;
	message->version = NFNETLINK_V0;
	tuple_put(nlh, CTA_TUPLE_ORIG, from, to);
	tuple_put(nlh, CTA_TUPLE_REPLY, to, from);
	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY));
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(LIFE_SECONDS));
	n = mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0 ? -1 : mnl_socket_recvfrom(sock, buf, sizeof buf);
	if (n < 0 || mnl_cb_run(buf, (size_t)n, seq, 0, NULL, NULL) < 0) {
		perror("entries: cannot make an entry");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct mnl_socket *sock = mnl_socket_open(NETLINK_NETFILTER);
	struct in_addr from, to;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &from) != 1 || inet_pton(AF_INET, argv[2], &to) != 1 || !sock ||
	    mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID)) {
		fputs("usage: entries FROM TO N, as root\n", stderr);
		return 2;
	}
	for (unsigned i = 0; i < (unsigned)atoi(argv[3]); i++)
		entry_put(sock, (struct end){ntohl(from.s_addr) + i / PORTS, (uint16_t)(FIRST_PORT + i % PORTS)},
			  (struct end){ntohl(to.s_addr), 80}, i + 1);
	mnl_socket_close(sock);
	return 0;
}
