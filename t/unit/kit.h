/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compile room's tables without a compile around them, for tests of what uses several of them. */
#ifndef KIT_H
#define KIT_H

#include "../../src/compile/place.h"
#include "cluster.h"

struct kit {
	struct store *store;
	struct factset *wanted;
	struct exposed exposed;
	struct unions unions;
	struct blockset blocks;
	struct profiles profiles;
	struct compile_config config;
};

static inline void kit_init(struct kit *kit)
{
	*kit = (struct kit){.store = store_new(), .wanted = factset_new()};
	kit->unions.wanted = kit->blocks.wanted = kit->wanted;
	kit->profiles = (struct profiles){
		.store = kit->store,
		.exposed = &kit->exposed,
		.unions = &kit->unions,
		.blocks = &kit->blocks,
		.wanted = kit->wanted,
		.config = &kit->config,
	};
	kit->config = compile_usual("n");
}

/* Also asserts that everybody gave back what they had. */
static inline void kit_fini(struct kit *kit)
{
	struct facts left = {0};

	profiles_fini(&kit->profiles);
	unions_fini(&kit->unions);
	blockset_fini(&kit->blocks);
	exposed_fini(&kit->exposed);
	factset_all(kit->wanted, &left);
	assert_facts(&left, "");
	facts_free(&left);
	factset_free(kit->wanted);
	store_free(kit->store);
}

static inline void assert_wanted(const struct factset *wanted, const char *expected)
{
	struct facts facts = {0};

	factset_all(wanted, &facts);
	facts_sort(&facts);
	assert_facts(&facts, expected);
	facts_free(&facts);
}

/* As above, together with the elements of a place. */
static inline void assert_placed(const struct factset *wanted, const struct place *place, const char *expected)
{
	struct facts facts = {0};

	factset_all(wanted, &facts);
	place_facts(place, &facts);
	facts_sort(&facts);
	assert_facts(&facts, expected);
	facts_free(&facts);
}

static inline void assert_taken(struct factset *wanted, const char *expected)
{
	struct patch patch;

	factset_take(wanted, &patch);
	UNIT_PRINTS(expected, patch_tell(&patch, out));
	patch_free(&patch);
}

/* A term for the pods of a namespace that have these labels; ns NULL: of every namespace. */
static inline struct term *make_term(struct terms *terms, const char *ns, const char *pods)
{
	struct term draft = {.ns = ns ? atom(ns) : NULL};

	make_selector(&draft.pods, pods);
	return term_get(terms, &draft);
}

#endif
