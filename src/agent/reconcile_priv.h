/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reconcile*.c files share: the state of the agent, and what it says of it. */
#ifndef SELVAGE_AGENT_RECONCILE_PRIV_H
#define SELVAGE_AGENT_RECONCILE_PRIV_H

#include <selvage/compile.h>
#include <selvage/conntrack.h>
#include <selvage/drops.h>
#include <selvage/monitor.h>
#include <selvage/nl.h>
#include <selvage/nodelock.h>
#include <selvage/reconcile.h>
#include <selvage/shadow.h>
#include <selvage/sticky.h>
#include <selvage/store.h>
#include <selvage/touched.h>
#include <selvage/veths.h>

#include "flaws.h"
#include "recent.h"
#include "tracking.h"
#include "untracked.h"

/* Which guard is it that failed? */
enum gap_kind { GAP_BRIDGE, GAP_UNKNOWN, GAP_NAME };

/* From which addresses pods send. */
struct sources {
	bool unchecked;    /* from any: the config's */
	int fd;            /* tells of interfaces; -1: nothing does */
	struct veths held; /* what was chosen last */
	bool known;        /* the kernel holds that */
	bool due;          /* a pod of the node is not what it was */
	unsigned looks;
	struct err why; /* the last look failed; "": it did not */
};

struct reconcile {
	struct store *store;
	struct sticky *sticky; /* NULL: nothing is held back */
	struct compile *compile;
	struct shadow *shadow; /* NULL: nothing is proposed */
	bool dark;             /* the kernel would not take it: it is left out until the proposal changes */
	struct nl *nl;
	struct monitor *monitor;
	struct compile_config config;
	const char *node;                 /* the config's */
	const char *flannel, *ipvs;       /* files that tell what it does not; NULL: none */
	bool named;                       /* the config tells where pods get their addresses; else: */
	struct cidrs by_flannel, by_node; /* what the file and the Node object told last */
	bool node_heard;                  /* the latter since the last look */
	struct err node_why;              /* why the object does not tell; "": nobody asks it, or it does */
	bool found;                       /* they told something new since the last turn */
	struct nodelock lock;             /* no other agent is at the table */
	bool unlocked;                    /* it cannot be known, and that was said */
	bool own;                         /* nobody else is to write to the table */
	bool partial;                     /* some objects are not known */
	bool keep;                        /* connections are never cut */
	struct touched closed;            /* whose connections may have to be cut since they were last looked through */
	bool closed_many;                 /* so is what is addressed to many */
	struct conntrack *sweep;          /* if they are being looked through */
	struct mono swept;                /* since then */
	bool uncut;                       /* the last look failed, and has said so */
	bool full;                        /* the last look found no room for all that it cut */
	bool known;                       /* the kernel holds what the last turn wanted */
	bool ready;                       /* it has at least once */
	bool degraded;                    /* the last turn failed, and has said so */
	struct err why;                   /* if degraded */
	bool verify;                      /* the next turn looks whether anything is wrong that nobody told of */
	bool mended;                      /* this turn had to wake the table up or take it */
	struct drifts drifts;
	bool unguarded;         /* traffic goes around the table */
	struct err gap;         /* if unguarded: how */
	enum gap_kind gap_kind; /* likewise */
	bool listen, log_drops; /* the config's */
	struct drops *drops;    /* NULL: not, or not yet */
	bool busy;              /* somebody else listens to the group, and it was said */
	uint64_t lost;          /* dropped packets that were missed, as far as it was said */
	struct recent recent;
	struct sources sources;
	struct untracked untracked;
	struct tracking tracking;
	struct err unheard;                         /* what was last said of local questions */
	struct err feeds[OBJECT_WATCHED_COUNT];     /* what was last said of each source */
	uint64_t differences[OBJECT_WATCHED_COUNT]; /* that were told of */
	struct flaws flaws;                         /* of the API server's objects */
	struct mono arrival; /* of the first thing that the next commit answers to; 0 if unknown */
	uint64_t commits, failures, messages, cut;
	struct histogram commit, event;
};

/* One line of the log about a turn that went well. */
void say_turn(const struct reconcile *r, const struct patch *patch, const struct nl_stats *stats, struct mono start);

/* The same, of one that answers to what others did: who did it, of those who did something since the last look. */
void say_drift(const struct reconcile *r, const struct patch *patch, double ms);

/* A turn failed: says so if it is news. */
void say_failure(const struct reconcile *r, const struct err *err);

/* Begins to listen to the group if that is wanted and not done; at the start, and now and then. */
void drops_begin(struct reconcile *r);

/* The policies that isolate a pod in a direction, "NS/POLICY", sorted: a list of yours, as are the texts. */
struct names {
	VEC(char *);
};
void names_isolating(const struct store *store, const struct pod *pod, enum direction direction, struct names *out);
void names_fini(struct names *names);

/* A dropped packet with the names of who has to do with it. */
json_t *drop_named(const struct reconcile *r, const struct drop *drop, int64_t when);

/* Looks what the machine and the Node object tell: r->found if that is news. */
void host_look(struct reconcile *r);

/* Who tells where pods of this node get their addresses: "--pod-cidr", ... */
void host_sources(const struct reconcile *r, char *out, size_t size);

#define STRAIN_MAX 2
#define STRAIN_TEXT 200

/* Looks for what stands in the way of connections that policy allows; to be called about twice a second.  Says what is news. */
void strain_look(struct reconcile *r);

/* Sentences about it, and how many. */
size_t strain_say(const struct reconcile *r, char out[static STRAIN_MAX][STRAIN_TEXT]);

void sources_init(struct reconcile *r, bool unchecked);
void sources_fini(struct reconcile *r);

/* Takes in of what changed in the store what concerns the pods of the node. */
void sources_turn(struct reconcile *r);

/* Looks whether there is something to do; to be called about twice a second, and when others wrote to the tables. */
void sources_look(struct reconcile *r);

/* Is it known by which interfaces the pod sends? */
bool sources_know(const struct reconcile *r, const struct pod *pod);

/* Packets that were dropped. */
uint64_t sources_forged(const struct reconcile *r);

/* Are the pods of this node known by their CIDRs, where those that are unknown are closed? */
int unknown_check(const struct reconcile *r, struct err *err);

#endif
