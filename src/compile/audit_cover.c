/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do some rules admit, one alone or all together, what another does? */
#include <string.h>

#include "audit_cover.h"
#include "audit_parts.h"

#define PARTS_MAX 64 /* into which a peer is cut by the values that its selectors list */

static bool lists(const struct requirement *req, const char *value)
{
	for (size_t i = 0; i < req->n_values; i++)
		if (req->values[i] == value)
			return true;
	return false;
}

/* Are all, or none, of the values of `few` among those of `many`? */
static bool values_all(const struct requirement *few, const struct requirement *many, bool among)
{
	for (size_t i = 0; i < few->n_values; i++)
		if (lists(many, few->values[i]) != among)
			return false;
	return true;
}

/*
 * Does the one requirement follow from the other, which has the same key?  "NotIn and DoesNotExist match absent keys", and
 * In with no value that the API server takes is none.
 */
static bool follows(const struct requirement *wide, const struct requirement *narrow)
{
	switch (wide->op) {
	case SELECTOR_IN:
		return narrow->op == SELECTOR_IN && values_all(narrow, wide, true);
	case SELECTOR_NOT_IN:
		if (narrow->op == SELECTOR_IN)
			return values_all(narrow, wide, false);
		return narrow->op == SELECTOR_NOT_EXISTS ||
		       (narrow->op == SELECTOR_NOT_IN && values_all(wide, narrow, true));
	case SELECTOR_EXISTS:
		return narrow->op == SELECTOR_EXISTS || narrow->op == SELECTOR_IN;
	case SELECTOR_NOT_EXISTS:
		return narrow->op == SELECTOR_NOT_EXISTS;
	}
	return false;
}

bool audit_selector_covers(const struct selector *wide, const struct selector *narrow)
{
	for (size_t i = 0; i < wide->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < narrow->n; k++)
			found = wide->at[i].key == narrow->at[k].key && follows(&wide->at[i], &narrow->at[k]);
		if (!found)
			return false;
	}
	return true;
}

static bool block_covers(const struct peer *wide, const struct peer *narrow)
{
	if (!cidr_covers(&wide->block, &narrow->block))
		return false;
	for (size_t i = 0; i < wide->n_except; i++) {
		bool out = !cidr_covers(&wide->except[i], &narrow->block) &&
			   !cidr_covers(&narrow->block, &wide->except[i]);

		for (size_t k = 0; !out && k < narrow->n_except; k++)
			out = cidr_covers(&narrow->except[k], &wide->except[i]);
		if (!out)
			return false;
	}
	return true;
}

/* Both of policies of one namespace. */
static bool peer_covers(const struct peer *wide, const struct peer *narrow)
{
	if (narrow->kind == PEER_NOBODY)
		return true;
	if (wide->kind != narrow->kind)
		return false;
	if (wide->kind == PEER_BLOCK)
		return block_covers(wide, narrow);
	if (!audit_selector_covers(&wide->pods, &narrow->pods))
		return false;
	if (!narrow->any_ns)
		return !wide->any_ns || !wide->ns.n;
	return wide->any_ns && audit_selector_covers(&wide->ns, &narrow->ns);
}

static bool rule_has_peer(const struct rule *wide, const struct peer *narrow)
{
	for (size_t k = 0; k < wide->n_peers; k++)
		if (peer_covers(&wide->peers[k], narrow))
			return true;
	return wide->everyone;
}

static bool peers_cover(const struct rule *wide, const struct rule *narrow)
{
	if (wide->everyone)
		return true;
	for (size_t i = 0; i < narrow->n_peers; i++)
		if (!rule_has_peer(wide, &narrow->peers[i]))
			return false;
	return !narrow->everyone;
}

static bool port_covers(const struct port *wide, const struct port *narrow)
{
	if (narrow->nothing)
		return true;
	if (wide->nothing || wide->proto != narrow->proto)
		return false;
	if (wide->name)
		return wide->name == narrow->name;
	return narrow->name ? wide->lo <= 1 && wide->hi == 0xffff : wide->lo <= narrow->lo && narrow->hi <= wide->hi;
}

static bool rule_has_port(const struct rule *wide, const struct port *narrow)
{
	for (size_t k = 0; k < wide->n_ports; k++)
		if (port_covers(&wide->ports[k], narrow))
			return true;
	return wide->every_port;
}

static bool ports_cover(const struct rule *wide, const struct rule *narrow)
{
	if (wide->every_port)
		return true;
	for (size_t i = 0; i < narrow->n_ports; i++)
		if (!rule_has_port(wide, &narrow->ports[i]))
			return false;
	return !narrow->every_port;
}

bool audit_rule_covers(const struct rule *wide, const struct rule *narrow)
{
	return wide->direction == narrow->direction && peers_cover(wide, narrow) && ports_cover(wide, narrow);
}

void offers_add(struct offers *offers, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		struct offer *offer = vec_add(offers);

		*offer = (struct offer){.policy = policy, .rule = rule};
		for (size_t p = 0; p < rule->n_ports; p++)
			if (!rule->ports[p].name && !rule->ports[p].nothing)
				portset_add(&offer->ports, rule->ports[p].proto, rule->ports[p].lo, rule->ports[p].hi);
		if (rule->every_port)
			portset_add(&offer->ports, PROTO_ANY, 0, 0xffff);
		for (int f = 0; f < FAMILY_COUNT; f++)
			audit_rule_ranges(rule, (enum family)f, &offer->blocks[f]);
		meet_add(&offers->index, rule);
	}
}

void offers_settle(struct offers *offers)
{
	meet_settle(&offers->index);
}

void offers_free(struct offers *offers)
{
	for (size_t i = 0; i < offers->n; i++) {
		vec_free(&offers->at[i].ports);
		for (int f = 0; f < FAMILY_COUNT; f++)
			vec_free(&offers->at[i].blocks[f]);
	}
	vec_free(offers);
	meet_fini(&offers->index);
}

/* What is not covered yet of a peer that is a block: each of these addresses at each of these ports. */
struct box {
	struct portset ports;
	struct ip_ranges at; /* of a peer that is no block: one range, which only goes as a whole */
};

struct boxes {
	VEC(struct box);
};

/* The question: the peer of a rule, NULL for everyone, and whom it may be covered by. */
struct asked {
	struct offer_span span;
	const struct offer *one;
	const struct peer *peer;
	const struct meet_list *tried; /* which of the span may admit some of the peer */
	offer_use_fn *use;
	const void *ctx;
	struct offer_list *by;
};

/* Do sorted ranges have anything in common with a block? */
static bool ranges_meet(const struct ip_ranges *ranges, const struct cidr *block)
{
	const struct ip_range all = cidr_range(block);

	for (size_t i = 0; i < ranges->n && ip_cmp(&ranges->at[i].lo, &all.hi) <= 0; i++)
		if (ip_cmp(&ranges->at[i].hi, &all.lo) >= 0)
			return true;
	return false;
}

/* Does the offer admit some of the peer, on whatever ports? */
static bool meets_peer(const struct asked *asked, const struct offer *offer)
{
	const struct peer *peer = asked->peer;

	if (offer->rule->everyone || !peer)
		return offer->rule->everyone;
	return peer->kind == PEER_BLOCK ? ranges_meet(&offer->blocks[peer->block.addr.family], &peer->block)
					: rule_has_peer(offer->rule, peer);
}

static bool may_use(const struct asked *asked, const struct offer *offer)
{
	return offer != asked->one && !offer->gone && offer->rule->direction == asked->one->rule->direction &&
	       meets_peer(asked, offer) && asked->use(asked->ctx, offer);
}

static void rest_on(const struct asked *asked, const struct offer *offer)
{
	for (size_t i = 0; i < asked->by->n; i++)
		if (asked->by->at[i] == offer)
			return;
	*vec_add(asked->by) = offer;
}

static void ranges_copy(const struct ip_ranges *from, struct ip_ranges *to)
{
	*to = (struct ip_ranges){VEC_EMPTY};
	for (size_t i = 0; i < from->n; i++)
		*vec_add(to) = from->at[i];
}

static bool ranges_eq(const struct ip_ranges *a, const struct ip_ranges *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (ip_cmp(&a->at[i].lo, &b->at[i].lo) || ip_cmp(&a->at[i].hi, &b->at[i].hi))
			return false;
	return true;
}

/* The addresses of the peer that the offer, which meets it, does not admit. */
static void ranges_left(const struct asked *asked, const struct ip_ranges *at, const struct offer *offer,
			struct ip_ranges *out)
{
	*out = (struct ip_ranges){VEC_EMPTY};
	if (!asked->peer || offer->rule->everyone || asked->peer->kind != PEER_BLOCK)
		return;
	ranges_copy(at, out);
	ip_ranges_subtract(out, &offer->blocks[asked->peer->block.addr.family]);
}

/* Takes what the offer admits out of box i; what has the same ports and other addresses becomes a new box. */
static bool box_cut(const struct asked *asked, struct boxes *boxes, size_t i, const struct offer *offer)
{
	struct portset both, rest;
	struct ip_ranges left;
	bool cut;

	portset_intersect(&boxes->at[i].ports, &offer->ports, &both);
	ranges_left(asked, &boxes->at[i].at, offer, &left);
	cut = both.n && !ranges_eq(&left, &boxes->at[i].at);
	if (!cut) {
		vec_free(&both);
		vec_free(&left);
		return false;
	}
	portset_subtract(&boxes->at[i].ports, &both, &rest);
	vec_free(&boxes->at[i].ports);
	boxes->at[i].ports = rest;
	if (left.n) {
		*vec_add(boxes) = (struct box){both, left};
	} else {
		vec_free(&both);
		vec_free(&left);
	}
	return true;
}

static void boxes_tidy(struct boxes *boxes)
{
	size_t n = 0;

	for (size_t i = 0; i < boxes->n; i++) {
		if (boxes->at[i].ports.n) {
			boxes->at[n++] = boxes->at[i];
			continue;
		}
		vec_free(&boxes->at[i].ports);
		vec_free(&boxes->at[i].at);
	}
	boxes->n = n;
}

/* All addresses of the peer, or one range that stands for it as a whole. */
static void peer_ranges(const struct peer *peer, struct ip_ranges *out)
{
	*out = (struct ip_ranges){VEC_EMPTY};
	if (peer && peer->kind == PEER_BLOCK)
		audit_peer_ranges(peer, out);
	else
		*vec_add(out) = (struct ip_range){0};
}

static bool numbers_covered(const struct asked *asked)
{
	struct boxes boxes = {VEC_EMPTY};
	struct box whole = {0};
	bool covered;

	portset_union(&asked->one->ports, &(struct portset){VEC_EMPTY}, &whole.ports);
	peer_ranges(asked->peer, &whole.at);
	*vec_add(&boxes) = whole;
	boxes_tidy(&boxes);
	for (size_t o = 0; boxes.n && o < asked->tried->n; o++) {
		const struct offer *offer = &asked->span.at[asked->tried->at[o]];
		bool cut = false;

		if (!may_use(asked, offer))
			continue;
		for (size_t i = boxes.n; i-- > 0;)
			cut |= box_cut(asked, &boxes, i, offer);
		if (cut)
			rest_on(asked, offer);
		boxes_tidy(&boxes);
	}
	covered = !boxes.n;
	for (size_t i = 0; i < boxes.n; i++)
		vec_clear(&boxes.at[i].ports);
	boxes_tidy(&boxes);
	vec_free(&boxes);
	return covered;
}

/* What a name stands for is the pod's to say: only the same name covers it, or every port of the protocol. */
static bool name_covered(const struct asked *asked, const struct port *port)
{
	struct ip_ranges at;
	bool covered;

	peer_ranges(asked->peer, &at);
	for (size_t o = 0; at.n && o < asked->tried->n; o++) {
		const struct offer *offer = &asked->span.at[asked->tried->at[o]];
		struct ip_ranges left;

		if (!may_use(asked, offer) || !rule_has_port(offer->rule, port))
			continue;
		ranges_left(asked, &at, offer, &left);
		if (!ranges_eq(&left, &at))
			rest_on(asked, offer);
		vec_free(&at);
		at = left;
	}
	covered = !at.n;
	vec_free(&at);
	return covered;
}

static bool ports_covered(const struct asked *asked)
{
	const struct rule *rule = asked->one->rule;

	if (!numbers_covered(asked))
		return false;
	for (size_t i = 0; i < rule->n_ports; i++)
		if (rule->ports[i].name && !rule->ports[i].nothing && !name_covered(asked, &rule->ports[i]))
			return false;
	return true;
}

static bool peer_covered(const struct asked *asked)
{
	struct meet_list tried = {VEC_EMPTY};
	struct asked here = *asked;
	bool covered;

	if (asked->span.index)
		meet_find(asked->span.index, asked->peer, &tried);
	for (uint32_t i = 0; !asked->span.index && i < asked->span.n; i++)
		*vec_add(&tried) = i;
	here.tried = &tried;
	covered = ports_covered(&here);
	vec_free(&tried);
	return covered;
}

/* The first requirement that lists several values, each of which can be asked for alone. */
static struct requirement *several(struct selector *selector)
{
	for (size_t i = 0; i < selector->n; i++)
		if (selector->at[i].op == SELECTOR_IN && selector->at[i].n_values > 1)
			return &selector->at[i];
	return NULL;
}

/* The same of each value that the peer's selectors list: `asked->peer` may be changed in place, and is put back. */
static bool parts_covered(const struct asked *asked, struct peer *peer, size_t parts)
{
	struct requirement *cut = peer->any_ns ? several(&peer->ns) : NULL, whole;
	bool covered = true;

	cut = cut ? cut : several(&peer->pods);
	if (!cut || peer->kind != PEER_PODS)
		return peer_covered(asked);
	whole = *cut;
	parts *= whole.n_values;
	if (parts > PARTS_MAX)
		return peer_covered(asked);
	for (size_t i = 0; covered && i < whole.n_values; i++) {
		cut->values = &whole.values[i];
		cut->n_values = 1;
		covered = parts_covered(asked, peer, parts);
	}
	*cut = whole;
	return covered;
}

/* A selector whose requirements may be changed; their values are borrowed. */
static struct selector selector_loose(const struct selector *from)
{
	struct selector to = {.at = mem_new(from->n + 1, sizeof *to.at), .n = from->n};

	for (size_t i = 0; i < from->n; i++)
		to.at[i] = from->at[i];
	return to;
}

bool offers_cover(struct offer_span span, const struct offer *one, offer_use_fn *use, const void *ctx,
		  struct offer_list *by)
{
	struct asked asked = {span, one, NULL, NULL, use, ctx, by};
	const struct rule *rule = one->rule;
	bool covered = true;

	if (rule->everyone)
		return peer_covered(&asked);
	for (size_t i = 0; covered && i < rule->n_peers; i++) {
		struct peer peer = rule->peers[i];

		if (peer.kind == PEER_NOBODY)
			continue;
		peer.ns = selector_loose(&rule->peers[i].ns);
		peer.pods = selector_loose(&rule->peers[i].pods);
		asked.peer = &peer;
		covered = parts_covered(&asked, &peer, 1);
		free(peer.ns.at);
		free(peer.pods.at);
	}
	return covered;
}
