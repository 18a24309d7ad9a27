/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would this node hold under the proposed policies, if they dropped nothing? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/object_copy.h>
#include <selvage/shadow.h>

struct shadow {
	const struct store *enforced;
	struct store *proposed; /* the policies that are proposed */
	struct store *store;    /* what is enforced, with those over it */
	struct compile *compile;
	bool started;
};

struct shadow *shadow_new(const struct store *enforced, const struct compile_config *config)
{
	struct shadow *shadow = mem_new(1, sizeof *shadow);
	const struct compile_config own = {.node = config->node,
					   .log_group = config->log_group,
					   .ipvs = config->ipvs,
					   .count_only = true};

	shadow->enforced = enforced;
	shadow->proposed = store_new();
	shadow->store = store_new();
	shadow->compile = compile_new(shadow->store, &own);
	return shadow;
}

void shadow_free(struct shadow *shadow)
{
	if (!shadow)
		return;
	compile_free(shadow->compile);
	store_free(shadow->store);
	store_free(shadow->proposed);
	free(shadow);
}

void shadow_put(struct shadow *shadow, struct object *take)
{
	store_put(shadow->proposed, take);
}

void shadow_del(struct shadow *shadow, const char *ns, const char *name)
{
	store_del(shadow->proposed, OBJECT_POLICY, ns, name);
}

void shadow_found(struct shadow *shadow, bool ipvs)
{
	const struct cidrs none = {0};

	compile_found(shadow->compile, &none, ipvs);
}

bool shadow_changed(const struct shadow *shadow)
{
	size_t n;

	store_changes(shadow->proposed, &n);
	return n > 0;
}

size_t shadow_count(const struct shadow *shadow)
{
	return store_count(shadow->proposed, OBJECT_POLICY);
}

const struct store *shadow_store(const struct shadow *shadow)
{
	return shadow->store;
}

/* Brings one object of the world up to date: what is proposed wins over what is enforced. */
static void overlay(struct shadow *shadow, const struct object *key)
{
	const struct object *now = store_find(shadow->proposed, key->kind, key->ns, key->name);

	if (!now)
		now = store_find(shadow->enforced, key->kind, key->ns, key->name);
	if (!now)
		store_del(shadow->store, key->kind, key->ns, key->name);
	else if (now->kind < OBJECT_WATCHED_COUNT)
		store_put(shadow->store, object_copy(now));
}

static void overlay_changes(struct shadow *shadow, const struct store *from)
{
	size_t n;
	const struct change *changes = store_changes(from, &n);

	for (size_t i = 0; i < n; i++)
		overlay(shadow, changes[i].after ? changes[i].after : changes[i].before);
}

/* The first time everything is new, whatever the enforced store has settled. */
static void overlay_all(struct shadow *shadow)
{
	for (int kind = 0; kind < OBJECT_WATCHED_COUNT; kind++)
		for (const struct object *o = NULL; (o = store_walk(shadow->enforced, (enum object_kind)kind, o));)
			overlay(shadow, o);
}

/* An atom of yours in the place of one. */
static void rename_atom(const char **name)
{
	const char *old = *name;

	if (!old)
		return;
	*name = atom_fmt(FACT_SHADOW "%s", old);
	atom_put(old);
}

static void rename_chain(struct fact *fact)
{
	fact->chain.priority += fact->chain.base ? SHADOW_AFTER : 0;
	for (size_t i = 0; i < fact->chain.n; i++) {
		struct chain_rule *rule = &fact->chain.rules[i];

		for (size_t k = 0; k < rule->n; k++) {
			rename_atom(&rule->steps[k].name);
			rename_atom(&rule->steps[k].action.chain);
		}
	}
}

/* All names get the same prefix, so that the order stays. */
static void rename_facts(struct facts *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		struct fact *fact = &facts->at[i];

		rename_atom(&fact->name);
		if (fact->kind == FACT_CHAIN)
			rename_chain(fact);
		if (fact->kind == FACT_ELEMENT)
			rename_atom(&fact->element.action.chain);
	}
}

/* Moves the shadow's facts, as a compile has them, to where the others are. */
static void facts_join(struct facts *out, struct facts *take)
{
	rename_facts(take);
	for (size_t i = 0; i < take->n; i++)
		*vec_add(out) = take->at[i];
	if (take->n)
		facts_sort(out);
	vec_free(take);
}

void shadow_update(struct shadow *shadow, struct patch *out)
{
	struct patch own = {0};

	if (shadow->started)
		overlay_changes(shadow, shadow->enforced);
	else
		overlay_all(shadow);
	shadow->started = true;
	overlay_changes(shadow, shadow->proposed);
	compile_update(shadow->compile, out ? &own : NULL);
	store_settle(shadow->store);
	store_settle(shadow->proposed);
	if (!out)
		return;
	facts_join(&out->del, &own.del);
	facts_join(&out->add, &own.add);
}

void shadow_facts(const struct shadow *shadow, struct facts *out)
{
	struct facts own;

	compile_facts(shadow->compile, &own);
	facts_join(out, &own);
}
