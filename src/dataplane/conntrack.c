/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections go on that policy would not allow any more? */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <selvage/conntrack.h>

#include "nl_priv.h"

#define ANSWER_MAX 65536 /* bytes of one part of a dump */
#define ASK_MAX 65536    /* bytes of the requests of one batch */
#define AT_ONCE 128      /* requests of one batch: all may fail, and all complaints must fit into the socket */

/* What the kernel wants to be told so that it removes just this entry and no later one of the same connection. */
struct victim {
	uint8_t family; /* AF_* */
	uint32_t id, zone;
	uint16_t size;     /* of the original tuple */
	uint8_t tuple[96]; /* as the kernel wrote it */
};

struct sweep {
	bool (*denied)(void *ctx, const struct packet *packet);
	void *ctx;
	VEC(struct ip) own; /* addresses of this machine, sorted */
	VEC(struct victim) victims;
	VEC(struct nl_flow) replies; /* of those victims that have ports */
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

/* The attributes within one. */
#define EACH_WITHIN(attr, nest)                                                                   \
	for (const struct nlattr *attr = mnl_attr_get_payload(nest), *end_ = mnl_attr_next(nest); \
	     nl_attr_in(attr, end_); attr = mnl_attr_next(attr))

/* An entry as the kernel tells it; what is not there is NULL. */
struct entry {
	const struct nlattr *at[CTA_MAX + 1];
};

static void entry_read(const struct nlmsghdr *nlh, struct entry *out)
{
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	const void *end = mnl_nlmsg_get_payload_tail(nlh);

	*out = (struct entry){0};
	for (; nl_attr_in(attr, end); attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) <= CTA_MAX)
			out->at[mnl_attr_get_type(attr)] = attr;
}

static void ip_read(const struct nlattr *attr, struct ip *out)
{
	uint16_t n = mnl_attr_get_payload_len(attr);

	*out = (struct ip){.family = n == 16 ? FAMILY_6 : FAMILY_4};
	memcpy(out->b, mnl_attr_get_payload(attr), n < sizeof out->b ? n : sizeof out->b);
}

static void addresses_read(const struct nlattr *nest, struct nl_flow *out)
{
	EACH_WITHIN(attr, nest)
	{
		uint16_t type = mnl_attr_get_type(attr);
		if (type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC)
			ip_read(attr, &out->from);
		else if (type == CTA_IP_V4_DST || type == CTA_IP_V6_DST)
			ip_read(attr, &out->to);
	}
}

static void proto_read(const struct nlattr *nest, struct nl_flow *out)
{
	EACH_WITHIN(attr, nest)
	{
		uint16_t type = mnl_attr_get_type(attr);
		if (type == CTA_PROTO_NUM)
			out->proto = mnl_attr_get_u8(attr);
		else if (type == CTA_PROTO_SRC_PORT)
			out->from_port = ntohs(mnl_attr_get_u16(attr));
		else if (type == CTA_PROTO_DST_PORT)
			out->to_port = ntohs(mnl_attr_get_u16(attr));
	}
}

/* One direction of a connection. */
static struct nl_flow tuple_read(const struct nlattr *nest)
{
	struct nl_flow flow = {0};
	EACH_WITHIN(attr, nest)
	{
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			addresses_read(attr, &flow);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			proto_read(attr, &flow);
	}
	return flow;
}

/* The first packet: it came from where the original direction does, and went to who answers. */
static struct packet packet_of(const struct nl_flow *original, const struct nl_flow *reply)
{
	struct packet packet = {.from = original->from, .to = reply->from, .proto = original->proto};

	if (proto_name(packet.proto))
		packet.port = reply->from_port;
	return packet;
}

/* What a helper expected (of FTP, say) was let in with the connection that announced it and goes when that is denied. */
static struct packet judged(const struct entry *entry, const struct nl_flow *original, const struct nl_flow *reply)
{
	struct nl_flow master;

	if (!entry->at[CTA_TUPLE_MASTER])
		return packet_of(original, reply);
	master = tuple_read(entry->at[CTA_TUPLE_MASTER]);
	return packet_of(&master, &(struct nl_flow){.from = master.to, .from_port = master.to_port});
}

static uint32_t number(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u32(attr) : 0;
}

static void victim_add(struct sweep *sweep, uint8_t family, const struct entry *entry, const struct nl_flow *reply)
{
	const struct nlattr *tuple = entry->at[CTA_TUPLE_ORIG], *zone = entry->at[CTA_ZONE];
	struct victim *victim;

	if (mnl_attr_get_payload_len(tuple) > sizeof victim->tuple)
		return;
	victim = vec_add(&sweep->victims);
	*victim = (struct victim){.family = family, .id = number(entry->at[CTA_ID])};
	victim->zone = zone ? mnl_attr_get_u16(zone) : 0;
	victim->size = mnl_attr_get_payload_len(tuple);
	memcpy(victim->tuple, mnl_attr_get_payload(tuple), victim->size);
	if (reply->from_port || reply->to_port)
		*vec_add(&sweep->replies) = *reply;
}

static int entry_visit(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nfgenmsg *message = mnl_nlmsg_get_payload(nlh);
	struct sweep *sweep = ctx;
	struct nl_flow original, reply;
	struct packet packet;
	struct entry entry;

	entry_read(nlh, &entry);
	if (!entry.at[CTA_TUPLE_ORIG] || !entry.at[CTA_TUPLE_REPLY])
		return MNL_CB_OK;
	sweep->seen++;
	original = tuple_read(entry.at[CTA_TUPLE_ORIG]);
	reply = tuple_read(entry.at[CTA_TUPLE_REPLY]);
	packet = judged(&entry, &original, &reply);
	if (!is_own(sweep, &packet.from) && !is_own(sweep, &packet.to) && sweep->denied(sweep->ctx, &packet))
		victim_add(sweep, message->nfgen_family, &entry, &reply);
	return MNL_CB_OK;
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

static int look(struct sweep *sweep, struct mnl_socket *sock, char *buf)
{
	unsigned seq = (unsigned)time(NULL), port = mnl_socket_get_portid(sock);
	const struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC, seq);
	int status = MNL_CB_OK;

	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -1;
	while (status > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(sock, buf, ANSWER_MAX);

		if (n < 0)
			return -1;
		status = mnl_cb_run(buf, (size_t)n, seq, port, entry_visit, sweep);
	}
	return status;
}

static size_t victim_write(char *buf, const struct victim *victim, unsigned seq, bool last)
{
	struct nlmsghdr *nlh = header(buf, IPCTNL_MSG_CT_DELETE, last ? NLM_F_ACK : 0, victim->family, seq);

	mnl_attr_put(nlh, CTA_TUPLE_ORIG | NLA_F_NESTED, victim->size, victim->tuple);
	mnl_attr_put_u32(nlh, CTA_ID, victim->id);
	if (victim->zone)
		mnl_attr_put_u16(nlh, CTA_ZONE, (uint16_t)victim->zone);
	return nlh->nlmsg_len;
}

/* The answers to requests 0 to last, of which only failures and the last get one.  Lowers *cut by those that had ended by
 * themselves; -1 with errno if one failed otherwise. */
static int answers_read(struct mnl_socket *sock, char *buf, unsigned last, size_t *cut)
{
	int failed = 0;

	for (bool over = false; !over;) {
		ssize_t got = mnl_socket_recvfrom(sock, buf, ANSWER_MAX);
		int n = (int)got;

		if (got < 0)
			return -1;
		for (const struct nlmsghdr *nlh = (void *)buf; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
			over |= nlh->nlmsg_seq == last;
			*cut -= e->error != 0;
			failed = e->error && e->error != -ENOENT ? -e->error : failed;
		}
	}
	errno = failed;
	return failed ? -1 : 0;
}

static int cut(struct sweep *sweep, struct mnl_socket *sock, char *buf, size_t *done)
{
	for (size_t first = 0; first < sweep->victims.n; first += AT_ONCE) {
		size_t rest = sweep->victims.n - first, n = rest < AT_ONCE ? rest : AT_ONCE, bytes = 0;

		for (size_t i = 0; i < n; i++)
			bytes += victim_write(buf + bytes, &sweep->victims.at[first + i], (unsigned)i, i + 1 == n);
		if (mnl_socket_sendto(sock, buf, bytes) < 0)
			return -1;
		*done += n;
		if (answers_read(sock, buf, (unsigned)n - 1, done))
			return -1;
	}
	return 0;
}

static int failed(struct err *err)
{
	return err_sys(err, errno == EPERM ? ERR_PERM : ERR_KERNEL, errno, "looking through connections");
}

/* Replies that are under way must find their flow dropped before the entry is gone. */
static int sweep_run(struct sweep *sweep, struct nl *nl, struct mnl_socket *sock, struct conntrack_stats *stats,
		     struct err *err)
{
	char *buf = mem_new(1, ANSWER_MAX + ASK_MAX);
	int rc = 0;

	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) || look(sweep, sock, buf))
		rc = failed(err);
	if (!rc)
		rc = nl_cut(nl, sweep->replies.at, sweep->replies.n, &stats->full, err);
	if (!rc && cut(sweep, sock, buf, &stats->cut))
		rc = failed(err);
	free(buf);
	return rc;
}

int conntrack_sweep(struct nl *nl, bool (*denied)(void *ctx, const struct packet *packet), void *ctx,
		    struct conntrack_stats *stats, struct err *err)
{
	struct sweep sweep = {.denied = denied, .ctx = ctx};
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int rc;

	*stats = (struct conntrack_stats){0};
	if (!sock)
		return failed(err);
	rc = own_read(&sweep, err) || sweep_run(&sweep, nl, sock, stats, err) ? -1 : 0;
	stats->seen = sweep.seen;
	vec_free(&sweep.replies);
	vec_free(&sweep.victims);
	vec_free(&sweep.own);
	mnl_socket_close(sock);
	return rc;
}
