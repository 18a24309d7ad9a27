/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would the kernel take these operations, and what is in force after them? */
#include "kernel_model.h"

static struct fact *find(const struct facts *facts, const struct fact *key)
{
	for (size_t i = 0; i < facts->n; i++) {
		if (!fact_cmp(&facts->at[i], key))
			return &facts->at[i];
	}
	return NULL;
}

static struct fact *find_name(const struct facts *facts, enum fact_kind kind, const char *name)
{
	return find(facts, &(struct fact){.kind = kind, .name = name});
}

/* Calls for all that a fact refers to until one answers false; then false. */
static bool each_reference(const struct fact *f, bool (*visit)(enum fact_kind kind, const char *name, void *ctx),
			   void *ctx)
{
	bool good = true;

	if (f->kind == FACT_ELEMENT && f->element.action.chain)
		good = visit(FACT_CHAIN, f->element.action.chain, ctx);
	if (f->kind == FACT_ELEMENT)
		return good && visit(FACT_SET, f->name, ctx);
	for (size_t i = 0; f->kind == FACT_CHAIN && i < f->chain.n; i++) {
		const struct chain_rule *rule = &f->chain.rules[i];
		for (const struct step *s = rule->steps; good && s < rule->steps + rule->n; s++) {
			enum fact_kind kind;
			if (step_refers(s, &kind))
				good = visit(kind, s->name, ctx);
			if (good && s->action.chain)
				good = visit(FACT_CHAIN, s->action.chain, ctx);
		}
	}
	return good;
}

static bool is_there(enum fact_kind kind, const char *name, void *ctx)
{
	return find_name(ctx, kind, name);
}

static bool is_not(enum fact_kind kind, const char *name, void *ctx)
{
	const struct fact *to = ctx;

	return kind != to->kind || name != to->name;
}

static bool is_free(const struct facts *facts, struct fact *to)
{
	for (size_t i = 0; i < facts->n; i++) {
		if (!each_reference(&facts->at[i], is_not, to))
			return false;
	}
	return true;
}

/* The chain has the rules of `like` from now on. */
static void rules_set(struct fact *chain, const struct fact *like)
{
	struct fact old = *chain, shape = old;

	shape.chain.rules = like ? like->chain.rules : NULL;
	shape.chain.n = like ? like->chain.n : 0;
	fact_copy(chain, &shape);
	fact_fini(&old);
}

static const char *add(struct facts *facts, const struct fact *f)
{
	struct fact bare = *f;

	if (find(facts, f))
		return "is there already";
	if (f->kind == FACT_CHAIN) {
		bare.chain.rules = NULL;
		bare.chain.n = 0;
	}
	if (!each_reference(&bare, is_there, facts))
		return "refers to what is not there";
	facts_add(facts, &bare);
	return NULL;
}

static const char *rules_add(struct facts *facts, const struct fact *f)
{
	struct fact *chain = find(facts, f);

	if (!chain)
		return "is not there to be filled";
	if (chain->chain.n)
		return "has rules already";
	if (!each_reference(f, is_there, facts))
		return "has a rule that names what is not there";
	rules_set(chain, f);
	return NULL;
}

static const char *flush(struct facts *facts, const struct fact *f)
{
	struct fact *chain = find(facts, f);

	if (!chain)
		return "is not there to be emptied";
	rules_set(chain, NULL);
	return NULL;
}

static void drop(struct facts *facts, struct fact *f)
{
	fact_fini(f);
	vec_drop(facts, f - facts->at);
}

static void elements_drop(struct facts *facts, const char *set)
{
	for (size_t i = facts->n; i-- > 0;) {
		if (facts->at[i].kind == FACT_ELEMENT && facts->at[i].name == set)
			drop(facts, &facts->at[i]);
	}
}

static const char *del(struct facts *facts, const struct fact *key)
{
	if (key->kind == FACT_SET)
		elements_drop(facts, key->name);
	struct fact *f = find(facts, key);
	if (!f)
		return "is not there to be removed";
	if (f->kind == FACT_CHAIN && f->chain.n)
		return "is removed with rules in it";
	if (f->kind != FACT_ELEMENT && !is_free(facts, f))
		return "is removed while something refers to it";
	drop(facts, f);
	return NULL;
}

static const char *each_element(struct facts *facts, const struct op *op,
				const char *(*change)(struct facts *facts, const struct fact *f))
{
	const char *against = NULL;

	for (size_t i = 0; i < op->n && !against; i++)
		against = change(facts, &op->fact[i]);
	return against;
}

void kernel_model_init(struct kernel_model *model, const struct facts *facts)
{
	*model = (struct kernel_model){0};
	for (size_t i = 0; i < facts->n; i++)
		facts_add(&model->facts, &facts->at[i]);
}

void kernel_model_fini(struct kernel_model *model)
{
	facts_free(&model->facts);
}

const char *kernel_model_op(struct kernel_model *model, const struct op *op)
{
	switch (op->kind) {
	case OP_FLUSH:
		return flush(&model->facts, op->fact);
	case OP_DEL_ELEMENTS:
		return each_element(&model->facts, op, del);
	case OP_DEL_SET:
	case OP_DEL_CHAIN:
	case OP_DEL_COUNTER:
		return del(&model->facts, op->fact);
	case OP_COUNTER:
	case OP_SET:
	case OP_CHAIN:
		return add(&model->facts, op->fact);
	case OP_ELEMENTS:
		return each_element(&model->facts, op, add);
	case OP_RULES:
		return rules_add(&model->facts, op->fact);
	case OP_TABLE:
	case OP_KIND_COUNT:
		break;
	}
	return NULL;
}

struct reach {
	const struct facts *from;
	struct facts *to;
};

static bool reach(enum fact_kind kind, const char *name, void *ctx);

static void reach_fact(struct reach *r, const struct fact *f)
{
	if (find(r->to, f))
		return;
	facts_add(r->to, f);
	each_reference(f, reach, r);
}

static bool reach(enum fact_kind kind, const char *name, void *ctx)
{
	struct reach *r = ctx;
	const struct fact *f = find_name(r->from, kind, name);

	if (f)
		reach_fact(r, f);
	for (size_t i = 0; kind == FACT_SET && i < r->from->n; i++) {
		const struct fact *e = &r->from->at[i];
		if (e->kind == FACT_ELEMENT && e->name == name)
			reach_fact(r, e);
	}
	return true;
}

static void reachable(const struct facts *facts, struct facts *out)
{
	struct reach r = {.from = facts, .to = out};

	*out = (struct facts){0};
	for (size_t i = 0; i < facts->n; i++) {
		if (facts->at[i].kind == FACT_CHAIN && facts->at[i].chain.base)
			reach_fact(&r, &facts->at[i]);
	}
	facts_sort(out);
}

bool kernel_model_in_force(const struct kernel_model *model, const struct facts *facts)
{
	struct facts a, b;

	reachable(&model->facts, &a);
	reachable(facts, &b);
	bool same = a.n == b.n;
	for (size_t i = 0; i < a.n && same; i++)
		same = fact_eq(&a.at[i], &b.at[i]);
	facts_free(&a);
	facts_free(&b);
	return same;
}
