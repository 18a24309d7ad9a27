/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What probe is asked: lines of text to structures. */
#ifndef NETNS_QUESTION_H
#define NETNS_QUESTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "place.h"

struct address {
	int family;        /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* network order, 4 or 16 of them */
};

/* May the first packet of a new connection from here get there? */
struct question {
	size_t from_place, to_place; /* indexes */
	struct address from, to;
	uint8_t proto; /* as in the IP header; ICMP means ICMPv6 between IPv6 addresses */
	uint16_t port; /* destination port; of no meaning for ICMP */
	uint16_t twin; /* how many equal questions stand before this one? */
	bool must;     /* a control: if this does not pass, the lab is broken and no answer is worth anything */
	bool allowed;  /* the answer */
};

struct questions {
	struct question *at;
	size_t n;
	struct places places;
};

/*
 * Reads "FROM-NETNS FROM-IP TO-NETNS TO-IP PROTO PORT [must]" lines; PROTO is tcp, udp, sctp or icmp in any case.  Exits
 * at the first line that is wrong.
 */
void questions_read(FILE *in, const char *name, struct questions *questions);
void questions_fini(struct questions *questions);

/* Writes it as it is read, without a line end. */
void question_write(const struct question *question, const struct places *places, FILE *out);

/* The address and port as bind(), connect() and sendto() want them; the length of it. */
socklen_t address_sock(const struct address *address, uint16_t port, struct sockaddr_storage *sock);

/*
 * The source port (or ICMP identifier) for asking now.  It is made of the time, so that a question which is asked again,
 * by this process or a later one, is a new connection to every connection tracker that still remembers the last time.
 */
uint16_t question_source(const struct question *question);

#endif
