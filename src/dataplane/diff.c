/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must change for the kernel's facts to become the wanted ones?  A merge of two sorted lists. */
#include <string.h>

#include <selvage/diff.h>

/* The keys of the facts that must be made anew, sorted by fact_cmp(); the names are borrowed. */
struct anew {
	VEC(struct fact);
};

static bool anew_has(const struct anew *anew, enum fact_kind kind, const char *name)
{
	const struct fact key = {.kind = kind, .name = name};
	size_t lo = 0, hi = anew->n;

	while (lo < hi && name) {
		size_t mid = lo + (hi - lo) / 2;
		int order = fact_cmp(&anew->at[mid], &key);
		if (!order)
			return true;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static bool step_meets(const struct anew *anew, const struct step *step)
{
	enum fact_kind kind;

	return (step_refers(step, &kind) && anew_has(anew, kind, step->name)) ||
	       anew_has(anew, FACT_CHAIN, step->action.chain);
}

static bool chain_refers(const struct anew *anew, const struct fact *chain)
{
	for (size_t i = 0; i < chain->chain.n; i++) {
		const struct chain_rule *rule = &chain->chain.rules[i];
		for (size_t j = 0; j < rule->n; j++) {
			if (step_meets(anew, &rule->steps[j]))
				return true;
		}
	}
	return false;
}

/* Does the fact stand in, or speak of, something that is made anew? */
static bool refers(const struct anew *anew, const struct fact *fact)
{
	if (!anew->n)
		return false;
	if (fact->kind == FACT_CHAIN)
		return chain_refers(anew, fact);
	return fact->kind == FACT_ELEMENT &&
	       (anew_has(anew, FACT_SET, fact->name) || anew_has(anew, FACT_CHAIN, fact->element.action.chain));
}

/* Two sorted lists side by side: the next key, as it stands in either. */
struct pair {
	struct fact *have, *want; /* NULL if the list does not have it */
};

static bool pair_next(const struct facts *have, size_t *h, const struct facts *want, size_t *w, struct pair *out)
{
	struct fact *a = *h < have->n ? &have->at[*h] : NULL, *b = *w < want->n ? &want->at[*w] : NULL;
	int order = !a ? 1 : !b ? -1 : fact_cmp(a, b);

	if (!a && !b)
		return false;
	*out = (struct pair){order <= 0 ? a : NULL, order >= 0 ? b : NULL};
	*h += order <= 0;
	*w += order >= 0;
	return true;
}

static void anew_find(const struct facts *have, const struct facts *want, struct anew *out)
{
	struct pair p;

	for (size_t h = 0, w = 0; pair_next(have, &h, want, &w, &p);) {
		if (p.have && p.want && diff_anew(p.have, p.want))
			*vec_add(out) = (struct fact){.kind = p.have->kind, .name = p.have->name};
		if ((p.have ? p.have : p.want)->kind == FACT_ELEMENT)
			break;
	}
}

bool diff_anew(const struct fact *have, const struct fact *want)
{
	if (have->kind == FACT_ELEMENT)
		return false;
	if (have->kind != FACT_CHAIN)
		return !fact_eq(have, want);
	return have->comment != want->comment || have->chain.base != want->chain.base ||
	       (have->chain.base &&
		(have->chain.hook != want->chain.hook || have->chain.priority != want->chain.priority));
}

/* Moves a fact, which may be NULL, to the end of what its list keeps. */
static void keep(struct facts *facts, size_t *kept, const struct fact *fact)
{
	if (fact)
		/* NOLINTNEXTLINE(clang-analyzer-*): the fact is one of the list's */
		facts->at[(*kept)++] = *fact;
}

void diff_take(struct facts *have, struct facts *want, struct patch *out)
{
	size_t dels = 0, adds = 0;
	struct anew anew = {0};
	struct pair p;

	anew_find(have, want, &anew);
	for (size_t h = 0, w = 0; pair_next(have, &h, want, &w, &p);) {
		if (p.have && p.want && fact_eq(p.have, p.want) && !refers(&anew, p.want)) {
			fact_fini(p.have);
			fact_fini(p.want);
			continue;
		}
		keep(have, &dels, p.have);
		keep(want, &adds, p.want);
	}
	vec_free(&anew);
	have->n = dels;
	want->n = adds;
	*out = (struct patch){*have, *want};
	*have = *want = (struct facts){0};
}

static struct facts copy(const struct facts *facts)
{
	struct facts all = {0};

	for (size_t i = 0; i < facts->n; i++)
		facts_add(&all, &facts->at[i]);
	return all;
}

void diff_run(const struct facts *have, const struct facts *want, struct patch *out)
{
	struct facts mine = copy(have), theirs = copy(want);

	diff_take(&mine, &theirs, out);
}

/* The first place in [lo, hi) whose fact is not before `fact`, or hi. */
static size_t place(const struct facts *facts, size_t lo, size_t hi, const struct fact *fact, bool *found)
{
	size_t end = hi;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (fact_cmp(&facts->at[mid], fact) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*found = lo < end && !fact_cmp(&facts->at[lo], fact);
	return lo;
}

/* What is not of our making equals nothing, not even itself: of that the key must do. */
static bool as_stated(const struct fact *have, const struct fact *stated)
{
	return fact_eq(have, stated) || !fact_eq(stated, stated);
}

static int misfit(const struct fact *fact, const char *why, struct err *err)
{
	return err_set(err, ERR_INPUT, "patch: fact %s %s", fact->name, why);
}

static int check(const struct facts *facts, const struct patch *patch, struct err *err)
{
	bool found, gone;

	for (size_t i = 0; i < patch->del.n; i++) {
		size_t at = place(facts, 0, facts->n, &patch->del.at[i], &found);
		if (!found || !as_stated(&facts->at[at], &patch->del.at[i]))
			return misfit(&patch->del.at[i], "is to be deleted and is not there as stated", err);
	}
	for (size_t i = 0; i < patch->add.n; i++) {
		place(facts, 0, facts->n, &patch->add.at[i], &found);
		place(&patch->del, 0, patch->del.n, &patch->add.at[i], &gone);
		if (found && !gone)
			return misfit(&patch->add.at[i], "is to be added and is there already", err);
	}
	return 0;
}

/* Takes the facts out; what stays between two of them moves down in one piece. */
static void take_out(struct facts *facts, const struct facts *del)
{
	bool found;
	size_t from = place(facts, 0, facts->n, &del->at[0], &found), to = from;

	for (size_t i = 0; i < del->n; i++) {
		fact_fini(&facts->at[from++]);
		size_t end = facts->n;
		if (i + 1 < del->n)
			end = place(facts, from, facts->n, &del->at[i + 1], &found);
		memmove(&facts->at[to], &facts->at[from], (end - from) * sizeof *facts->at);
		to += end - from;
		from = end;
	}
	facts->n = to;
}

/* Puts the facts in, last first; what stands between two of them moves up in one piece. */
static void put_in(struct facts *facts, const struct facts *add)
{
	size_t end = facts->n;
	bool found;

	vec_reserve(facts, add->n);
	for (size_t i = add->n; i-- > 0;) {
		size_t at = place(facts, 0, end, &add->at[i], &found);
		memmove(&facts->at[at + i + 1], &facts->at[at], (end - at) * sizeof *facts->at);
		fact_copy(&facts->at[at + i], &add->at[i]);
		end = at;
	}
	facts->n += add->n;
}

int diff_apply(struct facts *facts, const struct patch *patch, struct err *err)
{
	if (check(facts, patch, err))
		return -1;
	if (patch->del.n)
		take_out(facts, &patch->del);
	if (patch->add.n)
		put_in(facts, &patch->add);
	return 0;
}
