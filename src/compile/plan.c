/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a change open, close and isolate? */
#include <stdlib.h>
#include <string.h>

#include "plan_parts.h"

/* What the visits of one plan share. */
struct walk {
	struct plan *plan;
	struct plan_reasons *reasons;
	struct plan_gather *gather;
	size_t from;           /* whose pairs are being collected */
	VEC(uint32_t) partial; /* classes that have other families after than before */
};

static int pointer_cmp(const void *a, const void *b)
{
	const struct object *const *x = a, *const *y = b;

	return ((uintptr_t)*x > (uintptr_t)*y) - ((uintptr_t)*x < (uintptr_t)*y);
}

bool plan_changed(const struct plan *plan, const struct object *object)
{
	return plan->changed.n &&
	       bsearch(&object, plan->changed.at, plan->changed.n, sizeof *plan->changed.at, pointer_cmp);
}

static void changed_find(struct plan *plan)
{
	static const enum object_kind kinds[] = {OBJECT_NAMESPACE, OBJECT_POLICY};

	for (size_t w = 0; w < REACH_WORLDS; w++)
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
			for (const struct object *o = NULL; (o = store_walk(plan->stores[w], kinds[k], o));) {
				const struct object *other = store_find(plan->stores[!w], o->kind, o->ns, o->name);

				if (!other || !object_same(o, other))
					*vec_add(&plan->changed) = o;
			}
	vec_sort(&plan->changed, pointer_cmp);
}

static bool ports_same(const struct reach_ports *a, const struct reach_ports *b)
{
	return a->open == b->open && a->maybe == b->maybe;
}

static bool is_nothing(const struct reach_ports *ports)
{
	return !ports->maybe || !ports->maybe->n;
}

static bool is_partial(const struct plan *plan, size_t class)
{
	return plan->classes[class].families[REACH_BEFORE] != plan->classes[class].families[REACH_AFTER];
}

/* Has an outside class addresses in one world only?  In the other, pods have them: those are told of. */
static bool is_replaced(const struct plan *plan, size_t class)
{
	return !plan->classes[class].ns && is_partial(plan, class);
}

/* What there is in one world only. */
static void add_partial(struct walk *walk, size_t from, size_t to)
{
	const struct reach *reach = walk->plan->reach;
	uint8_t in[REACH_WORLDS], once;

	if (is_replaced(walk->plan, from) || is_replaced(walk->plan, to))
		return;
	for (size_t w = 0; w < REACH_WORLDS; w++)
		in[w] = reach_families(reach, (enum reach_world)w, from, to);
	once = in[REACH_BEFORE] ^ in[REACH_AFTER];
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct plan_value value;
		bool was = in[REACH_BEFORE] & 1U << f;
		struct reach_ports both;

		if (!(once & 1U << f))
			continue;
		memset(&value, 0, sizeof value);
		both = reach_ports(reach, was ? REACH_BEFORE : REACH_AFTER, from, to, (enum family)f).both;
		if (is_nothing(&both))
			continue;
		*(was ? &value.before : &value.after) = both;
		plan_gather_add(walk->gather, from, to, (enum family)f, &value);
	}
}

/* Completes what the class has as a sender. */
static void turn(struct walk *walk)
{
	size_t from = walk->from;

	if (is_partial(walk->plan, from))
		for (size_t to = 0; to < walk->plan->n_classes; to++)
			add_partial(walk, from, to);
	else
		for (size_t i = 0; i < walk->partial.n; i++)
			add_partial(walk, from, walk->partial.at[i]);
	plan_gather_turn(walk->gather, from);
	walk->from++;
}

/* Does an end admit ports that it did not, and the pair still does not? */
static bool opens_in_vain(const struct reach_ports *const end[static REACH_WORLDS], const struct reach_ports *both)
{
	struct portset opened, vain;
	bool some;

	portset_subtract(end[REACH_AFTER]->maybe, end[REACH_BEFORE]->maybe, &opened);
	portset_subtract(&opened, both->maybe, &vain);
	some = vain.n > 0;
	vec_free(&opened);
	vec_free(&vain);
	return some;
}

/* Does the end deny all that the pair has lost, and has the pair gained nothing? */
static bool closes_alone(const struct reach_ports *end, const struct reach_link *before, const struct reach_link *after)
{
	struct portset gained, lost, left;
	bool alone;

	portset_subtract(after->both.maybe, before->both.maybe, &gained);
	portset_subtract(before->both.maybe, after->both.maybe, &lost);
	portset_intersect(&lost, end->maybe, &left);
	alone = !gained.n && lost.n && !left.n;
	vec_free(&gained);
	vec_free(&lost);
	vec_free(&left);
	return alone;
}

/* Where both ends changed and one of them would do, that one is the reason: fewer rows, and each of them is true. */
static void choose_reason(struct plan_value *value, const struct reach_link *before, const struct reach_link *after)
{
	if (!value->why[DIRECTION_EGRESS] || !value->why[DIRECTION_INGRESS])
		return;
	if (closes_alone(&after->egress, before, after))
		value->why[DIRECTION_INGRESS] = 0;
	else if (closes_alone(&after->ingress, before, after))
		value->why[DIRECTION_EGRESS] = 0;
}

static void see_change(void *ctx, size_t from, size_t to, enum family family, const struct reach_link *before,
		       const struct reach_link *after)
{
	struct walk *walk = ctx;
	const struct reach_ports *ends[DIRECTION_COUNT][REACH_WORLDS] = {
		[DIRECTION_EGRESS] = {&before->egress, &after->egress},
		[DIRECTION_INGRESS] = {&before->ingress, &after->ingress},
	};
	const size_t who[DIRECTION_COUNT] = {[DIRECTION_EGRESS] = from, [DIRECTION_INGRESS] = to};
	bool noop = ports_same(&before->both, &after->both);
	struct plan_value value;

	while (walk->from < from)
		turn(walk);
	memset(&value, 0, sizeof value);
	if (!noop) {
		value.before = before->both;
		value.after = after->both;
	}
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		if (ports_same(ends[d][REACH_BEFORE], ends[d][REACH_AFTER]))
			continue;
		value.why[d] = plan_reason(walk->reasons, who[d], from + to - who[d], (enum direction)d);
		for (size_t w = 0; (noop || opens_in_vain(ends[d], &after->both)) && w < REACH_WORLDS; w++)
			value.end[d][w] = *ends[d][w];
	}
	if (!noop)
		choose_reason(&value, before, after);
	plan_gather_add(walk->gather, from, to, family, &value);
}

/* Pods that policies begin or cease to isolate: a row for each kind, direction and reason. */
static void add_isolation(struct plan *plan, struct plan_reasons *reasons, enum direction direction)
{
	VEC(size_t) row_of = VEC_EMPTY; /* by reason and kind */

	for (size_t c = 0; c < plan->n_classes; c++) {
		size_t before, after, slot;
		bool isolated;

		reach_isolating(plan->reach, REACH_BEFORE, c, direction, &before);
		reach_isolating(plan->reach, REACH_AFTER, c, direction, &after);
		if (!plan->classes[c].families[REACH_BEFORE] || !plan->classes[c].families[REACH_AFTER] ||
		    !before == !after)
			continue;
		isolated = after > 0;
		slot = (size_t)plan_reason(reasons, c, SIZE_MAX, direction) * 2 + isolated;
		while (row_of.n <= slot)
			*vec_add(&row_of) = SIZE_MAX;
		if (row_of.at[slot] == SIZE_MAX) {
			row_of.at[slot] = plan->rows.n;
			*vec_add(&plan->rows) = (struct plan_row){
				.kind = isolated ? PLAN_ISOLATED : PLAN_UN_ISOLATED,
				.families = 1U << FAMILY_4 | 1U << FAMILY_6,
				.direction = direction,
			};
		}
		*vec_add(&plan->rows.at[row_of.at[slot]].from) = (uint32_t)c;
	}
	vec_free(&row_of);
}

static int classes_cmp(const struct plan_classes *a, const struct plan_classes *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (a->at[i] != b->at[i])
			return a->at[i] < b->at[i] ? -1 : 1;
	return (a->n > b->n) - (a->n < b->n);
}

static int cell_cmp(const struct portcell *a, const struct portcell *b)
{
	if (a->proto != b->proto)
		return (int)a->proto - (int)b->proto;
	return a->lo != b->lo ? (int)a->lo - (int)b->lo : (int)a->hi - (int)b->hi;
}

static int row_cmp(const void *a, const void *b)
{
	const struct plan_row *x = a, *y = b;
	int order = (int)x->kind - (int)y->kind;

	order = order ? order : classes_cmp(&x->from, &y->from);
	order = order ? order : classes_cmp(&x->to, &y->to);
	order = order ? order : (int)x->families - (int)y->families;
	order = order ? order : (int)x->direction - (int)y->direction;
	if (order || !x->ports.n || !y->ports.n)
		return order;
	return cell_cmp(&x->ports.at[0], &y->ports.at[0]);
}

static void rows_make(struct plan *plan)
{
	struct walk walk = {.plan = plan};

	walk.reasons = plan_reasons_new(plan);
	walk.gather = plan_gather_new(plan);
	for (size_t c = 0; c < plan->n_classes; c++)
		if (is_partial(plan, c))
			*vec_add(&walk.partial) = (uint32_t)c;
	reach_changes(plan->reach, see_change, &walk);
	while (walk.from < plan->n_classes)
		turn(&walk);
	plan_gather_end(walk.gather);
	add_isolation(plan, walk.reasons, DIRECTION_INGRESS);
	add_isolation(plan, walk.reasons, DIRECTION_EGRESS);
	plan_reasons_free(walk.reasons);
	vec_free(&walk.partial);
	vec_sort(&plan->rows, row_cmp);
	for (size_t i = 0; i < plan->rows.n; i++)
		plan_cause_find(plan, &plan->rows.at[i]);
}

struct plan *plan_new(const struct store *before, const struct store *after)
{
	struct plan *plan = mem_new(1, sizeof *plan);

	plan->stores[REACH_BEFORE] = before;
	plan->stores[REACH_AFTER] = after;
	plan->reach = reach_new(before, after);
	plan->classes = reach_classes(plan->reach, &plan->n_classes);
	plan->namespaces = reach_namespaces(plan->reach, &plan->n_namespaces);
	changed_find(plan);
	plan_workloads_make(plan);
	rows_make(plan);
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->rows.n; i++) {
		vec_free(&plan->rows.at[i].from);
		vec_free(&plan->rows.at[i].to);
		vec_free(&plan->rows.at[i].ports);
	}
	vec_free(&plan->rows);
	vec_free(&plan->changed);
	plan_workloads_fini(&plan->workloads);
	reach_free(plan->reach);
	free(plan);
}

const struct plan_row *plan_rows(const struct plan *plan, size_t *n)
{
	*n = plan->rows.n;
	return plan->rows.at;
}

const struct reach *plan_reach(const struct plan *plan)
{
	return plan->reach;
}

const char *plan_kind_name(enum plan_kind kind)
{
	static const char *const names[PLAN_KIND_COUNT] = {
		[PLAN_LOST] = "LOST",       [PLAN_NARROWED] = "NARROWED", [PLAN_GAINED] = "GAINED",
		[PLAN_WIDENED] = "WIDENED", [PLAN_ISOLATED] = "ISOLATED", [PLAN_UN_ISOLATED] = "UN-ISOLATED",
		[PLAN_NOOP] = "NOOP",
	};

	return names[kind];
}
