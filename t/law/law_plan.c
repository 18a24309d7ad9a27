/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of plan, over seeded random clusters and random changes of their policies, pods and namespaces:
 *   1. between any two pods (by name) and addresses, for every port at which something may change: exactly what
 *      verdict_of() allowed before and denies after is in one row that says lost, and the other way round;
 *   2. a row is LOST if nothing is left, NARROWED if something is, and GAINED and WIDENED likewise;
 *   3. a NOOP is a port of which one end says something else, while both together say the same;
 *   4. pods that begin or cease to be isolated are those of which verdict_of() says so;
 *   5. what a row names as its cause is not the same in both worlds, and there is one unless a pod has no address, or
 *      several of one family;
 *   6. the words for classes name as many pods as the classes have;
 * and the proof that law 1 sees: a plan of a change that appends rules to a policy instead of replacing them disagrees.
 *
 * usage: law_plan [WORLDS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/object_copy.h>
#include <selvage/plan.h>
#include <selvage/verdict.h>

#include "tap.h"
#include "world.h"

#define OBJECTS 26
#define BLIND 40 /* changes that remove a permission, for the proof */

static const struct {
	uint8_t proto;
	uint16_t port;
} ports[] = {
	{PROTO_TCP, 0},    {PROTO_TCP, 52},    {PROTO_TCP, 53},  {PROTO_TCP, 54},    {PROTO_TCP, 80},
	{PROTO_TCP, 81},   {PROTO_TCP, 82},    {PROTO_TCP, 119}, {PROTO_TCP, 8079},  {PROTO_TCP, 8080},
	{PROTO_TCP, 8100}, {PROTO_TCP, 65535}, {PROTO_UDP, 0},   {PROTO_UDP, 53},    {PROTO_UDP, 80},
	{PROTO_UDP, 8080}, {PROTO_UDP, 8090},  {PROTO_SCTP, 53}, {PROTO_SCTP, 8080}, {1, 0},
	{47, 0},
};

#define N_PORTS (sizeof ports / sizeof *ports)

/* A pod by name, or an address outside pods. */
struct who {
	uint32_t class;
	const struct pod *in[REACH_WORLDS];
	const struct ip *outside;
};

struct trial {
	const struct store *stores[REACH_WORLDS];
	struct plan *plan;
	const struct plan_row *rows;
	size_t n_rows, n_classes;
	bool *from, *to; /* has row i class c? [i * n_classes + c] */
	VEC(struct who) all;
};

struct totals {
	unsigned long asked, lost, gained, noops, isolated, causes, unclear;
	unsigned wrong, wrong_kind, wrong_noop, wrong_isolated, wrong_cause, wrong_words;
	bool quiet;
};

static struct store *world_new(struct rng *rng)
{
	struct store *store = store_new();

	for (unsigned i = 0; i < OBJECTS; i++)
		store_put(store, world_object(rng));
	store_settle(store);
	return store;
}

static void add_people(struct trial *trial)
{
	const struct reach_class *class = reach_classes(plan_reach(trial->plan), &trial->n_classes);

	for (uint32_t c = 0; c < trial->n_classes; c++) {
		if (!class[c].ns)
			*vec_add(&trial->all) = (struct who){.class = c, .outside = &class[c].sample};
		for (size_t p = 0; p < class[c].n; p++)
			*vec_add(&trial->all) = (struct who){c, {class[c].pods[p].in[0], class[c].pods[p].in[1]}, NULL};
	}
}

static void trial_init(struct trial *trial, const struct store *before, const struct store *after, struct plan *plan)
{
	*trial = (struct trial){.stores = {before, after}, .plan = plan};
	trial->rows = plan_rows(plan, &trial->n_rows);
	add_people(trial);
	trial->from = mem_new(trial->n_rows * trial->n_classes + 1, sizeof *trial->from);
	trial->to = mem_new(trial->n_rows * trial->n_classes + 1, sizeof *trial->to);
	for (size_t i = 0; i < trial->n_rows; i++) {
		for (size_t k = 0; k < trial->rows[i].from.n; k++)
			trial->from[i * trial->n_classes + trial->rows[i].from.at[k]] = true;
		for (size_t k = 0; k < trial->rows[i].to.n; k++)
			trial->to[i * trial->n_classes + trial->rows[i].to.at[k]] = true;
	}
}

static void trial_fini(struct trial *trial)
{
	free(trial->from);
	free(trial->to);
	vec_free(&trial->all);
	plan_free(trial->plan);
}

/* How it stands with an address of someone in a world. */
enum address { ADDRESS_NONE, ADDRESS_ONE, ADDRESS_UNCLEAR };

static enum address address_of(const struct trial *trial, size_t world, const struct who *who, enum family family,
			       struct ip *out)
{
	const struct pod *pod = who->in[world];
	unsigned n = 0;

	if (who->outside) {
		size_t classes;
		const struct reach_class *class = reach_classes(plan_reach(trial->plan), &classes);

		*out = *who->outside;
		if (class[who->class].families[0] != class[who->class].families[1])
			return ADDRESS_UNCLEAR;
		return out->family == family ? ADDRESS_ONE : ADDRESS_NONE;
	}
	if (!pod || reach_class_of(plan_reach(trial->plan), (enum reach_world)world, pod) == SIZE_MAX)
		return ADDRESS_NONE;
	for (size_t i = 0; i < pod->n_ips; i++)
		if (pod->ips[i].family == family && store_owner(trial->stores[world], &pod->ips[i]) == pod) {
			*out = pod->ips[i];
			n++;
		}
	if (!pod->n_ips)
		return ADDRESS_UNCLEAR;
	return n > 1 ? ADDRESS_UNCLEAR : n ? ADDRESS_ONE : ADDRESS_NONE;
}

/* What both worlds say of one port of one pair. */
struct answer {
	bool allowed[REACH_WORLDS], end[DIRECTION_COUNT][REACH_WORLDS];
};

static unsigned count_rows(const struct trial *trial, const struct who *from, const struct who *to, enum family family,
			   size_t port, enum plan_kind a, enum plan_kind b)
{
	unsigned n = 0;

	for (size_t i = 0; i < trial->n_rows; i++) {
		const struct plan_row *row = &trial->rows[i];

		n += (row->kind == a || row->kind == b) && !row->unsure && row->families & 1U << family &&
		     trial->from[i * trial->n_classes + from->class] && trial->to[i * trial->n_classes + to->class] &&
		     portset_has(&row->ports, ports[port].proto, ports[port].port);
	}
	return n;
}

static void blame(struct totals *totals, const struct who *from, const struct who *to, size_t port, const char *what)
{
	if (totals->wrong++ || totals->quiet)
		return;
	printf("# class %u -> class %u, protocol %u port %u: %s\n", from->class, to->class, ports[port].proto,
	       ports[port].port, what);
}

/* Laws 1 and 3 for one port. */
static void check_port(const struct trial *trial, const struct who *from, const struct who *to, enum family family,
		       size_t port, const struct answer *answer, struct totals *totals)
{
	bool lost = answer->allowed[0] && !answer->allowed[1], gained = !answer->allowed[0] && answer->allowed[1],
	     turned;

	totals->asked++;
	totals->lost += lost;
	totals->gained += gained;
	if (count_rows(trial, from, to, family, port, PLAN_LOST, PLAN_NARROWED) != lost)
		blame(totals, from, to, port, lost ? "lost, and not in one row" : "not lost, and a row says so");
	if (count_rows(trial, from, to, family, port, PLAN_GAINED, PLAN_WIDENED) != gained)
		blame(totals, from, to, port, gained ? "gained, and not in one row" : "not gained, and a row says so");
	if (!count_rows(trial, from, to, family, port, PLAN_NOOP, PLAN_NOOP))
		return;
	turned = answer->end[0][0] != answer->end[0][1] || answer->end[1][0] != answer->end[1][1];
	totals->noops++;
	totals->wrong_noop += lost || gained || !turned;
}

static void ask_world(const struct trial *trial, size_t world, const struct ip *from, const struct ip *to, size_t port,
		      struct answer *out)
{
	struct packet packet = {*from, *to, ports[port].proto, ports[port].port};
	struct verdict verdict = verdict_of(trial->stores[world], &packet);

	out->end[DIRECTION_EGRESS][world] = verdict.egress.allowed;
	out->end[DIRECTION_INGRESS][world] = verdict.ingress.allowed;
	out->allowed[world] = verdict.egress.allowed && verdict.ingress.allowed;
}

static void check_pair(const struct trial *trial, const struct who *from, const struct who *to, enum family family,
		       struct totals *totals)
{
	struct ip source[REACH_WORLDS], target[REACH_WORLDS];
	bool there[REACH_WORLDS];

	if (from == to || (from->outside && to->outside))
		return;
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		enum address a = address_of(trial, w, from, family, &source[w]),
			     b = address_of(trial, w, to, family, &target[w]);

		if (a == ADDRESS_UNCLEAR || b == ADDRESS_UNCLEAR)
			return;
		there[w] = a == ADDRESS_ONE && b == ADDRESS_ONE;
	}
	for (size_t p = 0; (there[0] || there[1]) && p < N_PORTS; p++) {
		struct answer answer = {0};

		for (size_t w = 0; w < REACH_WORLDS; w++)
			if (there[w])
				ask_world(trial, w, &source[w], &target[w], p, &answer);
		check_port(trial, from, to, family, p, &answer, totals);
	}
}

/* Is the pod isolated?  -1: nothing can be said of it. */
static int isolated(const struct trial *trial, size_t world, const struct who *who, enum direction direction)
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct packet packet = {.proto = PROTO_TCP, .port = 80};
		struct verdict verdict;
		struct ip ip, other;
		struct err err;

		if (address_of(trial, world, who, (enum family)f, &ip) != ADDRESS_ONE ||
		    ip_parse(f == FAMILY_4 ? "198.51.100.7" : "2001:db8:5::7", &other, &err))
			continue;
		packet.from = direction == DIRECTION_EGRESS ? ip : other;
		packet.to = direction == DIRECTION_EGRESS ? other : ip;
		verdict = verdict_of(trial->stores[world], &packet);
		return direction == DIRECTION_EGRESS ? verdict.egress.isolated : verdict.ingress.isolated;
	}
	return -1;
}

/* Law 4. */
static void check_isolated(const struct trial *trial, const struct who *who, struct totals *totals)
{
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		int before = isolated(trial, 0, who, (enum direction)d),
		    after = isolated(trial, 1, who, (enum direction)d);
		unsigned said[PLAN_KIND_COUNT] = {0};

		if (before < 0 || after < 0)
			continue;
		for (size_t i = 0; i < trial->n_rows; i++)
			if ((trial->rows[i].kind == PLAN_ISOLATED || trial->rows[i].kind == PLAN_UN_ISOLATED) &&
			    trial->rows[i].direction == (enum direction)d &&
			    trial->from[i * trial->n_classes + who->class])
				said[trial->rows[i].kind]++;
		totals->isolated += before != after;
		totals->wrong_isolated +=
			said[PLAN_ISOLATED] != (!before && after) || said[PLAN_UN_ISOLATED] != (before && !after);
	}
}

static bool differs(const struct trial *trial, const struct object *object)
{
	const struct object *in[REACH_WORLDS];

	for (size_t w = 0; w < REACH_WORLDS; w++)
		in[w] = store_find(trial->stores[w], object->kind, object->ns, object->name);
	return !in[0] || !in[1] || !object_same(in[0], in[1]);
}

/* Is it of pods that have no address in some world, or several of one family?  Of those, reach is not always sure. */
static bool is_wavering(const struct trial *trial, uint32_t at)
{
	size_t n;
	const struct reach_class *class = &reach_classes(plan_reach(trial->plan), &n)[at];
	struct who who = {.class = at};
	struct ip ip;

	for (size_t w = 0; class->ns && w < REACH_WORLDS; w++) {
		who.in[w] = class->pods[0].in[w];
		for (int f = 0; f < FAMILY_COUNT; f++)
			if (address_of(trial, w, &who, (enum family)f, &ip) == ADDRESS_UNCLEAR)
				return true;
	}
	return false;
}

static bool has_wavering(const struct trial *trial, const struct plan_classes *classes)
{
	for (size_t i = 0; i < classes->n; i++)
		if (is_wavering(trial, classes->at[i]))
			return true;
	return false;
}

/* Laws 2 and 5. */
static void check_row(const struct trial *trial, const struct plan_row *row, struct totals *totals)
{
	bool none_before = !row->before.open || !row->before.open->n,
	     none_after = !row->after.open || !row->after.open->n;
	const struct plan_cause *cause = &row->cause;

	if (!row->unsure)
		totals->wrong_kind +=
			(row->kind == PLAN_LOST && !none_after) || (row->kind == PLAN_NARROWED && none_after) ||
			(row->kind == PLAN_GAINED && !none_before) || (row->kind == PLAN_WIDENED && none_before);
	totals->causes++;
	totals->unclear += cause->why == PLAN_WHY_UNCLEAR;
	if (cause->why == PLAN_WHY_UNCLEAR)
		totals->wrong_cause += !has_wavering(trial, &row->from) && !has_wavering(trial, &row->to);
	else if (cause->policy)
		totals->wrong_cause += !differs(trial, &cause->policy->object);
	else if (cause->object)
		totals->wrong_cause += !differs(trial, cause->object);
	else
		totals->wrong_cause++;
}

/* Law 6. */
static void check_words(const struct trial *trial, const struct plan_classes *classes, struct totals *totals)
{
	struct plan_ends ends;
	size_t n, pods = 0, named = 0;
	const struct reach_class *class = reach_classes(plan_reach(trial->plan), &n);

	plan_ends_of(trial->plan, classes, &ends);
	for (size_t i = 0; i < classes->n; i++)
		pods += class[classes->at[i]].n;
	for (size_t i = 0; i < ends.n; i++) {
		named += ends.at[i].n;
		totals->wrong_words += ends.at[i].n > ends.at[i].total;
	}
	totals->wrong_words += named != pods || (classes->n && !ends.n);
	plan_ends_fini(&ends);
}

static void trial_run(const struct trial *trial, struct totals *totals)
{
	for (size_t i = 0; i < trial->all.n; i++) {
		for (size_t k = 0; k < trial->all.n; k++)
			for (int f = 0; f < FAMILY_COUNT; f++)
				check_pair(trial, &trial->all.at[i], &trial->all.at[k], (enum family)f, totals);
		if (!trial->all.at[i].outside)
			check_isolated(trial, &trial->all.at[i], totals);
	}
	for (size_t i = 0; i < trial->n_rows; i++) {
		check_row(trial, &trial->rows[i], totals);
		check_words(trial, &trial->rows[i].from, totals);
		check_words(trial, &trial->rows[i].to, totals);
	}
}

static void world_run(struct rng *rng, struct totals *totals)
{
	struct store *before = world_new(rng), *after = store_copy_without(before, NULL);
	struct trial trial;

	store_settle(after);
	for (unsigned i = 0; i < 1 + rng_below(rng, 3); i++)
		world_step(rng, after);
	store_settle(after);
	trial_init(&trial, before, after, plan_new(before, after));
	trial_run(&trial, totals);
	trial_fini(&trial);
	store_free(before);
	store_free(after);
}

/* A copy of a policy without its last rule. */
static struct object *without_last_rule(const struct policy *policy)
{
	struct object *copy = object_copy(&policy->object);
	struct policy *less = (struct policy *)(void *)copy;

	rule_fini(&less->rules[--less->n_rules]);
	return copy;
}

/* A plan for appended rules: the policy as it was and as it is to be, which is as it was.  Does law 1 notice? */
static unsigned blind_spots(struct rng *rng, unsigned *told)
{
	unsigned unnoticed = 0;

	*told = 0;
	while (*told < BLIND) {
		struct store *before = world_new(rng), *after = store_copy_without(before, NULL),
			     *appended = store_copy_without(before, NULL);
		struct totals right = {.quiet = true}, wrong = {.quiet = true};
		struct trial trial;

		for (const struct object *o = NULL; (o = store_walk(before, OBJECT_POLICY, o));) {
			const struct policy *policy = (const struct policy *)(const void *)o;

			if (policy->n_rules)
				store_put(after, without_last_rule(policy));
		}
		trial_init(&trial, before, after, plan_new(before, after));
		trial_run(&trial, &right);
		trial_fini(&trial);
		if (right.lost) {
			++*told;
			trial_init(&trial, before, appended, plan_new(before, appended));
			trial.stores[REACH_AFTER] = after;
			for (size_t i = 0; i < trial.all.n; i++)
				for (size_t k = 0; k < trial.all.n; k++)
					check_pair(&trial, &trial.all.at[i], &trial.all.at[k], FAMILY_4, &wrong);
			for (size_t i = 0; i < trial.all.n; i++)
				for (size_t k = 0; k < trial.all.n; k++)
					check_pair(&trial, &trial.all.at[i], &trial.all.at[k], FAMILY_6, &wrong);
			unnoticed += right.wrong || !wrong.wrong;
			trial_fini(&trial);
		}
		store_free(before);
		store_free(after);
		store_free(appended);
	}
	return unnoticed;
}

int main(int argc, char **argv)
{
	unsigned worlds = argc > 1 ? (unsigned)atoi(argv[1]) : 200;
	struct rng rng = {argc > 2 ? strtoull(argv[2], NULL, 0) : 1};
	struct totals totals = {0};
	struct tap tap = {0};
	unsigned blind, told;

	for (unsigned w = 0; w < worlds; w++)
		world_run(&rng, &totals);
	printf("# %lu ports of pairs, %lu lost, %lu gained, %lu of rows that change nothing, %lu pods (un)isolated, "
	       "%lu causes, %lu of them unclear\n",
	       totals.asked, totals.lost, totals.gained, totals.noops, totals.isolated, totals.causes, totals.unclear);
	tap_ok(&tap, totals.lost && totals.gained && !totals.wrong, "rows are the difference of two full evaluations");
	tap_ok(&tap, !totals.wrong_kind, "lost, narrowed, gained and widened mean what they say");
	tap_ok(&tap, totals.noops && !totals.wrong_noop, "where one end alone changed, nothing is open that was not");
	tap_ok(&tap, totals.isolated && !totals.wrong_isolated, "pods that become isolated, or cease to be, are told");
	tap_ok(&tap, totals.causes && !totals.wrong_cause && totals.unclear * 100 < totals.causes,
	       "each row names a cause that is part of the change");
	tap_ok(&tap, !totals.wrong_words, "workloads, namespaces and the cluster have as many pods as their classes");
	blind = blind_spots(&rng, &told);
	printf("# %u of %u plans that append instead of replacing went unnoticed\n", blind, told);
	tap_ok(&tap, told && !blind, "a plan that appends rules instead of replacing them is noticed");
	return tap_end(&tap);
}
