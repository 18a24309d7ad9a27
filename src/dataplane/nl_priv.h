/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the nl_*.c files share: the socket, what is known of the table, and transactions. */
#ifndef SELVAGE_DATAPLANE_NL_PRIV_H
#define SELVAGE_DATAPLANE_NL_PRIV_H

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <selvage/hmap.h>
#include <selvage/nl.h>

#include "nl_linger.h"
#include "nl_plan.h"

struct nl {
	struct mnl_socket *sock;
	uint32_t seq;     /* of the last message sent */
	bool table_known; /* the table is there, as far as we know, with these */
	uint32_t flags;   /* NFT_TABLE_F_* */
	uint32_t owner;   /* netlink port of the socket that alone may write to it; 0: any may */
	bool own;         /* that is to be ours */
	bool asked, able; /* has the kernel been asked whether it can do that, and can it? */
	struct hmap sets; /* struct nl_set: what we know of sets in the kernel */
	struct lingering linger;
	char *rx; /* NL_RX bytes */
	char *tx; /* the transaction that is being built */
	size_t tx_cap;
};

#define NL_RX (128 * 1024)

/* An element alone does not tell whether its set holds ranges, and the kernel must be told both ends if it does. */
struct nl_set {
	struct hnode node;
	const char *name; /* atom, held */
	bool map, interval;
};

/* Remembers a set; later, a set of that name; forgets one, or all and the table. */
void nl_set_put(struct nl *nl, const char *name, bool map, bool interval);
const struct nl_set *nl_set_find(const struct nl *nl, const char *name);
void nl_set_del(struct nl *nl, const char *name);
void nl_forget(struct nl *nl);

#define NL_TABLE_OWNER 0x2u   /* Linux 5.12: only the socket that set it writes to the table; goes with the socket, */
#define NL_TABLE_PERSIST 0x4u /* Linux 6.9: but leaves the table to the next one (linux/netfilter/nf_tables.h) */

/* Learns whether the table is there, its flags and its owner. */
int nl_table_read(struct nl *nl, struct err *err) __attribute__((warn_unused_result));

/* Finds out what flags a table is to be made with. */
int nl_table_probe(struct nl *nl, struct err *err) __attribute__((warn_unused_result));

/* NEWTABLE: makes the table, or gives the one that is there the flags it should have. */
struct nl_batch;
void nl_table_write(struct nl_batch *batch, const struct op *op);

/* Wakes the table up and makes it ours, if it is there and that is not so, in a transaction of its own: the kernel hooks no
 * chain in one that changes the table.  *done tells whether it took one. */
int nl_table_mend(struct nl *nl, bool *done, struct err *err) __attribute__((warn_unused_result));

/* Is there an attribute at `attr`, before `end`?  for (a = first; nl_attr_in(a, end); a = mnl_attr_next(a)) */
static inline bool nl_attr_in(const struct nlattr *attr, const void *end)
{
	return mnl_attr_ok(attr, (int)((const char *)end - (const char *)attr));
}

/* The error that a failed system call or answer with errno `sys` stands for. */
enum err_code nl_code(int sys);

/* Receives once, waiting for at most some seconds; the bytes are in nl->rx.  -1 with ERR_UNSURE or ERR_IO. */
ssize_t nl_receive(struct nl *nl, struct err *err) __attribute__((warn_unused_result));

/* A request whose answers go to `visit`, each message once.  With flags NLM_F_DUMP it is a dump.  -1 with the kernel's
 * error in err->sys: EINTR if the ruleset changed while it was dumped. */
struct nl_request {
	uint16_t type;   /* NFT_MSG_*, or another subsystem's: */
	uint16_t subsys; /* NFNL_SUBSYS_*; 0: nf_tables */
	uint16_t flags;  /* NLM_F_* beside NLM_F_REQUEST */
	bool table;      /* about our table only: */
	uint8_t family;  /* of this family, NFPROTO_*; 0: inet */
	const char *set; /* about this set only, or NULL */
	uint32_t object; /* what is called so is an object of this type, NFT_OBJECT_*; 0: a set */
	void (*visit)(const struct nlmsghdr *nlh, void *ctx);
	void *ctx;
};
int nl_request_run(struct nl *nl, const struct nl_request *request, struct err *err)
	__attribute__((warn_unused_result));

/* nl_counter() of our table of this family. */
int nl_counter_of(struct nl *nl, uint8_t family, const char *name, uint64_t *packets, struct err *err)
	__attribute__((warn_unused_result));

/* A transaction: begin, then any number of messages, then commit. */
struct nl_message {
	const struct op *op;
	size_t item;   /* RULES: which rule */
	size_t offset; /* in nl->tx */
};

struct nl_batch {
	struct nl *nl;
	size_t bytes;
	uint32_t begin; /* seq of the batch begin message; messages follow without gaps */
	VEC(struct nl_message);
};

void nl_batch_begin(struct nl_batch *batch, struct nl *nl);

/* A message header to which attributes may be added up to the next call, at most NL_MESSAGE_MAX bytes. */
struct nlmsghdr *nl_batch_add(struct nl_batch *batch, uint16_t type, uint16_t flags, const struct op *op, size_t item);

/* Sends and waits for the verdict.  If the kernel refuses, err is one sentence about the first message it did not
 * like. */
int nl_batch_commit(struct nl_batch *batch, struct err *err) __attribute__((warn_unused_result));

void nl_batch_free(struct nl_batch *batch);

#define NL_MESSAGE_MAX (128 * 1024)

/* What the kernel said of a message. */
struct nl_complaint {
	const struct nlmsghdr *message; /* ours; NULL: the transaction as a whole */
	int sys;
	uint32_t offset;  /* in the message, of the attribute that is wrong; 0: not told */
	const char *text; /* the kernel's own words or NULL */
};

/* Sets err to one sentence that says which operation failed, on what, and why if that is known. */
int nl_diagnose(const struct nl_message *message, const struct nl_complaint *complaint, struct err *err);

#endif
