/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What did the kernel make of a transaction? */
#include <errno.h>

#include <libnftnl/batch.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>

#include <selvage/mem.h>

#include "nl_priv.h"

/* Room for one more message behind what is there. */
static char *room(struct nl_batch *batch)
{
	struct nl *nl = batch->nl;

	if (nl->tx_cap < batch->bytes + NL_MESSAGE_MAX) {
		nl->tx_cap = 2 * (batch->bytes + NL_MESSAGE_MAX);
		nl->tx = mem_resize(nl->tx, nl->tx_cap, 1);
	}
	return nl->tx + batch->bytes;
}

static struct nlmsghdr *message_at(const struct nl_batch *batch, size_t i)
{
	return (void *)(batch->nl->tx + batch->at[i].offset);
}

/* Takes in the length of the last message, which is known only when the next one begins. */
static void finish_last(struct nl_batch *batch)
{
	if (batch->n)
		batch->bytes = batch->at[batch->n - 1].offset + message_at(batch, batch->n - 1)->nlmsg_len;
}

void nl_batch_begin(struct nl_batch *batch, struct nl *nl)
{
	*batch = (struct nl_batch){.nl = nl, .begin = ++nl->seq};
	batch->bytes = nftnl_batch_begin(room(batch), batch->begin)->nlmsg_len;
}

struct nlmsghdr *nl_batch_add(struct nl_batch *batch, uint16_t type, uint16_t flags, const struct op *op, size_t item)
{
	finish_last(batch);
	*vec_add(batch) = (struct nl_message){.op = op, .item = item, .offset = batch->bytes};
	return nftnl_nlmsg_build_hdr(room(batch), type, NFPROTO_INET, flags, ++batch->nl->seq);
}

/* Asks for an answer to the last message only: failures are reported anyway. */
static void finish(struct nl_batch *batch)
{
	finish_last(batch);
	message_at(batch, batch->n - 1)->nlmsg_flags |= NLM_F_ACK;
	batch->bytes += nftnl_batch_end(room(batch), ++batch->nl->seq)->nlmsg_len;
}

static int batch_send(struct nl_batch *batch, struct err *err)
{
	ssize_t n;

	do
		n = mnl_socket_sendto(batch->nl->sock, batch->nl->tx, batch->bytes);
	while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n >= 0)
		return 0;
	return err_sys(err, errno == EPERM ? ERR_PERM : ERR_KERNEL, errno, "sending a transaction of %zu bytes",
		       batch->bytes);
}

/* Reads the extended part of an answer. */
static void complaint_details(const struct nlmsghdr *nlh, struct nl_complaint *c)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof *e;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&e->msg);
	const void *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh, offset);
	for (; nl_attr_in(attr, end); attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS && !mnl_attr_validate(attr, MNL_TYPE_U32))
			c->offset = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG && !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			c->text = mnl_attr_get_str(attr);
	}
}

/* One answer.  1: there are more to come, 0: that was the last one.  Only the first complaint goes into err. */
static int answer(struct nl_batch *batch, const struct nlmsghdr *nlh, struct err *err)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	uint32_t i = nlh->nlmsg_seq - batch->begin; /* 0 is the transaction as a whole */

	if (nlh->nlmsg_type != NLMSG_ERROR || i > batch->n)
		return 1;
	if (e->error && err->code == ERR_NONE) {
		struct nl_complaint c = {.sys = -e->error};
		c.message = i ? message_at(batch, i - 1) : NULL;
		complaint_details(nlh, &c);
		nl_diagnose(i ? &batch->at[i - 1] : NULL, &c, err);
	}
	return i && i < batch->n;
}

static int batch_verdict(struct nl_batch *batch, struct err *err)
{
	struct err first = {.code = ERR_NONE};
	bool more = true;

	while (more) {
		int n = (int)nl_receive(batch->nl, err);
		if (n < 0)
			return -1;
		const struct nlmsghdr *nlh = (const void *)batch->nl->rx;
		for (; more && mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
			more = answer(batch, nlh, &first);
	}
	if (first.code == ERR_NONE)
		return 0;
	*err = first;
	return -1;
}

int nl_batch_commit(struct nl_batch *batch, struct err *err)
{
	if (!batch->n)
		return 0;
	finish(batch);
	return batch_send(batch, err) || batch_verdict(batch, err) ? -1 : 0;
}

void nl_batch_free(struct nl_batch *batch)
{
	vec_free(batch);
}
