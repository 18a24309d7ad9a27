/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network interfaces of the current network namespace, over rtnetlink. */
#ifndef SELVAGE_LINKS_H
#define SELVAGE_LINKS_H

#include <stddef.h>

#include <selvage/err.h>
#include <selvage/veths.h>

/* How many ends of veth pairs are here: on a node, about as many as it has pods. */
int links_veths(size_t *n, struct err *err) __attribute__((warn_unused_result));

/* Those whose other end is in another network namespace, with the addresses that there are, but for loopback's: yours to
 * vec_free(), also after an error.  Where these cannot be read, because the namespace is going or is another's, there are none. */
int links_seen(struct veths *out, struct err *err) __attribute__((warn_unused_result));

/* A socket that is readable when an interface comes, goes or changes; -1 with an error.  Yours to close. */
int links_listen(struct err *err) __attribute__((warn_unused_result));

/* Takes what it has told. */
void links_heard(int fd);

#endif
