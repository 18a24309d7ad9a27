/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods look alike? */
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "numbering.h"
#include "spoken.h"

struct making {
	const struct census *census;
	const struct regions *regions;
	struct spoken spoken[REACH_WORLDS];
	struct numbering kinds, looks;
	struct bytes key; /* scratch */
	struct kinds *out;
};

/* Adds a region to a face in its place, unless it is there. */
static void face_add(struct region_list *faces, struct face *face, uint32_t region)
{
	size_t i = face->n;

	for (size_t k = 0; k < face->n; k++)
		if (faces->at[face->first + k] == region)
			return;
	(void)vec_add(faces);
	for (; i > 0 && faces->at[face->first + i - 1] > region; i--)
		faces->at[face->first + i] = faces->at[face->first + i - 1];
	faces->at[face->first + i] = region;
	face->n++;
}

/* A pod that waits for its addresses gets those that the others have. */
static uint8_t families_expected(const struct census *census, size_t world)
{
	return census->families[world] ? census->families[world] : 1U << FAMILY_4 | 1U << FAMILY_6;
}

static struct trait trait_of(struct making *making, const struct standing *standing, size_t world)
{
	struct trait trait = {.pod = standing->pod, .pending = standing->pod && !standing->n};

	if (trait.pending)
		trait.families = families_expected(making->census, world);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		trait.faces[f].first = making->out->faces.n;
		for (size_t i = 0; i < standing->n; i++) {
			const struct ip *ip = &making->census->ips.at[standing->first + i];

			if (ip->family != f)
				continue;
			trait.families |= (uint8_t)(1U << f);
			face_add(&making->out->faces, &trait.faces[f], regions_piece(making->regions, ip)->region);
		}
	}
	return trait;
}

static int named_cmp(const void *a, const void *b)
{
	const struct named_port *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->proto != y->proto ? x->proto - y->proto : x->number - y->number;
}

/* Adds the ports that policies speak of: sorted, each once. */
static void key_add_ports(struct bytes *key, const struct spoken *spoken, const struct pod *pod)
{
	VEC(struct named_port) ports = VEC_EMPTY;

	for (size_t i = 0; i < pod->n_ports; i++)
		if (spoken_has(spoken, pod->object.ns, &pod->ports[i]))
			*vec_add(&ports) = pod->ports[i];
	vec_sort(&ports, named_cmp);
	for (size_t i = 0; i < ports.n; i++) {
		if (i && !named_cmp(&ports.at[i - 1], &ports.at[i]))
			continue;
		BYTES_ADD(key, ports.at[i].name);
		BYTES_ADD(key, ports.at[i].proto);
		BYTES_ADD(key, ports.at[i].number);
	}
	vec_free(&ports);
}

/* Each part ends in a byte that says so, or in its length: no two looks give one key. */
static void key_add_trait(struct making *making, const struct trait *trait, size_t world)
{
	struct bytes *key = &making->key;
	const char *end = NULL;

	BYTES_ADD(key, trait->families);
	BYTES_ADD(key, trait->pending);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		BYTES_ADD(key, trait->faces[f].n);
		if (trait->faces[f].n)
			bytes_add(key, &making->out->faces.at[trait->faces[f].first],
				  trait->faces[f].n * sizeof *making->out->faces.at);
	}
	if (trait->pod)
		key_add_ports(key, &making->spoken[world], trait->pod);
	BYTES_ADD(key, end);
}

static void key_add_labels(struct bytes *key, const struct trait *trait)
{
	size_t n = trait->pod ? trait->pod->labels.n : 0;

	BYTES_ADD(key, n);
	if (n)
		bytes_add(key, trait->pod->labels.at, n * sizeof *trait->pod->labels.at);
}

static uint32_t kind_of(struct making *making, const struct resident *resident)
{
	struct kinds *out = making->out;
	struct kind kind = {.ns = resident->ns};
	size_t faces = out->faces.n;
	uint32_t number;

	vec_clear(&making->key);
	BYTES_ADD(&making->key, kind.ns);
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		kind.in[w] = trait_of(making, &resident->in[w], w);
		key_add_trait(making, &kind.in[w], w);
	}
	kind.look = numbering_of(&making->looks, &making->key);
	for (size_t w = 0; w < REACH_WORLDS; w++)
		key_add_labels(&making->key, &kind.in[w]);
	number = numbering_of(&making->kinds, &making->key);
	if (number == out->n)
		*vec_add(out) = kind;
	else
		out->faces.n = faces;
	return number;
}

void kinds_make(const struct census *census, const struct regions *regions,
		const struct store *const stores[static REACH_WORLDS], struct kinds *out)
{
	struct making making = {.census = census, .regions = regions, .out = out};

	*out = (struct kinds){.of = mem_new(census->residents.n + 1, sizeof *out->of)};
	for (size_t w = 0; w < REACH_WORLDS; w++)
		if (stores[w])
			spoken_read(&making.spoken[w], stores[w]);
	for (size_t i = 0; i < census->residents.n; i++)
		out->of[i] = kind_of(&making, &census->residents.at[i]);
	for (size_t w = 0; w < REACH_WORLDS; w++)
		spoken_fini(&making.spoken[w]);
	numbering_fini(&making.kinds);
	numbering_fini(&making.looks);
	vec_free(&making.key);
}

void kinds_fini(struct kinds *kinds)
{
	vec_free(kinds);
	vec_free(&kinds->faces);
	free(kinds->of);
}
