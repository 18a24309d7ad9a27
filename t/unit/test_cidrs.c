/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a list of prefixes come to what it covers? */
#include <selvage/cidrs.h>

#include "unit.h"

static struct cidrs parsed(const char *text)
{
	struct cidrs cidrs = {0};
	struct err err;

	cr_assert_eq(cidrs_parse(text, &cidrs, &err), 0, "%s", text);
	return cidrs;
}

UNIT(cidrs, order_and_repetition_do_not_count)
{
	struct cidrs a = parsed("fd00:10:244:1::/64,10.244.1.0/24"),
		     b = parsed("10.244.1.7/24,fd00:10:244:1::1/64,10.244.1.0/24");

	cr_assert_eq(a.n, 2);
	cr_assert(cidrs_eq(&a, &b));
	cr_assert_eq(a.at[0].addr.family, FAMILY_4);
}

UNIT(cidrs, of_two_that_overlap_the_wider_one_stays)
{
	struct cidrs wide = parsed("10.0.0.0/8"), both = parsed("10.244.1.0/24,10.0.0.0/8"),
		     more = parsed("10.0.0.0/8,10.244.0.0/16");

	cr_assert(cidrs_eq(&wide, &both) && cidrs_eq(&wide, &more));
}

UNIT(cidrs, different_lists_differ)
{
	struct cidrs a = parsed("10.244.1.0/24"), b = parsed("10.244.2.0/24"), c = parsed("10.244.1.0/25"), none = {0};

	cr_assert(!cidrs_eq(&a, &b) && !cidrs_eq(&a, &c) && !cidrs_eq(&a, &none));
}

UNIT(cidrs, families_can_be_told_apart)
{
	struct cidrs both = parsed("10.244.1.0/24,fd00:10:244:1::/64,10.245.0.0/16"),
		     four = parsed("10.244.1.0/24,10.245.0.0/16"), six = parsed("fd00:10:244:1::/64"), some;

	some = cidrs_of(&both, FAMILY_4);
	cr_assert(cidrs_eq(&some, &four));
	some = cidrs_of(&both, FAMILY_6);
	cr_assert(cidrs_eq(&some, &six));
	some = cidrs_of(&six, FAMILY_4);
	cr_assert_eq(some.n, 0);
}

UNIT(cidrs, what_is_no_list_of_prefixes_changes_nothing)
{
	static const char *const bad[] = {
		"",
		",",
		"10.244.1.0",
		"10.244.1.0/33",
		"10.244.1.0/24,",
		"10.244.1.0/24 10.0.0.0/8",
		"1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,5.0.0.0/8,6.0.0.0/8,7.0.0.0/8,8.0.0.0/8,9.0.0.0/8",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"};
	struct cidrs cidrs = parsed("192.0.2.0/24"), before = cidrs;
	struct err err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_assert_eq(cidrs_parse(bad[i], &cidrs, &err), -1, "%s", bad[i]);
		cr_assert(cidrs_eq(&cidrs, &before));
	}
}
