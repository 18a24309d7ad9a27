/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules may admit some of a peer? */
#include <stdlib.h>

#include "audit_meet.h"

static void add_term(struct meet_index *index, enum meet_kind kind, const char *key, const char *value)
{
	*vec_add(&index->terms) = (struct meet_term){kind, key, value, index->n};
}

/* A requirement that lists values to be in is found by any of them. */
static void add_requirement(struct meet_index *index, enum meet_kind kind, const struct requirement *req)
{
	if (req->op != SELECTOR_IN)
		add_term(index, kind, req->key, NULL);
	for (size_t i = 0; req->op == SELECTOR_IN && i < req->n_values; i++)
		add_term(index, kind, req->key, req->values[i]);
}

static void add_peer(struct meet_index *index, const struct peer *peer)
{
	switch (peer->kind) {
	case PEER_BLOCK:
		*vec_add(&index->blocks) = (struct meet_block){cidr_range(&peer->block), UINT32_MAX, index->n};
		break;
	case PEER_PODS:
		if (peer->pods.n)
			add_requirement(index, MEET_PODS, &peer->pods.at[0]);
		else if (peer->any_ns && peer->ns.n)
			add_requirement(index, MEET_NAMESPACES, &peer->ns.at[0]);
		else
			add_term(index, MEET_ALL_PODS, NULL, NULL);
		break;
	case PEER_NOBODY:
		break;
	}
}

void meet_add(struct meet_index *index, const struct rule *rule)
{
	if (rule->everyone)
		add_term(index, MEET_EVERYONE, NULL, NULL);
	for (size_t i = 0; i < rule->n_peers; i++)
		add_peer(index, &rule->peers[i]);
	index->n++;
}

/* In whatever order: equal atoms are one pointer. */
static int atom_cmp(const char *a, const char *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static int term_cmp(const void *a, const void *b)
{
	const struct meet_term *x = a, *y = b;
	int order = (x->kind > y->kind) - (x->kind < y->kind);

	order = order ? order : atom_cmp(x->key, y->key);
	return order ? order : atom_cmp(x->value, y->value);
}

static int block_cmp(const void *a, const void *b)
{
	const struct meet_block *x = a, *y = b;
	int order = ip_cmp(&x->range.lo, &y->range.lo);

	return order ? order : ip_cmp(&y->range.hi, &x->range.hi);
}

static int rule_cmp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void meet_settle(struct meet_index *index)
{
	vec_sort(&index->terms, term_cmp);
	vec_sort(&index->blocks, block_cmp);
	for (uint32_t i = 0; i < index->blocks.n; i++) {
		struct meet_block *block = &index->blocks.at[i];

		block->outer = i ? i - 1 : UINT32_MAX;
		while (block->outer != UINT32_MAX &&
		       ip_cmp(&index->blocks.at[block->outer].range.hi, &block->range.lo) < 0)
			block->outer = index->blocks.at[block->outer].outer;
	}
}

static void find_terms(const struct meet_index *index, enum meet_kind kind, const char *key, const char *value,
		       struct meet_list *out)
{
	struct meet_term wanted = {kind, key, value, 0};
	size_t lo = 0, hi = index->terms.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (term_cmp(&index->terms.at[mid], &wanted) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < index->terms.n && !term_cmp(&index->terms.at[lo], &wanted); lo++)
		*vec_add(out) = index->terms.at[lo].rule;
}

/* Those whose first requirement may follow from one of these. */
static void find_selector(const struct meet_index *index, enum meet_kind kind, const struct selector *selector,
			  struct meet_list *out)
{
	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *req = &selector->at[i];

		find_terms(index, kind, req->key, NULL, out);
		if (req->op == SELECTOR_IN)
			find_terms(index, kind, req->key, req->values[0], out);
	}
}

/* The number of blocks that begin before an address, or at it. */
static size_t blocks_until(const struct meet_index *index, const struct ip *ip)
{
	size_t lo = 0, hi = index->blocks.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ip_cmp(&index->blocks.at[mid].range.lo, ip) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Of two blocks one has all of the other, or they have nothing in common. */
static void find_blocks(const struct meet_index *index, const struct cidr *block, struct meet_list *out)
{
	const struct ip_range range = cidr_range(block);
	uint32_t at = (uint32_t)blocks_until(index, &range.hi) - 1;

	for (; at != UINT32_MAX && ip_cmp(&index->blocks.at[at].range.lo, &range.lo) >= 0; at--)
		*vec_add(out) = index->blocks.at[at].rule;
	for (; at != UINT32_MAX; at = index->blocks.at[at].outer)
		if (ip_cmp(&index->blocks.at[at].range.hi, &range.lo) >= 0)
			*vec_add(out) = index->blocks.at[at].rule;
}

/* Is there a requirement to be in none of any values?  All of that kind follow from it. */
static bool is_void(const struct selector *selector)
{
	for (size_t i = 0; i < selector->n; i++)
		if (selector->at[i].op == SELECTOR_IN && !selector->at[i].n_values)
			return true;
	return false;
}

static void find_peer(const struct meet_index *index, const struct peer *peer, struct meet_list *out)
{
	find_terms(index, MEET_EVERYONE, NULL, NULL, out);
	if (peer && peer->kind == PEER_BLOCK)
		find_blocks(index, &peer->block, out);
	if (!peer || peer->kind != PEER_PODS)
		return;
	find_terms(index, MEET_ALL_PODS, NULL, NULL, out);
	find_selector(index, MEET_PODS, &peer->pods, out);
	if (peer->any_ns)
		find_selector(index, MEET_NAMESPACES, &peer->ns, out);
}

void meet_find(const struct meet_index *index, const struct peer *peer, struct meet_list *out)
{
	size_t n = 0;

	*out = (struct meet_list){VEC_EMPTY};
	if (peer && (is_void(&peer->pods) || is_void(&peer->ns))) {
		for (uint32_t i = 0; i < index->n; i++)
			*vec_add(out) = i;
		return;
	}
	find_peer(index, peer, out);
	vec_sort(out, rule_cmp);
	for (size_t i = 0; i < out->n; i++)
		if (!n || out->at[n - 1] != out->at[i])
			out->at[n++] = out->at[i];
	out->n = n;
}

void meet_fini(struct meet_index *index)
{
	vec_free(&index->terms);
	vec_free(&index->blocks);
}
