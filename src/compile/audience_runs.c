/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which classes are in an audience? */
#include <stdlib.h>

#include "audience.h"

/* A class whose address of a family may be in one region or another. */
struct wavering {
	uint32_t class;
	enum family family;
	const uint32_t *regions; /* `n` of them, or NULL: any of the family */
	size_t n;
};

/* Who is in which region. */
struct sight {
	const struct regions *regions;
	roaring_bitmap_t **classes; /* of each region: those that are there and nowhere else in the family; or NULL */
	VEC(struct wavering) wavering;
	bool *in; /* of each region: is it in the audience that is looked at? */
};

static void sight_add(struct sight *sight, uint32_t region, uint32_t class)
{
	if (!sight->classes[region])
		sight->classes[region] = roaring_bitmap_create();
	roaring_bitmap_add(sight->classes[region], class);
}

static void sight_add_pods(struct sight *sight, const struct kinds *kinds, const struct trait *trait, uint32_t class)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct face *face = &trait->faces[f];
		const uint32_t *regions = face->n ? &kinds->faces.at[face->first] : NULL;

		if (face->n == 1)
			sight_add(sight, regions[0], class);
		else if (trait->families & 1U << f)
			*vec_add(&sight->wavering) = (struct wavering){class, (enum family)f, regions, face->n};
	}
}

static void sight_init(struct sight *sight, const struct audiences *audiences, const struct lineup *lineup)
{
	*sight = (struct sight){.regions = audiences->regions};
	sight->classes = mem_new(audiences->regions->n + 1, sizeof *sight->classes);
	sight->in = mem_new(audiences->regions->n + 1, sizeof *sight->in);
	for (uint32_t c = 0; c < lineup->n_pods; c++)
		sight_add_pods(sight, audiences->kinds, &audiences->kinds->at[lineup->kind[c]].in[audiences->world], c);
	for (uint32_t r = 0; r < audiences->regions->n; r++)
		if (lineup->outside[r] != UINT32_MAX)
			sight_add(sight, r, lineup->outside[r]);
}

static void sight_fini(struct sight *sight)
{
	for (size_t r = 0; r < sight->regions->n; r++)
		if (sight->classes[r])
			roaring_bitmap_free(sight->classes[r]);
	free(sight->classes);
	free(sight->in);
	vec_free(&sight->wavering);
}

/* Is the class in the audience: wherever it is, or for some of its addresses? */
static bool wavering_is_in(const struct sight *sight, const struct wavering *wavering, enum certainty certainty)
{
	uint32_t four = sight->regions->n_family[FAMILY_4], first = wavering->family == FAMILY_4 ? 0 : four;
	size_t n = wavering->regions ? wavering->n : sight->regions->n_family[wavering->family], in = 0;

	for (uint32_t i = 0; i < n; i++)
		in += sight->in[wavering->regions ? wavering->regions[i] : first + i];
	return certainty == CERTAIN ? in == n : in > 0;
}

void audience_runs(const roaring_bitmap_t *classes, uint32_t n, struct runs *out)
{
	roaring_uint32_iterator_t at;

	*out = (struct runs){0};
	for (roaring_init_iterator(classes, &at); at.has_value; roaring_advance_uint32_iterator(&at)) {
		runs_add(out, at.current_value, POOL_NONE);
		runs_add(out, at.current_value + 1, POOL_ALL);
	}
	runs_add(out, n, POOL_NONE);
}

static void settle_pods(struct audience *audience, const struct lineup *lineup)
{
	roaring_bitmap_t *classes = roaring_bitmap_create();
	roaring_uint32_iterator_t at;

	for (roaring_init_iterator(audience->kinds, &at); at.has_value; roaring_advance_uint32_iterator(&at))
		roaring_bitmap_add(classes, lineup->of_kind[at.current_value]);
	audience_runs(classes, lineup->n, &audience->runs[FAMILY_4][CERTAIN]);
	roaring_bitmap_free(classes);
}

static void settle_family(struct audience *audience, const struct sight *sight, enum family family, uint32_t n,
			  roaring_bitmap_t *classes)
{
	for (size_t i = 0; i < audience->regions.n; i++) {
		uint32_t region = audience->regions.at[i];

		if (sight->classes[region] && regions_family(sight->regions, region) == family)
			roaring_bitmap_or_inplace(classes, sight->classes[region]);
	}
	for (int c = 0; c < CERTAINTY_COUNT; c++) {
		for (size_t i = 0; i < sight->wavering.n; i++) {
			const struct wavering *wavering = &sight->wavering.at[i];

			if (wavering->family == family && wavering_is_in(sight, wavering, (enum certainty)c))
				roaring_bitmap_add(classes, wavering->class);
		}
		audience_runs(classes, n, &audience->runs[family][c]);
	}
}

static void settle_block(struct audience *audience, struct sight *sight, const struct lineup *lineup)
{
	for (size_t i = 0; i < audience->regions.n; i++)
		sight->in[audience->regions.at[i]] = true;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		roaring_bitmap_t *classes = roaring_bitmap_create();

		settle_family(audience, sight, (enum family)f, lineup->n, classes);
		roaring_bitmap_free(classes);
	}
	for (size_t i = 0; i < audience->regions.n; i++)
		sight->in[audience->regions.at[i]] = false;
}

void audiences_settle(struct audiences *audiences, const struct lineup *lineup)
{
	struct sight sight;

	sight_init(&sight, audiences, lineup);
	for (size_t i = 0; i < audiences->all.n; i++) {
		struct audience *audience = audiences->all.at[i];

		if (audience->kinds)
			settle_pods(audience, lineup);
		else
			settle_block(audience, &sight, lineup);
	}
	sight_fini(&sight);
}
