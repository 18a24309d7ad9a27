/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pairs changed alike, and in which few rows are they told? */
#include <stdlib.h>
#include <string.h>

#include "plan_parts.h"

#define FAMILIES (1U << FAMILY_4 | 1U << FAMILY_6)

/* A pair of the sender that is being collected. */
struct item {
	uint32_t to;
	uint32_t tag; /* of what changed, and in which families */
};

/* What a tag stands for. */
struct tag {
	struct plan_value value;
	uint8_t families;
};

/* Receivers to which something changed alike, and the senders from which it did. */
struct group {
	uint32_t tag;
	struct plan_classes from, to;
	uint32_t wanted; /* senders that are in it or could be */
};

/* A sender that would be in another group if its own pair with itself counted. */
struct candidate {
	uint32_t from, own, other; /* groups */
};

struct plan_gather {
	struct plan *plan;
	struct numbering values, tags, groups;
	VEC(struct plan_value) value;
	VEC(struct tag) tag;
	VEC(struct group) group;
	VEC(struct candidate) candidates;
	VEC(struct item) items;            /* of the current sender, by family: */
	VEC(uint32_t) found[FAMILY_COUNT]; /* by receiver, the value in each family */
	VEC(uint32_t) touched;             /* receivers that have one */
};

#define NO_VALUE UINT32_MAX

struct plan_gather *plan_gather_new(struct plan *plan)
{
	struct plan_gather *gather = mem_new(1, sizeof *gather);

	gather->plan = plan;
	for (int f = 0; f < FAMILY_COUNT; f++)
		for (size_t c = 0; c < plan->n_classes; c++)
			*vec_add(&gather->found[f]) = NO_VALUE;
	return gather;
}

void plan_gather_add(struct plan_gather *gather, size_t from, size_t to, enum family family,
		     const struct plan_value *value)
{
	struct bytes key = {0};
	uint32_t number;

	(void)from;
	BYTES_ADD(&key, *value);
	number = numbering_of(&gather->values, &key);
	vec_free(&key);
	if (number == gather->value.n)
		*vec_add(&gather->value) = *value;
	if (gather->found[FAMILY_4].at[to] == NO_VALUE && gather->found[FAMILY_6].at[to] == NO_VALUE)
		*vec_add(&gather->touched) = (uint32_t)to;
	gather->found[family].at[to] = number;
}

static void item_add(struct plan_gather *gather, uint32_t to, uint32_t value, uint8_t families)
{
	struct bytes key = {0};
	uint32_t tag;

	BYTES_ADD(&key, value);
	BYTES_ADD(&key, families);
	tag = numbering_of(&gather->tags, &key);
	vec_free(&key);
	if (tag == gather->tag.n)
		*vec_add(&gather->tag) = (struct tag){gather->value.at[value], families};
	*vec_add(&gather->items) = (struct item){to, tag};
}

/* The families of a pair, in either world. */
static uint8_t pair_families(const struct plan *plan, size_t from, size_t to)
{
	return reach_families(plan->reach, REACH_BEFORE, from, to) | reach_families(plan->reach, REACH_AFTER, from, to);
}

/* What changed alike in all families that the pair has is said once. */
static void items_make(struct plan_gather *gather, size_t from)
{
	for (size_t i = 0; i < gather->touched.n; i++) {
		uint32_t to = gather->touched.at[i], found[FAMILY_COUNT];
		uint8_t have = pair_families(gather->plan, from, to), changed = 0;

		for (int f = 0; f < FAMILY_COUNT; f++) {
			found[f] = gather->found[f].at[to];
			gather->found[f].at[to] = NO_VALUE;
			changed |= (uint8_t)(found[f] == NO_VALUE ? 0 : 1U << f);
		}
		if (changed == have && (have != FAMILIES || found[FAMILY_4] == found[FAMILY_6])) {
			item_add(gather, to, found[changed & 1U << FAMILY_4 ? FAMILY_4 : FAMILY_6], FAMILIES);
			continue;
		}
		for (int f = 0; f < FAMILY_COUNT; f++)
			if (found[f] != NO_VALUE)
				item_add(gather, to, found[f], (uint8_t)(1U << f));
	}
	vec_clear(&gather->touched);
}

static int item_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

/* The number of the group of these receivers. */
static uint32_t group_of(struct plan_gather *gather, uint32_t tag, const struct plan_classes *to)
{
	struct bytes key = {0};
	uint32_t number;
	struct group *group;

	BYTES_ADD(&key, tag);
	bytes_add(&key, to->at, to->n * sizeof *to->at);
	number = numbering_of(&gather->groups, &key);
	vec_free(&key);
	if (number < gather->group.n)
		return number;
	group = vec_add(&gather->group);
	*group = (struct group){.tag = tag};
	for (size_t i = 0; i < to->n; i++)
		*vec_add(&group->to) = to->at[i];
	return number;
}

/* The same receivers and the sender itself, in order. */
static void with_self(const struct plan_classes *to, uint32_t self, struct plan_classes *out)
{
	size_t i = 0;

	while (i < to->n && to->at[i] < self)
		*vec_add(out) = to->at[i++];
	*vec_add(out) = self;
	while (i < to->n)
		*vec_add(out) = to->at[i++];
}

static bool has_class(const struct plan_classes *classes, uint32_t class)
{
	for (size_t i = 0; i < classes->n; i++)
		if (classes->at[i] == class)
			return true;
	return false;
}

/* All of one tag that the sender has. */
static void close_group(struct plan_gather *gather, uint32_t from, uint32_t tag, const struct plan_classes *to)
{
	struct plan_classes more = {VEC_EMPTY};
	struct candidate candidate = {from, group_of(gather, tag, to), 0};

	gather->group.at[candidate.own].wanted++;
	if (pair_families(gather->plan, from, from) || !gather->plan->classes[from].ns) {
		*vec_add(&gather->group.at[candidate.own].from) = from;
		return;
	}
	with_self(to, from, &more);
	candidate.other = group_of(gather, tag, &more);
	gather->group.at[candidate.other].wanted++;
	vec_free(&more);
	*vec_add(&gather->candidates) = candidate;
}

void plan_gather_turn(struct plan_gather *gather, size_t from)
{
	struct plan_classes to = {VEC_EMPTY};

	items_make(gather, from);
	vec_sort(&gather->items, item_cmp);
	for (size_t i = 0; i < gather->items.n; i++) {
		*vec_add(&to) = gather->items.at[i].to;
		if (i + 1 < gather->items.n && gather->items.at[i + 1].tag == gather->items.at[i].tag)
			continue;
		close_group(gather, (uint32_t)from, gather->items.at[i].tag, &to);
		vec_clear(&to);
	}
	vec_free(&to);
	vec_clear(&gather->items);
}

static int class_cmp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A sender joins those that have the same receivers and itself too, if there are any: it has no pair with itself. */
static void candidates_place(struct plan_gather *gather)
{
	for (size_t i = 0; i < gather->candidates.n; i++) {
		const struct candidate *c = &gather->candidates.at[i];
		uint32_t own = gather->group.at[c->own].wanted, other = gather->group.at[c->other].wanted;

		*vec_add(&gather->group.at[other > 1 && other >= own ? c->other : c->own].from) = c->from;
	}
	for (size_t i = 0; i < gather->group.n; i++)
		vec_sort(&gather->group.at[i].from, class_cmp);
}

/* A receiver that is all there is to receive counts as sender too, if its namespace has no other that does not. */
static void complete_from(const struct plan *plan, struct group *group)
{
	uint32_t self = group->to.n == 1 ? group->to.at[0] : 0;
	size_t of_ns = 0;

	if (group->to.n != 1 || !plan->classes[self].ns || pair_families(plan, self, self) ||
	    has_class(&group->from, self))
		return;
	for (size_t i = 0; i < plan->n_namespaces; i++) {
		const struct reach_ns *ns = &plan->namespaces[i];

		if (self < ns->first || self >= ns->first + ns->n)
			continue;
		for (size_t k = 0; k < group->from.n; k++)
			of_ns += group->from.at[k] >= ns->first && group->from.at[k] < ns->first + ns->n;
		if (ns->n < 2 || of_ns + 1 != ns->n)
			return;
		*vec_add(&group->from) = self;
		vec_sort(&group->from, class_cmp);
	}
}

static struct plan_classes classes_copy(const struct plan_classes *from)
{
	struct plan_classes to = {VEC_EMPTY};

	for (size_t i = 0; i < from->n; i++)
		*vec_add(&to) = from->at[i];
	return to;
}

static const struct portset nothing;

static void subtract(const struct portset *more, const struct portset *less, struct portset *out)
{
	portset_subtract(more ? more : &nothing, less ? less : &nothing, out);
}

/* Adds a row for what is in `more` and not in `less`; one that is unsure, without what is sure. */
static void row_add(struct plan *plan, const struct group *group, const struct plan_row *model, enum plan_kind kind,
		    const struct portset *more, const struct portset *less)
{
	struct portset ports;
	struct plan_row *row;

	subtract(more, less, &ports);
	if (model->unsure) {
		bool lost = kind == PLAN_LOST || kind == PLAN_NARROWED;
		struct portset all = ports, sure;

		subtract((lost ? model->before : model->after).open, (lost ? model->after : model->before).open, &sure);
		portset_subtract(&all, &sure, &ports);
		vec_free(&all);
		vec_free(&sure);
	}
	if (!ports.n) {
		vec_free(&ports);
		return;
	}
	row = vec_add(&plan->rows);
	*row = *model;
	row->kind = kind;
	row->ports = ports;
	row->from = classes_copy(&group->from);
	row->to = classes_copy(&group->to);
}

static bool is_empty(const struct portset *ports)
{
	return !ports || !ports->n;
}

static void rows_add_ports(struct plan *plan, const struct group *group, struct plan_row *model,
			   const struct portset *before, const struct portset *after)
{
	row_add(plan, group, model, is_empty(after) ? PLAN_LOST : PLAN_NARROWED, before, after);
	row_add(plan, group, model, is_empty(before) ? PLAN_GAINED : PLAN_WIDENED, after, before);
}

/* What one end says otherwise while both say the same; of a pair of which both do not, only what is opened in vain. */
static void row_add_noop(struct plan *plan, const struct group *group, const struct plan_row *like,
			 const struct plan_value *value)
{
	bool same = !value->before.maybe && !value->after.maybe;

	for (int d = 0; d < DIRECTION_COUNT; d++) {
		const struct reach_ports *end = value->end[d];
		struct plan_row model = *like;
		struct portset had;

		if (!end[REACH_AFTER].maybe)
			continue;
		model.direction = (enum direction)d;
		model.before = end[REACH_BEFORE];
		model.after = end[REACH_AFTER];
		portset_union(end[REACH_BEFORE].maybe, value->after.maybe ? value->after.maybe : &nothing, &had);
		if (same)
			row_add(plan, group, &model, PLAN_NOOP, end[REACH_BEFORE].maybe, end[REACH_AFTER].maybe);
		row_add(plan, group, &model, PLAN_NOOP, end[REACH_AFTER].maybe, &had);
		vec_free(&had);
	}
}

static void rows_add(struct plan *plan, const struct group *group, const struct tag *tag)
{
	const struct plan_value *value = &tag->value;
	struct plan_row model = {.families = tag->families, .before = value->before, .after = value->after};

	row_add_noop(plan, group, &model, value);
	if (value->before.open != value->after.open)
		rows_add_ports(plan, group, &model, value->before.open, value->after.open);
	if (value->before.maybe == value->after.maybe ||
	    (value->before.maybe == value->before.open && value->after.maybe == value->after.open))
		return;
	model.unsure = true;
	rows_add_ports(plan, group, &model, value->before.maybe, value->after.maybe);
}

static void gather_free(struct plan_gather *gather)
{
	for (size_t i = 0; i < gather->group.n; i++) {
		vec_free(&gather->group.at[i].from);
		vec_free(&gather->group.at[i].to);
	}
	for (int f = 0; f < FAMILY_COUNT; f++)
		vec_free(&gather->found[f]);
	numbering_fini(&gather->values);
	numbering_fini(&gather->tags);
	numbering_fini(&gather->groups);
	vec_free(&gather->value);
	vec_free(&gather->tag);
	vec_free(&gather->group);
	vec_free(&gather->candidates);
	vec_free(&gather->items);
	vec_free(&gather->touched);
	free(gather);
}

void plan_gather_end(struct plan_gather *gather)
{
	candidates_place(gather);
	for (size_t i = 0; i < gather->group.n; i++) {
		struct group *group = &gather->group.at[i];

		if (!group->from.n)
			continue;
		complete_from(gather->plan, group);
		rows_add(gather->plan, group, &gather->tag.at[group->tag]);
	}
	gather_free(gather);
}
