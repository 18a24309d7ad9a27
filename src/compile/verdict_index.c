/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a pod, when many questions are asked? */
#include <stdlib.h>

#include <selvage/hmap.h>
#include <selvage/verdict.h>

/* An address of a pod. */
struct entry {
	struct hnode node;
	struct verdict_party party;
	struct policy_list isolating[DIRECTION_COUNT];
};

struct verdict_index {
	const struct store *store;
	struct overlay overlay;
	struct hmap entries;
};

struct verdict_index *verdict_index_new(const struct store *store, const struct overlay *overlay)
{
	struct verdict_index *index = mem_new(1, sizeof *index);

	index->store = store;
	index->overlay = *overlay;
	return index;
}

static void entry_free(struct entry *entry)
{
	for (int d = 0; d < DIRECTION_COUNT; d++)
		vec_free(&entry->isolating[d]);
	free(entry);
}

void verdict_index_free(struct verdict_index *index)
{
	struct hnode *h, *next;

	if (!index)
		return;
	for (h = hmap_walk(&index->entries, NULL); h; h = next) {
		next = hmap_walk(&index->entries, h);
		entry_free(hmap_entry(h, struct entry, node));
	}
	hmap_fini(&index->entries);
	free(index);
}

static const struct verdict_party *entry_new(struct verdict_index *index, const struct verdict_party *party,
					     uint64_t hash)
{
	struct entry *entry = mem_new(1, sizeof *entry);

	entry->party = *party;
	entry->party.isolating = entry->isolating;
	for (int d = 0; d < DIRECTION_COUNT; d++)
		verdict_isolating(index->store, party->pod, (enum direction)d, &entry->isolating[d]);
	hmap_put(&index->entries, &entry->node, hash);
	return &entry->party;
}

const struct verdict_party *verdict_index_party(struct verdict_index *index, const struct ip *ip,
						struct verdict_party *scratch)
{
	uint64_t hash = hmap_hash(ip->b, ip_size((enum family)ip->family));

	for (struct hnode *h = hmap_find(&index->entries, hash); h; h = hmap_next(h))
		if (ip_cmp(&hmap_entry(h, struct entry, node)->party.ip, ip) == 0)
			return &hmap_entry(h, struct entry, node)->party;
	*scratch = verdict_party_of(index->store, ip);
	return scratch->pod ? entry_new(index, scratch, hash) : scratch;
}

struct verdict verdict_index_between(const struct verdict_index *index, const struct verdict_party *from,
				     const struct verdict_party *to, uint8_t proto, uint16_t port)
{
	return verdict_between(index->store, &index->overlay, from, to, proto, port);
}

struct verdict verdict_index_of(struct verdict_index *index, const struct packet *packet)
{
	struct verdict_party scratch[2];
	const struct verdict_party *from = verdict_index_party(index, &packet->from, &scratch[0]);
	const struct verdict_party *to = verdict_index_party(index, &packet->to, &scratch[1]);

	return verdict_index_between(index, from, to, packet->proto, packet->port);
}
