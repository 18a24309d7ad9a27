/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the arithmetic of address sets exact?  Compared with a bitmap of a small window of the address space. */
#include <selvage/ip.h>

#include "unit.h"

#define WINDOW 256 /* addresses: all values of the last byte */

/* A window of the address space: `base` with every last byte. */
static const char *const bases[] = {"0.0.0.0", "10.0.0.0", "255.255.255.0",
				    "::",      "fd00::",   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00"};

#define N_BASES (sizeof bases / sizeof *bases)

static struct ip addr(const char *text)
{
	struct err err = {0};
	struct ip ip;

	cr_assert_eq(ip_parse(text, &ip, &err), 0, "%s", err.msg);
	return ip;
}

static struct ip window_addr(size_t base, unsigned last)
{
	struct ip ip = addr(bases[base]);

	ip.b[ip_size((enum family)ip.family) - 1] = (uint8_t)last;
	return ip;
}

static void add_range(struct ip_ranges *set, struct ip lo, struct ip hi)
{
	*vec_add(set) = (struct ip_range){lo, hi};
}

static void add_text(struct ip_ranges *set, const char *lo, const char *hi)
{
	add_range(set, addr(lo), addr(hi));
}

/* Random ranges over all windows, with the same addresses marked in the bitmap. */
static void make_random(struct ip_ranges *set, bool map[N_BASES][WINDOW], unsigned *seed)
{
	unsigned n = (unsigned)rand_r(seed) % 12;

	for (unsigned i = 0; i < n; i++) {
		size_t base = (size_t)rand_r(seed) % N_BASES;
		unsigned lo = (unsigned)rand_r(seed) % WINDOW, hi = lo + (unsigned)rand_r(seed) % 60;

		if (hi >= WINDOW || rand_r(seed) % 8 == 0)
			hi = WINDOW - 1;
		if (rand_r(seed) % 8 == 0)
			lo = 0;
		add_range(set, window_addr(base, lo), window_addr(base, hi));
		for (unsigned at = lo; at <= hi; at++)
			map[base][at] = true;
	}
}

static void assert_canonical(const struct ip_ranges *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct ip behind = set->at[i].hi;

		cr_assert_leq(ip_cmp(&set->at[i].lo, &set->at[i].hi), 0);
		cr_assert_eq(set->at[i].lo.family, set->at[i].hi.family);
		if (i + 1 < set->n && ip_next(&behind))
			cr_assert_lt(ip_cmp(&behind, &set->at[i + 1].lo), 0, "ranges %zu and the next touch", i);
		if (i + 1 < set->n)
			cr_assert_lt(ip_cmp(&set->at[i].hi, &set->at[i + 1].lo), 0);
	}
}

static void assert_equals(const struct ip_ranges *set, bool map[N_BASES][WINDOW])
{
	for (size_t base = 0; base < N_BASES; base++) {
		for (unsigned at = 0; at < WINDOW; at++) {
			struct ip ip = window_addr(base, at);

			cr_assert_eq(ip_ranges_has(set, &ip), map[base][at], "%s + %u", bases[base], at);
		}
	}
}

static void assert_has(const struct ip_ranges *set, const char *text, bool expected)
{
	struct ip ip = addr(text);

	cr_assert_eq(ip_ranges_has(set, &ip), expected, "%s", text);
}

UNIT(ip_ranges, random_sets_agree_with_a_bitmap)
{
	unsigned seed = 20240517;

	for (int round = 0; round < 60; round++) {
		bool have[N_BASES][WINDOW] = {0}, gone[N_BASES][WINDOW] = {0};
		struct ip_ranges set = {VEC_EMPTY}, holes = {VEC_EMPTY};

		make_random(&set, have, &seed);
		make_random(&holes, gone, &seed);
		ip_ranges_normalise(&set);
		ip_ranges_normalise(&holes);
		assert_canonical(&set);
		assert_equals(&set, have);
		ip_ranges_subtract(&set, &holes);
		for (size_t i = 0; i < N_BASES * WINDOW; i++)
			have[i / WINDOW][i % WINDOW] &= !gone[i / WINDOW][i % WINDOW];
		assert_canonical(&set);
		assert_equals(&set, have);
		vec_free(&set);
		vec_free(&holes);
	}
}

UNIT(ip_ranges, families_never_merge_though_they_are_neighbours_in_the_order)
{
	struct ip_ranges set = {VEC_EMPTY};

	add_text(&set, "::", "::1");
	add_text(&set, "255.255.255.0", "255.255.255.255");
	ip_ranges_normalise(&set);
	cr_assert_eq(set.n, 2);
	cr_assert_eq(set.at[0].lo.family, FAMILY_4);
	assert_has(&set, "255.255.255.255", true);
	assert_has(&set, "::1", true);
	assert_has(&set, "::2", false);
	vec_free(&set);
}

UNIT(ip_ranges, touching_ranges_become_one)
{
	struct ip_ranges set = {VEC_EMPTY};

	add_text(&set, "10.0.1.0", "10.0.1.255");
	add_text(&set, "10.0.0.0", "10.0.0.255");
	add_text(&set, "10.0.3.0", "10.0.3.0");
	add_text(&set, "10.0.0.7", "10.0.0.9");
	ip_ranges_normalise(&set);
	cr_assert_eq(set.n, 2);
	assert_has(&set, "10.0.1.255", true);
	assert_has(&set, "10.0.2.0", false);
	vec_free(&set);
}

UNIT(ip_ranges, everything_without_everything_is_nothing)
{
	struct ip_ranges set = {VEC_EMPTY}, holes = {VEC_EMPTY};

	for (int i = 0; i < 2; i++) {
		struct ip_ranges *to = i ? &holes : &set;

		add_text(to, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
		add_text(to, "0.0.0.0", "255.255.255.255");
		ip_ranges_normalise(to);
		cr_assert_eq(to->n, 2);
	}
	ip_ranges_subtract(&set, &holes);
	cr_assert_eq(set.n, 0);
	vec_free(&set);
	vec_free(&holes);
}

UNIT(ip_ranges, holes_at_both_ends_of_the_address_space_leave_the_middle)
{
	struct ip_ranges set = {VEC_EMPTY}, holes = {VEC_EMPTY};

	add_text(&set, "0.0.0.0", "255.255.255.255");
	add_text(&set, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	add_text(&holes, "0.0.0.0", "0.0.0.0");
	add_text(&holes, "255.255.255.255", "255.255.255.255");
	add_text(&holes, "::", "::");
	add_text(&holes, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	ip_ranges_normalise(&set);
	ip_ranges_normalise(&holes);
	ip_ranges_subtract(&set, &holes);
	cr_assert_eq(set.n, 2);
	assert_has(&set, "0.0.0.0", false);
	assert_has(&set, "0.0.0.1", true);
	assert_has(&set, "255.255.255.254", true);
	assert_has(&set, "255.255.255.255", false);
	assert_has(&set, "::", false);
	assert_has(&set, "::1", true);
	assert_has(&set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", true);
	assert_has(&set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false);
	vec_free(&set);
	vec_free(&holes);
}

UNIT(ip_ranges, one_hole_cuts_several_ranges)
{
	struct ip_ranges set = {VEC_EMPTY}, holes = {VEC_EMPTY};

	add_text(&set, "10.0.0.0", "10.0.0.10");
	add_text(&set, "10.0.0.20", "10.0.0.30");
	add_text(&set, "10.0.0.40", "10.0.0.50");
	add_text(&holes, "10.0.0.5", "10.0.0.45");
	ip_ranges_subtract(&set, &holes);
	cr_assert_eq(set.n, 2);
	assert_has(&set, "10.0.0.4", true);
	assert_has(&set, "10.0.0.5", false);
	assert_has(&set, "10.0.0.25", false);
	assert_has(&set, "10.0.0.45", false);
	assert_has(&set, "10.0.0.46", true);
	vec_free(&set);
	vec_free(&holes);
}

UNIT(ip_ranges, the_empty_set_stays_empty)
{
	struct ip_ranges set = {VEC_EMPTY}, holes = {VEC_EMPTY};

	ip_ranges_normalise(&set);
	ip_ranges_subtract(&set, &holes);
	cr_assert_eq(set.n, 0);
	assert_has(&set, "10.0.0.1", false);
	vec_free(&set);
}
