/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats of connections share. */
#ifndef SELVAGE_INPUT_FLOWS_PARTS_H
#define SELVAGE_INPUT_FLOWS_PARTS_H

#include <selvage/flows.h>

enum way { WAY_ORIGINAL, WAY_REPLY, WAY_COUNT };

/* One direction, as it is being read. */
struct flow_way {
	struct ip from, to;
	bool has_from, has_to;
	long from_port, to_port; /* -1: none */
	int64_t packets, bytes;  /* -1: not told */
};

struct flow_entry {
	int proto; /* IP protocol number, -1: not told */
	struct flow_way way[WAY_COUNT];
	bool unreplied;
	int64_t seconds;
	enum flow_state state;
};

void flow_entry_init(struct flow_entry *entry);

/* Sets a field by the name that both formats have for it: "src", "dst", "sport", "dport", "packets", "bytes".  NULL, or
 * what is wrong with the value.  Other names are nothing to us. */
const char *flow_entry_set(struct flow_entry *entry, enum way way, const char *name, const char *value);

/* What it says, or NULL and the flow. */
const char *flow_entry_flow(const struct flow_entry *entry, struct flow *out);

/* What the kernel's name of a state of TCP or SCTP says: "TIME_WAIT"; unknown if it is none. */
enum flow_state flow_state_parse(const char *name);

/* A number from 0 to `most`, -1: none. */
int64_t flow_number(const char *text, int64_t most);

void flows_parse_xml(const char *file, const char *text, size_t size, const struct flows_calls *calls);

#endif
