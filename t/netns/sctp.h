/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SCTP association of one stream over raw sockets, for kernels that have no SCTP of their own. */
#ifndef NETNS_SCTP_H
#define NETNS_SCTP_H

#include <stdbool.h>
#include <stdint.h>

/* The client's end of an association. */
struct sctp {
	int fd;                /* raw, connected, does not block */
	uint16_t source, port; /* its own, and the server's as the client knows it */
	uint8_t chunk;       /* what is sent next: SCTP_INIT at first, SCTP_DATA once the association is established */
	unsigned unanswered; /* chunks */
};

enum {
	SCTP_DATA = 0,
	SCTP_INIT = 1,
	SCTP_INIT_ACK = 2,
	SCTP_HEARTBEAT = 4,
	SCTP_HEARTBEAT_ACK = 5,
	SCTP_COOKIE_ECHO = 10,
	SCTP_COOKIE_ACK = 11
};

/* Sends the next chunk; if nothing comes back for long, heartbeats (section 8.3), which is how connection tracking takes up
 * an association that it has no entry of. */
void sctp_send(struct sctp *sctp);

/* Takes in what has come from the server; did data come? */
bool sctp_heard(struct sctp *sctp);

/* Answers what has come to a raw socket of the server for this port. */
void sctp_echo(int fd, uint16_t port);

#endif
