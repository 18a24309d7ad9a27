/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is it read from headers alone from whom to whom a packet goes, and never from beyond their end? */
#include <netinet/in.h>

#include <selvage/drops.h>

#include "unit.h"

#define IP4(first, proto, fragment) \
	first, 0, 0, 40, 0, 0, (fragment) >> 8, (fragment)&0xff, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2
#define IP6(next)                                                                                                     \
	0x60, 0, 0, 0, 0, 40, next, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, \
		0, 0, 0, 0, 0, 0, 0, 2
#define PORTS 0x9c, 0x40, 0x15, 0x38 /* from 40000 to 5432 */

/* Parses a copy that ends where its allocation does, for AddressSanitizer to see. */
static bool parse(const uint8_t *bytes, size_t n, struct drop *out)
{
	uint8_t *copy = malloc(n ? n : 1);
	bool good;

	cr_assert_not_null(copy);
	memcpy(copy, bytes, n);
	good = drop_parse(copy, n, out);
	free(copy);
	return good;
}

#define PARSE(out, ...)                                 \
	({                                              \
		const uint8_t bytes_[] = {__VA_ARGS__}; \
		parse(bytes_, sizeof bytes_, out);      \
	})

static void goes(const struct drop *drop, const char *from, const char *to, uint8_t proto, uint16_t port)
{
	char text[IP_TEXT];

	cr_assert_str_eq(ip_print(&drop->packet.from, text), from);
	cr_assert_str_eq(ip_print(&drop->packet.to, text), to);
	cr_assert_eq(drop->packet.proto, proto);
	cr_assert_eq(drop->packet.port, port);
	cr_assert_eq(drop->from_port, port ? 40000 : 0);
}

UNIT(drop_parse, ports_of_every_protocol_that_has_them)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_UDPLITE, IPPROTO_DCCP};
	struct drop drop;

	for (size_t i = 0; i < sizeof protos; i++) {
		cr_assert(PARSE(&drop, IP4(0x45, protos[i], 0), PORTS));
		goes(&drop, "10.0.0.1", "10.0.0.2", protos[i], 5432);
		cr_assert(PARSE(&drop, IP6(protos[i]), PORTS));
		goes(&drop, "fd00::1", "fd00::2", protos[i], 5432);
	}
}

UNIT(drop_parse, types_of_icmp)
{
	struct drop drop;

	cr_assert(PARSE(&drop, IP4(0x45, IPPROTO_ICMP, 0), 8, 1));
	goes(&drop, "10.0.0.1", "10.0.0.2", IPPROTO_ICMP, 0);
	cr_assert(drop.icmp && drop.type == 8 && drop.code == 1);
	cr_assert(PARSE(&drop, IP6(IPPROTO_ICMPV6), 128, 0));
	cr_assert(drop.icmp && drop.type == 128 && drop.code == 0);
}

UNIT(drop_parse, options_are_stepped_over)
{
	struct drop drop;

	cr_assert(PARSE(&drop, IP4(0x46, IPPROTO_TCP, 0), 1, 1, 1, 1, PORTS));
	goes(&drop, "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 5432);
	cr_assert(PARSE(&drop, IP6(IPPROTO_HOPOPTS), IPPROTO_DSTOPTS, 0, 0, 0, 0, 0, 0, 0, IPPROTO_AH, 1, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 0, 0, IPPROTO_UDP, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, PORTS, 0, 0, 0, 0));
	goes(&drop, "fd00::1", "fd00::2", IPPROTO_UDP, 5432);
}

UNIT(drop_parse, only_the_first_fragment_has_ports)
{
	struct drop drop;

	cr_assert(PARSE(&drop, IP4(0x45, IPPROTO_UDP, 0x2000), PORTS));
	goes(&drop, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 5432);
	cr_assert(PARSE(&drop, IP4(0x45, IPPROTO_UDP, 0x2001), PORTS));
	goes(&drop, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 0);
	cr_assert(PARSE(&drop, IP6(IPPROTO_FRAGMENT), IPPROTO_UDP, 0, 0, 1, 0, 0, 0, 0, PORTS, 0, 0, 0, 0));
	goes(&drop, "fd00::1", "fd00::2", IPPROTO_UDP, 5432);
	cr_assert(PARSE(&drop, IP6(IPPROTO_FRAGMENT), IPPROTO_UDP, 0, 0, 8, 0, 0, 0, 0, PORTS, 0, 0, 0, 0));
	goes(&drop, "fd00::1", "fd00::2", IPPROTO_UDP, 0);
}

UNIT(drop_parse, what_is_cut_short_has_no_ports)
{
	const uint8_t four[] = {IP4(0x45, IPPROTO_TCP, 0), PORTS}, six[] = {IP6(IPPROTO_TCP), PORTS};
	struct drop drop;

	for (size_t n = 0; n < sizeof four; n++) {
		cr_assert_eq(parse(four, n, &drop), n >= 20);
		cr_assert(n < 20 || drop.packet.port == 0);
	}
	for (size_t n = 0; n < sizeof six; n++) {
		cr_assert_eq(parse(six, n, &drop), n >= 40);
		cr_assert(n < 40 || drop.packet.port == 0);
	}
}

UNIT(drop_parse, what_is_no_packet_is_none)
{
	struct drop drop;

	cr_assert_not(PARSE(&drop, IP4(0x44, IPPROTO_TCP, 0), PORTS), "a header shorter than the least");
	cr_assert_not(PARSE(&drop, IP4(0x55, IPPROTO_TCP, 0), PORTS), "IP of another version");
	cr_assert(PARSE(&drop, IP4(0x4f, IPPROTO_TCP, 0), PORTS), "a header longer than the packet");
	goes(&drop, "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 0);
}

UNIT(drop_parse, nothing_stays_of_the_one_before)
{
	struct drop drop = {.from_port = 7, .icmp = true, .type = 7, .code = 7};

	cr_assert(PARSE(&drop, IP4(0x45, IPPROTO_GRE, 0), PORTS));
	goes(&drop, "10.0.0.1", "10.0.0.2", IPPROTO_GRE, 0);
	cr_assert(!drop.icmp && !drop.type && !drop.code);
}
