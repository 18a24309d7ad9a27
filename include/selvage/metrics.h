/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent counts, and how Prometheus reads it (text exposition format 0.0.4). */
#ifndef SELVAGE_METRICS_H
#define SELVAGE_METRICS_H

#include <stdio.h>

#include <selvage/fact.h>
#include <selvage/object.h>

#define HISTOGRAM_BOUNDS 14

struct histogram {
	uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* by bound, each for itself; the last is beyond all bounds */
	double sum;                            /* seconds */
};

/* Where objects of one kind come from. */
struct feed_metrics {
	bool watched; /* it comes from an API server; the rest is 0 if not */
	bool synced;
	uint64_t restarts;    /* watches that ended and lists that were begun again */
	uint64_t verified;    /* looks whether what is known is what there is */
	uint64_t differences; /* objects that they found to be otherwise */
	double age;           /* seconds since anything was heard of this kind */
};

/* Packets that a pod's chain dropped. */
struct drop_metrics {
	const char *pod; /* "NS/POD", an atom */
	enum direction direction;
	uint64_t packets;
};

struct drops_metrics {
	VEC(struct drop_metrics);
};

/* What is dropped for no policy. */
enum drop_other {
	DROP_OVERLAY,
	DROP_MULTICAST,
	DROP_UNKNOWN_INGRESS,
	DROP_UNKNOWN_EGRESS,
	DROP_FORGED,
	DROP_OTHER_COUNT
};

struct metrics {
	bool ready;
	const char *degraded; /* why not, or NULL; borrowed */
	size_t objects[OBJECT_WATCHED_COUNT];
	size_t flawed
		[OBJECT_WATCHED_COUNT]; /* of them, from an API server: with something that could not be understood */
	struct feed_metrics feeds[OBJECT_WATCHED_COUNT];
	size_t local, isolated;        /* pods of this node */
	size_t facts[FACT_KIND_COUNT]; /* to be enforced */
	uint64_t commits, failures, messages;
	uint64_t cut;            /* connections */
	uint64_t repairs;        /* commits that undid what other processes did to the table */
	bool owned;              /* other processes cannot write to the table */
	struct histogram commit; /* seconds from the first message to the kernel's answer */
	struct histogram event;  /* seconds from the first byte of what is committed to the kernel's answer */
	struct drops_metrics drops;
	size_t proposed;                   /* policies */
	bool shadow;                       /* the table counts what they would drop */
	struct drops_metrics shadow_drops; /* that */
	uint64_t other_drops[DROP_OTHER_COUNT];
	uint64_t untracked;                     /* forwarded packets that others took out of connection tracking */
	bool tracking;                          /* the kernel tells how many connections it tracks: */
	uint64_t connections, connection_limit; /* limit 0: none, or not told */
	uint64_t untrackable, evicted;          /* packets dropped, and connections forgotten, for want of room */
	uint64_t untold;                        /* dropped packets that the kernel had no room to tell of */
	bool limited;                           /* there is a memory limit: */
	uint64_t room;                          /* bytes until it */
};

void histogram_add(struct histogram *histogram, double seconds);

void metrics_print(const struct metrics *metrics, FILE *out);

/* Gives the atoms of the drops back. */
void metrics_fini(struct metrics *metrics);

#endif
