/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What could be left out?  NP151 redundant-rule, NP152 redundant-policy, NP153 duplicate.
 *
 * All that is told can be left out at once: whatever covers it, one rule or several together, is not told itself, or is
 * covered in turn by what is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_cover.h"
#include "audit_parts.h"

/* The policies of a namespace. */
struct space {
	const struct audit_view *view;
	const struct policy *const *at;
	size_t n;
	bool *gone;    /* of each policy: told to be redundant */
	size_t *first; /* of each policy: its first offer */
	struct offers offers;
	struct meet_list owner; /* of each offer: its policy */
};

/* Of two that cover each other, the later one is redundant. */
static bool stands_before(const struct policy *a, const struct rule *x, const struct policy *b, const struct rule *y)
{
	return a == b ? x < y : strcmp(a->object.name, b->object.name) < 0;
}

/* Does the other policy apply wherever this one does, and is it understood? */
static bool applies_too(const struct policy *other, const struct policy *policy)
{
	return !other->broken && audit_selector_covers(&other->pods, &policy->pods);
}

/* Does the offer admit all that the rule does, wherever its policy applies? */
static bool covers(const struct offer *offer, const struct policy *policy, const struct rule *rule)
{
	const struct policy *other = offer->policy;
	const struct rule *wide = offer->rule;
	bool mutual;

	if (offer->gone || !other->types[rule->direction] || wide == rule || !audit_rule_covers(wide, rule) ||
	    !applies_too(other, policy))
		return false;
	mutual = audit_rule_covers(rule, wide) && audit_selector_covers(&policy->pods, &other->pods);
	return !mutual || stands_before(other, wide, policy, rule);
}

/* Does the rule admit anyone?  If so, by one peer that it has, NULL for everyone. */
static bool has_peer(const struct rule *rule, const struct peer **out)
{
	*out = NULL;
	for (size_t i = 0; !*out && i < rule->n_peers; i++)
		if (rule->peers[i].kind != PEER_NOBODY)
			*out = &rule->peers[i];
	return rule->everyone || *out;
}

/* All offers that may admit what the rule does, and some more: any, if that is nothing. */
static void candidates(const struct space *space, const struct rule *rule, struct meet_list *out)
{
	const struct peer *peer;

	if (has_peer(rule, &peer)) {
		meet_find(&space->offers.index, peer, out);
		return;
	}
	*out = (struct meet_list){VEC_EMPTY};
	for (uint32_t i = 0; i < space->offers.n; i++)
		*vec_add(out) = i;
}

/* The first offer, none of `without`, that admits all that the rule does, wherever its policy applies; NULL: none. */
static const struct offer *covering(const struct space *space, const struct policy *policy, const struct rule *rule,
				    const struct policy *without)
{
	const struct offer *found = NULL;
	struct meet_list tried;

	candidates(space, rule, &tried);
	for (size_t i = 0; !found && i < tried.n; i++) {
		const struct offer *offer = &space->offers.at[tried.at[i]];

		if (offer->policy != without && covers(offer, policy, rule))
			found = offer;
	}
	vec_free(&tried);
	return found;
}

static bool has_rules(const struct policy *policy, enum direction direction)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].direction == direction)
			return true;
	return false;
}

/*
 * Does `other` isolate all that the policy does, in this direction?  One that only closes is not made redundant by one that
 * opens something and closes besides: it says what it is for.
 */
static bool isolates_too(const struct policy *other, const struct policy *policy, enum direction direction)
{
	if (!other->types[direction] || !audit_selector_covers(&other->pods, &policy->pods))
		return false;
	return has_rules(policy, direction) || !has_rules(other, direction);
}

/* Do others that are not gone isolate all that policy p does? */
static bool isolated_by_others(const struct space *space, size_t p)
{
	const struct policy *policy = space->at[p];

	for (int d = 0; d < DIRECTION_COUNT; d++) {
		bool isolated = !policy->types[d];

		for (size_t k = 0; !isolated && k < space->n; k++) {
			const struct policy *other = space->at[k];

			isolated = k != p && !space->gone[k] && !other->broken &&
				   isolates_too(other, policy, (enum direction)d) &&
				   !(isolates_too(policy, other, (enum direction)d) && p < k);
		}
		if (!isolated)
			return false;
	}
	for (size_t r = 0; r < policy->n_rules; r++)
		if (!policy->types[policy->rules[r].direction])
			return false;
	return true;
}

/* For which policy does one look for rules that apply wherever it does, and of which may none be taken? */
struct circle {
	const struct policy *policy, *without;
};

static bool in_circle(const void *ctx, const struct offer *offer)
{
	const struct circle *circle = ctx;
	const struct policy *other = offer->policy;

	return other != circle->without && other->types[offer->rule->direction] &&
	       (other == circle->policy || applies_too(other, circle->policy));
}

static bool is_any(const void *ctx, const struct offer *offer)
{
	(void)ctx;
	(void)offer;
	return true;
}

static struct offer_span all_offers(const struct space *space)
{
	return (struct offer_span){space->offers.at, space->offers.n, &space->offers.index};
}

static struct offer_span offers_of(const struct space *space, size_t p)
{
	size_t n = space->at[p]->n_rules;

	return (struct offer_span){n ? &space->offers.at[space->first[p]] : NULL, n, NULL};
}

/* Do the offers of the span that may be used cover all of these? */
static bool all_covered(struct offer_span these, struct offer_span span, offer_use_fn *use, const void *ctx,
			struct offer_list *by)
{
	for (size_t i = 0; i < these.n; i++)
		if (!offers_cover(span, &these.at[i], use, ctx, by))
			return false;
	return true;
}

static int offer_cmp(const void *a, const void *b)
{
	const struct offer *const *left = a, *const *right = b;

	return (*left > *right) - (*left < *right);
}

/* "a i[0], b e[1]", in the order of the policies; yours to free().  Empties the list. */
static char *offer_names(struct offer_list *by)
{
	struct audit_names names = {VEC_EMPTY};
	char **texts = mem_new(by->n + 1, sizeof *texts), *out;

	vec_sort(by, offer_cmp);
	for (size_t i = 0; i < by->n; i++) {
		const struct offer *offer = by->at[i];

		if (asprintf(&texts[i], "%s %c[%u]", offer->policy->object.name,
			     *direction_name(offer->rule->direction), offer->rule->index) < 0)
			abort();
		audit_names_add(&names, texts[i]);
	}
	out = audit_names_take(&names);
	for (size_t i = 0; i < by->n; i++)
		free(texts[i]);
	free(texts);
	vec_free(by);
	return out;
}

/* Policy p is told to be redundant. */
static void policy_goes(struct space *space, size_t p)
{
	space->gone[p] = true;
	for (size_t r = 0; r < space->at[p]->n_rules; r++)
		space->offers.at[space->first[p] + r].gone = true;
}

/* Do the two isolate the same pods in the same directions, and each admit all that the other does? */
static bool is_duplicate(const struct space *space, size_t a, size_t b)
{
	const struct policy *one = space->at[a], *other = space->at[b];
	struct offer_span mine = offers_of(space, a), theirs = offers_of(space, b);
	struct offer_list by = {VEC_EMPTY};
	bool same = one->types[0] == other->types[0] && one->types[1] == other->types[1] &&
		    audit_selector_covers(&one->pods, &other->pods) &&
		    audit_selector_covers(&other->pods, &one->pods) && all_covered(theirs, mine, is_any, NULL, &by) &&
		    all_covered(mine, theirs, is_any, NULL, &by);

	vec_free(&by);
	return same;
}

/* All policies that may say the same as policy p, and some more; ascending, and one may be there several times. */
static void policies_like(const struct space *space, size_t p, struct meet_list *out)
{
	const struct policy *policy = space->at[p];
	const struct peer *peer;

	for (size_t r = 0; r < policy->n_rules; r++) {
		if (!has_peer(&policy->rules[r], &peer))
			continue;
		meet_find(&space->offers.index, peer, out);
		for (size_t i = 0; i < out->n; i++)
			out->at[i] = space->owner.at[out->at[i]];
		return;
	}
	*out = (struct meet_list){VEC_EMPTY};
	for (uint32_t k = 0; k < p; k++)
		*vec_add(out) = k;
}

/* NP153 */
static void check_duplicate(struct space *space, size_t p)
{
	const struct policy *policy = space->at[p];
	struct meet_list like;
	size_t found = SIZE_MAX;

	if (policy->broken)
		return;
	policies_like(space, p, &like);
	for (size_t i = 0; found == SIZE_MAX && i < like.n && like.at[i] < p; i++) {
		size_t k = like.at[i];

		if ((!i || like.at[i - 1] != k) && !space->at[k]->broken && !space->gone[k] &&
		    is_duplicate(space, k, p))
			found = k;
	}
	vec_free(&like);
	if (found == SIZE_MAX)
		return;
	audit_key(audit_about_rule(space->view, "NP153", policy, NULL, "says the same as %s",
				   space->at[found]->object.name),
		  "%s", space->at[found]->object.name);
	policy_goes(space, p);
}

/* NP152; empties the list. */
static void say_policy(const struct space *space, const struct policy *policy, struct offer_list *by)
{
	bool rules = by->n > 0;
	char *names = offer_names(by);

	audit_key(audit_about_rule(space->view, "NP152", policy, NULL,
				   "other policies isolate and admit all that it does%s%s", rules ? ": " : "", names),
		  "redundant");
	free(names);
}

/* Is all that policy p does done by others, each rule by one of theirs?  Tells it. */
static bool check_policy(const struct space *space, size_t p)
{
	const struct policy *policy = space->at[p];
	struct offer_list by = {VEC_EMPTY};

	if (!isolated_by_others(space, p))
		return false;
	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct offer *wide = covering(space, policy, &policy->rules[r], policy);

		if (!wide) {
			vec_free(&by);
			return false;
		}
		if (!by.n || by.at[by.n - 1] != wide)
			*vec_add(&by) = wide;
	}
	say_policy(space, policy, &by);
	return true;
}

/* NP151, by one other rule.  Tells it. */
static bool check_rule(const struct space *space, const struct policy *policy, const struct rule *rule)
{
	const struct offer *wide = policy->types[rule->direction] ? covering(space, policy, rule, NULL) : NULL;

	if (!wide)
		return false;
	audit_key(audit_about_rule(space->view, "NP151", policy, rule, "%s %c[%u] admits all of it already",
				   wide->policy->object.name, *direction_name(wide->rule->direction),
				   wide->rule->index),
		  "%s", wide->policy->object.name);
	return true;
}

/* What one other rule covers.  That is an order, so that what is told may rely on what is told: it all goes in the end. */
static void check_single(struct space *space)
{
	bool *policies = mem_new(space->n + 1, sizeof *policies), *rules = mem_new(space->offers.n + 1, sizeof *rules);

	for (size_t p = 0; p < space->n; p++) {
		const struct policy *policy = space->at[p];

		if (policy->broken || space->gone[p])
			continue;
		policies[p] = check_policy(space, p);
		for (size_t r = 0; !policies[p] && r < policy->n_rules; r++)
			rules[space->first[p] + r] = check_rule(space, policy, &policy->rules[r]);
	}
	for (size_t p = 0; p < space->n; p++)
		if (policies[p])
			policy_goes(space, p);
	for (size_t i = 0; i < space->offers.n; i++)
		space->offers.at[i].gone |= rules[i];
	free(policies);
	free(rules);
}

/* NP151, by several together. */
static void check_rule_union(struct space *space, size_t p, size_t r)
{
	struct offer *one = &space->offers.at[space->first[p] + r];
	struct circle circle = {one->policy, NULL};
	struct offer_list by = {VEC_EMPTY};
	char *names;
	bool alone;

	if (!one->policy->types[one->rule->direction] || one->gone ||
	    !offers_cover(all_offers(space), one, in_circle, &circle, &by) || !by.n) {
		vec_free(&by);
		return;
	}
	alone = by.n == 1;
	names = offer_names(&by);
	audit_key(audit_about_rule(space->view, "NP151", one->policy, one->rule, "%s admit%s all of it already%s",
				   names, alone ? "s" : "", alone ? "" : ", together"),
		  "together");
	free(names);
	one->gone = true;
}

/* What several cover together: the last ones first, and what is told goes at once. */
static void check_union(struct space *space)
{
	for (size_t p = space->n; p-- > 0;) {
		const struct policy *policy = space->at[p];
		struct circle circle = {policy, policy};
		struct offer_list by = {VEC_EMPTY};

		if (policy->broken || space->gone[p])
			continue;
		if (isolated_by_others(space, p) &&
		    all_covered(offers_of(space, p), all_offers(space), in_circle, &circle, &by)) {
			say_policy(space, policy, &by);
			policy_goes(space, p);
			continue;
		}
		vec_free(&by);
		for (size_t r = policy->n_rules; r-- > 0;)
			check_rule_union(space, p, r);
	}
}

static void check_space(const struct audit_view *view, struct audit_span span)
{
	struct space space = {.view = view, .at = &view->policies.at[span.first], .n = span.end - span.first};

	space.gone = mem_new(space.n + 1, sizeof *space.gone);
	space.first = mem_new(space.n + 1, sizeof *space.first);
	for (size_t p = 0; p < space.n; p++) {
		space.first[p] = space.offers.n;
		offers_add(&space.offers, space.at[p]);
		while (space.owner.n < space.offers.n)
			*vec_add(&space.owner) = (uint32_t)p;
	}
	offers_settle(&space.offers);
	for (size_t p = 0; p < space.n; p++)
		check_duplicate(&space, p);
	check_single(&space);
	check_union(&space);
	offers_free(&space.offers);
	vec_free(&space.owner);
	free(space.first);
	free(space.gone);
}

void audit_redundancy(const struct audit_view *view)
{
	for (size_t i = 0; i < view->audit->namespaces.n; i++) {
		struct audit_span span = audit_policies_in(view, view->audit->namespaces.at[i].name);

		if (span.first < span.end)
			check_space(view, span);
	}
}
