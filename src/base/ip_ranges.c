/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses are in one set and not in the other?  Sets are sorted lists of disjoint ranges that do not touch. */
#include <selvage/ip.h>

static int range_cmp(const void *a, const void *b)
{
	const struct ip_range *left = a, *right = b;
	int order = ip_cmp(&left->lo, &right->lo);

	return order ? order : ip_cmp(&left->hi, &right->hi);
}

/* Does `next`, which does not start before `range`, overlap it or start right behind it? */
static bool range_joins(const struct ip_range *range, const struct ip_range *next)
{
	struct ip behind = range->hi;

	if (ip_cmp(&next->lo, &range->hi) <= 0)
		return true;
	return ip_next(&behind) && !ip_cmp(&behind, &next->lo);
}

/* Adds what of `range` is in no hole.  *at is the first hole that may matter and moves on with the ranges. */
static void range_cut(struct ip_range range, const struct ip_ranges *holes, size_t *at, struct ip_ranges *out)
{
	while (*at < holes->n && ip_cmp(&holes->at[*at].hi, &range.lo) < 0)
		++*at;
	for (size_t i = *at; i < holes->n && ip_cmp(&holes->at[i].lo, &range.hi) <= 0; i++) {
		const struct ip_range *hole = &holes->at[i];

		if (ip_cmp(&hole->lo, &range.lo) > 0) {
			struct ip_range *piece = vec_add(out);

			*piece = (struct ip_range){range.lo, hole->lo};
			ip_prev(&piece->hi);
		}
		if (ip_cmp(&hole->hi, &range.hi) >= 0)
			return;
		range.lo = hole->hi;
		ip_next(&range.lo);
	}
	*vec_add(out) = range;
}

void ip_ranges_normalise(struct ip_ranges *set)
{
	size_t n = 0;

	vec_sort(set, range_cmp);
	for (size_t i = 0; i < set->n; i++) {
		struct ip_range *last = n ? &set->at[n - 1] : NULL, *range = &set->at[i];

		if (!last || !range_joins(last, range))
			set->at[n++] = *range;
		else if (ip_cmp(&range->hi, &last->hi) > 0)
			last->hi = range->hi;
	}
	set->n = n;
}

void ip_ranges_subtract(struct ip_ranges *set, const struct ip_ranges *holes)
{
	struct ip_ranges out = {VEC_EMPTY};
	size_t at = 0;

	for (size_t i = 0; i < set->n; i++)
		range_cut(set->at[i], holes, &at, &out);
	vec_free(set);
	*set = out;
}

bool ip_ranges_has(const struct ip_ranges *set, const struct ip *ip)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ip_cmp(&set->at[mid].hi, ip) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < set->n && ip_cmp(&set->at[lo].lo, ip) <= 0;
}

/* The shortest prefix that begins at `lo` and does not go beyond `hi`. */
static struct cidr cidr_within(const struct ip *lo, const struct ip *hi)
{
	struct cidr cidr = {*lo, (uint8_t)(8 * ip_size((enum family)lo->family))};

	while (cidr.bits > 0) {
		struct cidr wider = {*lo, (uint8_t)(cidr.bits - 1)};
		struct ip_range covered;

		if (lo->b[wider.bits / 8] >> (7 - wider.bits % 8) & 1)
			break;
		covered = cidr_range(&wider);
		if (ip_cmp(&covered.hi, hi) > 0)
			break;
		cidr = wider;
	}
	return cidr;
}

void ip_range_cidrs(const struct ip_range *range, struct prefixes *out)
{
	struct ip at = range->lo;

	for (;;) {
		struct cidr cidr = cidr_within(&at, &range->hi);

		*vec_add(out) = cidr;
		at = cidr_range(&cidr).hi;
		if (ip_cmp(&at, &range->hi) >= 0 || !ip_next(&at))
			return;
	}
}
