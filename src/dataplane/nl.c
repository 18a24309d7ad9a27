/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do we talk to nf_tables, and what do we know of our table? */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "nl_priv.h"

#define SOCKET_BUFFER (64 << 20)
#define ANSWER_SECONDS 10

static struct nl_set *set_find(const struct nl *nl, const char *name)
{
	for (struct hnode *h = hmap_find(&nl->sets, atom_hash(name)); h; h = hmap_next(h)) {
		struct nl_set *set = hmap_entry(h, struct nl_set, node);
		if (set->name == name)
			return set;
	}
	return NULL;
}

const struct nl_set *nl_set_find(const struct nl *nl, const char *name)
{
	return set_find(nl, name);
}

void nl_set_put(struct nl *nl, const char *name, bool map, bool interval)
{
	struct nl_set *set = set_find(nl, name);

	if (!set) {
		set = mem_new(1, sizeof *set);
		set->name = atom_ref(name);
		hmap_put(&nl->sets, &set->node, atom_hash(name));
	}
	set->map = map;
	set->interval = interval;
}

static void set_free(struct nl_set *set)
{
	atom_put(set->name);
	free(set);
}

void nl_set_del(struct nl *nl, const char *name)
{
	struct nl_set *set = set_find(nl, name);

	if (!set)
		return;
	hmap_del(&nl->sets, &set->node);
	set_free(set);
}

void nl_forget(struct nl *nl)
{
	nl->table_known = false;
	nl->flags = nl->owner = 0;
	for (struct hnode *h = hmap_walk(&nl->sets, NULL), *next; h; h = next) {
		next = hmap_walk(&nl->sets, h);
		hmap_del(&nl->sets, h);
		set_free(hmap_entry(h, struct nl_set, node));
	}
	hmap_fini(&nl->sets);
}

enum err_code nl_code(int sys)
{
	switch (sys) {
	case EPERM:
	case EACCES:
		return ERR_PERM;
	case ENOBUFS:  /* answers were lost */
	case ERESTART: /* the ruleset moved under the transaction */
	case EAGAIN:   /* no answer in time */
	case EINTR:
		return ERR_UNSURE;
	default:
		return ERR_KERNEL;
	}
}

ssize_t nl_receive(struct nl *nl, struct err *err)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(nl->sock, nl->rx, NL_RX);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, nl_code(errno), errno, "waiting for nf_tables to answer");
	return n;
}

/* The answers that are in nl->rx.  1: there are more to come, 0: that was the last, -1: failed with errno. */
static int answers(struct nl *nl, const struct nl_request *request, int n, bool *moved)
{
	for (struct nlmsghdr *nlh = (void *)nl->rx; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		if (nlh->nlmsg_seq != nl->seq)
			continue;
		*moved |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
			errno = -e->error;
			return e->error ? -1 : 0;
		}
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		request->visit(nlh, request->ctx);
	}
	return 1;
}

static void request_write(struct nl *nl, const struct nl_request *request, char *buf)
{
	uint16_t family = request->family ? request->family : NFPROTO_INET;
	struct nlmsghdr *nlh = nftnl_nlmsg_build_hdr(buf, request->type, request->table ? family : NFPROTO_UNSPEC,
						     request->flags, ++nl->seq);

	if (request->subsys)
		nlh->nlmsg_type = (uint16_t)(request->subsys << 8 | request->type);
	/* NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE, NFTA_RULE_TABLE and NFTA_OBJ_TABLE are one number, and so are the
	 * names of sets and objects. */
	if (request->table)
		mnl_attr_put_strz(nlh, NFTA_SET_TABLE, FACT_TABLE);
	if (request->set)
		mnl_attr_put_strz(nlh, NFTA_SET_NAME, request->set);
	if (request->object)
		mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(request->object));
}

int nl_request_run(struct nl *nl, const struct nl_request *request, struct err *err)
{
	char buf[1024];
	bool moved = false;
	int more = 1;

	request_write(nl, request, buf);
	const struct nlmsghdr *nlh = (const void *)buf;
	if (mnl_socket_sendto(nl->sock, buf, nlh->nlmsg_len) < 0)
		return err_sys(err, nl_code(errno), errno, "asking nf_tables");
	while (more > 0) {
		ssize_t n = nl_receive(nl, err);
		if (n < 0)
			return -1;
		more = answers(nl, request, (int)n, &moved);
	}
	if (more < 0)
		return err_sys(err, nl_code(errno), errno, "asking nf_tables");
	if (moved)
		return err_sys(err, ERR_UNSURE, EINTR, "the ruleset changed while it was read");
	return 0;
}

/* As much as we are allowed: the whole of a transaction must fit when it is sent. */
static void buffers_grow(int fd)
{
	static const int which[][2] = {{SO_SNDBUFFORCE, SO_SNDBUF}, {SO_RCVBUFFORCE, SO_RCVBUF}};
	int size = SOCKET_BUFFER;

	for (size_t i = 0; i < 2; i++) {
		if (setsockopt(fd, SOL_SOCKET, which[i][0], &size, sizeof size))
			(void)setsockopt(fd, SOL_SOCKET, which[i][1], &size, sizeof size);
	}
}

static int sock_open(struct nl *nl, struct err *err)
{
	struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	int one = 1;

	nl->sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!nl->sock)
		return err_sys(err, ERR_KERNEL, errno, "this kernel has no nfnetlink");
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return err_sys(err, ERR_IO, errno, "binding the nfnetlink socket");
	buffers_grow(mnl_socket_get_fd(nl->sock));
	/* Without these two, answers are longer or say less, and that is all. */
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &one, sizeof one);
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof one);
	if (setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience))
		return err_sys(err, ERR_IO, errno, "setting up the nfnetlink socket");
	return 0;
}

static void ignore(const struct nlmsghdr *nlh, void *ctx)
{
	(void)nlh;
	(void)ctx;
}

/* One question that any nf_tables answers to whom it may concern. */
static int probe(struct nl *nl, struct err *err)
{
	const struct nl_request request = {.type = NFT_MSG_GETGEN, .flags = NLM_F_ACK, .visit = ignore};

	if (!nl_request_run(nl, &request, err))
		return 0;
	if (err->code == ERR_PERM)
		return err_sys(err, ERR_PERM, err->sys,
			       "programming nftables takes CAP_NET_ADMIN in this network namespace");
	return err_sys(err, ERR_KERNEL, err->sys, "this kernel has no nf_tables");
}

struct nl *nl_open(struct err *err)
{
	struct nl *nl = mem_new(1, sizeof *nl);

	linger_init(&nl->linger);
	nl->rx = mem_new(1, NL_RX);
	if (!sock_open(nl, err) && !probe(nl, err))
		return nl;
	nl_close(nl);
	return NULL;
}

void nl_close(struct nl *nl)
{
	if (!nl)
		return;
	nl_forget(nl);
	linger_clear(&nl->linger);
	if (nl->sock)
		mnl_socket_close(nl->sock);
	free(nl->rx);
	free(nl->tx);
	free(nl);
}
