/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "May FROM connect to TO?", as users ask it. */
#ifndef SELVAGE_QUESTION_H
#define SELVAGE_QUESTION_H

#include <selvage/err.h>
#include <selvage/packet.h>
#include <selvage/store.h>

#define QUESTION_ENDPOINT 400 /* bytes of "NAMESPACE/POD" with its NUL */

struct question {
	char from[QUESTION_ENDPOINT], to[QUESTION_ENDPOINT]; /* a pod or an address, as the user named it */
	uint8_t proto; /* PROTO_ANY: an ICMP echo request, of the family of the addresses */
	uint16_t port;
};

/* Reads "TO", "TO:PORT" or "TO:PORT/PROTO" (PROTO TCP if left out, an IPv6 address with a port in brackets) into to, proto
 * and port.  -1 with ERR_INPUT. */
int question_parse_to(const char *text, struct question *question, struct err *err) __attribute__((warn_unused_result));

/* Reads a protocol and a port; proto NULL means TCP if there is a port (port > 0) and ICMP if not. */
int question_parse_port(const char *proto, long long port, struct question *question, struct err *err)
	__attribute__((warn_unused_result));

/* Reads a line of a batch, {"from":"NS/POD","to":"10.0.0.1","proto":"TCP","port":80}, which a NUL follows.  -1 with
 * ERR_INPUT. */
int question_parse_line(const char *line, size_t size, struct question *out, struct err *err)
	__attribute__((warn_unused_result));

/* The addresses of one end. */
struct question_end {
	struct ip ips[FAMILY_COUNT];
	size_t n;
};

/* A pod is named NS/POD, or pod/NAME or NAME in namespace `ns`; an address stands for the pod that owns it.  -1 with
 * ERR_ABSENT: there is no such pod; with ERR_UNSURE: it has no address to ask about. */
int question_end_find(const struct store *store, const char *text, const char *ns, struct question_end *out,
		      struct err *err) __attribute__((warn_unused_result));

/* The packets that the question is about: one for each address family that both ends have, in the order of the
 * destination's addresses.  Gives how many packets (1 or 2); -1 with ERR_UNSURE: there is none. */
int question_packets(const struct question *question, const struct question_end *from, const struct question_end *to,
		     struct packet packets[static FAMILY_COUNT], struct err *err) __attribute__((warn_unused_result));

#endif
