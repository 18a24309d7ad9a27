/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of the kernel's memory does a fact take? */
#include <selvage/atom.h>
#include <selvage/cost.h>

/* Bytes, see cost.h: before names and comments. */
#define COUNTER 560
#define SET 832
#define CHAIN 416
#define RULE 208
#define STEP 208
#define ELEMENT 88
#define ELEMENT_VERDICT 48

static uint64_t text(const char *atom)
{
	return atom ? atom_len(atom) + 3 : 0;
}

static uint64_t chain_cost(const struct fact *f)
{
	uint64_t bytes = CHAIN;

	for (size_t i = 0; i < f->chain.n; i++)
		bytes += RULE + (uint64_t)f->chain.rules[i].n * STEP + text(f->chain.rules[i].comment);
	return bytes;
}

/* A range of more than one key is two elements, and a range of one key in a set of ranges is, too. */
static uint64_t element_cost(const struct fact *f, bool interval)
{
	uint64_t bytes = ELEMENT + f->element.size + text(f->comment) * 3 / 2;

	if (f->element.action.kind != VERDICT_CONTINUE)
		bytes += ELEMENT_VERDICT;
	return interval ? bytes * 5 / 2 : bytes;
}

/* The set may be in the kernel already; then its name alone does not tell whether it holds ranges, but ranges do. */
static bool in_interval(const struct facts *facts, const struct fact *element)
{
	const struct fact *set = facts_find(facts, FACT_SET, element->name);

	if (set)
		return set->set.interval;
	for (uint8_t i = 0; i < element->element.size; i++)
		if (element->element.lo[i] != element->element.hi[i])
			return true;
	return false;
}

uint64_t cost_of(const struct patch *patch)
{
	const struct fact *last = NULL;
	bool interval = false;
	uint64_t bytes = 0;

	for (size_t i = 0; i < patch->add.n; i++) {
		const struct fact *f = &patch->add.at[i];
		if (f->kind == FACT_ELEMENT) {
			if (!last || last->name != f->name)
				interval = in_interval(&patch->add, f);
			last = f;
			bytes += element_cost(f, interval);
			continue;
		}
		bytes += text(f->name) + text(f->comment);
		bytes += f->kind == FACT_CHAIN ? chain_cost(f) : f->kind == FACT_SET ? SET : COUNTER;
	}
	return bytes;
}
