/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts for tests, made by hand. */
#ifndef MAKE_FACT_H
#define MAKE_FACT_H

#include <string.h>

#include <selvage/atom.h>
#include <selvage/fact.h>

#include "unit.h"

/* Appends; valid until the next is. */
static inline struct fact *make_fact(struct facts *facts, enum fact_kind kind, const char *name)
{
	struct fact *f = vec_add(facts);

	*f = (struct fact){.kind = kind, .name = atom(name)};
	return f;
}

static inline struct fact *make_set(struct facts *facts, const char *name, enum key_type key, bool map, bool interval)
{
	struct fact *f = make_fact(facts, FACT_SET, name);

	f->set.key = key;
	f->set.map = map;
	f->set.interval = interval;
	return f;
}

static inline struct fact *make_base(struct facts *facts, const char *name, int priority)
{
	struct fact *f = make_fact(facts, FACT_CHAIN, name);

	f->chain.base = true;
	f->chain.priority = priority;
	return f;
}

static inline struct fact *make_range(struct facts *facts, const char *set, const char *lo, const char *hi)
{
	struct fact *f = make_fact(facts, FACT_ELEMENT, set);
	struct ip from, to;
	struct err err;

	cr_assert_eq(ip_parse(lo, &from, &err), 0);
	cr_assert_eq(ip_parse(hi, &to, &err), 0);
	f->element.size = (uint8_t)ip_size((enum family)from.family);
	memcpy(f->element.lo, from.b, sizeof from.b);
	memcpy(f->element.hi, to.b, sizeof to.b);
	return f;
}

static inline struct fact *make_ip_element(struct facts *facts, const char *set, const char *ip)
{
	return make_range(facts, set, ip, ip);
}

/* An element of a map that goes to a chain. */
static inline struct fact *make_ip_goto(struct facts *facts, const char *map, const char *ip, const char *chain)
{
	struct fact *f = make_ip_element(facts, map, ip);

	f->element.action = (struct action){VERDICT_GOTO, atom(chain)};
	return f;
}

static inline struct step step_named(enum step_kind kind, const char *name)
{
	return (struct step){.kind = kind, .source = true, .name = atom(name)};
}

static inline struct step step_action(enum verdict_kind kind, const char *chain)
{
	return (struct step){.kind = STEP_ACTION, .action = {kind, chain ? atom(chain) : NULL}};
}

static inline void make_rule_of(struct fact *chain, const struct step *steps, size_t n)
{
	struct chain_rule *rule = fact_add_rule(chain);

	memcpy(rule->steps, steps, n * sizeof *steps);
	rule->n = (uint8_t)n;
}

/* make_rule(chain, step, step...) */
#define make_rule(chain, ...)                                   \
	make_rule_of(chain, (const struct step[]){__VA_ARGS__}, \
		     sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

static inline void assert_same_facts(const struct facts *a, const struct facts *b)
{
	cr_assert_eq(a->n, b->n, "%zu facts, not %zu", a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		cr_assert(fact_eq(&a->at[i], &b->at[i]), "fact %zu, %s, differs", i, a->at[i].name);
}

#endif
