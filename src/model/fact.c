/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are two facts about the same thing, and do they say the same of it? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/fact.h>
#include <selvage/text.h>

static int name_cmp(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a, b);
}

static int key_cmp(const struct fact *a, const struct fact *b)
{
	int order;

	if (a->element.size != b->element.size)
		return a->element.size < b->element.size ? -1 : 1;
	order = memcmp(a->element.lo, b->element.lo, a->element.size);
	return order ? order : memcmp(a->element.hi, b->element.hi, a->element.size);
}

static int fact_order(const void *a, const void *b)
{
	return fact_cmp(a, b);
}

static bool action_eq(const struct action *a, const struct action *b)
{
	return a->kind == b->kind && a->chain == b->chain;
}

static bool cidr_eq(const struct cidr *a, const struct cidr *b)
{
	return a->bits == b->bits && !ip_cmp(&a->addr, &b->addr);
}

static bool step_eq(const struct step *a, const struct step *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case STEP_ESTABLISHED:
	case STEP_UNTRACKED:
	case STEP_LIMIT:
		return true;
	case STEP_FAMILY:
		return a->family == b->family;
	case STEP_ADDR_IS:
		return a->source == b->source && cidr_eq(&a->addr, &b->addr);
	case STEP_ADDR_IN:
	case STEP_ADDR_MAP:
		return a->source == b->source && a->family == b->family && a->name == b->name;
	case STEP_FLOW_IN:
		return a->family == b->family && a->name == b->name;
	case STEP_ADDR_TYPE:
	case STEP_ADDR_TYPE_HERE:
		return a->source == b->source && a->number == b->number;
	case STEP_LINK_KIND:
	case STEP_REJECT:
	case STEP_PROTO:
	case STEP_HOP_LIMIT:
	case STEP_ICMP6_TYPE:
		return a->number == b->number;
	case STEP_PORT_IN:
	case STEP_PORT_MAP:
	case STEP_PROTO_PORT_MAP:
	case STEP_COUNTER:
		return a->name == b->name;
	case STEP_LOG:
		return a->group == b->group && a->name == b->name;
	case STEP_ACTION:
		return action_eq(&a->action, &b->action);
	case STEP_OTHER:
	case STEP_KIND_COUNT:
		break;
	}
	return false;
}

static bool rule_eq(const struct chain_rule *a, const struct chain_rule *b)
{
	if (a->n != b->n || a->comment != b->comment)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!step_eq(&a->steps[i], &b->steps[i]))
			return false;
	}
	return true;
}

static bool set_eq(const struct fact *a, const struct fact *b)
{
	return a->set.key == b->set.key && a->set.key != KEY_OTHER && a->set.map == b->set.map &&
	       a->set.interval == b->set.interval && a->set.transient == b->set.transient;
}

static bool chain_eq(const struct fact *a, const struct fact *b)
{
	if (a->chain.base != b->chain.base || a->chain.n != b->chain.n)
		return false;
	if (a->chain.base && (a->chain.hook != b->chain.hook || a->chain.priority != b->chain.priority))
		return false;
	for (size_t i = 0; i < a->chain.n; i++) {
		if (!rule_eq(&a->chain.rules[i], &b->chain.rules[i]))
			return false;
	}
	return true;
}

/* References for a rule that was copied byte by byte. */
static void rule_hold(const struct chain_rule *rule)
{
	atom_ref(rule->comment);
	for (size_t i = 0; i < rule->n; i++) {
		atom_ref(rule->steps[i].name);
		atom_ref(rule->steps[i].action.chain);
	}
}

static void rule_fini(struct chain_rule *rule)
{
	atom_put(rule->comment);
	for (size_t i = 0; i < rule->n; i++) {
		atom_put(rule->steps[i].name);
		atom_put(rule->steps[i].action.chain);
	}
}

int fact_cmp(const struct fact *a, const struct fact *b)
{
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = name_cmp(a->name, b->name);
	if (order || a->kind != FACT_ELEMENT)
		return order;
	return key_cmp(a, b);
}

bool fact_eq(const struct fact *a, const struct fact *b)
{
	if (fact_cmp(a, b) || a->comment != b->comment)
		return false;
	switch (a->kind) {
	case FACT_COUNTER:
		return true;
	case FACT_SET:
		return set_eq(a, b);
	case FACT_CHAIN:
		return chain_eq(a, b);
	case FACT_ELEMENT:
		return action_eq(&a->element.action, &b->element.action);
	case FACT_KIND_COUNT:
		break;
	}
	return false;
}

bool step_refers(const struct step *step, enum fact_kind *kind)
{
	*kind = step->kind == STEP_COUNTER ? FACT_COUNTER : FACT_SET;
	return step->name && step->kind != STEP_LOG;
}

uint8_t key_size(enum key_type type)
{
	static const uint8_t sizes[KEY_TYPE_COUNT] = {
		[KEY_IP4] = 4, [KEY_IP6] = 16, [KEY_PROTO_PORT] = 8, [KEY_PORT] = 2, [KEY_FLOW4] = 20, [KEY_FLOW6] = 44,
	};

	return sizes[type];
}

void facts_add(struct facts *facts, const struct fact *fact)
{
	struct fact copy;

	fact_copy(&copy, fact);
	*vec_add(facts) = copy;
}

void facts_sort(struct facts *facts)
{
	vec_sort(facts, fact_order);
}

const struct fact *facts_find(const struct facts *facts, enum fact_kind kind, const char *name)
{
	size_t lo = 0, hi = facts->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct fact *fact = &facts->at[mid];

		if (fact->kind < kind || (fact->kind == kind && name_cmp(fact->name, name) < 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == facts->n || facts->at[lo].kind != kind || name_cmp(facts->at[lo].name, name))
		return NULL;
	return &facts->at[lo];
}

void facts_free(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++)
		fact_fini(&facts->at[i]);
	vec_free(facts);
}

void fact_copy(struct fact *to, const struct fact *from)
{
	*to = *from;
	atom_ref(to->name);
	atom_ref(to->comment);
	if (to->kind == FACT_ELEMENT)
		atom_ref(to->element.action.chain);
	if (to->kind != FACT_CHAIN || !from->chain.n)
		return;
	to->chain.rules = mem_copy(from->chain.rules, from->chain.n * sizeof *from->chain.rules);
	for (size_t i = 0; i < to->chain.n; i++)
		rule_hold(&to->chain.rules[i]);
}

void fact_fini(struct fact *fact)
{
	atom_put(fact->name);
	atom_put(fact->comment);
	if (fact->kind == FACT_ELEMENT)
		atom_put(fact->element.action.chain);
	if (fact->kind == FACT_CHAIN) {
		for (size_t i = 0; i < fact->chain.n; i++)
			rule_fini(&fact->chain.rules[i]);
		free(fact->chain.rules);
	}
	*fact = (struct fact){0};
}

void patch_free(struct patch *patch)
{
	facts_free(&patch->del);
	facts_free(&patch->add);
}

bool patch_empty(const struct patch *patch)
{
	return !patch->del.n && !patch->add.n;
}

const char *fact_shadow(const char *name)
{
	size_t n = strlen(FACT_SHADOW);

	return strncmp(name, FACT_SHADOW, n) ? NULL : name + n;
}

static bool is_dispatch(const struct fact *fact)
{
	return fact->kind == FACT_ELEMENT && fact->element.action.kind == VERDICT_GOTO;
}

bool patch_closes(const struct patch *patch)
{
	for (size_t i = 0; i < patch->add.n; i++)
		if (is_dispatch(&patch->add.at[i]) && !fact_shadow(patch->add.at[i].name))
			return true;
	for (size_t i = 0; i < patch->del.n; i++)
		if (!fact_shadow(patch->del.at[i].name))
			return true;
	return false;
}

bool patch_closes_many(const struct patch *patch)
{
	const struct fact *chain = facts_find(&patch->add, FACT_CHAIN, FACT_MANY4);

	return chain && chain->chain.n;
}

struct chain_rule *fact_add_rule(struct fact *chain)
{
	struct chain_rule *rule;

	chain->chain.rules = mem_resize(chain->chain.rules, chain->chain.n + 1, sizeof *chain->chain.rules);
	rule = &chain->chain.rules[chain->chain.n++];
	*rule = (struct chain_rule){0};
	return rule;
}

const char *fact_comment(const char *text)
{
	char clean[FACT_COMMENT_MAX];
	size_t n = 0;

	while (text && *text) {
		size_t bytes = text_char(text);
		bool keep = bytes && *text != '"' && *text != '\\';
		size_t len = keep ? bytes : 1;

		if (n + len > sizeof clean)
			break;
		memcpy(clean + n, keep ? text : "?", len);
		n += len;
		text += len;
	}
	return n ? atom_n(clean, n) : NULL;
}
