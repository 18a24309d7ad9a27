/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a fact read as a person would say it? */
#include <linux/rtnetlink.h>

#include <selvage/atom.h>
#include <selvage/fact.h>

#include "unit.h"

static void assert_prints(struct fact *fact, const char *expected)
{
	UNIT_PRINTS(expected, fact_print(fact, out));
	fact_fini(fact);
}

static void assert_rule(struct step step, const char *expected)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom("c")};
	struct chain_rule *rule = fact_add_rule(&chain);
	char line[200];

	snprintf(line, sizeof line, "chain c\n\t%s\n", expected);
	rule->steps[0] = step;
	rule->n = 1;
	assert_prints(&chain, line);
}

static void assert_key(const char *bytes, uint8_t size, const char *expected)
{
	struct fact element = {.kind = FACT_ELEMENT, .name = atom("s"), .element.size = size};
	char line[200];

	memcpy(element.element.lo, bytes, size);
	memcpy(element.element.hi, bytes, size);
	snprintf(line, sizeof line, "element s %s\n", expected);
	assert_prints(&element, line);
}

UNIT(fact_print, counters)
{
	assert_prints(&(struct fact){.kind = FACT_COUNTER, .name = atom("in-1"), .comment = atom("shop/db ingress")},
		      "counter in-1 \"shop/db ingress\"\n");
}

UNIT(fact_print, sets_and_maps)
{
	assert_prints(&(struct fact){.kind = FACT_SET,
				     .name = atom("cidr-1"),
				     .set = {.key = KEY_IP4, .map = false, .interval = true}},
		      "set cidr-1 ipv4_addr interval\n");
	assert_prints(&(struct fact){.kind = FACT_SET,
				     .name = atom("peers-1"),
				     .set = {.key = KEY_IP6, .map = false, .interval = false}},
		      "set peers-1 ipv6_addr\n");
	assert_prints(&(struct fact){.kind = FACT_SET,
				     .name = atom("ports-1"),
				     .set = {.key = KEY_PROTO_PORT, .map = true, .interval = false}},
		      "map ports-1 inet_proto . inet_service\n");
	assert_prints(&(struct fact){.kind = FACT_SET,
				     .name = atom("ports-2"),
				     .set = {.key = KEY_PORT, .map = true, .interval = true}},
		      "map ports-2 inet_service interval\n");
}

UNIT(fact_print, chains_and_their_rules)
{
	struct fact chain = {.kind = FACT_CHAIN, .name = atom("in-1"), .comment = atom("production/db-0")};
	struct chain_rule *rule = fact_add_rule(&chain);

	rule->steps[0] = (struct step){.kind = STEP_ADDR_IS, .source = true, .addr = {{{10, 244, 1, 3}, FAMILY_4}, 32}};
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_ACCEPT, NULL}};
	rule->n = 2;
	rule = fact_add_rule(&chain);
	rule->steps[0] = (struct step){.kind = STEP_COUNTER, .name = atom("in-1")};
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action = {VERDICT_DROP, NULL}};
	rule->n = 2;
	rule->comment = atom("the rest");
	assert_prints(&chain, "chain in-1 \"production/db-0\"\n"
			      "\tip saddr 10.244.1.3 accept\n"
			      "\tcounter name \"in-1\" drop \"the rest\"\n");
}

UNIT(fact_print, base_chains)
{
	assert_prints(&(struct fact){.kind = FACT_CHAIN, .name = atom("egress"), .chain = {.base = true}},
		      "base chain egress forward 0\n");
	assert_prints(&(struct fact){.kind = FACT_CHAIN, .name = atom("x"), .chain = {.base = true, .priority = -1}},
		      "base chain x forward -1\n");
}

UNIT(fact_print, steps)
{
	struct cidr ten = {{{10}, FAMILY_4}, 8}, six = {{{0xfd}, FAMILY_6}, 64};

	assert_rule((struct step){.kind = STEP_ESTABLISHED}, "ct state established,related");
	assert_rule((struct step){.kind = STEP_ADDR_IS, .addr = ten}, "ip daddr 10.0.0.0/8");
	assert_rule((struct step){.kind = STEP_ADDR_IS, .source = true, .addr = six}, "ip6 saddr fd00::/64");
	assert_rule((struct step){.kind = STEP_ADDR_IN, .source = true, .name = atom("p")}, "ip saddr @p");
	assert_rule((struct step){.kind = STEP_ADDR_MAP, .family = FAMILY_6, .name = atom("p")}, "ip6 daddr vmap @p");
	assert_rule((struct step){.kind = STEP_FAMILY}, "meta nfproto ipv4");
	assert_rule((struct step){.kind = STEP_FLOW_IN, .family = FAMILY_6, .name = atom("c")},
		    "ip6 saddr . meta l4proto . th sport . ip6 daddr . th dport @c");
	assert_rule((struct step){.kind = STEP_PROTO, .number = 6}, "meta l4proto tcp");
	assert_rule((struct step){.kind = STEP_PROTO, .number = 58}, "meta l4proto ipv6-icmp");
	assert_rule((struct step){.kind = STEP_PROTO, .number = 200}, "meta l4proto 200");
	assert_rule((struct step){.kind = STEP_HOP_LIMIT, .number = 255}, "ip6 hoplimit 255");
	assert_rule((struct step){.kind = STEP_ICMP6_TYPE, .number = 135}, "icmpv6 type 135");
	assert_rule((struct step){.kind = STEP_PORT_MAP, .name = atom("m")}, "th dport vmap @m");
	assert_rule((struct step){.kind = STEP_PROTO_PORT_MAP, .name = atom("m")}, "meta l4proto . th dport vmap @m");
	assert_rule((struct step){.kind = STEP_ACTION, .action = {VERDICT_GOTO, atom("out-1")}}, "goto out-1");
	assert_rule((struct step){.kind = STEP_ACTION, .action = {VERDICT_CONTINUE, NULL}}, "continue");
	assert_rule((struct step){.kind = STEP_OTHER}, "(other)");
}

UNIT(fact_print, keys)
{
	assert_key("\x0a\xf4\x01\x02", 4, "10.244.1.2");
	assert_key("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16, "fd00::1");
	assert_key("\x06\0\0\0\x15\x38\0\0", 8, "tcp . 5432");
	assert_key("\xff\0\0\0\xff\xff\0\0", 8, "255 . 65535");
	assert_key("\0\x50", 2, "80");
	assert_key("\xab\xcd\xef", 3, "0xabcdef");
}

UNIT(fact_print, elements)
{
	assert_prints(&(struct fact){.kind = FACT_ELEMENT,
				     .name = atom("ports-1"),
				     .element = {.lo = {6, 0, 0, 0, 0x15, 0x38},
						 .hi = {6, 0, 0, 0, 0x15, 0x38},
						 .size = 8,
						 .action = {VERDICT_JUMP, atom("allow-1")}}},
		      "element ports-1 tcp . 5432 : jump allow-1\n");
	assert_prints(&(struct fact){.kind = FACT_ELEMENT,
				     .name = atom("cidr-1"),
				     .comment = atom("shop/db"),
				     .element = {.lo = {10}, .hi = {10, 255, 255, 255}, .size = 4}},
		      "element cidr-1 10.0.0.0-10.255.255.255 \"shop/db\"\n");
}

UNIT(fact_print, comments_cannot_break_out_of_their_line)
{
	assert_prints(&(struct fact){.kind = FACT_COUNTER, .name = atom("a\n"), .comment = atom("b\x1b\n")},
		      "counter a\\x0a \"b\\x1b\\x0a\"\n");
}

UNIT(fact_print, the_frame_around_policies)
{
	assert_rule((struct step){.kind = STEP_ADDR_TYPE, .source = true, .number = RTN_LOCAL}, "fib saddr type local");
	assert_rule((struct step){.kind = STEP_ADDR_TYPE_HERE, .number = RTN_MULTICAST},
		    "fib daddr . iif type multicast");
	assert_rule((struct step){.kind = STEP_ADDR_TYPE, .number = RTN_UNICAST}, "fib daddr type 1");
	assert_rule((struct step){.kind = STEP_LINK_KIND, .number = LINK_BRIDGE}, "meta iifkind \"bridge\"");
	assert_rule((struct step){.kind = STEP_LINK_KIND, .number = LINK_VXLAN}, "meta iifkind \"vxlan\"");
	assert_rule((struct step){.kind = STEP_PORT_IN, .name = atom("overlay")}, "th dport @overlay");
	assert_rule((struct step){.kind = STEP_LIMIT}, "limit rate 10/second burst 20 packets");
	assert_rule((struct step){.kind = STEP_LOG, .group = 40000, .name = atom("in-1")},
		    "log prefix \"in-1\" group 40000");
	assert_rule((struct step){.kind = STEP_REJECT, .number = REJECT_RESET}, "reject with tcp reset");
	assert_rule((struct step){.kind = STEP_REJECT, .number = REJECT_PROHIBITED},
		    "reject with icmpx admin-prohibited");
}
