/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which classes are there, and under which policies are they? */
#include <string.h>

#include <selvage/atom.h>

#include "reach_parts.h"
#include "spoken.h"

/* What is needed only while a reach is built. */
struct building {
	struct reach *reach;
	VEC(struct ip_ranges) sets; /* what the address space is cut by: ipBlocks, and */
	size_t n_blocks;            /* behind so many of them addresses that are a pod's in one world only */
	struct kinds kinds;
	struct stretches spaces; /* the kinds of each namespace */
	struct audiences audiences[REACH_WORLDS];
	struct partition partition;
	uint32_t *kind; /* a kind of each class of pods */
};

/* A policy and the kinds that it selects. */
struct subject {
	const struct policy *policy;
	const struct audience *selected;
};

struct subjects {
	VEC(struct subject);
};

/* Calls `take` for each policy of a world. */
static void each_policy(struct building *building, size_t world,
			void (*take)(struct building *, size_t world, const struct policy *))
{
	const struct store *store = building->reach->stores[world];
	const struct object *o = NULL;

	while (store && (o = store_walk(store, OBJECT_POLICY, o)))
		take(building, world, (const struct policy *)(const void *)o);
}

static void take_blocks(struct building *building, size_t world, const struct policy *policy)
{
	(void)world;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		for (size_t k = 0; rule_counts(policy, rule) && k < rule->n_peers; k++)
			if (rule->peers[k].kind == PEER_BLOCK)
				audience_ranges(&rule->peers[k], vec_add(&building->sets));
	}
}

static int ranges_cmp(const void *a, const void *b)
{
	const struct ip_ranges *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->n ? memcmp(x->at, y->at, x->n * sizeof *x->at) : 0;
}

static void cut_regions(struct building *building)
{
	struct reach *reach = building->reach;
	size_t kept = 0;

	for (size_t w = 0; w < REACH_WORLDS; w++)
		each_policy(building, w, take_blocks);
	vec_sort(&building->sets, ranges_cmp);
	for (size_t i = 0; i < building->sets.n; i++) {
		if (kept && !ranges_cmp(&building->sets.at[kept - 1], &building->sets.at[i]))
			vec_free(&building->sets.at[i]);
		else
			building->sets.at[kept++] = building->sets.at[i];
	}
	building->sets.n = building->n_blocks = kept;
	for (size_t w = 0; reach->stores[REACH_AFTER] && w < REACH_WORLDS; w++)
		census_only(&reach->census, (enum reach_world)w, vec_add(&building->sets));
	regions_cut(building->sets.at, building->sets.n, &reach->regions);
}

/* Neighbours that have one namespace. */
static void stretch_add(struct stretches *stretches, const char *ns, uint32_t at)
{
	if (!stretches->n || stretches->at[stretches->n - 1].ns != ns)
		*vec_add(stretches) = (struct stretch){ns, at, at};
	stretches->at[stretches->n - 1].end = at + 1;
}

/* Whom the policy selects, and whom its rules mean. */
static void take_audiences(struct building *building, size_t world, const struct policy *policy)
{
	struct audiences *audiences = &building->audiences[world];

	audience_of_pods(audiences, policy->object.ns, &policy->pods);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		for (size_t k = 0; rule_counts(policy, rule) && k < rule->n_peers; k++)
			audience_of_peer(audiences, policy, &rule->peers[k]);
	}
}

static void part_kinds(struct building *building)
{
	struct reach *reach = building->reach;
	const struct kinds *kinds = &building->kinds;
	uint32_t *looks = mem_new(kinds->n + 1, sizeof *looks);

	for (uint32_t i = 0; i < kinds->n; i++) {
		stretch_add(&building->spaces, kinds->at[i].ns, i);
		looks[i] = kinds->at[i].look;
	}
	partition_init(&building->partition, looks, kinds->n);
	free(looks);
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		if (!reach->stores[w])
			continue;
		audiences_init(&building->audiences[w], (enum reach_world)w, reach->stores[w], kinds, &reach->regions,
			       &building->spaces);
		each_policy(building, w, take_audiences);
		audiences_split(&building->audiences[w], &building->partition);
	}
	partition_sort(&building->partition);
}

/* The classes of pods, without their pods. */
static void add_classes(struct building *building)
{
	struct reach *reach = building->reach;
	const struct kinds *kinds = &building->kinds;

	building->kind = mem_new(kinds->n + 1, sizeof *building->kind);
	for (uint32_t i = 0; i < kinds->n; i++) {
		const struct kind *kind = &kinds->at[i];
		struct reach_class class = {.ns = kind->ns};

		if (building->partition.part[i] < reach->classes.n)
			continue;
		for (size_t w = 0; w < REACH_WORLDS; w++) {
			class.families[w] = kind->in[w].families;
			class.pending[w] = kind->in[w].pending;
		}
		building->kind[reach->classes.n] = i;
		*vec_add(&reach->classes) = class;
	}
	reach->n_pods = (uint32_t)reach->classes.n;
}

/* Gives each class its pods; residents are sorted, and so are they. */
static void add_pods(struct building *building)
{
	struct reach *reach = building->reach;
	const struct census *census = &reach->census;
	struct reach_pod *next;

	next = reach->pods = mem_new(census->residents.n + 1, sizeof *reach->pods);
	reach->of_resident = mem_new(census->residents.n + 1, sizeof *reach->of_resident);
	for (size_t i = 0; i < census->residents.n; i++) {
		reach->of_resident[i] = building->partition.part[building->kinds.of[i]];
		reach->classes.at[reach->of_resident[i]].n++;
	}
	for (size_t c = 0; c < reach->n_pods; c++) {
		reach->classes.at[c].pods = next;
		next += reach->classes.at[c].n;
		reach->classes.at[c].n = 0;
	}
	for (size_t i = 0; i < census->residents.n; i++) {
		struct reach_class *class = &reach->classes.at[reach->of_resident[i]];

		for (size_t w = 0; w < REACH_WORLDS; w++)
			class->pods[class->n].in[w] = census->residents.at[i].in[w].pod;
		class->n++;
	}
}

static void add_namespaces(struct reach *reach)
{
	for (size_t c = 0; c < reach->n_pods; c++) {
		struct reach_ns *last = reach->namespaces.n ? &reach->namespaces.at[reach->namespaces.n - 1] : NULL;

		if (!last || last->name != reach->classes.at[c].ns)
			/* NOLINTNEXTLINE(clang-analyzer-*): vec_add() gives room or ends the program */
			*vec_add(&reach->namespaces) = (struct reach_ns){reach->classes.at[c].ns, c, 1};
		else
			last->n++;
	}
	*vec_add(&reach->namespaces) = (struct reach_ns){NULL, reach->n_pods, reach->classes.n - reach->n_pods};
}

static int subject_cmp(const void *a, const void *b)
{
	const struct subject *x = a, *y = b;

	return strcmp(x->policy->object.name, y->policy->object.name);
}

static void subjects_read(struct building *building, size_t world, const char *ns, struct subjects *out)
{
	const struct object *o = NULL;

	*out = (struct subjects){0};
	while ((o = store_walk_ns(building->reach->stores[world], OBJECT_POLICY, ns, o))) {
		const struct policy *policy = (const struct policy *)(const void *)o;

		*vec_add(out) = (struct subject){
			policy,
			audience_of_pods(&building->audiences[world], ns, &policy->pods),
		};
	}
	vec_sort(out, subject_cmp);
}

/*
 * "A pod is isolated for [a direction] if there is any NetworkPolicy that both selects the pod and has [it] in its
 * policyTypes."  What that comes to for a class is its regime.
 */
static const struct regime *regime_of(struct building *building, size_t world, const struct lineup *lineup,
				      size_t class, enum direction direction, const struct subjects *subjects)
{
	struct scenery scenery = {&building->audiences[world], lineup};
	uint32_t kind = class < lineup->n_pods ? lineup->kind[class] : 0;
	struct policies policies = {0};

	for (size_t i = 0; i < subjects->n; i++)
		if (subjects->at[i].policy->types[direction] &&
		    roaring_bitmap_contains(subjects->at[i].selected->kinds, kind))
			*vec_add(&policies) = subjects->at[i].policy;
	return regime_get(&building->reach->regimes, &scenery,
			  class < lineup->n_pods ? building->kinds.at[kind].in[world].pod : NULL, direction, &policies);
}

static void add_regimes(struct building *building, size_t world, const struct lineup *lineup)
{
	struct reach *reach = building->reach;

	for (size_t d = 0; d < DIRECTION_COUNT; d++)
		reach->regime[world][d] = mem_new(reach->classes.n + 1, sizeof *reach->regime[world][d]);
	for (size_t i = 0; i < reach->namespaces.n; i++) {
		const struct reach_ns *ns = &reach->namespaces.at[i];
		struct subjects subjects = {0};

		if (ns->name)
			subjects_read(building, world, ns->name, &subjects);
		for (size_t d = 0; d < DIRECTION_COUNT; d++)
			for (size_t c = ns->first; c < ns->first + ns->n; c++)
				reach->regime[world][d][c] =
					regime_of(building, world, lineup, c, (enum direction)d, &subjects);
		vec_free(&subjects);
	}
}

static void building_fini(struct building *building)
{
	for (size_t i = 0; i < building->sets.n; i++)
		vec_free(&building->sets.at[i]);
	vec_free(&building->sets);
	for (size_t w = 0; w < REACH_WORLDS; w++)
		if (building->reach->stores[w])
			audiences_fini(&building->audiences[w]);
	kinds_fini(&building->kinds);
	vec_free(&building->spaces);
	partition_fini(&building->partition);
	free(building->kind);
}

void reach_build(struct reach *reach)
{
	struct building building = {.reach = reach};
	struct lineup lineup;

	census_take(reach->stores, &reach->census);
	cut_regions(&building);
	kinds_make(&reach->census, &reach->regions, reach->stores, &building.kinds);
	part_kinds(&building);
	add_classes(&building);
	add_pods(&building);
	reach_build_outside(reach, building.sets.at, building.n_blocks);
	add_namespaces(reach);
	lineup = (struct lineup){building.partition.part, building.kind, reach->n_pods, (uint32_t)reach->classes.n,
				 reach->outside};
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		if (!reach->stores[w])
			continue;
		audiences_settle(&building.audiences[w], &lineup);
		add_regimes(&building, w, &lineup);
	}
	building_fini(&building);
}
