/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may packets on their way still look for, though no rule leads there any more? */
#include <stdlib.h>

#include <selvage/diff.h>
#include <selvage/mem.h>

#include "nl_linger.h"

void linger_init(struct lingering *linger)
{
	linger->first = NULL;
	linger->end = &linger->first;
}

static bool is_removal(enum op_kind kind)
{
	return kind == OP_DEL_SET || kind == OP_DEL_CHAIN || kind == OP_DEL_COUNTER;
}

void linger_add(struct lingering *linger, const struct plan *plan, size_t first, struct mono now)
{
	struct leftover *leftover = mem_new(1, sizeof *leftover);

	leftover->since = now;
	for (size_t i = first; i < plan->n; i++) {
		const struct fact *fact = plan->at[i].fact;
		if (is_removal(plan->at[i].kind))
			facts_add(&leftover->gone, &(struct fact){.kind = fact->kind, .name = fact->name});
	}
	facts_sort(&leftover->gone);
	for (size_t i = first; i < plan->n; i++) {
		struct op op = plan->at[i];
		op.fact = facts_find(&leftover->gone, op.fact->kind, op.fact->name);
		*vec_add(&leftover->plan) = op;
	}
	*linger->end = leftover;
	linger->end = &leftover->next;
}

struct leftover *linger_take(struct lingering *linger, struct mono until)
{
	struct leftover *oldest = linger->first;

	if (!oldest || oldest->since.ns > until.ns)
		return NULL;
	linger->first = oldest->next;
	if (!linger->first)
		linger->end = &linger->first;
	return oldest;
}

void leftover_free(struct leftover *leftover)
{
	vec_free(&leftover->plan);
	facts_free(&leftover->gone);
	free(leftover);
}

/* An element lingers if its set does. */
static bool lingers(const struct lingering *linger, const struct fact *fact)
{
	enum fact_kind kind = fact->kind == FACT_ELEMENT ? FACT_SET : fact->kind;

	for (const struct leftover *l = linger->first; l; l = l->next)
		if (facts_find(&l->gone, kind, fact->name))
			return true;
	return false;
}

bool linger_hinders(const struct lingering *linger, const struct patch *patch)
{
	if (!linger->first)
		return false;
	for (size_t i = 0; i < patch->add.n && patch->add.at[i].kind != FACT_ELEMENT; i++) {
		const struct fact *want = &patch->add.at[i], *have = facts_find(&patch->del, want->kind, want->name);

		if (have ? diff_anew(have, want) : lingers(linger, want))
			return true;
	}
	return false;
}

void linger_hide(const struct lingering *linger, struct facts *facts)
{
	size_t kept = 0;

	if (!linger->first)
		return;
	for (size_t i = 0; i < facts->n; i++) {
		if (lingers(linger, &facts->at[i]))
			fact_fini(&facts->at[i]);
		else
			facts->at[kept++] = facts->at[i];
	}
	facts->n = kept;
}

void linger_clear(struct lingering *linger)
{
	struct leftover *leftover;

	while ((leftover = linger_take(linger, (struct mono){INT64_MAX})))
		leftover_free(leftover);
}
