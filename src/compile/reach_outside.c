/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses outside pods are there to speak about? */
#include "reach_parts.h"

/* The index of the first of some sorted addresses that is not below one. */
static size_t owned_from(const struct addresses *owned, const struct ip *ip)
{
	size_t lo = 0, hi = owned->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ip_cmp(&owned->at[mid], ip) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The first address of the piece that is no pod's; false if there is none. */
static bool piece_sample(const struct piece *piece, const struct addresses *owned, struct ip *out)
{
	*out = piece->lo;
	for (size_t i = owned_from(owned, out); i < owned->n && !ip_cmp(&owned->at[i], out); i++)
		if (!ip_cmp(out, &piece->hi) || !ip_next(out))
			return false;
	return true;
}

/* Adds a piece to its region's class. */
static void class_add_piece(const struct reach *reach, struct reach_class *class, const struct piece *piece)
{
	*vec_add(&class->ranges) = (struct ip_range){piece->lo, piece->hi};
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		struct ip sample;

		if (!reach->stores[w] || !piece_sample(piece, &reach->census.owned[w], &sample))
			continue;
		if (!class->families[REACH_BEFORE] && !class->families[REACH_AFTER])
			class->sample = sample;
		class->families[w] = (uint8_t)(1U << piece->lo.family);
	}
}

/* Says of each region's class whether no ipBlock has it. */
static void mark_rest(const struct regions *regions, struct reach_class *classes, const struct ip_ranges *blocks,
		      size_t n_blocks)
{
	for (size_t r = 0; r < regions->n; r++)
		classes[r].rest = true;
	for (size_t i = 0; i < n_blocks; i++) {
		struct region_list in;

		regions_of(regions, &blocks[i], &in);
		for (size_t k = 0; k < in.n; k++)
			classes[in.at[k]].rest = false;
		vec_free(&in);
	}
}

void reach_build_outside(struct reach *reach, const struct ip_ranges *blocks, size_t n_blocks)
{
	const struct regions *regions = &reach->regions;
	struct reach_class *classes = mem_new(regions->n + 1, sizeof *classes);

	reach->outside = mem_new(regions->n + 1, sizeof *reach->outside);
	for (size_t i = 0; i < regions->pieces.n; i++)
		if (regions->pieces.at[i].region != REGION_NONE)
			class_add_piece(reach, &classes[regions->pieces.at[i].region], &regions->pieces.at[i]);
	mark_rest(regions, classes, blocks, n_blocks);
	for (size_t r = 0; r < regions->n; r++) {
		reach->outside[r] = UINT32_MAX;
		ip_ranges_normalise(&classes[r].ranges);
		if (classes[r].families[REACH_BEFORE] || classes[r].families[REACH_AFTER]) {
			reach->outside[r] = (uint32_t)reach->classes.n;
			*vec_add(&reach->classes) = classes[r];
		} else {
			vec_free(&classes[r].ranges);
		}
	}
	free(classes);
}
