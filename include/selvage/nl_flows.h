/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections that the kernel tracks in the current network namespace, to look at. */
#ifndef SELVAGE_NL_FLOWS_H
#define SELVAGE_NL_FLOWS_H

#include <selvage/err.h>
#include <selvage/flow.h>

/* Calls for every tracked connection of both families but those from or to an address of this machine itself, which pass no
 * rule of ours.  -1 with ERR_PERM or ERR_KERNEL. */
int nl_flows(void (*each)(void *ctx, const struct flow *flow), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

#endif
