/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which objects of a kind were handed over, at which version? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/decode.h>
#include <selvage/hmap.h>
#include <selvage/mem.h>

#include "ledger.h"
#include "parcel.h"

struct entry {
	struct hnode node;
	const char *ns, *name; /* atoms, owned */
	uint64_t version;      /* what was handed over */
	uint64_t gathered;     /* the version in the list that is being gathered */
	struct parcel *parcel; /* what to hand over when the list is complete, or NULL */
	bool present;          /* handed over */
	bool listed;           /* in the list that is being gathered */
	bool flawed;           /* something was wrong with what was handed over */
};

struct ledger {
	struct hmap entries;
	enum object_kind kind;
	bool wide;
	size_t present;
};

uint64_t version_parse(const char *text)
{
	char *end;
	unsigned long long version;

	if (!text || *text < '0' || *text > '9' || strlen(text) > 19)
		return 0;
	version = strtoull(text, &end, 10);
	return *end ? 0 : version;
}

bool item_read(json_t *root, struct item *item)
{
	json_t *meta = json_object_get(root, "metadata");

	item->root = root;
	item->ns = json_string_value(json_object_get(meta, "namespace"));
	item->name = json_string_value(json_object_get(meta, "name"));
	item->version = version_parse(json_string_value(json_object_get(meta, "resourceVersion")));
	if (item->ns && !*item->ns)
		item->ns = NULL;
	return item->name && *item->name;
}

static uint64_t key_hash(const char *ns, const char *name)
{
	return hmap_mix(ns ? atom_hash(ns) : 0, atom_hash(name));
}

static struct entry *entry_find(const struct ledger *ledger, const struct item *item)
{
	const char *ns = item->ns ? atom_peek(item->ns) : NULL, *name = atom_peek(item->name);

	if (!name || (item->ns && !ns))
		return NULL;
	for (struct hnode *h = hmap_find(&ledger->entries, key_hash(ns, name)); h; h = hmap_next(h)) {
		struct entry *entry = hmap_entry(h, struct entry, node);

		if (entry->ns == ns && entry->name == name)
			return entry;
	}
	return NULL;
}

static struct entry *entry_get(struct ledger *ledger, const struct item *item)
{
	struct entry *entry = entry_find(ledger, item);

	if (entry)
		return entry;
	entry = mem_new(1, sizeof *entry);
	entry->ns = item->ns ? atom(item->ns) : NULL;
	entry->name = atom(item->name);
	hmap_put(&ledger->entries, &entry->node, key_hash(entry->ns, entry->name));
	return entry;
}

static void entry_free(struct ledger *ledger, struct entry *entry)
{
	hmap_del(&ledger->entries, &entry->node);
	parcel_free(entry->parcel);
	atom_put(entry->ns);
	atom_put(entry->name);
	free(entry);
}

/* Says what is wrong with the object now, if there is or was anything. */
static void entry_flaws(struct ledger *ledger, struct entry *entry, const struct problem *problems, size_t n,
			const struct sink *sink)
{
	if (sink->flaws && (n || entry->flawed))
		sink->flaws(sink->ctx, ledger->kind, entry->ns, entry->name, problems, n);
	entry->flawed = n > 0;
}

/* Hands a parcel over, and frees it. */
static void entry_deliver(struct ledger *ledger, struct entry *entry, struct parcel *parcel, uint64_t version,
			  const struct sink *sink)
{
	const struct problem *problems;
	size_t n;

	ledger->present += !entry->present;
	entry->present = true;
	entry->version = version;
	problems = parcel_problems(parcel, &n);
	entry_flaws(ledger, entry, problems, n, sink);
	parcel_deliver(parcel, sink);
}

/* Deletes what was handed over, and the entry. */
static void entry_del(struct ledger *ledger, struct entry *entry, const struct sink *sink)
{
	if (entry->present) {
		ledger->present--;
		entry_flaws(ledger, entry, NULL, 0, sink);
		sink->del(sink->ctx, ledger->kind, entry->ns, entry->name);
	}
	entry_free(ledger, entry);
}

/* The item is out of the list again. */
static void entry_unlist(struct entry *entry)
{
	parcel_free(entry->parcel);
	entry->parcel = NULL;
	entry->listed = false;
}

static bool older(uint64_t version, uint64_t known)
{
	return version && known && version < known;
}

struct ledger *ledger_new(enum object_kind kind, bool wide)
{
	struct ledger *ledger = mem_new(1, sizeof *ledger);

	ledger->kind = kind;
	ledger->wide = wide;
	return ledger;
}

void ledger_begin(struct ledger *ledger)
{
	ledger_abort(ledger);
}

bool ledger_gather(struct ledger *ledger, const struct item *item)
{
	struct entry *entry = entry_get(ledger, item);
	bool first = !entry->listed;

	if (!first && older(item->version, entry->gathered))
		return false;
	entry_unlist(entry);
	entry->listed = true;
	entry->gathered = item->version;
	if (entry->present && older(item->version, entry->version))
		return first;
	if (!entry->present || !item->version || item->version != entry->version)
		entry->parcel = parcel_new(item->root, ledger->wide);
	return first;
}

void ledger_gather_del(struct ledger *ledger, const struct item *item)
{
	struct entry *entry = entry_find(ledger, item);

	if (!entry || (entry->listed && older(item->version, entry->gathered)))
		return;
	entry_unlist(entry);
	if (!entry->present)
		entry_free(ledger, entry);
}

size_t ledger_commit(struct ledger *ledger, const struct sink *sink)
{
	struct hnode *next;
	size_t n = 0;

	for (struct hnode *h = hmap_walk(&ledger->entries, NULL); h; h = next) {
		struct entry *entry = hmap_entry(h, struct entry, node);

		next = hmap_walk(&ledger->entries, h);
		if (!entry->listed) {
			n += entry->present;
			entry_del(ledger, entry, sink);
			continue;
		}
		entry->listed = false;
		if (!entry->parcel)
			continue;
		n++;
		entry_deliver(ledger, entry, entry->parcel, entry->gathered, sink);
		entry->parcel = NULL;
	}
	return n;
}

void ledger_abort(struct ledger *ledger)
{
	struct hnode *next;

	for (struct hnode *h = hmap_walk(&ledger->entries, NULL); h; h = next) {
		struct entry *entry = hmap_entry(h, struct entry, node);

		next = hmap_walk(&ledger->entries, h);
		entry_unlist(entry);
		if (!entry->present)
			entry_free(ledger, entry);
	}
}

bool ledger_put(struct ledger *ledger, const struct item *item, const struct sink *sink)
{
	struct entry *entry = entry_get(ledger, item);

	if (entry->present && older(item->version, entry->version))
		return false;
	entry_deliver(ledger, entry, parcel_new(item->root, ledger->wide), item->version, sink);
	return true;
}

bool ledger_del(struct ledger *ledger, const struct item *item, const struct sink *sink)
{
	struct entry *entry = entry_find(ledger, item);

	if (!entry || older(item->version, entry->version))
		return false;
	entry_del(ledger, entry, sink);
	return true;
}

void ledger_rewind(struct ledger *ledger)
{
	for (struct hnode *h = hmap_walk(&ledger->entries, NULL); h; h = hmap_walk(&ledger->entries, h))
		hmap_entry(h, struct entry, node)->version = 0;
}

size_t ledger_count(const struct ledger *ledger)
{
	return ledger->present;
}

void ledger_free(struct ledger *ledger)
{
	struct hnode *next;

	if (!ledger)
		return;
	for (struct hnode *h = hmap_walk(&ledger->entries, NULL); h; h = next) {
		next = hmap_walk(&ledger->entries, h);
		entry_free(ledger, hmap_entry(h, struct entry, node));
	}
	hmap_fini(&ledger->entries);
	free(ledger);
}
