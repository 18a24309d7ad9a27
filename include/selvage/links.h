/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network interfaces of the current network namespace, over rtnetlink. */
#ifndef SELVAGE_LINKS_H
#define SELVAGE_LINKS_H

#include <stddef.h>

#include <selvage/err.h>

/* How many ends of veth pairs are here: on a node, about as many as it has pods. */
int links_veths(size_t *n, struct err *err) __attribute__((warn_unused_result));

#endif
