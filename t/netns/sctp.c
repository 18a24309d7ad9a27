/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does an SCTP association begin and go on, as far as connection tracking looks into it?  (RFC 9260, sections 3 and 5) */
#include "sctp.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "packet.h"

#define HEADER 12      /* bytes of the common header */
#define TAG 0x5e11a6e5 /* of both ends, so that the server needs to remember nothing */
#define SEGMENT_MAX 64
#define UNANSWERED_MAX 20 /* chunks, until heartbeats are sent */

static size_t body_size(uint8_t chunk)
{
	switch (chunk) {
	case SCTP_INIT:
	case SCTP_INIT_ACK:
	case SCTP_DATA:
		return 16;
	case SCTP_COOKIE_ECHO:
	case SCTP_HEARTBEAT:
	case SCTP_HEARTBEAT_ACK:
		return 4;
	default:
		return 0;
	}
}

static void put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	memcpy(at, &value, sizeof value);
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof value);
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* A packet of one chunk; its length. */
static size_t segment_write(uint8_t segment[SEGMENT_MAX], uint16_t source, uint16_t port, uint8_t chunk)
{
	size_t size = 4 + body_size(chunk);

	memset(segment, 0, SEGMENT_MAX);
	put16(segment, source);
	put16(segment + 2, port);
	put32(segment + 4, chunk == SCTP_INIT ? 0 : TAG);
	segment[HEADER] = chunk;
	segment[HEADER + 1] = chunk == SCTP_DATA ? 3 : 0; /* a first and last fragment */
	put16(segment + HEADER + 2, (uint16_t)size);
	put32(segment + HEADER + 4, TAG); /* initiate tag, sequence number or cookie */
	if (chunk == SCTP_HEARTBEAT || chunk == SCTP_HEARTBEAT_ACK)
		put32(segment + HEADER + 4, 0x00010004); /* no information about the sender */
	if (chunk == SCTP_INIT || chunk == SCTP_INIT_ACK) {
		put32(segment + HEADER + 8, 65535);       /* receiver window */
		put32(segment + HEADER + 12, 0x00010001); /* streams out and in */
	}
	packet_seal(segment, HEADER + size);
	return HEADER + size;
}

/* The next packet for a port, without its IPv4 header; NULL if there is none. */
static const uint8_t *segment_read(int fd, uint16_t port, uint8_t buf[PACKET_MAX], struct sockaddr_storage *from)
{
	socklen_t size = sizeof *from;
	ssize_t n;

	for (; (n = recvfrom(fd, buf, PACKET_MAX, 0, (void *)from, &size)) >= 0; size = sizeof *from) {
		size_t skip = from->ss_family == AF_INET ? (size_t)(buf[0] & 15) * 4 : 0;
		if ((size_t)n > skip + HEADER && get16(buf + skip + 2) == port)
			return buf + skip;
	}
	return NULL;
}

void sctp_send(struct sctp *sctp)
{
	bool anxious = sctp->chunk == SCTP_DATA && sctp->unanswered++ > UNANSWERED_MAX;
	uint8_t segment[SEGMENT_MAX], chunk = anxious ? SCTP_HEARTBEAT : sctp->chunk;

	send(sctp->fd, segment, segment_write(segment, sctp->source, sctp->port, chunk), MSG_NOSIGNAL);
}

bool sctp_heard(struct sctp *sctp)
{
	struct sockaddr_storage from;
	const uint8_t *segment;
	uint8_t buf[PACKET_MAX];

	segment = segment_read(sctp->fd, sctp->source, buf, &from);
	if (!segment)
		return false;
	sctp->unanswered = 0;
	if (segment[HEADER] == SCTP_INIT_ACK && sctp->chunk == SCTP_INIT)
		sctp->chunk = SCTP_COOKIE_ECHO;
	if (segment[HEADER] == SCTP_COOKIE_ACK)
		sctp->chunk = SCTP_DATA;
	return segment[HEADER] == SCTP_DATA;
}

void sctp_echo(int fd, uint16_t port)
{
	struct sockaddr_storage from;
	const uint8_t *segment;
	uint8_t buf[PACKET_MAX], answer[SEGMENT_MAX];

	while ((segment = segment_read(fd, port, buf, &from))) {
		uint8_t chunk = segment[HEADER];
		/* An acknowledgement has the number that follows. */
		size_t n = segment_write(answer, port, get16(segment), chunk == SCTP_DATA ? chunk : chunk + 1);
		if (from.ss_family == AF_INET6)
			((struct sockaddr_in6 *)(void *)&from)->sin6_port = 0;
		sendto(fd, answer, n, MSG_NOSIGNAL, (void *)&from,
		       from.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	}
}
