/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the kernel's table equal to what the store says: what input hands over goes into the store, a turn compiles what
 * changed and commits the difference.  The one place where the rooms of the agent meet, and where it logs.
 */
#ifndef SELVAGE_RECONCILE_H
#define SELVAGE_RECONCILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include <selvage/compile.h>
#include <selvage/drift.h>
#include <selvage/err.h>
#include <selvage/metrics.h>
#include <selvage/mono.h>
#include <selvage/sink.h>

struct reconcile;

struct reconcile_config {
	struct compile_config compile; /* what it says is borrowed */
	const char *flannel; /* file that tells its pod_cidrs where it has none (host.h); NULL: no file does */
	const char *ipvs;    /* file that is there while IPVS is; NULL: nobody looks */
	bool live;   /* objects come from an API server, which knows every namespace, so that policies outlive one that
			     terminates (sticky.h) */
	bool keep;   /* connections that policy does not allow any more may go on */
	bool shadow; /* policies are proposed, by what goes to reconcile_shadow_sink() */
	bool shared; /* other processes may write to the table, even where the kernel can keep them from it */
	bool any_source; /* pods may send from any address (veths.h) */
	bool listen;     /* to compile.log_group: what the table drops is known, and told to who wants to know */
	bool log_drops;  /* and logged; with listen */
};

/* In the current network namespace.  NULL with ERR_PERM or ERR_KERNEL. */
struct reconcile *reconcile_new(const struct reconcile_config *config, struct err *err);

/* Leaves the table as it is. */
void reconcile_free(struct reconcile *r);

/* Where input puts what it reads; valid until reconcile_free(). */
struct sink reconcile_sink(struct reconcile *r);

/* The same for policies that are only proposed (shadow.h), where the config says that there are some.  Other objects are
 * passed over.  Whatever is wrong with what is proposed is told, and has no say in what is enforced. */
struct sink reconcile_shadow_sink(struct reconcile *r);

/*
 * Commits what is new since the last turn; nothing new costs nothing.  The first turn, and every turn after a commit whose
 * outcome is not known, reads the kernel's table back and commits the difference to that: what is there is adopted.
 * False if the kernel does not hold what is wanted: call again later.
 */
bool reconcile_turn(struct reconcile *r);

/* Has something been closed since connections were last looked through? */
bool reconcile_closing(const struct reconcile *r);

/* Cuts the established connections of pods that policy does not allow any more, for some 20 ms; until all were looked
 * through it is still closing.  False if that fails: call again later. */
bool reconcile_cut(struct reconcile *r);

/* The next commit answers to something that arrived at this time; the earliest since the last turn counts. */
void reconcile_arrival(struct reconcile *r, struct mono when);

/* Says when the source of a kind fails, for another reason than before, and when it is well again ("" for `error`). */
void reconcile_feed(struct reconcile *r, enum object_kind kind, const char *error);

/* So many objects of a kind were found to be otherwise than the API server's watch had told, since the agent began; they
 * have been put right. */
void reconcile_differences(struct reconcile *r, enum object_kind kind, uint64_t differences);

/* The node whose object is to tell where its pods get their addresses, borrowed; NULL: none needs to. */
const char *reconcile_asks(const struct reconcile *r);

/* What the Node object tells of where the node's pods get their addresses; NULL: nothing (yet), and why.  Counts from the next
 * reconcile_guard() on, unless the config names prefixes. */
void reconcile_node(struct reconcile *r, const struct cidrs *cidrs, const char *why);

/* Makes sure that packets meet the table (guard.h), and looks what the machine tells (host.h): to be called before the first
 * turn and about twice a second.  True if a turn is due for what it found. */
bool reconcile_guard(struct reconcile *r);

/* Why is the node not protected as it should be?  One sentence, borrowed until the next call about `r`; NULL: it is. */
const char *reconcile_unready(const struct reconcile *r);

/* What keeps allowed connections from being made, and what is wrong with objects of the API server as they are now, a line
 * each.  It closes what it is about and nothing else: the node is protected. */
void reconcile_flaws(const struct reconcile *r, FILE *out);

/* Fills in what is known here: everything but the feeds.  Reads the drop counters from the kernel.  Yours to
 * metrics_fini(). */
void reconcile_metrics(struct reconcile *r, struct metrics *out);

/* Tells whether all objects are known.  While they are not, a table that an agent before us left stays as it is: what is
 * missing may be what it protects from. */
void reconcile_whole(struct reconcile *r, bool whole);

/* Trust nothing: the next turn reads back. */
void reconcile_doubt(struct reconcile *r);

/* In how many milliseconds is reconcile_settle() to remove what a turn left in the kernel, since packets on their way may
 * want it (nl_lingers())?  0: there is nothing. */
int reconcile_lingers(const struct reconcile *r);

/* False: that failed, and a turn is due. */
bool reconcile_settle(struct reconcile *r);

/* The next turn reads back and puts right what is wrong though nobody told of it: to be called now and then. */
void reconcile_verify(struct reconcile *r);

/* Readable when another process has changed the table; then reconcile_heard() is to be called, and if that is true, a
 * turn is due. */
int reconcile_fd(const struct reconcile *r);
bool reconcile_heard(struct reconcile *r);

/* What other processes did to the table since it was programmed; borrowed until the next call about `r`. */
const struct drifts *reconcile_drifts(const struct reconcile *r);

/* Readable when an interface has come, gone or changed; then reconcile_links_heard() is to be called, and reconcile_sources()
 * soon and some times after: the CNI plugin has still to give it an address.  -1: nothing tells. */
int reconcile_links_fd(const struct reconcile *r);
void reconcile_links_heard(struct reconcile *r);

/* Looks which interfaces lead to which pods, and sees to it that these send from their own addresses only (nl_sources()). */
void reconcile_sources(struct reconcile *r);

/* Readable when the kernel has told of dropped packets; then reconcile_dropped() is to be called.  -1: nobody listens (yet):
 * ask again after reconcile_guard(). */
int reconcile_drops_fd(const struct reconcile *r);

/* Takes in what the kernel tells of dropped packets; `tell`, unless NULL, gets a line of JSON, with its end, of each. */
void reconcile_dropped(struct reconcile *r, void (*tell)(void *ctx, const char *line, size_t n), void *ctx);

/* Everything that is known here, for `selvage status`: all but the feeds.  Reads the drop counters from the kernel. */
json_t *reconcile_status(struct reconcile *r);

/* Has the kernel held what is wanted at least once, so that the table is ours? */
bool reconcile_programmed(const struct reconcile *r);

/* The listener for local questions (local.h) cannot listen, NULL: it can: says so if it is news. */
void reconcile_unheard(struct reconcile *r, const struct err *err);

/* Did the last turn fail because another process, such as an agent before us, still holds the table?  Call it again soon:
 * the kernel does not tell when it goes. */
bool reconcile_waiting(const struct reconcile *r);

#endif
