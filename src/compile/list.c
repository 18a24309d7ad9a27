/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may use a port, as a chain of set lookups? */
#include <selvage/atom.h>
#include <selvage/digest.h>

#include "list.h"

static const char *list_name(enum direction direction, const struct list_entry *entries, size_t n, const char *comment)
{
	struct digest d;

	digest_init(&d);
	digest_u32(&d, direction);
	digest_text(&d, comment);
	for (size_t i = 0; i < n; i++) {
		digest_u32(&d, entries[i].verdict);
		digest_text(&d, entries[i].peers ? entries[i].peers->set[FAMILY_4] : NULL);
		for (int f = 0; f < FAMILY_COUNT; f++)
			digest_text(&d, entries[i].blocks ? entries[i].blocks->name[f] : NULL);
	}
	return digest_name(&d, direction == DIRECTION_INGRESS ? "allow-in-" : "allow-out-");
}

/* "ip saddr @SET accept" */
static void rule_write(struct fact *chain, enum direction direction, enum family family, const char *set,
		       enum verdict_kind verdict)
{
	struct chain_rule *rule = fact_add_rule(chain);

	rule->steps[0] = (struct step){
		.kind = STEP_ADDR_IN,
		.source = direction == DIRECTION_INGRESS,
		.family = (uint8_t)family,
		.name = set,
	};
	rule->steps[1] = (struct step){.kind = STEP_ACTION, .action.kind = verdict};
	rule->n = 2;
}

/* All that an entry says of a family. */
static void entry_write(struct fact *chain, enum direction direction, const struct list_entry *e, enum family family)
{
	if (e->peers)
		rule_write(chain, direction, family, e->peers->set[family], e->verdict);
	for (size_t i = 0; e->blocks && i < e->blocks->sets.n; i++)
		if (e->blocks->sets.at[i].family == family)
			rule_write(chain, direction, family, e->blocks->sets.at[i].name, e->verdict);
}

const char *list_write(enum direction direction, const struct list_entry *entries, size_t n, const char *comment,
		       struct facts *facts)
{
	struct fact chain = {.kind = FACT_CHAIN, .comment = comment};

	chain.name = list_name(direction, entries, n, comment);
	for (size_t i = 0; i < n; i++)
		for (int f = 0; f < FAMILY_COUNT; f++)
			entry_write(&chain, direction, &entries[i], (enum family)f);
	facts_add(facts, &chain);
	free(chain.chain.rules); /* what it names is borrowed */
	return chain.name;
}
