/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses does no ipBlock tell apart? */
#include "regions.h"
#include "partition.h"

struct cuts {
	VEC(struct ip);
};

struct members {
	VEC(uint32_t);
};

static const struct ip first_of[FAMILY_COUNT] = {{.family = FAMILY_4}, {.family = FAMILY_6}};
static const struct ip_range link_local = {
	.lo = {.family = FAMILY_6, .b = {0xfe, 0x80}},
	.hi = {.family = FAMILY_6,
	       .b = {0xfe, 0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

static int cut_cmp(const void *a, const void *b)
{
	return ip_cmp(a, b);
}

static int number_cmp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool regions_link_local(const struct ip *ip)
{
	return ip_cmp(&link_local.lo, ip) <= 0 && ip_cmp(ip, &link_local.hi) <= 0;
}

/* A piece begins where the range does, and one where it has ended. */
static void cuts_add(struct cuts *cuts, const struct ip_range *range)
{
	struct ip behind = range->hi;

	*vec_add(cuts) = range->lo;
	if (ip_next(&behind))
		*vec_add(cuts) = behind;
}

/* The last address of a family. */
static struct ip last_of(enum family family)
{
	struct ip ip = {.family = (uint8_t)family};

	for (size_t i = 0; i < ip_size(family); i++)
		ip.b[i] = 0xff;
	return ip;
}

static void pieces_make(struct cuts *cuts, struct regions *out)
{
	vec_sort(cuts, cut_cmp);
	for (size_t i = 0; i < cuts->n; i++) {
		struct piece *last = out->pieces.n ? &out->pieces.at[out->pieces.n - 1] : NULL;
		enum family family = (enum family)cuts->at[i].family;

		if (last && !ip_cmp(&last->lo, &cuts->at[i]))
			continue;
		if (last && last->lo.family == cuts->at[i].family) {
			last->hi = cuts->at[i];
			ip_prev(&last->hi);
		}
		*vec_add(&out->pieces) = (struct piece){cuts->at[i], last_of(family), REGION_NONE};
	}
}

const struct piece *regions_piece(const struct regions *regions, const struct ip *ip)
{
	size_t lo = 0, hi = regions->pieces.n - 1;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ip_cmp(&regions->pieces.at[mid].hi, ip) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &regions->pieces.at[lo];
}

/* Adds the indexes of the pieces that make up a range. */
static void members_add(const struct regions *regions, const struct ip_range *range, struct members *out)
{
	const struct piece *piece = regions_piece(regions, &range->lo), *end = regions->pieces.at + regions->pieces.n;

	for (; piece < end && ip_cmp(&piece->lo, &range->hi) <= 0; piece++)
		*vec_add(out) = (uint32_t)(piece - regions->pieces.at);
}

static void split(struct partition *partition, const struct regions *regions, const struct ip_ranges *set)
{
	struct members members = {0};

	for (size_t i = 0; i < set->n; i++)
		members_add(regions, &set->at[i], &members);
	if (members.n)
		partition_split(partition, members.at, members.n);
	vec_free(&members);
}

/* Gives each piece the number of its part; link-local addresses are a part that gets none. */
static void number_pieces(const struct partition *partition, struct regions *out)
{
	uint32_t without = partition->part[regions_piece(out, &link_local.lo) - out->pieces.at];

	for (size_t i = 0; i < out->pieces.n; i++) {
		struct piece *piece = &out->pieces.at[i];
		uint32_t part = partition->part[i];

		if (part == without)
			continue;
		piece->region = part - (part > without);
		if (piece->region == out->n) {
			out->n++;
			out->n_family[piece->lo.family]++;
		}
	}
}

void regions_cut(const struct ip_ranges *sets, size_t n, struct regions *out)
{
	struct ip_range six = {first_of[FAMILY_6], last_of(FAMILY_6)};
	struct ip_ranges family = {.at = &six, .n = 1}, local = {.at = (struct ip_range[]){link_local}, .n = 1};
	struct partition partition;
	struct cuts cuts = {0};

	*out = (struct regions){0};
	*vec_add(&cuts) = first_of[FAMILY_4];
	cuts_add(&cuts, &six);
	cuts_add(&cuts, &link_local);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sets[i].n; k++)
			cuts_add(&cuts, &sets[i].at[k]);
	pieces_make(&cuts, out);
	partition_init(&partition, NULL, out->pieces.n);
	for (size_t i = 0; i < n; i++)
		split(&partition, out, &sets[i]);
	split(&partition, out, &family);
	split(&partition, out, &local);
	partition_sort(&partition);
	number_pieces(&partition, out);
	partition_fini(&partition);
	vec_free(&cuts);
}

void regions_of(const struct regions *regions, const struct ip_ranges *set, struct region_list *out)
{
	size_t kept = 0;

	*out = (struct region_list){0};
	for (size_t i = 0; i < set->n; i++) {
		const struct piece *piece = regions_piece(regions, &set->at[i].lo),
				   *end = regions->pieces.at + regions->pieces.n;

		for (; piece < end && ip_cmp(&piece->lo, &set->at[i].hi) <= 0; piece++)
			if (piece->region != REGION_NONE)
				*vec_add(out) = piece->region;
	}
	vec_sort(out, number_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (!kept || out->at[kept - 1] != out->at[i])
			out->at[kept++] = out->at[i];
	out->n = kept;
}

enum family regions_family(const struct regions *regions, uint32_t region)
{
	return region < regions->n_family[FAMILY_4] ? FAMILY_4 : FAMILY_6;
}

void regions_fini(struct regions *regions)
{
	vec_free(&regions->pieces);
}
