/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connectivity as users know it: connections that open, datagrams that are echoed, pings that are answered. */
#ifndef NETNS_CONNECT_H
#define NETNS_CONNECT_H

#include "question.h"

/*
 * Answers TCP, SCTP and UDP questions by connecting from the source address to a server that it runs at the destination
 * (unless one is there already), for at most `wait_ms`.  ICMP questions are left as they are.  Exits if the protocol is
 * not in this kernel or an address is not there to send from.
 */
void connect_all(struct questions *questions, int wait_ms);

#endif
