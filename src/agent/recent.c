/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who was denied what lately? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

#include "recent.h"

struct chain {
	struct hnode node;
	const char *name; /* atom, owned */
	int64_t last;
};

static struct chain *chain_find(const struct recent *recent, const char *name)
{
	for (struct hnode *h = hmap_find(&recent->chains, atom_hash(name)); h; h = hmap_next(h)) {
		struct chain *chain = hmap_entry(h, struct chain, node);

		if (chain->name == name)
			return chain;
	}
	return NULL;
}

static void chains_clear(struct recent *recent)
{
	struct hnode *h;

	while ((h = hmap_walk(&recent->chains, NULL))) {
		struct chain *chain = hmap_entry(h, struct chain, node);

		hmap_del(&recent->chains, h);
		atom_put(chain->name);
		free(chain);
	}
}

/* Chains of pods that are gone fill it up slowly; to forget all of them then is as good as any order. */
static void chain_touch(struct recent *recent, const char *name, int64_t when)
{
	struct chain *chain = chain_find(recent, name);

	if (!chain) {
		if (recent->chains.n >= RECENT_CHAINS)
			chains_clear(recent);
		chain = mem_new(1, sizeof *chain);
		chain->name = atom_ref(name);
		hmap_put(&recent->chains, &chain->node, atom_hash(name));
	}
	chain->last = when;
}

static bool pair_is(const struct recent_pair *pair, const char *chain, const struct packet *packet)
{
	return pair->chain == chain && !ip_cmp(&pair->packet.from, &packet->from) &&
	       !ip_cmp(&pair->packet.to, &packet->to) && pair->packet.proto == packet->proto &&
	       pair->packet.port == packet->port;
}

/* The pair of this kind; else an empty one, for which another may have given way. */
static struct recent_pair *pair_get(struct recent *recent, const char *chain, const struct packet *packet)
{
	struct recent_pair *oldest = recent->pairs;

	for (size_t i = 0; i < recent->n; i++) {
		if (pair_is(&recent->pairs[i], chain, packet))
			return &recent->pairs[i];
		if (recent->pairs[i].last < oldest->last)
			oldest = &recent->pairs[i];
	}
	if (recent->n < RECENT_KEPT)
		oldest = &recent->pairs[recent->n++];
	else
		atom_put(oldest->chain);
	*oldest = (struct recent_pair){.chain = atom_ref(chain), .packet = *packet};
	return oldest;
}

void recent_add(struct recent *recent, const char *chain, const struct packet *packet, int64_t when)
{
	const char *name = atom(chain);
	struct recent_pair *pair = pair_get(recent, name, packet);

	if (when - pair->last > RECENT_SECONDS)
		pair->count = 0;
	pair->count++;
	pair->last = when;
	chain_touch(recent, name, when);
	atom_put(name);
}

void recent_expire(struct recent *recent, int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < recent->n; i++) {
		if (now - recent->pairs[i].last > RECENT_SECONDS)
			atom_put(recent->pairs[i].chain);
		else
			recent->pairs[n++] = recent->pairs[i];
	}
	recent->n = n;
}

int64_t recent_last(const struct recent *recent, const char *chain)
{
	const struct chain *found = chain_find(recent, chain);

	return found ? found->last : 0;
}

void recent_fini(struct recent *recent)
{
	for (size_t i = 0; i < recent->n; i++)
		atom_put(recent->pairs[i].chain);
	recent->n = 0;
	chains_clear(recent);
	hmap_fini(&recent->chains);
}
