/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine itself tells of how it forwards packets. */
#ifndef SELVAGE_HOST_H
#define SELVAGE_HOST_H

#include <stdbool.h>

#include <selvage/cidrs.h>

#define HOST_FLANNEL "/run/flannel/subnet.env" /* where Flannel writes what it has leased for the node */
#define HOST_IPVS "/proc/net/ip_vs"            /* is there while IPVS is in the kernel */

/* Reads where the node's pods get their addresses from a file such as HOST_FLANNEL: FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET.
 * False, and out as it was, if there is no such file or it names none, and if what it names is no prefix. */
bool host_cidrs(const char *path, struct cidrs *out);

/* Is IPVS there?  Then Services' packets may pass the hook `output`, not `forward`. */
bool host_ipvs(const char *path);

#endif
