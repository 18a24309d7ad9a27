/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections does the kernel track? */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_sctp.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include <selvage/nl_flows.h>

#include "nl_entry.h"
#include "nl_priv.h"

#define BUFFER 65536

struct look {
	void (*each)(void *ctx, const struct flow *flow);
	void *ctx;
	int64_t now; /* ns since 1970, as the kernel's timestamps are */
	VEC(struct ip) own;
};

/* A number of 64 bits in network order within an attribute, -1 if it is not there. */
static int64_t number_within(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	if (!nest)
		return -1;
	for (attr = mnl_attr_get_payload(nest); nl_attr_in(attr, mnl_attr_next(nest)); attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == type && mnl_attr_get_payload_len(attr) == sizeof(uint64_t))
			return (int64_t)be64toh(mnl_attr_get_u64(attr));
	return -1;
}

static int64_t both(const struct entry *entry, uint16_t type)
{
	int64_t a = number_within(entry->at[CTA_COUNTERS_ORIG], type),
		b = number_within(entry->at[CTA_COUNTERS_REPLY], type);

	return a < 0 || b < 0 ? -1 : a + b;
}

/* The state within what the kernel tells of a protocol, -1 if it is not there. */
static int state_within(const struct nlattr *nest, uint16_t protocol, uint16_t type)
{
	const struct nlattr *info, *attr;

	if (!nest)
		return -1;
	for (info = mnl_attr_get_payload(nest); nl_attr_in(info, mnl_attr_next(nest)); info = mnl_attr_next(info)) {
		if (mnl_attr_get_type(info) != protocol)
			continue;
		for (attr = mnl_attr_get_payload(info); nl_attr_in(attr, mnl_attr_next(info));
		     attr = mnl_attr_next(attr))
			if (mnl_attr_get_type(attr) == type && mnl_attr_get_payload_len(attr) == sizeof(uint8_t))
				return mnl_attr_get_u8(attr);
	}
	return -1;
}

/* As flows.c reads them by their names. */
static enum flow_state state_of(const struct entry *entry)
{
	int tcp = state_within(entry->at[CTA_PROTOINFO], CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE),
	    sctp = state_within(entry->at[CTA_PROTOINFO], CTA_PROTOINFO_SCTP, CTA_PROTOINFO_SCTP_STATE);

	if (tcp == TCP_CONNTRACK_LAST_ACK || tcp == TCP_CONNTRACK_TIME_WAIT || tcp == TCP_CONNTRACK_CLOSE ||
	    sctp == SCTP_CONNTRACK_CLOSED || sctp == SCTP_CONNTRACK_SHUTDOWN_ACK_SENT)
		return FLOW_STATE_OVER;
	return tcp > TCP_CONNTRACK_NONE || sctp > SCTP_CONNTRACK_NONE ? FLOW_STATE_OPEN : FLOW_STATE_UNKNOWN;
}

static struct flow flow_of(const struct look *look, const struct entry *entry)
{
	int64_t start = number_within(entry->at[CTA_TIMESTAMP], CTA_TIMESTAMP_START);
	const struct nlattr *status = entry->at[CTA_STATUS];

	return (struct flow){
		.packet = entry_packet(entry),
		.packets = both(entry, CTA_COUNTERS_PACKETS),
		.bytes = both(entry, CTA_COUNTERS_BYTES),
		.seconds = start > 0 && start <= look->now ? (look->now - start) / 1000000000 : -1,
		.replied = status && ntohl(mnl_attr_get_u32(status)) & IPS_SEEN_REPLY,
		.state = state_of(entry),
	};
}

static bool is_own(const struct look *look, const struct ip *ip)
{
	for (size_t i = 0; i < look->own.n; i++)
		if (!ip_cmp(&look->own.at[i], ip))
			return true;
	return false;
}

static int visit(const struct nlmsghdr *nlh, void *ctx)
{
	const struct look *look = ctx;
	struct entry entry;
	struct flow flow;

	if (!entry_read(nlh, &entry))
		return MNL_CB_OK;
	flow = flow_of(look, &entry);
	if (!is_own(look, &flow.packet.from) && !is_own(look, &flow.packet.to))
		look->each(look->ctx, &flow);
	return MNL_CB_OK;
}

static int own_read(struct look *look)
{
	struct ifaddrs *all;

	if (getifaddrs(&all))
		return -1;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		struct ip ip = {.family = FAMILY_4};

		if (!a->ifa_addr || (a->ifa_addr->sa_family != AF_INET && a->ifa_addr->sa_family != AF_INET6))
			continue;
		if (a->ifa_addr->sa_family == AF_INET) {
			memcpy(ip.b, &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr, 4);
		} else {
			ip.family = FAMILY_6;
			memcpy(ip.b, &((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr, 16);
		}
		*vec_add(&look->own) = ip;
	}
	freeifaddrs(all);
	return 0;
}

static int dump(struct mnl_socket *sock, struct look *look, char *buf)
{
	const struct nlmsghdr *ask = entry_ask(buf, 1, NULL, false);
	int more = 1;

	if (mnl_socket_sendto(sock, ask, ask->nlmsg_len) < 0)
		return -1;
	while (more > 0) {
		ssize_t n = mnl_socket_recvfrom(sock, buf, BUFFER);

		more = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(sock), visit, look);
	}
	return more;
}

int nl_flows(void (*each)(void *ctx, const struct flow *flow), void *ctx, struct err *err)
{
	struct look look = {.each = each, .ctx = ctx};
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	char *buf = mem_new(1, BUFFER);
	struct timespec now;
	int rc = -1, cause;

	clock_gettime(CLOCK_REALTIME, &now);
	look.now = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (sock && !mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) && !own_read(&look))
		rc = dump(sock, &look, buf);
	cause = errno;
	if (sock)
		mnl_socket_close(sock);
	vec_free(&look.own);
	free(buf);
	return rc < 0 ? err_sys(err, cause == EPERM ? ERR_PERM : ERR_KERNEL, cause, "listing connections") : 0;
}
