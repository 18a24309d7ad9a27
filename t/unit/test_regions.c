/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the address space cut where sets of ranges tell addresses apart, and nowhere else? */
#include "../../src/compile/regions.h"
#include "make.h"

static struct ip_ranges ranges_of(const char *a, const char *b)
{
	struct ip_ranges set = {0};
	struct cidr cidr = make_cidr(a);

	*vec_add(&set) = cidr_range(&cidr);
	if (b) {
		cidr = make_cidr(b);
		*vec_add(&set) = cidr_range(&cidr);
	}
	ip_ranges_normalise(&set);
	return set;
}

static uint32_t region_at(const struct regions *regions, const char *text)
{
	struct ip ip = make_ip(text);
	const struct piece *piece = regions_piece(regions, &ip);

	cr_assert(ip_cmp(&piece->lo, &ip) <= 0 && ip_cmp(&ip, &piece->hi) <= 0);
	return piece->region;
}

/* From the first address of IPv4 to the last of IPv6, without a gap. */
static void assert_whole(const struct regions *regions)
{
	struct ip at = make_ip("0.0.0.0");

	for (size_t i = 0; i < regions->pieces.n; i++) {
		cr_assert_eq(ip_cmp(&regions->pieces.at[i].lo, &at), 0);
		at = regions->pieces.at[i].hi;
		if (!ip_next(&at))
			at = make_ip("::");
	}
	cr_assert_eq(ip_cmp(&regions->pieces.at[regions->pieces.n - 1].hi,
			    &(struct ip[]){make_ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}[0]),
		     0);
}

UNIT(regions, without_sets_there_is_one_for_each_family)
{
	struct regions regions;

	regions_cut(NULL, 0, &regions);
	assert_whole(&regions);
	cr_assert_eq(regions.n, 2);
	cr_assert_eq(region_at(&regions, "10.0.0.1"), 0);
	cr_assert_eq(region_at(&regions, "fd00::"), 1);
	cr_assert_eq(region_at(&regions, "fec0::"), 1);
	cr_assert_eq(region_at(&regions, "fe80::"), REGION_NONE);
	cr_assert_eq(region_at(&regions, "febf:ffff::"), REGION_NONE);
	cr_assert_eq(regions_family(&regions, 0), FAMILY_4);
	cr_assert_eq(regions_family(&regions, 1), FAMILY_6);
	regions_fini(&regions);
}

UNIT(regions, addresses_that_all_sets_treat_alike_are_one)
{
	struct ip_ranges sets[] = {
		ranges_of("10.0.0.0/8", "192.0.2.0/24"),
		ranges_of("10.1.0.0/16", "255.255.255.255/32"),
		ranges_of("::/0", "0.0.0.0/1"),
	};
	struct regions regions;
	struct region_list in;

	regions_cut(sets, 3, &regions);
	assert_whole(&regions);
	cr_assert_eq(region_at(&regions, "0.0.0.0"), region_at(&regions, "11.0.0.0"));
	cr_assert_eq(region_at(&regions, "10.0.255.255"), region_at(&regions, "10.2.0.0"));
	cr_assert_neq(region_at(&regions, "10.0.0.0"), region_at(&regions, "10.1.0.0"));
	cr_assert_neq(region_at(&regions, "10.0.0.0"), region_at(&regions, "192.0.2.1"));
	cr_assert_eq(region_at(&regions, "128.0.0.0"), region_at(&regions, "255.255.255.254"));
	cr_assert_neq(region_at(&regions, "128.0.0.0"), region_at(&regions, "255.255.255.255"));
	cr_assert_eq(regions.n_family[FAMILY_6], 1);
	cr_assert_eq(regions.n, 7);
	regions_of(&regions, &sets[0], &in);
	cr_assert_eq(in.n, 3);
	for (size_t i = 0; i < in.n; i++)
		cr_assert(!i || in.at[i - 1] < in.at[i]);
	vec_free(&in);
	regions_fini(&regions);
	for (size_t i = 0; i < 3; i++)
		vec_free(&sets[i]);
}
