/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a dropped packet said in one line that no name breaks out of? */
#include <selvage/drop_print.h>

#include <selvage/json_print.h>

#include "unit.h"

static struct packet packet(const char *from, const char *to, uint8_t proto, uint16_t port)
{
	struct packet packet = {.proto = proto, .port = port};
	struct err err;

	cr_assert_eq(ip_parse(from, &packet.from, &err), 0);
	cr_assert_eq(ip_parse(to, &packet.to, &err), 0);
	return packet;
}

static void print(const struct drop_said *said, FILE *out)
{
	json_t *drop = drop_json(said);

	drop_print(drop, out);
	json_decref(drop);
}

UNIT(drop_print, names_ports_and_policies)
{
	static const char *const policies[] = {"shop/a", "shop/b"};
	struct packet tcp = packet("10.0.0.1", "10.0.0.2", PROTO_TCP, 5432);
	struct drop_said said = {.when = 1000000000,
				 .chain = "in-1",
				 .packet = &tcp,
				 .from_port = 40000,
				 .from = "shop/web",
				 .to = "shop/db",
				 .isolating = policies,
				 .n_isolating = 2};

	UNIT_PRINTS("ingress shop/web (10.0.0.1) -> shop/db (10.0.0.2) TCP 5432; isolated by shop/a, shop/b",
		    print(&said, out));
	UNIT_PRINTS("{\"time\":\"2001-09-09T01:46:40Z\",\"reason\":\"ingress\",\"chain\":\"in-1\","
		    "\"from\":{\"ip\":\"10.0.0.1\",\"name\":\"shop/web\",\"port\":40000},"
		    "\"to\":{\"ip\":\"10.0.0.2\",\"name\":\"shop/db\",\"port\":5432},\"proto\":\"TCP\","
		    "\"policies\":[\"shop/a\",\"shop/b\"]}\n",
		    json_print_line(drop_json(&said), out));
}

UNIT(drop_print, icmp_has_a_type_and_others_a_number)
{
	struct packet icmp = packet("fd00::1", "fd00::2", 58, 0), gre = packet("10.0.0.1", "10.0.0.2", 47, 0);

	UNIT_PRINTS("egress fd00::1 -> fd00::2 ICMPv6 type 128 code 0",
		    print(&(struct drop_said){.chain = "out-1", .packet = &icmp, .icmp = true, .type = 128}, out));
	UNIT_PRINTS("unknown-egress 10.0.0.1 -> 10.0.0.2 47",
		    print(&(struct drop_said){.chain = "unknown-out", .packet = &gre}, out));
}

UNIT(drop_print, no_name_reaches_a_terminal_raw)
{
	static const char *const policies[] = {"shop/\033[2J"};
	struct packet udp = packet("10.0.0.1", "10.0.0.2", PROTO_UDP, 53);

	UNIT_PRINTS("other a\\x0ab (10.0.0.1) -> 10.0.0.2 UDP 53; isolated by shop/\\x1b[2J",
		    print(&(struct drop_said){.chain = "\033",
					      .packet = &udp,
					      .from = "a\nb",
					      .isolating = policies,
					      .n_isolating = 1},
			  out));
}

UNIT(drop_print, chains_have_reasons)
{
	static const char *const pairs[][2] = {
		{"in-12", "ingress"},
		{"out-12", "egress"},
		{"overlay", "overlay"},
		{"unknown-in", "unknown-ingress"},
		{"unknown-out", "unknown-egress"},
		{"shadow-in-12", "shadow-ingress"},
		{"shadow-out-12", "shadow-egress"},
		{"shadow-", "other"},
		{"", "other"},
		{"fail2ban", "other"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		cr_assert_str_eq(drop_reason(pairs[i][0]), pairs[i][1]);
}
