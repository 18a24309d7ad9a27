/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must this node hold, and what is different since the last time? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/compile.h>

#include "base_chains.h"
#include "guards.h"
#include "place.h"

struct compile {
	const struct store *store;
	struct compile_config config;
	const char *node;  /* atom: the config's */
	struct facts base; /* that hold whatever the store says */
	struct facts many; /* that hold because a pod of the node is isolated for ingress, or none is */
	bool isolated;     /* one is */
	bool started;
	size_t here; /* pods that name the node */
	struct factset *wanted;
	struct unions unions;
	struct blockset blocks;
	struct exposed exposed;
	struct profiles profiles;
	struct hmap places;   /* by hash of (namespace, name) */
	struct realms realms; /* the same by namespace */
	VEC(struct place *) local;
	VEC(struct place *) dirty;    /* to be placed anew in this update */
	VEC(struct place *) subjects; /* local, to be asked again which policies select them */
};

static uint64_t place_hash(const char *ns, const char *name)
{
	return hmap_mix(atom_hash(ns), atom_hash(name));
}

static struct place *place_find(const struct compile *c, const struct pod *pod)
{
	const char *ns = pod->object.ns, *name = pod->object.name;

	for (struct hnode *h = hmap_find(&c->places, place_hash(ns, name)); h; h = hmap_next(h)) {
		struct place *place = hmap_entry(h, struct place, node);

		if (place->pod->object.ns == ns && place->pod->object.name == name)
			return place;
	}
	return NULL;
}

struct compile_config compile_usual(const char *node)
{
	return (struct compile_config){.node = node, .overlay = overlay_usual()};
}

/* Puts new facts, which it takes, in the place of old ones.  They overlap, so that what they have in common stays. */
static void facts_renew(struct compile *c, struct facts *facts, struct facts *take)
{
	struct facts old = *facts;

	*facts = *take;
	for (size_t i = 0; i < facts->n; i++)
		factset_add(c->wanted, &facts->at[i]);
	for (size_t i = 0; i < old.n; i++)
		factset_del(c->wanted, &old.at[i]);
	facts_free(&old);
}

static void base_renew(struct compile *c)
{
	struct facts base = {0};

	base_write(&c->config, &base);
	facts_renew(c, &c->base, &base);
}

static void many_renew(struct compile *c)
{
	struct facts many = {0};

	if (!c->config.count_only)
		many_look(c->isolated, &many);
	facts_renew(c, &c->many, &many);
}

struct compile *compile_new(const struct store *store, const struct compile_config *config)
{
	struct compile *c = mem_new(1, sizeof *c);

	c->store = store;
	c->config = *config;
	c->config.node = c->node = atom(config->node);
	c->wanted = factset_new();
	c->unions.wanted = c->blocks.wanted = c->wanted;
	c->profiles.store = c->realms.store = store;
	c->profiles.exposed = &c->exposed;
	c->profiles.unions = &c->unions;
	c->profiles.blocks = &c->blocks;
	c->profiles.wanted = c->wanted;
	c->profiles.config = &c->config;
	base_renew(c);
	many_renew(c);
	return c;
}

void compile_found(struct compile *c, const struct cidrs *pod_cidrs, bool ipvs)
{
	c->config.pod_cidrs = *pod_cidrs;
	c->config.ipvs = ipvs;
	base_renew(c);
}

void compile_free(struct compile *c)
{
	struct hnode *next;

	if (!c)
		return;
	for (struct hnode *h = hmap_walk(&c->places, NULL); h; h = next) {
		struct place *place = hmap_entry(h, struct place, node);

		next = hmap_walk(&c->places, h);
		realms_del(&c->realms, place);
		place_free(place, &c->profiles);
	}
	hmap_fini(&c->places);
	realms_fini(&c->realms);
	profiles_fini(&c->profiles);
	unions_fini(&c->unions);
	blockset_fini(&c->blocks);
	exposed_fini(&c->exposed);
	factset_free(c->wanted);
	facts_free(&c->base);
	facts_free(&c->many);
	vec_free(&c->local);
	vec_free(&c->dirty);
	vec_free(&c->subjects);
	atom_put(c->node);
	free(c);
}

static void mark_dirty(struct compile *c, struct place *place)
{
	if (!place || place->dirty)
		return;
	place->dirty = true;
	*vec_add(&c->dirty) = place;
}

static void mark_subject(struct compile *c, struct place *place)
{
	if (place->subject)
		return;
	place->subject = true;
	*vec_add(&c->subjects) = place;
}

/* Whoever claims one of these addresses may own it now, or no longer. */
static void mark_claims(struct compile *c, const struct pod *pod)
{
	for (size_t i = 0; i < pod->n_ips; i++) {
		const struct pod *claim = NULL;

		while ((claim = store_claim(c->store, &pod->ips[i], claim)))
			mark_dirty(c, place_find(c, claim));
	}
}

static void pod_changed(struct compile *c, const struct pod *before, const struct pod *after)
{
	const struct pod *was = before && pod_live(before) ? before : NULL,
			 *is = after && pod_live(after) ? after : NULL;
	struct place *place = was || is ? place_find(c, is ? is : was) : NULL;

	if (is && !place) {
		place = place_new(is);
		hmap_put(&c->places, &place->node, place_hash(is->object.ns, is->object.name));
		realms_add(&c->realms, place);
	}
	mark_dirty(c, place);
	c->here += after && after->node == c->node;
	c->here -= before && before->node == c->node;
	if (is) { /* first: what stays exposed must not come to an end in between */
		exposed_add(&c->exposed, is);
		mark_claims(c, is);
	}
	if (was) {
		exposed_del(&c->exposed, was);
		mark_claims(c, was);
	}
}

static void namespace_changed(struct compile *c, const struct namespace *before, const struct namespace *after)
{
	const struct object *pod = NULL;

	if (before && after && labels_eq(&before->labels, &after->labels))
		return;
	while ((pod = store_walk_ns(c->store, OBJECT_POD, (before ? before : after)->object.name, pod)))
		mark_dirty(c, place_find(c, (const struct pod *)pod));
}

static bool selects(const struct policy *policy, const struct pod *pod)
{
	return policy && policy_selects(policy, pod);
}

static void policy_changed(struct compile *c, const struct policy *before, const struct policy *after)
{
	if (before && after && object_same(&before->object, &after->object))
		return;
	profiles_touch(&c->profiles, before ? before : after);
	for (size_t i = 0; i < c->local.n; i++) /* a pod that changed as well is asked anyway: places_move() */
		if (selects(before, c->local.at[i]->pod) || selects(after, c->local.at[i]->pod))
			mark_subject(c, c->local.at[i]);
}

static void change_take(struct compile *c, const struct change *change)
{
	const struct object *before = change->before, *after = change->after;

	switch (object_type((before ? before : after)->kind)->shape) {
	case SHAPE_NAMESPACE:
		namespace_changed(c, (const struct namespace *)before, (const struct namespace *)after);
		break;
	case SHAPE_POD:
		pod_changed(c, (const struct pod *)before, (const struct pod *)after);
		break;
	case SHAPE_POLICY:
		policy_changed(c, (const struct policy *)before, (const struct policy *)after);
		break;
	case SHAPE_WORKLOAD:
	case SHAPE_SERVICE:
	case SHAPE_ENDPOINTS:
	case SHAPE_ROUTE:
	case SHAPE_HOOK:
	case SHAPE_NODE:
		break; /* they decide no packet */
	}
}

/* The first time everything is new, whatever the store has settled. */
static void changes_take(struct compile *c)
{
	const struct change *changes;
	size_t n;

	if (c->started) {
		changes = store_changes(c->store, &n);
		for (size_t i = 0; i < n; i++)
			change_take(c, &changes[i]);
		return;
	}
	c->started = true;
	for (int kind = 0; kind < OBJECT_WATCHED_COUNT; kind++)
		for (const struct object *o = NULL; (o = store_walk(c->store, (enum object_kind)kind, o));)
			change_take(c, &(struct change){.after = o});
}

static void local_drop(struct compile *c, const struct place *place)
{
	for (size_t i = 0; i < c->local.n; i++) {
		if (c->local.at[i] == place) {
			vec_drop(&c->local, i);
			return;
		}
	}
}

static void place_drop(struct compile *c, struct place *place)
{
	for (size_t i = 0; place->subject && i < c->subjects.n; i++) {
		if (c->subjects.at[i] == place) {
			vec_drop(&c->subjects, i);
			break;
		}
	}
	if (place->local)
		local_drop(c, place);
	hmap_del(&c->places, &place->node);
	realms_del(&c->realms, place);
	place_free(place, &c->profiles);
}

/* Gives every dirty place its pod of today and its addresses; those without a live pod leave the list and are gone. */
static void places_move(struct compile *c)
{
	for (size_t i = c->dirty.n; i-- > 0;) {
		struct place *place = c->dirty.at[i];
		const struct object *o =
			store_find(c->store, OBJECT_POD, place->pod->object.ns, place->pod->object.name);
		const struct pod *pod = (const struct pod *)o;
		bool local;

		if (!pod || !pod_live(pod)) {
			vec_drop(&c->dirty, i);
			place_drop(c, place);
			continue;
		}
		place_move(place, pod, &c->profiles);
		local = pod->node == c->node;
		if (local && !place->local)
			*vec_add(&c->local) = place;
		if (!local && place->local)
			local_drop(c, place);
		if (local || place->local)
			mark_subject(c, place);
		place->local = local;
	}
}

/* Has everyone whom a term may mean enter a union that is new, or leave one that goes.  Dirty places have been asked. */
static void realms_tell(struct compile *c, struct peers *peers, const struct term *term, bool enter)
{
	struct realm *realm = NULL;

	while ((realm = realms_walk(&c->realms, term, realm))) {
		for (size_t i = 0; i < realm->places.n; i++) {
			if (realm->places.at[i]->dirty)
				continue;
			if (enter)
				place_enter(realm->places.at[i], peers, term, &c->profiles);
			else
				place_leave(realm->places.at[i], peers, &c->profiles);
		}
	}
}

/* Brings the peer sets up to date: for pods that changed, and for sets that came or went. */
static void places_join(struct compile *c)
{
	const struct unions *unions = &c->unions;

	for (size_t i = 0; i < c->dirty.n; i++)
		place_join(c->dirty.at[i], &c->profiles);
	for (size_t i = 0; i < unions->fresh.n; i++)
		for (size_t k = 0; unions->fresh.at[i]->refs && k < unions->fresh.at[i]->terms.n; k++)
			realms_tell(c, unions->fresh.at[i], unions->fresh.at[i]->terms.at[k], true);
	for (size_t i = 0; i < unions->dropped.n; i++)
		for (size_t k = 0; !unions->dropped.at[i]->refs && k < unions->dropped.at[i]->terms.n; k++)
			realms_tell(c, unions->dropped.at[i], unions->dropped.at[i]->terms.at[k], false);
}

/* Writes the chains of the pods whose policies, addresses or profiles changed. */
static void places_write(struct compile *c, bool rebuilt)
{
	for (size_t i = 0; rebuilt && i < c->local.n; i++)
		for (int d = 0; d < DIRECTION_COUNT; d++)
			if (c->local.at[i]->own->profile[d] && c->local.at[i]->own->profile[d]->rebuilt)
				mark_subject(c, c->local.at[i]);
	for (size_t i = 0; i < c->subjects.n; i++)
		place_write(c->subjects.at[i], &c->profiles);
}

/* Is a pod of the node isolated for ingress, where none was, or no longer? */
static void many_turn(struct compile *c)
{
	bool isolated = false;

	for (size_t i = 0; i < c->local.n && !isolated; i++)
		isolated = c->local.at[i]->own->profile[DIRECTION_INGRESS];
	if (isolated == c->isolated)
		return;
	c->isolated = isolated;
	many_renew(c);
}

static void settle(struct compile *c)
{
	for (size_t i = 0; i < c->dirty.n; i++)
		c->dirty.at[i]->dirty = false;
	for (size_t i = 0; i < c->subjects.n; i++)
		c->subjects.at[i]->subject = false;
	vec_clear(&c->dirty);
	vec_clear(&c->subjects);
	profiles_settle(&c->profiles);
	unions_settle(&c->unions);
	exposed_settle(&c->exposed);
}

void compile_update(struct compile *c, struct patch *out)
{
	bool rebuilt;

	if (!out)
		factset_mute(c->wanted);
	changes_take(c);
	places_move(c);
	if (c->exposed.changed.n)
		profiles_touch_named(&c->profiles);
	for (size_t i = 0; i < c->subjects.n; i++)
		place_subject(c->subjects.at[i], &c->profiles); /* builds what is not there yet */
	rebuilt = profiles_rebuild(&c->profiles);
	places_join(c);
	places_write(c, rebuilt);
	many_turn(c);
	settle(c);
	factset_take(c->wanted, out);
}

void compile_facts(const struct compile *c, struct facts *out)
{
	*out = (struct facts){0};
	factset_all(c->wanted, out);
	for (struct hnode *h = hmap_walk(&c->places, NULL); h; h = hmap_walk(&c->places, h))
		place_facts(hmap_entry(h, struct place, node), out);
	facts_sort(out);
}

/* Does this map lead the address to a chain? */
static bool dispatched(const struct facts *facts, const char *map, const struct ip *ip)
{
	const struct fact *element = facts_find(facts, FACT_ELEMENT, map);

	for (; element && element < facts->at + facts->n && !strcmp(element->name, map); element++)
		if (!memcmp(element->element.lo, ip->b, ip_size((enum family)ip->family)))
			return element->element.action.kind == VERDICT_GOTO;
	return false;
}

bool compile_isolates(const struct facts *facts, const struct pod *pod, enum direction direction)
{
	bool found = false;

	for (size_t i = 0; i < pod->n_ips && !found; i++) {
		const char *map = base_map(direction, (enum family)pod->ips[i].family);

		found = dispatched(facts, map, &pod->ips[i]);
		atom_put(map);
	}
	return found;
}

size_t compile_count(const struct compile *c, enum fact_kind kind)
{
	return factset_count(c->wanted, kind);
}

size_t compile_here(const struct compile *c)
{
	return c->here;
}

size_t compile_local(const struct compile *c, size_t *isolated)
{
	size_t n = 0;

	for (size_t i = 0; i < c->local.n; i++)
		n += c->local.at[i]->own->profile[DIRECTION_INGRESS] || c->local.at[i]->own->profile[DIRECTION_EGRESS];
	if (isolated)
		*isolated = n;
	return c->local.n;
}
