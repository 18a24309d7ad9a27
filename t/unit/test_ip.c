/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are addresses and prefixes read strictly, printed canonically and compared exactly? */
#include <selvage/ip.h>

#include "unit.h"

static struct ip addr(const char *text)
{
	struct err err = {0};
	struct ip ip;

	cr_assert_eq(ip_parse(text, &ip, &err), 0, "%s", err.msg);
	return ip;
}

static struct cidr block(const char *text)
{
	struct err err = {0};
	struct cidr cidr;

	cr_assert_eq(cidr_parse(text, &cidr, &err), 0, "%s", err.msg);
	return cidr;
}

static void assert_prints(const struct ip *ip, const char *text)
{
	char buf[IP_TEXT];

	cr_assert_str_eq(ip_print(ip, buf), text);
}

static void assert_cidr(const char *text, const char *base, unsigned bits)
{
	struct cidr cidr = block(text);

	assert_prints(&cidr.addr, base);
	cr_assert_eq(cidr.bits, bits, "%s has %u bits", text, cidr.bits);
}

static void assert_range(const char *text, const char *lo, const char *hi)
{
	struct cidr cidr = block(text);
	struct ip_range range = cidr_range(&cidr);

	assert_prints(&range.lo, lo);
	assert_prints(&range.hi, hi);
}

UNIT(ip, addresses_read_and_print_canonically)
{
	static const char *const pairs[][2] = {
		{"10.244.1.3", "10.244.1.3"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"fd00:0:0::1", "fd00::1"},
		{"FD00::A", "fd00::a"},
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct ip ip = addr(pairs[i][0]);

		assert_prints(&ip, pairs[i][1]);
	}
}

UNIT(ip, mapped_addresses_are_the_ipv4_addresses_that_packets_carry)
{
	struct ip mapped = addr("::ffff:10.0.0.1"), hex = addr("::ffff:a00:1"), plain = addr("10.0.0.1");

	cr_assert_eq(mapped.family, FAMILY_4);
	cr_assert_eq(ip_cmp(&mapped, &plain), 0);
	cr_assert_eq(ip_cmp(&hex, &plain), 0);
	cr_assert_eq(memcmp(mapped.b + 4, (uint8_t[12]){0}, 12), 0);
}

UNIT(ip, what_is_no_address_is_refused)
{
	static const char *const bad[] = {
		"",          " ",           "10.0.0",  "10.0.0.0.1",    "10.0.0.256", "010.0.0.1",    "10.0.0.1 ",
		" 10.0.0.1", "10.0.0.1/32", "1",       "0x0a.0.0.1",    ":::",        "fd00::1%eth0", "[::1]",
		"fd00::g",   "10.0.0.1\n",  "12345::", "1:2:3:4:5:6:7",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = {0};
		struct ip ip;

		cr_assert_eq(ip_parse(bad[i], &ip, &err), -1, "\"%s\" was read", bad[i]);
		cr_assert_eq(err.code, ERR_INPUT);
		cr_assert_not_null(strstr(err.msg, bad[i]));
	}
}

UNIT(ip, order_is_ipv4_first_then_bytes)
{
	struct ip low = addr("0.0.0.0"), high = addr("255.255.255.255"), six = addr("::"), six_high = addr("fd00::");

	cr_assert_lt(ip_cmp(&low, &high), 0);
	cr_assert_gt(ip_cmp(&high, &low), 0);
	cr_assert_lt(ip_cmp(&high, &six), 0);
	cr_assert_gt(ip_cmp(&six, &high), 0);
	cr_assert_lt(ip_cmp(&six, &six_high), 0);
	cr_assert_eq(ip_cmp(&six, &six), 0);
}

UNIT(ip, prefixes_lose_their_host_bits)
{
	assert_cidr("10.0.0.0/8", "10.0.0.0", 8);
	assert_cidr("10.1.2.3/8", "10.0.0.0", 8);
	assert_cidr("10.255.255.255/9", "10.128.0.0", 9);
	assert_cidr("1.2.3.4/0", "0.0.0.0", 0);
	assert_cidr("1.2.3.4/32", "1.2.3.4", 32);
	assert_cidr("fd00::ffff/112", "fd00::", 112);
	assert_cidr("ffff::1/0", "::", 0);
	assert_cidr("fd00::1/128", "fd00::1", 128);
}

UNIT(ip, mapped_prefixes_of_96_bits_and_more_are_ipv4)
{
	assert_cidr("::ffff:10.1.2.3/104", "10.0.0.0", 8);
	assert_cidr("::ffff:0:0/96", "0.0.0.0", 0);
	assert_cidr("::ffff:10.0.0.1/128", "10.0.0.1", 32);
	assert_cidr("::ffff:0:0/95", "::fffe:0:0", 95);
	assert_cidr("::/96", "::", 96);
}

UNIT(ip, what_is_no_prefix_is_refused)
{
	static const char *const bad[] = {
		"",
		"/",
		"/8",
		"10.0.0.0",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/+8",
		"10.0.0.0/8 ",
		"10.0.0.0/ 8",
		"10.0.0.0 /8",
		"10.0.0.0/08",
		"10.0.0.0/8/8",
		"010.0.0.0/8",
		"10.0.0/8",
		"fd00::/129",
		"10.0.0.0/255.0.0.0",
		"fd00::/0x8",
		"10.0.0.0/99999999999999999999",
		"10.0.0.0/4294967304",
		"0000000000000000000000000000000000000000000000000000000000000000000000000000000000::/8",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = {0};
		struct cidr cidr;

		cr_assert_eq(cidr_parse(bad[i], &cidr, &err), -1, "\"%s\" was read", bad[i]);
		cr_assert_eq(err.code, ERR_INPUT);
	}
}

UNIT(ip, prefixes_hold_their_addresses_and_no_others)
{
	struct cidr ten = block("10.0.0.0/9"), all = block("0.0.0.0/0"), one = block("fd00::5/128");
	struct ip first = addr("10.0.0.0"), last = addr("10.127.255.255"), behind = addr("10.128.0.0"),
		  six = addr("fd00::5"), other = addr("fd00::4");

	cr_assert(cidr_has(&ten, &first) && cidr_has(&ten, &last) && !cidr_has(&ten, &behind));
	cr_assert(cidr_has(&all, &behind) && !cidr_has(&all, &six));
	cr_assert(cidr_has(&one, &six) && !cidr_has(&one, &other));
}

UNIT(ip, a_prefix_covers_itself_and_what_is_inside)
{
	struct cidr wide = block("10.0.0.0/8"), narrow = block("10.1.0.0/16"), aside = block("11.0.0.0/16"),
		    six = block("::/0"), six_narrow = block("fd00::/8");

	cr_assert(cidr_covers(&wide, &wide));
	cr_assert(cidr_covers(&wide, &narrow));
	cr_assert_not(cidr_covers(&narrow, &wide));
	cr_assert_not(cidr_covers(&wide, &aside));
	cr_assert_not(cidr_covers(&six, &wide));
	cr_assert(cidr_covers(&six, &six_narrow));
}

UNIT(ip, ranges_of_prefixes_reach_from_first_to_last_address)
{
	assert_range("10.0.0.0/8", "10.0.0.0", "10.255.255.255");
	assert_range("10.0.0.6/31", "10.0.0.6", "10.0.0.7");
	assert_range("0.0.0.0/0", "0.0.0.0", "255.255.255.255");
	assert_range("1.2.3.4/32", "1.2.3.4", "1.2.3.4");
	assert_range("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_range("fd00::/127", "fd00::", "fd00::1");
}

UNIT(ip, next_and_prev_carry_across_bytes)
{
	struct ip four = addr("10.0.255.255"), six = addr("fd00::ffff:ffff");

	cr_assert(ip_next(&four));
	assert_prints(&four, "10.1.0.0");
	cr_assert(ip_prev(&four));
	assert_prints(&four, "10.0.255.255");
	cr_assert(ip_next(&six));
	assert_prints(&six, "fd00::1:0:0");
	cr_assert(ip_prev(&six));
	assert_prints(&six, "fd00::ffff:ffff");
}

UNIT(ip, next_and_prev_stop_at_the_ends_of_the_address_space)
{
	struct ip four = addr("255.255.255.255"), zero = addr("0.0.0.0"), six_zero = addr("::"),
		  six = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

	cr_assert_not(ip_next(&four));
	assert_prints(&four, "255.255.255.255");
	cr_assert_not(ip_prev(&zero));
	assert_prints(&zero, "0.0.0.0");
	cr_assert_not(ip_next(&six));
	assert_prints(&six, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	cr_assert_not(ip_prev(&six_zero));
	assert_prints(&six_zero, "::");
}
