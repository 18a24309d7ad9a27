/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a kernel that holds these facts do with a packet?  Facts that it would refuse end the test. */
#ifndef SELVAGE_LAW_INTERP_H
#define SELVAGE_LAW_INTERP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <selvage/verdict.h>
#include <selvage/walk.h>

/* As walk_packet(). */
static inline bool interp_hook(const struct facts *facts, enum chain_hook hook, const struct packet *packet,
			       unsigned *steps)
{
	struct err err;
	bool accepted;

	if (walk_packet(facts, hook, packet, &accepted, steps, &err)) {
		printf("# the kernel would refuse this: %s\n", err.msg);
		abort();
	}
	return accepted;
}

static inline bool interp_accepts(const struct facts *facts, const struct packet *packet, unsigned *steps)
{
	return interp_hook(facts, CHAIN_HOOK_FORWARD, packet, steps);
}

#endif
