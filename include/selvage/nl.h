/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table `inet selvage` in the kernel of the current network namespace, over nfnetlink (libmnl, libnftnl).
 * One thread; a handle is bound to the namespace it was opened in.
 */
#ifndef SELVAGE_NL_H
#define SELVAGE_NL_H

#include <stdbool.h>
#include <stddef.h>

#include <selvage/err.h>
#include <selvage/fact.h>
#include <selvage/veths.h>

struct nl;

/* What a commit cost. */
struct nl_stats {
	size_t transactions; /* batches that were committed */
	size_t messages;     /* netlink messages in them, without the batch markers */
	size_t elements;     /* set elements added or deleted */
	size_t bytes;
};

/* ERR_PERM without CAP_NET_ADMIN, ERR_KERNEL without nf_tables: one sentence that says which. */
struct nl *nl_open(struct err *err);
void nl_close(struct nl *nl);

/*
 * From now on the table is to be ours alone, where the kernel can (table flags owner and persist; Linux 6.9): other
 * processes' writes fail with EPERM, `nft flush ruleset` passes the table by, and when this handle is closed, or its process
 * ends however it may, the table stays as it is for the next one.  The kernel gives a table that has no owner to one only if
 * it was made with these flags; any other is used as it is.
 */
void nl_own(struct nl *nl);

/* Looks after the table itself, not its contents: if it is there, wakes it up if it is dormant, and makes it ours
 * (nl_own()); *mended tells whether there was something to do.  ERR_BUSY: another process holds it, and nothing can be
 * written until that ends. */
int nl_hold(struct nl *nl, bool *mended, struct err *err) __attribute__((warn_unused_result));

/* As of the last look at it: is there something that nl_hold() would mend?  nl_write() does so as well. */
bool nl_astray(const struct nl *nl);

/* Why may other processes write to our table?  NULL: they may not. */
const char *nl_shared(const struct nl *nl);

/* Reads the table back, sorted; no table gives an empty list and *exists false.  A consistent snapshot: begins again
 * when the ruleset's generation moves meanwhile (EINTR), gives up after 10 times.  What is not of our making comes back
 * under its own name with KEY_OTHER (then without elements), STEP_OTHER or FACT_PRIORITY_OTHER, so that a diff removes
 * it.  What this handle left lingering (see nl_write()) is not among it. */
int nl_read(struct nl *nl, struct facts *out, bool *exists, struct err *err) __attribute__((warn_unused_result));

/*
 * Commits a patch so that no packet meets a half-way state:
 *   1. make: the table if it is not there, sets, maps, counters and chains that are new, with everything in them that
 *      nothing in force refers to yet; in several transactions when it is large;
 *   2. flip: one transaction with every change to what is in force (elements of sets that stay, rules of chains that
 *      stay, rules of new base chains), all in it or none;
 *   3. break: removal of the chains, sets and counters that are no longer referred to.  A packet that began under the old
 *      rules must still find what they name: it lingers for NL_LINGER_MS, and is broken off by the first nl_write() or
 *      nl_settle() after that.
 * Packets see an interval set's elements some time after the rules of the same transaction, and one that began under the
 * old rules sees sets as they are now: only what is small, makes no interval set and takes nothing out of force is made and
 * flipped in one transaction.  A chain that changes is flushed and filled again within the flip.  What must be made anew
 * (diff_anew()) goes and comes in one transaction with all the rest, and the patch must hold all that refers to it, as
 * those of diff_run() do.  If the patch makes anew, or under an old name, what still lingers, the call waits until no
 * packet can want it (some milliseconds).  ERR_KERNEL: nothing of the flip is in force, and err says which operation
 * failed and why; ERR_UNSURE: read back.
 */
int nl_write(struct nl *nl, const struct patch *patch, struct nl_stats *stats, struct err *err)
	__attribute__((warn_unused_result));

#define NL_LINGER_MS 250 /* far longer than a packet is on its way through the table */

/* Does anything linger?  Then nl_settle() should be called NL_LINGER_MS from now: it breaks off what has lingered so long.
 * If it fails, nothing lingers any more, and some of it may stand in the kernel: read back. */
bool nl_lingers(const struct nl *nl);
int nl_settle(struct nl *nl, struct nl_stats *stats, struct err *err) __attribute__((warn_unused_result));

/* Packets of one direction of a connection, as the wire has them. */
struct nl_flow {
	struct ip from, to;
	uint8_t proto;
	uint16_t from_port, to_port;
};

/*
 * Drops packets of these flows that belong to no connection, for FACT_TRANSIENT_SECONDS: so long TCP may send a segment
 * again (RFC 1122, 4.2.3.5, wants at least 100 s; Linux gives up after 15 retries, some 924 s).  When the table holds
 * FACT_TRANSIENT_MAX of a family, some are left out (*full).  The table must be there.
 */
int nl_cut(struct nl *nl, const struct nl_flow *flows, size_t n, bool *full, struct err *err)
	__attribute__((warn_unused_result));

/* A named counter of the table. */
struct nl_counter {
	const char *name;    /* as facts have it; valid during the call */
	const char *comment; /* atom or NULL; borrowed for the call */
	uint64_t packets, bytes;
};

/* Calls for every counter of the table. */
int nl_counters(struct nl *nl, void (*each)(void *ctx, const struct nl_counter *counter), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

/* How many packets one of them has counted.  ERR_KERNEL with ENOENT: there is none of that name. */
int nl_counter(struct nl *nl, const char *name, uint64_t *packets, struct err *err) __attribute__((warn_unused_result));

/* A chain of another table at the hook that forwarded packets pass, which drops what no rule of it accepts. */
struct nl_chain {
	const char *family;       /* "ip", "ip6", "inet" or "bridge" */
	const char *table, *name; /* atoms, held; any bytes */
};

struct nl_chains {
	VEC(struct nl_chain);
};

/* Those that there are, as the kernel lists them; yours, to give back with nl_chains_free().  What drops by a rule is not
 * among them, nor what iptables-legacy makes: nf_tables does not know of it. */
int nl_chains(struct nl *nl, struct nl_chains *out, struct err *err) __attribute__((warn_unused_result));
void nl_chains_free(struct nl_chains *chains);

/* The connections that the kernel tracks in this network namespace.  What is counted is so since the namespace began, modulo
 * 2^32, by all processors. */
struct nl_tracking {
	uint32_t entries, limit; /* there are, and there may be; limit 0: none, or not told */
	uint32_t dropped;        /* packets: there was no room to track them, or insert_failed */
	uint32_t evicted;        /* connections without an answer, that others might have room */
	uint32_t insert_failed;  /* packets whose connection clashes with another, most of them dropped */
};

/* ERR_KERNEL: this kernel does not track, or not tell. */
int nl_tracking(struct nl *nl, struct nl_tracking *out, struct err *err) __attribute__((warn_unused_result));

/*
 * Sees to it that from each of the wanted interfaces comes only what bears its addresses, as source of IPv4 and IPv6 packets, as
 * sender of ARP and as target of neighbour advertisements; all else of these protocols is dropped and counted where it
 * arrives.  The one other source is none (0.0.0.0 for ARP, :: for ICMPv6).  It is done in a table of its own, `netdev
 * selvage`, ours alone if nl_own(); of other interfaces it knows nothing.  Held is what was wanted when the table was last
 * written; NULL: it may hold anything, and is made anew, in one transaction.  On failure it is not known what it holds:
 * ERR_KERNEL may be that an interface has just gone, or that the kernel has no such tables.
 */
int nl_sources(struct nl *nl, const struct veths *held, const struct veths *wanted, struct err *err)
	__attribute__((warn_unused_result));

/* How many packets it has dropped. */
int nl_forged(struct nl *nl, uint64_t *packets, struct err *err) __attribute__((warn_unused_result));

/* Removes that table; no table is fine (*existed false).  ERR_BUSY: another process holds it. */
int nl_sources_remove(struct nl *nl, bool *existed, struct err *err) __attribute__((warn_unused_result));

/* Removes the table and everything in it; no table is fine (*existed false).  ERR_BUSY: another process holds it. */
int nl_remove(struct nl *nl, bool *existed, struct err *err) __attribute__((warn_unused_result));

#endif
