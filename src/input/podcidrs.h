/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Node object of one node, for the sake of its pods' addresses. */
#ifndef SELVAGE_INPUT_PODCIDRS_H
#define SELVAGE_INPUT_PODCIDRS_H

#include <selvage/cidrs.h>

/*
 * Where do the pods of a node get their addresses?  "podCIDRs represents the IP ranges assigned to the node for usage by
 * Pods on that node.  If this field is specified, the 0th entry must match the podCIDR field." (NodeSpec v1); podCIDR
 * counts where it is alone.  ERR_ABSENT if the object tells none (yet), ERR_INPUT if the text is no Node of that name, or
 * if anything that it tells of them is no prefix; out is then as it was.
 */
int podcidrs_read(const char *text, size_t size, const char *node, struct cidrs *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
