/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets were dropped lately: who to whom and how often, and when each chain last did. */
#ifndef SELVAGE_AGENT_RECENT_H
#define SELVAGE_AGENT_RECENT_H

#include <selvage/hmap.h>
#include <selvage/packet.h>

#define RECENT_KEPT 256
#define RECENT_SECONDS 600 /* for which a pair that falls silent is kept */
#define RECENT_CHAINS 8192 /* more than a node has pods */

/* Packets from one address to one port of another, which one chain dropped. */
struct recent_pair {
	const char *chain; /* atom */
	struct packet packet;
	uint64_t count;
	int64_t last; /* seconds since 1970 */
};

struct recent {
	struct recent_pair pairs[RECENT_KEPT]; /* in no particular order */
	size_t n;
	struct hmap chains;
};

/* Counts a packet.  Where there is no room for another pair, the one that was silent for longest gives way. */
void recent_add(struct recent *recent, const char *chain, const struct packet *packet, int64_t when);

/* Forgets the pairs that have been silent for longer than RECENT_SECONDS by now, seconds since 1970.  When each chain last
 * dropped a packet is not forgotten. */
void recent_expire(struct recent *recent, int64_t now);

/* When did the chain (an atom) last drop one, that we know of?  0: never. */
int64_t recent_last(const struct recent *recent, const char *chain);

void recent_fini(struct recent *recent);

#endif
