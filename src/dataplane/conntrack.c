/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections go on that policy would not allow any more? */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/conntrack.h>
#include <selvage/mono.h>

#include "nl_entry.h"
#include "nl_priv.h"

#define ANSWER_MAX 65536 /* bytes of one part of a dump */
#define ASK_MAX 65536    /* bytes of the requests of one batch */
#define AT_ONCE 128      /* requests of one batch: all may fail, and all complaints must fit into the socket */
#define TURN_SECONDS 0.02

/* Each end is a question of its own, and a last one is for what helpers expected, which may go with other addresses. */
struct conntrack {
	struct nl *nl;
	struct touched touched;
	size_t question;              /* which one is being answered; those of the ends come first */
	bool asked;                   /* and its answer has begun */
	bool choosy;                  /* the kernel has told of nothing that was not asked for */
	struct mnl_socket *ask, *act; /* entries are removed while others are being told of */
	char *buf;
	bool (*denied)(void *ctx, const struct packet *packet);
	void *ctx;
	VEC(struct ip) own; /* addresses of this machine, sorted */
	VEC(struct victim) victims;
	VEC(struct nl_flow) replies; /* of those victims that have ports */
	struct conntrack_stats stats;
};

static int ip_order(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static void own_add(struct conntrack *sweep, const struct sockaddr *address)
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

static int own_read(struct conntrack *sweep, struct err *err)
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

static bool is_own(const struct conntrack *sweep, const struct ip *ip)
{
	return sweep->own.n && bsearch(ip, sweep->own.at, sweep->own.n, sizeof *sweep->own.at, ip_order);
}

/* The end that is being asked about; NULL: everything, or what was expected. */
static const struct end *current(const struct conntrack *sweep)
{
	return sweep->question < sweep->touched.n ? &sweep->touched.at[sweep->question] : NULL;
}

static bool asked_for(const struct conntrack *sweep, const struct entry *entry)
{
	const struct end *end = current(sweep);

	if (sweep->touched.all || (end && !entry_chosen(end)))
		return true;
	return end ? entry_meant(entry, end) : entry->at[CTA_TUPLE_MASTER] != NULL;
}

static int entry_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct conntrack *sweep = ctx;
	struct victim victim;
	struct packet packet;
	struct entry entry;

	if (!entry_read(nlh, &entry))
		return MNL_CB_OK;
	sweep->stats.seen++;
	sweep->choosy = sweep->choosy && asked_for(sweep, &entry);
	packet = entry_packet(&entry);
	if (is_own(sweep, &packet.from) || is_own(sweep, &packet.to) || !sweep->denied(sweep->ctx, &packet) ||
	    !entry_victim(nlh, &entry, &victim))
		return MNL_CB_OK;
	*vec_add(&sweep->victims) = victim;
	if (entry.reply.from_port || entry.reply.to_port)
		*vec_add(&sweep->replies) = entry.reply;
	return MNL_CB_OK;
}

static int failed(struct err *err)
{
	return err_sys(err, errno == EPERM ? ERR_PERM : ERR_KERNEL, errno, "looking through connections");
}

/* The answers to requests 0 to last, of which only failures and the last get one.  Lowers *cut by those that had ended by
 * themselves; -1 with errno if one failed otherwise. */
static int answers_read(struct mnl_socket *sock, char *buf, unsigned last, size_t *cut)
{
	int failure = 0;

	for (bool over = false; !over;) {
		ssize_t got = mnl_socket_recvfrom(sock, buf, ANSWER_MAX);
		int n = (int)got;

		if (got < 0)
			return -1;
		for (const struct nlmsghdr *nlh = (void *)buf; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
			over |= nlh->nlmsg_seq == last;
			*cut -= e->error != 0;
			failure = e->error && e->error != -ENOENT ? -e->error : failure;
		}
	}
	errno = failure;
	return failure ? -1 : 0;
}

static int victims_remove(struct conntrack *sweep)
{
	for (size_t first = 0; first < sweep->victims.n; first += AT_ONCE) {
		size_t rest = sweep->victims.n - first, n = rest < AT_ONCE ? rest : AT_ONCE, bytes = 0;

		for (size_t i = 0; i < n; i++)
			bytes += entry_remove(sweep->buf + bytes, (unsigned)i, &sweep->victims.at[first + i],
					      i + 1 == n);
		if (mnl_socket_sendto(sweep->act, sweep->buf, bytes) < 0)
			return -1;
		sweep->stats.cut += n;
		if (answers_read(sweep->act, sweep->buf, (unsigned)n - 1, &sweep->stats.cut))
			return -1;
	}
	return 0;
}

/* Replies that are under way must find their flow dropped before the entry is gone. */
static int cut(struct conntrack *sweep, struct err *err)
{
	bool full;

	if (!sweep->victims.n)
		return 0;
	if (nl_cut(sweep->nl, sweep->replies.at, sweep->replies.n, &full, err))
		return -1;
	sweep->stats.full |= full;
	if (victims_remove(sweep))
		return failed(err);
	vec_clear(&sweep->victims);
	vec_clear(&sweep->replies);
	return 0;
}

static int ask(struct conntrack *sweep)
{
	bool expected = !sweep->touched.all && sweep->question == sweep->touched.n;
	const struct nlmsghdr *nlh = entry_ask(sweep->buf, (unsigned)sweep->question + 1, current(sweep), expected);

	sweep->asked = true;
	return mnl_socket_sendto(sweep->ask, nlh, nlh->nlmsg_len) < 0 ? -1 : 0;
}

/* One part of the answer: 1 if more of it follows, 0 if it was the last.  A kernel that does not know what it is to choose
 * by is asked for all. */
static int part_read(struct conntrack *sweep)
{
	ssize_t n = mnl_socket_recvfrom(sweep->ask, sweep->buf, ANSWER_MAX);
	int more;

	if (n < 0)
		return -1;
	more = mnl_cb_run(sweep->buf, (size_t)n, (unsigned)sweep->question + 1, mnl_socket_get_portid(sweep->ask),
			  entry_visit, sweep);
	if (more >= 0 || sweep->touched.all || (errno != EINVAL && errno != EOPNOTSUPP))
		return more;
	touched_add_all(&sweep->touched);
	sweep->question = 0;
	return ask(sweep) ? -1 : 1;
}

/* Is there another question?  A kernel that does not choose told of all, though of the end's family only. */
static bool next(struct conntrack *sweep)
{
	sweep->asked = false;
	if (!sweep->choosy && current(sweep)) {
		touched_add_all(&sweep->touched);
		sweep->question = 0;
		return true;
	}
	return !sweep->touched.all && sweep->question++ < sweep->touched.n;
}

struct conntrack *conntrack_new(struct nl *nl, const struct touched *touched, struct err *err)
{
	struct conntrack *sweep = mem_new(1, sizeof *sweep);

	sweep->nl = nl;
	sweep->touched = *touched;
	sweep->choosy = true;
	sweep->buf = mem_new(1, ANSWER_MAX + ASK_MAX);
	sweep->ask = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	sweep->act = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!sweep->ask || !sweep->act || mnl_socket_bind(sweep->ask, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_bind(sweep->act, 0, MNL_SOCKET_AUTOPID))
		failed(err);
	else if (!own_read(sweep, err))
		return sweep;
	conntrack_free(sweep);
	return NULL;
}

void conntrack_free(struct conntrack *sweep)
{
	if (!sweep)
		return;
	if (sweep->ask)
		mnl_socket_close(sweep->ask);
	if (sweep->act)
		mnl_socket_close(sweep->act);
	vec_free(&sweep->replies);
	vec_free(&sweep->victims);
	vec_free(&sweep->own);
	free(sweep->buf);
	free(sweep);
}

int conntrack_run(struct conntrack *sweep, bool (*denied)(void *ctx, const struct packet *packet), void *ctx,
		  struct err *err)
{
	struct mono start = mono_now();
	int more = 1;

	sweep->denied = denied;
	sweep->ctx = ctx;
	if (!sweep->asked && ask(sweep))
		return failed(err);
	while (more > 0 && mono_seconds(start, mono_now()) < TURN_SECONDS)
		more = part_read(sweep);
	if (more < 0)
		return failed(err);
	if (cut(sweep, err))
		return -1;
	return more || next(sweep);
}

struct conntrack_stats conntrack_stats(const struct conntrack *sweep)
{
	return sweep->stats;
}
