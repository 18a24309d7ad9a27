/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Under which combination of policies is a pod, and which of them must be built anew? */
#include <assert.h>
#include <string.h>

#include <selvage/atom.h>

#include "profile.h"

const uint8_t profile_protos[PROFILE_PROTOS] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP};

static int text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int named_cmp(const void *a, const void *b)
{
	const struct named_port *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->proto != y->proto ? x->proto - y->proto : x->number - y->number;
}

static bool port_names(const struct port *port, const struct named_port *named)
{
	return !port->nothing && port->name == named->name && port->proto == named->proto;
}

/* Does a rule of the policy, in this direction, speak of the port's name? */
static bool policy_names(const struct policy *policy, enum direction direction, const struct named_port *named)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		for (size_t k = 0; rule->direction == direction && k < rule->n_ports; k++)
			if (port_names(&rule->ports[k], named))
				return true;
	}
	return false;
}

/* Keeps those of the pod's ports that the policy speaks of by name. */
static void draft_keyd(struct profile *draft, const struct pod *pod, const struct policy *policy)
{
	for (size_t i = 0; draft->direction == DIRECTION_INGRESS && i < pod->n_ports; i++)
		if (policy_names(policy, DIRECTION_INGRESS, &pod->ports[i]))
			*vec_add(&draft->named) = pod->ports[i];
}

/* Many policies may speak of one port, and a pod may list it twice. */
static void named_unique(struct profile *draft)
{
	size_t kept = 0;

	vec_sort(&draft->named, named_cmp);
	for (size_t i = 0; i < draft->named.n; i++)
		if (kept == 0 || named_cmp(&draft->named.at[kept - 1], &draft->named.at[i]) != 0)
			draft->named.at[kept++] = draft->named.at[i];
	draft->named.n = kept;
}

static void draft_policies(struct profile *draft, const struct store *store, const struct pod *pod)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o))) {
		const struct policy *policy = (const struct policy *)o;

		if (!policy->types[draft->direction] || !policy_selects(policy, pod))
			continue;
		*vec_add(&draft->policies) = policy->object.name;
		draft_keyd(draft, pod, policy);
	}
	vec_sort(&draft->policies, text_cmp);
	named_unique(draft);
}

static const char *draft_key(const struct profile *draft)
{
	struct digest d;

	digest_init(&d);
	digest_text(&d, draft->ns);
	for (size_t i = 0; i < draft->policies.n; i++)
		digest_text(&d, draft->policies.at[i]);
	digest_text(&d, NULL);
	for (size_t i = 0; i < draft->named.n; i++) {
		digest_text(&d, draft->named.at[i].name);
		digest_u32(&d, draft->named.at[i].proto);
		digest_u32(&d, draft->named.at[i].number);
	}
	return digest_name(&d, draft->direction == DIRECTION_INGRESS ? "in-" : "out-");
}

static struct profile *profile_find(const struct profiles *profiles, const char *key)
{
	for (struct hnode *h = hmap_find(&profiles->by_key, atom_hash(key)); h; h = hmap_next(h))
		if (hmap_entry(h, struct profile, node)->key == key)
			return hmap_entry(h, struct profile, node);
	return NULL;
}

/* Makes the draft a profile of its own, with references to what it borrowed. */
static struct profile *profile_new(struct profiles *profiles, const struct profile *draft)
{
	struct profile *profile = mem_copy(draft, sizeof *draft);

	atom_ref(profile->ns);
	for (size_t i = 0; i < profile->policies.n; i++)
		atom_ref(profile->policies.at[i]);
	for (size_t i = 0; i < profile->named.n; i++)
		atom_ref(profile->named.at[i].name);
	hmap_put(&profiles->by_key, &profile->node, atom_hash(profile->key));
	content_build(profiles, profile, &profile->content);
	return profile;
}

struct profile *profile_get(struct profiles *profiles, const struct pod *pod, enum direction direction)
{
	struct profile draft = {.direction = direction, .ns = pod->object.ns}, *profile = NULL;

	draft_policies(&draft, profiles->store, pod);
	if (draft.policies.n) {
		draft.key = draft_key(&draft);
		profile = profile_find(profiles, draft.key);
	}
	if (draft.policies.n && !profile) {
		profile = profile_new(profiles, &draft);
	} else {
		atom_put(draft.key);
		vec_free(&draft.policies);
		vec_free(&draft.named);
	}
	if (profile)
		profile->refs++;
	return profile;
}

void profile_put(struct profiles *profiles, struct profile *profile)
{
	if (!profile || --profile->refs)
		return;
	content_release(profiles, &profile->content);
	hmap_del(&profiles->by_key, &profile->node);
	for (size_t i = 0; i < profile->policies.n; i++)
		atom_put(profile->policies.at[i]);
	for (size_t i = 0; i < profile->named.n; i++)
		atom_put(profile->named.at[i].name);
	atom_put(profile->ns);
	atom_put(profile->key);
	vec_free(&profile->policies);
	vec_free(&profile->named);
	free(profile);
}

static bool profile_has(const struct profile *profile, const struct policy *policy)
{
	return profile->ns == policy->object.ns &&
	       bsearch(&policy->object.name, profile->policies.at, profile->policies.n, sizeof(const char *), text_cmp);
}

void profiles_touch(struct profiles *profiles, const struct policy *policy)
{
	for (struct hnode *h = hmap_walk(&profiles->by_key, NULL); h; h = hmap_walk(&profiles->by_key, h)) {
		struct profile *profile = hmap_entry(h, struct profile, node);

		profile->stale |= profile_has(profile, policy);
	}
}

/* Does an egress rule of the policy name a port whose numbers changed? */
static bool policy_renumbered(const struct exposed *exposed, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		for (size_t k = 0; rule->direction == DIRECTION_EGRESS && k < rule->n_ports; k++)
			if (rule->ports[k].name && exposed_changed(exposed, rule->ports[k].name, rule->ports[k].proto))
				return true;
	}
	return false;
}

void profiles_touch_named(struct profiles *profiles)
{
	for (struct hnode *h = hmap_walk(&profiles->by_key, NULL); h; h = hmap_walk(&profiles->by_key, h)) {
		struct profile *profile = hmap_entry(h, struct profile, node);

		for (size_t i = 0; profile->direction == DIRECTION_EGRESS && i < profile->policies.n; i++) {
			const struct object *o =
				store_find(profiles->store, OBJECT_POLICY, profile->ns, profile->policies.at[i]);

			profile->stale |= o && policy_renumbered(profiles->exposed, (const struct policy *)o);
		}
	}
}

/* Old and new content overlap, so that what they have in common never goes away in between. */
bool profiles_rebuild(struct profiles *profiles)
{
	bool any = false;

	for (struct hnode *h = hmap_walk(&profiles->by_key, NULL); h; h = hmap_walk(&profiles->by_key, h)) {
		struct profile *profile = hmap_entry(h, struct profile, node);
		struct content old = profile->content;

		if (!profile->stale)
			continue;
		content_build(profiles, profile, &profile->content);
		content_release(profiles, &old);
		profile->stale = false;
		profile->rebuilt = any = true;
	}
	return any;
}

void profiles_settle(struct profiles *profiles)
{
	for (struct hnode *h = hmap_walk(&profiles->by_key, NULL); h; h = hmap_walk(&profiles->by_key, h))
		hmap_entry(h, struct profile, node)->rebuilt = false;
}

void profiles_fini(struct profiles *profiles)
{
	assert(profiles->by_key.n == 0);
	hmap_fini(&profiles->by_key);
}
