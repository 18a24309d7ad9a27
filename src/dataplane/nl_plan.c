/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order must the kernel be told of a patch? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/diff.h>

#include "nl_plan.h"

#define MESSAGE_BYTES 160 /* a message about a table, chain, set or counter, without names and comments */
#define ELEMENT_BYTES 64  /* one end of an element, without names and comment */
#define RULE_BYTES 240    /* a rule, without its steps */
#define STEP_BYTES 320    /* the expressions of a step, without names */

struct draft {
	const struct patch *patch;
	bool anew;  /* something is removed and made again: then all is one transaction, and what goes, goes first */
	bool ahead; /* what is made must be there before the flip */
	VEC(struct op) ops;
};

static size_t text_bytes(const char *atom)
{
	return atom ? atom_len(atom) + 8 : 0;
}

static size_t element_bytes(const struct fact *f)
{
	return 2 * ELEMENT_BYTES + text_bytes(f->comment) + text_bytes(f->element.action.chain);
}

static size_t rules_bytes(const struct fact *f)
{
	size_t bytes = 0;

	for (size_t i = 0; i < f->chain.n; i++) {
		const struct chain_rule *rule = &f->chain.rules[i];
		bytes += RULE_BYTES + text_bytes(f->name) + text_bytes(rule->comment);
		for (size_t j = 0; j < rule->n; j++)
			bytes += STEP_BYTES + text_bytes(rule->steps[j].name) + text_bytes(rule->steps[j].action.chain);
	}
	return bytes;
}

static void op_add(struct draft *d, enum op_kind kind, enum op_phase phase, const struct fact *f)
{
	size_t bytes = kind == OP_RULES ? rules_bytes(f) : MESSAGE_BYTES + text_bytes(f->name) + text_bytes(f->comment);

	*vec_add(&d->ops) = (struct op){.kind = kind, .phase = phase, .fact = f, .bytes = bytes};
}

static void rules_add(struct draft *d, enum op_phase phase, const struct fact *chain)
{
	if (chain->chain.n)
		op_add(d, OP_RULES, phase, chain);
}

/* A counter, set or chain that goes.  A base chain is in force; anything else is broken off after the flip, when
 * packets find their way without it. */
static void drop(struct draft *d, const struct fact *f)
{
	static const enum op_kind kinds[] = {
		[FACT_COUNTER] = OP_DEL_COUNTER, [FACT_SET] = OP_DEL_SET, [FACT_CHAIN] = OP_DEL_CHAIN};
	bool hooked = f->kind == FACT_CHAIN && f->chain.base;
	enum op_phase phase = d->anew || hooked ? PHASE_UNDO : PHASE_BREAK;

	if (f->kind == FACT_CHAIN && f->chain.n)
		op_add(d, OP_FLUSH, phase, f);
	op_add(d, kinds[f->kind], phase, f);
}

/* A counter, set or chain that comes. */
static void make(struct draft *d, const struct fact *f)
{
	static const enum op_kind kinds[] = {[FACT_COUNTER] = OP_COUNTER, [FACT_SET] = OP_SET, [FACT_CHAIN] = OP_CHAIN};
	bool hooked = f->kind == FACT_CHAIN && f->chain.base;
	enum op_phase phase = hooked ? PHASE_REDO : PHASE_MAKE;

	/* Packets see the elements of an interval set only when all of the transaction is done, but new rules before that. */
	d->ahead |= f->kind == FACT_SET && f->set.interval;
	op_add(d, kinds[f->kind], phase, f);
	if (f->kind == FACT_CHAIN)
		rules_add(d, phase, f);
}

/* A counter, set or chain that stands in both lists. */
static void change(struct draft *d, const struct fact *have, const struct fact *want)
{
	if (diff_anew(have, want)) {
		drop(d, have);
		make(d, want);
	} else if (have->kind == FACT_CHAIN) {
		d->ahead = true;
		if (have->chain.n)
			op_add(d, OP_FLUSH, PHASE_UNDO, have);
		rules_add(d, PHASE_REDO, want);
	}
}

static size_t containers(const struct facts *facts)
{
	size_t lo = 0, hi = facts->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (facts->at[mid].kind == FACT_ELEMENT)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Calls for every counter, set and chain of the patch; a list that lacks it gives NULL. */
static void walk(struct draft *d, void (*visit)(struct draft *d, const struct fact *have, const struct fact *want))
{
	const struct facts *del = &d->patch->del, *add = &d->patch->add;
	size_t h = 0, w = 0, h_end = containers(del), w_end = containers(add);

	while (h < h_end || w < w_end) {
		int order = h == h_end ? 1 : w == w_end ? -1 : fact_cmp(&del->at[h], &add->at[w]);
		visit(d, order <= 0 ? &del->at[h] : NULL, order >= 0 ? &add->at[w] : NULL);
		h += order <= 0;
		w += order >= 0;
	}
}

static void look(struct draft *d, const struct fact *have, const struct fact *want)
{
	if (have && want && diff_anew(have, want))
		d->anew = true;
}

static void container(struct draft *d, const struct fact *have, const struct fact *want)
{
	if (have && want)
		change(d, have, want);
	else if (have)
		drop(d, have);
	else
		make(d, want);
}

/* How many of the elements from `first` on go into one message. */
static size_t message_fill(const struct fact *first, size_t n, size_t *bytes)
{
	size_t fit = 0;

	*bytes = MESSAGE_BYTES;
	while (fit < n && *bytes + element_bytes(&first[fit]) <= PLAN_MESSAGE_MAX)
		*bytes += element_bytes(&first[fit++]);
	return fit ? fit : 1;
}

static void elements_add(struct draft *d, enum op_kind kind, enum op_phase phase, const struct fact *first, size_t n)
{
	while (n) {
		size_t bytes, fit = message_fill(first, n, &bytes);
		*vec_add(&d->ops) = (struct op){.kind = kind, .phase = phase, .fact = first, .n = fit, .bytes = bytes};
		first += fit;
		n -= fit;
	}
}

/* Does the set of these elements come or go itself? */
static bool set_moves(const struct patch *patch, const char *name)
{
	const struct fact *have = facts_find(&patch->del, FACT_SET, name);
	const struct fact *want = facts_find(&patch->add, FACT_SET, name);

	return have && want ? diff_anew(have, want) : have || want;
}

/* The elements of one set.  Those of a set that goes, go with it; those of a set that comes, come with it. */
static void set_elements(struct draft *d, bool add, const struct fact *first, size_t n)
{
	bool moves = set_moves(d->patch, first->name);

	/* A packet that began under the old rules looks into sets as they are now, and may be led to a chain that has no rules
	 * yet, as it sees it: where nothing led anywhere before it goes on as before, but not where something did. */
	d->ahead |= !add && !moves;
	if (add)
		elements_add(d, OP_ELEMENTS, moves ? PHASE_MAKE : PHASE_REDO, first, n);
	else if (!moves)
		elements_add(d, OP_DEL_ELEMENTS, PHASE_UNDO, first, n);
}

static void elements(struct draft *d, bool add)
{
	const struct facts *facts = add ? &d->patch->add : &d->patch->del;

	for (size_t i = containers(facts), n; i < facts->n; i += n) {
		n = 1;
		while (i + n < facts->n && facts->at[i + n].name == facts->at[i].name)
			n++;
		set_elements(d, add, &facts->at[i], n);
	}
}

static size_t phase_bytes(const struct draft *d, enum op_phase phase)
{
	size_t bytes = 0;

	for (size_t i = 0; i < d->ops.n; i++)
		bytes += d->ops.at[i].phase == phase ? d->ops.at[i].bytes : 0;
	return bytes;
}

/* Moves the operations of a phase, in the order of their kinds, behind the plan's. */
static void phase_put(const struct draft *d, enum op_phase phase, struct plan *out)
{
	for (enum op_kind kind = 0; kind < OP_KIND_COUNT; kind++) {
		for (size_t i = 0; i < d->ops.n; i++) {
			if (d->ops.at[i].phase == phase && d->ops.at[i].kind == kind)
				*vec_add(out) = d->ops.at[i];
		}
	}
}

/* Numbers the operations from `first` on as transactions of their own, cut where one is full. */
static void number_split(struct plan *plan, size_t first, size_t *transaction)
{
	size_t bytes = 0;

	for (size_t i = first; i < plan->n; i++) {
		if (bytes && bytes + plan->at[i].bytes > PLAN_TRANSACTION_MAX) {
			++*transaction;
			bytes = 0;
		}
		bytes += plan->at[i].bytes;
		plan->at[i].transaction = *transaction;
	}
	*transaction += plan->n > first;
}

/* Numbers them as one. */
static void number_whole(struct plan *plan, size_t first, size_t *transaction)
{
	for (size_t i = first; i < plan->n; i++)
		plan->at[i].transaction = *transaction;
	*transaction += plan->n > first;
}

static void arrange(const struct draft *d, struct plan *out)
{
	size_t flip = phase_bytes(d, PHASE_UNDO) + phase_bytes(d, PHASE_REDO);
	bool fits = flip + phase_bytes(d, PHASE_MAKE) <= PLAN_TRANSACTION_MAX;
	bool together = d->anew || (fits && !d->ahead);
	size_t transaction = 0, first = 0;

	if (!together) {
		phase_put(d, PHASE_MAKE, out);
		number_split(out, 0, &transaction);
		first = out->n;
	}
	phase_put(d, PHASE_UNDO, out);
	if (together)
		phase_put(d, PHASE_MAKE, out);
	phase_put(d, PHASE_REDO, out);
	number_whole(out, first, &transaction);
	first = out->n;
	phase_put(d, PHASE_BREAK, out);
	number_split(out, first, &transaction);
}

void nl_plan_run(const struct patch *patch, bool with_table, struct plan *out)
{
	struct draft d = {.patch = patch};

	*out = (struct plan){0};
	walk(&d, look);
	walk(&d, container);
	elements(&d, false);
	elements(&d, true);
	if (with_table && d.ops.n)
		*vec_add(out) = (struct op){.kind = OP_TABLE, .phase = PHASE_MAKE, .bytes = MESSAGE_BYTES};
	arrange(&d, out);
	vec_free(&d.ops);
}
