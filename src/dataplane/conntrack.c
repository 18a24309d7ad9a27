/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections go on that policy would not allow any more? */
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <selvage/conntrack.h>

#define ANSWER_MAX 65536 /* bytes of one part of a dump */

struct sweep {
	bool (*denied)(void *ctx, const struct packet *packet);
	void *ctx;
	VEC(struct ip) own;             /* addresses of this machine, sorted */
	VEC(struct nf_conntrack *) cut; /* to be removed */
	struct nf_conntrack *entry;     /* the one that is being looked at */
	size_t seen;
};

static int ip_order(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void own_add(struct sweep *sweep, const struct sockaddr *address)
{
	struct ip ip = {0};

	if (!address || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
		return;
	if (address->sa_family == AF_INET) {
		memcpy(ip.b, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	} else {
		ip.family = FAMILY_6;
		memcpy(ip.b, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	}
	*vec_add(&sweep->own) = ip;
}

static int own_read(struct sweep *sweep, struct err *err)
{
	struct ifaddrs *all;

	if (getifaddrs(&all))
		return err_sys(err, ERR_KERNEL, errno, "cannot list this machine's addresses");
	for (const struct ifaddrs *a = all; a; a = a->ifa_next)
		own_add(sweep, a->ifa_addr);
	freeifaddrs(all);
	vec_sort(&sweep->own, ip_order);
	return 0;
}

static bool is_own(const struct sweep *sweep, const struct ip *ip)
{
	return sweep->own.n && bsearch(ip, sweep->own.at, sweep->own.n, sizeof *sweep->own.at, ip_order);
}

static struct ip address(const struct nf_conntrack *entry, enum family family, enum nf_conntrack_attr attr4,
			 enum nf_conntrack_attr attr6)
{
	struct ip ip = {.family = (uint8_t)family};
	const void *bytes = nfct_get_attr(entry, family == FAMILY_4 ? attr4 : attr6);

	if (bytes)
		memcpy(ip.b, bytes, ip_size(family));
	return ip;
}

/* The first packet: its source is the original one, its destination is who answers. */
static bool packet_read(const struct nf_conntrack *entry, struct packet *out)
{
	uint8_t l3 = nfct_get_attr_u8(entry, ATTR_ORIG_L3PROTO);
	enum family family = l3 == AF_INET ? FAMILY_4 : FAMILY_6;

	if (l3 != AF_INET && l3 != AF_INET6)
		return false;
	*out = (struct packet){
		.from = address(entry, family, ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC),
		.to = address(entry, family, ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC),
		.proto = nfct_get_attr_u8(entry, ATTR_ORIG_L4PROTO),
	};
	if (proto_name(out->proto))
		out->port = ntohs(nfct_get_attr_u16(entry, ATTR_REPL_PORT_SRC));
	return true;
}

static int entry_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct sweep *sweep = ctx;
	struct packet packet;

	nfct_destroy(sweep->entry);
	sweep->entry = nfct_new();
	if (!sweep->entry)
		abort();
	if (nfct_nlmsg_parse(nlh, sweep->entry) || !packet_read(sweep->entry, &packet))
		return MNL_CB_OK;
	sweep->seen++;
	if (is_own(sweep, &packet.from) || is_own(sweep, &packet.to) || !sweep->denied(sweep->ctx, &packet))
		return MNL_CB_OK;
	*vec_add(&sweep->cut) = sweep->entry;
	sweep->entry = nfct_new();
	return sweep->entry ? MNL_CB_OK : MNL_CB_ERROR;
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

/* Sends a request and reads all its answers; -1 with errno. */
static int ask(struct mnl_socket *sock, const struct nlmsghdr *nlh, char *buf, mnl_cb_t visit, void *ctx)
{
	unsigned seq = nlh->nlmsg_seq, port = mnl_socket_get_portid(sock);
	int status = MNL_CB_OK;

	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -1;
	while (status > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(sock, buf, ANSWER_MAX);

		if (n < 0)
			return -1;
		status = mnl_cb_run(buf, (size_t)n, seq, port, visit, ctx);
	}
	return status;
}

/* Removes what was found; what has ended by itself meanwhile is none of our business. */
static int cut_all(struct sweep *sweep, struct mnl_socket *sock, char *buf, size_t *cut)
{
	for (size_t i = 0; i < sweep->cut.n; i++) {
		uint8_t l3 = nfct_get_attr_u8(sweep->cut.at[i], ATTR_ORIG_L3PROTO);
		struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, l3, (unsigned)i + 1);

		nfct_nlmsg_build(nlh, sweep->cut.at[i]);
		if (ask(sock, nlh, buf, NULL, NULL) == 0)
			++*cut;
		else if (errno != ENOENT)
			return -1;
	}
	return 0;
}

static int sweep_run(struct sweep *sweep, struct mnl_socket *sock, size_t *cut)
{
	char *buf = mem_new(1, ANSWER_MAX);
	int rc = mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID);

	if (!rc)
		rc = ask(sock, header(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC, (unsigned)time(NULL)), buf,
			 entry_visit, sweep);
	if (!rc)
		rc = cut_all(sweep, sock, buf, cut);
	free(buf);
	return rc;
}

int conntrack_sweep(bool (*denied)(void *ctx, const struct packet *packet), void *ctx, size_t *seen, size_t *cut,
		    struct err *err)
{
	struct sweep sweep = {.denied = denied, .ctx = ctx, .entry = nfct_new()};
	struct mnl_socket *sock = mnl_socket_open(NETLINK_NETFILTER);
	int rc;

	*seen = *cut = 0;
	rc = sock && sweep.entry ? own_read(&sweep, err)
				 : err_sys(err, ERR_KERNEL, errno, "cannot ask for connections");
	if (!rc && sweep_run(&sweep, sock, cut))
		rc = err_sys(err, errno == EPERM ? ERR_PERM : ERR_KERNEL, errno, "cutting connections");
	*seen = sweep.seen;
	for (size_t i = 0; i < sweep.cut.n; i++)
		nfct_destroy(sweep.cut.at[i]);
	vec_free(&sweep.cut);
	vec_free(&sweep.own);
	if (sweep.entry)
		nfct_destroy(sweep.entry);
	if (sock)
		mnl_socket_close(sock);
	return rc;
}
