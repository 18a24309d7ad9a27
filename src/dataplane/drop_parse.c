/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From whom to whom does a packet go, by its headers? */
#include <netinet/in.h>
#include <string.h>

#include <selvage/drops.h>

#define IP4_LEAST 20
#define IP6_HEADER 40
#define EXTENSIONS_MOST 16

/* What is left of the packet. */
struct rest {
	const uint8_t *at;
	size_t n;
};

static uint16_t number(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* False if it is shorter than that. */
static bool rest_skip(struct rest *rest, size_t n)
{
	if (rest->n < n)
		return false;
	rest->at += n;
	rest->n -= n;
	return true;
}

/* The header behind those of IP, of what is not a later fragment. */
static void payload_parse(struct rest rest, struct drop *out)
{
	switch (out->packet.proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		if (rest.n < 4)
			return;
		out->from_port = number(rest.at);
		out->packet.port = number(rest.at + 2);
		return;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (rest.n < 2)
			return;
		out->icmp = true;
		out->type = rest.at[0];
		out->code = rest.at[1];
		return;
	}
}

static void address_read(struct ip *ip, enum family family, const uint8_t *at)
{
	*ip = (struct ip){.family = (uint8_t)family};
	memcpy(ip->b, at, ip_size(family));
}

static bool ip4_parse(struct rest rest, struct drop *out)
{
	const uint8_t *header = rest.at;
	size_t size = rest.n >= IP4_LEAST ? (size_t)(header[0] & 0xf) * 4 : 0;

	if (size < IP4_LEAST)
		return false;
	address_read(&out->packet.from, FAMILY_4, header + 12);
	address_read(&out->packet.to, FAMILY_4, header + 16);
	out->packet.proto = header[9];
	if ((number(header + 6) & 0x1fff) == 0 && rest_skip(&rest, size))
		payload_parse(rest, out);
	return true;
}

/* How long is an extension header that begins here?  0: it is none, or not all there (RFC 8200, 4; RFC 4302, 2.2). */
static size_t extension_size(uint8_t kind, const struct rest *rest)
{
	if (rest->n < 8)
		return 0;
	switch (kind) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return ((size_t)rest->at[1] + 1) * 8;
	case IPPROTO_FRAGMENT:
		return 8;
	case IPPROTO_AH:
		return ((size_t)rest->at[1] + 2) * 4;
	}
	return 0;
}

/* "at most once each" but for one, so that there are few (RFC 8200, 4.1). */
static bool ip6_parse(struct rest rest, struct drop *out)
{
	uint8_t *kind = &out->packet.proto;
	size_t size;

	if (rest.n < IP6_HEADER)
		return false;
	address_read(&out->packet.from, FAMILY_6, rest.at + 8);
	address_read(&out->packet.to, FAMILY_6, rest.at + 24);
	*kind = rest.at[6];
	rest_skip(&rest, IP6_HEADER);
	for (int i = 0; i < EXTENSIONS_MOST && (size = extension_size(*kind, &rest)); i++) {
		bool later = *kind == IPPROTO_FRAGMENT && number(rest.at + 2) & 0xfff8;

		*kind = rest.at[0];
		if (later || !rest_skip(&rest, size))
			return true;
	}
	payload_parse(rest, out);
	return true;
}

bool drop_parse(const uint8_t *bytes, size_t n, struct drop *out)
{
	struct rest rest = {bytes, n};

	out->packet = (struct packet){0};
	out->from_port = 0;
	out->icmp = false;
	out->type = out->code = 0;
	if (n && bytes[0] >> 4 == 4)
		return ip4_parse(rest, out);
	return n && bytes[0] >> 4 == 6 && ip6_parse(rest, out);
}
