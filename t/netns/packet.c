/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP, UDP, SCTP and ICMP headers written by hand, so that every first packet can carry a number through any NAT. */
#include "packet.h"

#include <string.h>

static const char mark[8] = "selvage?";

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t sum16(const uint8_t *at, size_t size, uint32_t sum)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return sum;
}

/* What the checksums of TCP, UDP and ICMPv6 count besides the segment. */
static uint32_t pseudo_header(const struct question *question, size_t size)
{
	size_t width = question->to.family == AF_INET ? 4 : 16;
	uint32_t sum = (uint32_t)size + question->proto;

	sum = sum16(question->from.bytes, width, sum);
	return sum16(question->to.bytes, width, sum);
}

/* The Internet checksum of a segment of even size. */
static unsigned checksum(uint32_t start, const uint8_t *segment, size_t size)
{
	uint32_t sum = sum16(segment, size, start);

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* The checksum of RFC 9260, appendix A. */
static uint32_t crc32c(const uint8_t *at, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

void packet_seal(uint8_t *segment, size_t size)
{
	uint32_t crc;

	memset(segment + 8, 0, 4);
	crc = crc32c(segment, size);
	for (int i = 0; i < 4; i++)
		segment[8 + i] = (uint8_t)(crc >> 8 * i);
}

static size_t write_tcp(const struct question *question, uint16_t source, uint32_t id, uint8_t *segment)
{
	put16(segment, source);
	put16(segment + 2, question->port);
	put32(segment + 4, id);
	segment[12] = 5 << 4; /* header length in words */
	segment[13] = 0x02;   /* SYN */
	put16(segment + 14, 65535);
	put16(segment + 16, checksum(pseudo_header(question, 20), segment, 20));
	return 20;
}

static size_t write_udp(const struct question *question, uint16_t source, uint32_t id, uint8_t *segment)
{
	const size_t size = 8 + PACKET_PAYLOAD;
	unsigned sum;

	put16(segment, source);
	put16(segment + 2, question->port);
	put16(segment + 4, (unsigned)size);
	packet_payload(id, segment + 8);
	sum = checksum(pseudo_header(question, size), segment, size);
	put16(segment + 6, sum ? sum : 0xffff); /* 0 would say that there is none */
	return size;
}

static size_t write_sctp(const struct question *question, uint16_t source, uint32_t id, uint8_t *segment)
{
	put16(segment, source);
	put16(segment + 2, question->port);
	segment[12] = 1;            /* chunk INIT */
	put16(segment + 14, 20);    /* its length */
	put32(segment + 16, id);    /* initiate tag */
	put32(segment + 20, 65535); /* receiver window */
	put16(segment + 24, 1);     /* streams out */
	put16(segment + 26, 1);     /* streams in */
	put32(segment + 28, id);    /* first sequence number */
	packet_seal(segment, 32);
	return 32;
}

static size_t write_icmp(const struct question *question, uint16_t source, uint32_t id, uint8_t *segment)
{
	const size_t size = 8 + PACKET_PAYLOAD;
	bool v4 = question->to.family == AF_INET;

	segment[0] = v4 ? 8 : 128; /* echo request */
	put16(segment + 4, source);
	put16(segment + 6, 1);
	packet_payload(id, segment + 8);
	put16(segment + 2, checksum(v4 ? 0 : pseudo_header(question, size), segment, size));
	return size;
}

static size_t write_segment(const struct question *question, uint16_t source, uint32_t id, uint8_t *segment)
{
	switch (question->proto) {
	case IPPROTO_TCP:
		return write_tcp(question, source, id, segment);
	case IPPROTO_UDP:
		return write_udp(question, source, id, segment);
	case IPPROTO_SCTP:
		return write_sctp(question, source, id, segment);
	default:
		return write_icmp(question, source, id, segment);
	}
}

/* The kernel fills in the checksum, the length and the identification of IPv4. */
static size_t write_ip(const struct question *question, uint8_t *packet)
{
	if (question->to.family == AF_INET) {
		packet[0] = 0x45;
		packet[8] = 64; /* TTL */
		packet[9] = question->proto;
		memcpy(packet + 12, question->from.bytes, 4);
		memcpy(packet + 16, question->to.bytes, 4);
		return 20;
	}
	packet[0] = 0x60;
	packet[6] = question->proto;
	packet[7] = 64; /* hop limit */
	memcpy(packet + 8, question->from.bytes, 16);
	memcpy(packet + 24, question->to.bytes, 16);
	return 40;
}

size_t packet_write(const struct question *question, uint16_t source, uint32_t id, uint8_t packet[PACKET_MAX])
{
	size_t head, size;

	memset(packet, 0, PACKET_MAX);
	head = write_ip(question, packet);
	size = write_segment(question, source, id, packet + head);
	if (question->to.family == AF_INET6)
		put16(packet + 4, (unsigned)size);
	return head + size;
}

void packet_payload(uint32_t id, uint8_t payload[PACKET_PAYLOAD])
{
	memcpy(payload, mark, sizeof(mark));
	put32(payload + sizeof(mark), id);
}

static bool read_payload(const uint8_t *segment, size_t size, struct sighting *sighting)
{
	if (size < 8 + PACKET_PAYLOAD || memcmp(segment + 8, mark, sizeof(mark)) != 0)
		return false;
	sighting->id = get32(segment + 8 + sizeof(mark));
	return true;
}

static bool read_segment(const uint8_t *segment, size_t size, struct sighting *sighting)
{
	if (size < 8)
		return false;
	switch (sighting->proto) {
	case IPPROTO_TCP:
		sighting->id = get32(segment + 4);
		return size >= 20 && (segment[13] & 0x3f) == 0x02;
	case IPPROTO_UDP:
		return read_payload(segment, size, sighting);
	case IPPROTO_SCTP:
		if (size < 32 || segment[12] != 1)
			return false;
		sighting->id = get32(segment + 16);
		return true;
	case IPPROTO_ICMP:
		sighting->reply = segment[0] == 0;
		return (segment[0] == 0 || segment[0] == 8) && read_payload(segment, size, sighting);
	case IPPROTO_ICMPV6:
		sighting->reply = segment[0] == 129;
		return (segment[0] == 128 || segment[0] == 129) && read_payload(segment, size, sighting);
	default:
		return false;
	}
}

bool packet_read(const uint8_t *packet, size_t size, struct sighting *sighting)
{
	bool v6 = size > 0 && packet[0] >> 4 == 6;
	size_t head;

	*sighting = (struct sighting){0};
	if (size < (v6 ? 40u : 20u) || (!v6 && packet[0] >> 4 != 4))
		return false;
	head = v6 ? 40 : (packet[0] & 0x0fu) * 4;
	if (head > size)
		return false;
	sighting->proto = packet[v6 ? 6 : 9];
	return read_segment(packet + head, size - head, sighting);
}
