/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the API server for the Node object of one node until it tells where the node's pods get their addresses, each time
 * later.  It is told once: "podCIDR represents the pod IP range assigned to the node" is set once and never changed.
 */
#ifndef SELVAGE_INPUT_NODEGET_H
#define SELVAGE_INPUT_NODEGET_H

#include <selvage/cidrs.h>

#include "http.h"

struct nodeget;

struct nodeget_setup {
	struct event_base *base; /* this, http and node are borrowed */
	struct http *http;
	const char *node;
	/* It tells `cidrs`; NULL: it does not, and why.  Both are borrowed for the call. */
	void (*told)(void *ctx, const struct cidrs *cidrs, const char *why);
	void *ctx;
};

struct nodeget *nodeget_new(const struct nodeget_setup *setup);

/* Before the http; NULL is allowed. */
void nodeget_free(struct nodeget *get);

#endif
