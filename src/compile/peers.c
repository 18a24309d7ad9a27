/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sets of peers do the policies of this node's pods speak about? */
#include <assert.h>
#include <string.h>

#include <selvage/atom.h>

#include "peers.h"

static const enum key_type family_key[FAMILY_COUNT] = {KEY_IP4, KEY_IP6};

#define PRUNE_WIDE 64 /* terms that are tried for whether they cover others */

static int term_cmp(const void *a, const void *b)
{
	const struct term *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Sorts the terms and gives repeated references back. */
static size_t terms_unique(struct unions *unions, struct term **terms, size_t n)
{
	size_t kept = 0;

	qsort(terms, n, sizeof(struct term *), term_cmp);
	for (size_t i = 0; i < n; i++) {
		if (kept && terms[kept - 1] == terms[i])
			term_put(&unions->terms, terms[i]);
		else
			terms[kept++] = terms[i];
	}
	return kept;
}

static int demands_cmp(const void *a, const void *b)
{
	const struct term *const *x = a, *const *y = b;

	if ((*x)->demands != (*y)->demands)
		return (*x)->demands < (*y)->demands ? -1 : 1;
	return term_cmp(a, b);
}

static size_t demands_most(struct term *const *terms, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++)
		if (terms[i]->demands > most)
			most = terms[i]->demands;
	return most;
}

/*
 * Gives back the references of terms that another covers: where all pods are meant, nothing is gained by naming some, and
 * one set serves everyone who means all.  Nothing that demands as much as the most demanding covers another.  Of many, only
 * those that demand least are tried, or a policy with thousands of peers would take minutes.
 */
static size_t terms_prune(struct unions *unions, struct term **terms, size_t n)
{
	size_t most = demands_most(terms, n), kept = 0;
	VEC(struct term *) wide = VEC_EMPTY;
	VEC(struct term *) covered = VEC_EMPTY;

	for (size_t i = 0; i < n; i++)
		if (terms[i]->demands < most)
			*vec_add(&wide) = terms[i];
	vec_sort(&wide, demands_cmp);
	if (wide.n > PRUNE_WIDE)
		wide.n = PRUNE_WIDE;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < wide.n && !term_covers(wide.at[k], terms[i]))
			k++;
		if (k == wide.n)
			terms[kept++] = terms[i];
		else
			*vec_add(&covered) = terms[i];
	}
	for (size_t i = 0; i < covered.n; i++)
		term_put(&unions->terms, covered.at[i]);
	vec_free(&wide);
	vec_free(&covered);
	return kept;
}

static const char *set_name(struct term *const *terms, size_t n, const char *prefix)
{
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < n; i++)
		digest_text(&d, terms[i]->name);
	return digest_name(&d, prefix);
}

static void declare(const struct unions *unions, const struct peers *peers,
		    void (*change)(struct factset *, const struct fact *))
{
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct fact fact = {.kind = FACT_SET, .name = peers->set[f], .set = {.key = family_key[f]}};

		change(unions->wanted, &fact);
	}
}

/* Takes over the name and the references to the terms. */
static struct peers *peers_new(struct unions *unions, const char *name4, struct term *const *terms, size_t n)
{
	struct peers *peers = mem_new(1, sizeof *peers);

	peers->set[FAMILY_4] = name4;
	peers->set[FAMILY_6] = set_name(terms, n, "peers6-");
	vec_reserve(&peers->terms, n);
	for (size_t i = 0; i < n; i++) {
		*vec_add(&peers->terms) = terms[i];
		*vec_add(&terms[i]->users) = peers;
	}
	hmap_put(&unions->by_name, &peers->node, atom_hash(name4));
	*vec_add(&unions->fresh) = peers;
	declare(unions, peers, factset_add);
	return peers;
}

struct peers *peers_get(struct unions *unions, struct term **terms, size_t n)
{
	const char *name;
	struct peers *peers = NULL;

	n = terms_prune(unions, terms, terms_unique(unions, terms, n));
	name = set_name(terms, n, "peers4-");
	for (struct hnode *h = hmap_find(&unions->by_name, atom_hash(name)); h && !peers; h = hmap_next(h))
		if (hmap_entry(h, struct peers, node)->set[FAMILY_4] == name)
			peers = hmap_entry(h, struct peers, node);
	if (peers) {
		for (size_t i = 0; i < n; i++)
			term_put(&unions->terms, terms[i]);
		atom_put(name);
	} else {
		peers = peers_new(unions, name, terms, n);
	}
	peers->refs++;
	return peers;
}

void peers_put(struct unions *unions, struct peers *peers)
{
	if (--peers->refs == 0)
		*vec_add(&unions->dropped) = peers;
}

static struct membership *membership_draft(size_t n)
{
	struct membership *draft = mem_new(1, sizeof *draft + n * sizeof(struct peers *));

	draft->n = n;
	return draft;
}

/* The one that is equal to a draft: another, or the draft itself. */
static struct membership *membership_intern(struct unions *unions, struct membership *draft)
{
	size_t size = draft->n * sizeof(struct peers *);
	uint64_t hash = hmap_hash(draft->in, size);

	for (struct hnode *h = hmap_find(&unions->memberships, hash); h; h = hmap_next(h)) {
		struct membership *membership = hmap_entry(h, struct membership, node);

		if (membership->n != draft->n || memcmp(membership->in, draft->in, size) != 0)
			continue;
		free(draft);
		membership->refs++;
		return membership;
	}
	draft->refs = 1;
	hmap_put(&unions->memberships, &draft->node, hash);
	return draft;
}

struct membership *membership_get(struct unions *unions, struct peers *const *in, size_t n)
{
	struct membership *draft = membership_draft(n);

	for (size_t i = 0; i < n; i++)
		draft->in[i] = in[i];
	return membership_intern(unions, draft);
}

/* Where a union is, or would be. */
static size_t membership_seek(const struct membership *membership, const struct peers *peers)
{
	size_t lo = 0, hi = membership->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (membership->in[mid] < peers)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool membership_has(const struct membership *membership, const struct peers *peers)
{
	size_t at = membership_seek(membership, peers);

	return at < membership->n && membership->in[at] == peers;
}

struct membership *membership_with(struct unions *unions, const struct membership *membership, struct peers *peers)
{
	size_t at = membership_seek(membership, peers), n = membership->n;
	struct membership *draft = membership_draft(n + 1);

	memcpy(draft->in, membership->in, at * sizeof(struct peers *));
	draft->in[at] = peers;
	memcpy(draft->in + at + 1, membership->in + at, (n - at) * sizeof(struct peers *));
	return membership_intern(unions, draft);
}

struct membership *membership_without(struct unions *unions, const struct membership *membership,
				      const struct peers *peers)
{
	size_t at = membership_seek(membership, peers), n = membership->n - 1;
	struct membership *draft = membership_draft(n);

	memcpy(draft->in, membership->in, at * sizeof(struct peers *));
	memcpy(draft->in + at, membership->in + at + 1, (n - at) * sizeof(struct peers *));
	return membership_intern(unions, draft);
}

void membership_put(struct unions *unions, struct membership *membership)
{
	if (!membership || --membership->refs)
		return;
	hmap_del(&unions->memberships, &membership->node);
	free(membership);
}

/* A term forgets one of the unions it is part of. */
static void user_drop(struct term *term, const struct peers *peers)
{
	for (size_t i = 0; i < term->users.n; i++) {
		if (term->users.at[i] == peers) {
			vec_drop(&term->users, i);
			return;
		}
	}
}

static void peers_free(struct unions *unions, struct peers *peers)
{
	declare(unions, peers, factset_del);
	for (size_t i = 0; i < peers->terms.n; i++) {
		user_drop(peers->terms.at[i], peers);
		term_put(&unions->terms, peers->terms.at[i]);
	}
	hmap_del(&unions->by_name, &peers->node);
	atom_put(peers->set[FAMILY_4]);
	atom_put(peers->set[FAMILY_6]);
	vec_free(&peers->terms);
	free(peers);
}

static int pointer_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(void *));
}

void unions_settle(struct unions *unions)
{
	const struct peers *last = NULL;

	vec_clear(&unions->fresh);
	vec_sort(&unions->dropped, pointer_cmp); /* one may have been dropped, revived and dropped again */
	for (size_t i = 0; i < unions->dropped.n; i++) {
		struct peers *peers = unions->dropped.at[i];

		if (peers == last)
			continue;
		last = peers;
		if (peers->refs == 0)
			peers_free(unions, peers);
	}
	vec_clear(&unions->dropped);
}

void unions_fini(struct unions *unions)
{
	unions_settle(unions);
	assert(unions->by_name.n == 0 && unions->memberships.n == 0);
	hmap_fini(&unions->by_name);
	hmap_fini(&unions->memberships);
	terms_fini(&unions->terms);
	vec_free(&unions->fresh);
	vec_free(&unions->dropped);
}
