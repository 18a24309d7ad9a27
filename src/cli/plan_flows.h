/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that are there, judged by policies as they are and as they will be. */
#ifndef SELVAGE_CLI_PLAN_FLOWS_H
#define SELVAGE_CLI_PLAN_FLOWS_H

#include <selvage/flow.h>

#include "plan_report.h"

enum flow_fate {
	FLOW_CUT,    /* allowed now, denied after the change */
	FLOW_DENIED, /* denied already: an agent cuts it, or there is none */
	FLOW_KEPT,
	FLOW_FATE_COUNT
};

/* Connections of one pair on one port. */
struct flow_group {
	enum flow_fate fate;
	char *from, *to;      /* owned */
	struct packet packet; /* of the first of them */
	size_t n, replied;
	int64_t packets, bytes, oldest; /* -1: not known */
};

struct plan_flows {
	VEC(struct flow_group); /* cut, then denied; those that are kept are only counted */
	size_t paths[FLOW_FATE_COUNT], connections[FLOW_FATE_COUNT]; /* of KEPT, paths are not counted */
	size_t others;                                               /* connections between two ends that are no pods */
};

/* Judges one more connection, unless it is over. */
void plan_flows_add(struct plan_flows *flows, const struct plan_report *report, const struct flow *flow);

/* To be called when all are there. */
void plan_flows_sort(struct plan_flows *flows);
void plan_flows_fini(struct plan_flows *flows);

void plan_flows_print(const struct plan_report *report, FILE *out);
json_t *plan_flows_json(const struct plan_report *report);

#endif
