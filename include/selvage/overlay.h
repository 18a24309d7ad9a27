/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ports at which nodes take the frames of an overlay (VXLAN) out of UDP.  A pod that may send there puts frames of any
 * origin into the network of pods: nothing of what a frame says of itself is true then.
 */
#ifndef SELVAGE_OVERLAY_H
#define SELVAGE_OVERLAY_H

#include <selvage/err.h>
#include <selvage/packet.h>

#define OVERLAY_PORTS 8

struct overlay {
	uint16_t ports[OVERLAY_PORTS]; /* UDP; sorted, each once */
	size_t n;
};

/* 4789, which is VXLAN's (RFC 7348), and 8472, which Linux and Flannel use. */
struct overlay overlay_usual(void);

/* Parses "8472" or "8472,4789", at most OVERLAY_PORTS of them.  -1 with ERR_INPUT. */
int overlay_parse(const char *text, struct overlay *out, struct err *err) __attribute__((warn_unused_result));

/* Is it UDP to one of the ports? */
bool overlay_has(const struct overlay *overlay, const struct packet *packet);

#endif
