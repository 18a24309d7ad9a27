/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First packets of connections: made from a question, and recognised where they arrive. */
#ifndef NETNS_PACKET_H
#define NETNS_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "question.h"

#define PACKET_MAX 128

/* What is known of a packet that probe sent, from what no address translation on the way changes. */
struct sighting {
	uint32_t id;
	uint8_t proto;
	bool reply; /* the echo of an ICMP question, not the question */
};

/*
 * Writes the packet, IP header first, and returns its length: a TCP SYN, a UDP datagram, an SCTP INIT or an ICMP echo
 * request that carries `id` (never 0).
 */
size_t packet_write(const struct question *question, uint16_t source, uint32_t id, uint8_t packet[PACKET_MAX]);

/* The id in network order with a mark before it: what probe's UDP and ICMP messages contain. */
#define PACKET_PAYLOAD 12
void packet_payload(uint32_t id, uint8_t payload[PACKET_PAYLOAD]);

/* Writes the checksum of an SCTP packet, of which its common header is the beginning (RFC 9260, section 3.1). */
void packet_seal(uint8_t *segment, size_t size);

/* Is this one of ours, or of another run's? */
bool packet_read(const uint8_t *packet, size_t size, struct sighting *sighting);

#endif
