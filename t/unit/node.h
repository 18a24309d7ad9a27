/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cluster as the agent of one node compiles it, and what each change comes to. */
#ifndef NODE_H
#define NODE_H

#include <selvage/compile.h>

#include "../lib/compile_usual.h"
#include "cluster.h"

#define BASE                                                                                                         \
	"1 counter multicast, 1 counter overlay, 1 counter untracked, 1 set cut4, 1 set cut6, 1 set egress4, 1 set " \
	"egress6, "                                                                                                  \
	"1 set ingress4, 1 set ingress6, 1 set overlay, 1 chain egress, 1 chain ingress, 1 chain injected, "         \
	"1 chain input, 1 chain many-4, 1 chain many-6, 1 chain multicast, 1 chain overlay, 1 chain untracked, 2 "   \
	"element overlay"

/* When the first pod of the node is isolated for ingress, or the last one no longer. */
#define MANY_DEL "-1 chain many-4, -1 chain many-6, "
#define MANY_ADD "+1 chain many-4, +1 chain many-6, "

/* A cluster as node n0 sees it. */
struct node {
	struct store *store;
	struct compile *compile;
};

/* What is not named by a hash. */
static inline bool is_base(const struct fact *fact)
{
	return (fact->kind == FACT_CHAIN || fact->kind == FACT_SET) && !strchr(fact->name, '-');
}

/* Takes the changes in; what is immortal must not be among them. */
static inline struct patch node_update(struct node *node)
{
	struct patch patch;

	compile_update(node->compile, &patch);
	store_settle(node->store);
	for (size_t i = 0; i < patch.del.n; i++)
		cr_assert(!is_base(&patch.del.at[i]), "%s was removed", patch.del.at[i].name);
	for (size_t i = 0; i < patch.add.n; i++)
		cr_assert(!is_base(&patch.add.at[i]), "%s was added", patch.add.at[i].name);
	return patch;
}

/* Takes in what is there at first. */
static inline void node_first(struct node *node)
{
	struct patch first;

	compile_update(node->compile, &first);
	patch_free(&first);
}

static inline void node_init(struct node *node)
{
	node->store = store_new();
	node->compile = compile_new_usual(node->store, "n0");
	node_first(node);
}

static inline void node_fini(struct node *node)
{
	compile_free(node->compile);
	store_free(node->store);
}

static inline void node_settle(struct node *node)
{
	struct patch patch = node_update(node);

	patch_free(&patch);
}

static inline void assert_patch(struct node *node, const char *expected)
{
	struct patch patch = node_update(node);

	UNIT_PRINTS(expected, patch_tell(&patch, out));
	patch_free(&patch);
}

static inline void assert_holds(const struct node *node, const char *expected)
{
	struct facts facts;

	compile_facts(node->compile, &facts);
	assert_facts(&facts, expected);
	facts_free(&facts);
}

static inline void put_pod(struct node *node, const char *where, const char *name, const char *labels, const char *ip)
{
	store_put(node->store, &make_pod_at(where, "shop", name, labels, ip)->object);
}

/* TCP `port` of pods labelled `pods` is open to those labelled `peers`. */
static inline void put_allow(struct node *node, const char *name, const char *pods, const char *peers, uint16_t port)
{
	struct policy *policy = make_policy_for("shop", name, pods, "ingress");
	struct rule *rule = make_rule(policy);

	make_peer_pods(rule, NULL, peers);
	make_port(rule, PROTO_TCP, port, port);
	store_put(node->store, &policy->object);
}

#endif
