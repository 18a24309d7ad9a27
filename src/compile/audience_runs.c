/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which classes are in an audience? */
#include <stdlib.h>

#include "audience.h"

/* Who is in which region. */
struct sight {
	const struct regions *regions;
	roaring_bitmap_t **classes; /* of each region: those that are there and nowhere else in the family; or NULL */
	bool *in;                   /* of each region: is it in the audience that is looked at? */
};

static void sight_add(struct sight *sight, uint32_t region, uint32_t class)
{
	if (!sight->classes[region])
		sight->classes[region] = roaring_bitmap_create();
	roaring_bitmap_add(sight->classes[region], class);
}

static struct wavering *wavering_add(struct audiences *audiences, enum family family, const uint32_t *regions, size_t n)
{
	struct wavering *wavering = vec_add(&audiences->wavering);

	*wavering = (struct wavering){family, regions, n, roaring_bitmap_create()};
	return wavering;
}

/* Pods that have no address yet may get any. */
static void add_unknown(struct audiences *audiences)
{
	const uint32_t *next;

	next = audiences->numbers = mem_new(audiences->regions->n + 1, sizeof *audiences->numbers);
	for (uint32_t r = 0; r < audiences->regions->n; r++)
		audiences->numbers[r] = r;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		wavering_add(audiences, (enum family)f, next, audiences->regions->n_family[f]);
		next += audiences->regions->n_family[f];
	}
}

static void sight_add_pods(struct sight *sight, struct audiences *audiences, const struct trait *trait, uint32_t class)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		const struct face *face = &trait->faces[f];
		const uint32_t *regions = face->n ? &audiences->kinds->faces.at[face->first] : NULL;

		if (face->n == 1)
			sight_add(sight, regions[0], class);
		else if (face->n)
			roaring_bitmap_add(wavering_add(audiences, (enum family)f, regions, face->n)->classes, class);
		else if (trait->families & 1U << f)
			roaring_bitmap_add(audiences->wavering.at[f].classes, class);
	}
}

static void sight_init(struct sight *sight, struct audiences *audiences, const struct lineup *lineup)
{
	*sight = (struct sight){.regions = audiences->regions};
	sight->classes = mem_new(audiences->regions->n + 1, sizeof *sight->classes);
	sight->in = mem_new(audiences->regions->n + 1, sizeof *sight->in);
	for (uint32_t c = 0; c < lineup->n_pods; c++)
		sight_add_pods(sight, audiences, &audiences->kinds->at[lineup->kind[c]].in[audiences->world], c);
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
}

/* Does the audience have one of the regions? */
static bool may_be_in(const struct sight *sight, const struct wavering *wavering)
{
	for (size_t i = 0; i < wavering->n; i++)
		if (sight->in[wavering->regions[i]])
			return true;
	return false;
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

static void settle_family(const struct audiences *audiences, struct audience *audience, const struct sight *sight,
			  enum family family, uint32_t n)
{
	roaring_bitmap_t *classes = roaring_bitmap_create();

	for (size_t i = 0; i < audience->regions.n; i++) {
		uint32_t region = audience->regions.at[i];

		if (sight->classes[region] && regions_family(sight->regions, region) == family)
			roaring_bitmap_or_inplace(classes, sight->classes[region]);
	}
	audience_runs(classes, n, &audience->runs[family][CERTAIN]);
	for (size_t i = 0; i < audiences->wavering.n; i++) {
		const struct wavering *wavering = &audiences->wavering.at[i];

		if (wavering->family == family && may_be_in(sight, wavering))
			roaring_bitmap_or_inplace(classes, wavering->classes);
	}
	audience_runs(classes, n, &audience->runs[family][POSSIBLE]);
	roaring_bitmap_free(classes);
}

static void settle_block(const struct audiences *audiences, struct audience *audience, struct sight *sight, uint32_t n)
{
	for (size_t i = 0; i < audience->regions.n; i++)
		sight->in[audience->regions.at[i]] = true;
	for (int f = 0; f < FAMILY_COUNT; f++)
		settle_family(audiences, audience, sight, (enum family)f, n);
	for (size_t i = 0; i < audience->regions.n; i++)
		sight->in[audience->regions.at[i]] = false;
}

void audiences_settle(struct audiences *audiences, const struct lineup *lineup)
{
	struct sight sight;

	add_unknown(audiences);
	sight_init(&sight, audiences, lineup);
	for (size_t i = 0; i < audiences->all.n; i++) {
		struct audience *audience = audiences->all.at[i];

		if (audience->kinds)
			settle_pods(audience, lineup);
		else
			settle_block(audiences, audience, &sight, lineup->n);
	}
	sight_fini(&sight);
}
