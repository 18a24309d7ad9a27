/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small clusters for tests, in few words, and what their facts come to. */
#ifndef CLUSTER_H
#define CLUSTER_H

#include <selvage/fact.h>

#include "make.h"

/* The label at *text of "app=web,tier=front", cut out in place; false at the end. */
static inline bool cut_label(char **text, char **key, char **value)
{
	char *label = strsep(text, ",");

	if (!label || !*label)
		return false;
	*key = strsep(&label, "=");
	*value = label;
	cr_assert_not_null(label, "\"%s\" is not KEY=VALUE", *key);
	return true;
}

static inline void make_labels(struct labels *labels, const char *text)
{
	char *copy = strdup(text), *at = copy, *key, *value;

	while (cut_label(&at, &key, &value))
		labels_put(labels, key, value);
	free(copy);
}

/* Wants all of these labels. */
static inline void make_selector(struct selector *sel, const char *text)
{
	char *copy = strdup(text), *at = copy, *key, *value;

	while (cut_label(&at, &key, &value))
		selector_add(sel, SELECTOR_IN, key, (const char *const[]){value}, 1);
	selector_normalise(sel);
	free(copy);
}

static inline struct pod *make_pod_at(const char *node, const char *ns, const char *name, const char *labels,
				      const char *ip)
{
	struct pod *pod = make_pod(ns, name);

	pod->node = atom(node);
	make_labels(&pod->labels, labels);
	make_pod_ip(pod, ip);
	return pod;
}

/* `types` is "ingress", "egress", "ingress egress" or "". */
static inline struct policy *make_policy_for(const char *ns, const char *name, const char *pods, const char *types)
{
	struct policy *policy = make_policy(ns, name);

	make_selector(&policy->pods, pods);
	policy->types[DIRECTION_INGRESS] = strstr(types, "ingress");
	policy->types[DIRECTION_EGRESS] = strstr(types, "egress");
	return policy;
}

static inline struct rule *make_egress(struct policy *policy)
{
	struct rule *rule = make_rule(policy);

	rule->direction = DIRECTION_EGRESS;
	return rule;
}

/* ns NULL: no namespaceSelector. */
static inline struct peer *make_peer_pods(struct rule *rule, const char *ns, const char *pods)
{
	struct peer *peer = make_peer(rule, PEER_PODS);

	peer->any_ns = ns;
	make_selector(&peer->ns, ns ? ns : "");
	make_selector(&peer->pods, pods);
	return peer;
}

/* except NULL: none. */
static inline struct peer *make_peer_block(struct rule *rule, const char *block, const char *except)
{
	struct peer *peer = make_peer(rule, PEER_BLOCK);

	peer->block = make_cidr(block);
	if (except) {
		peer->except = mem_new(1, sizeof *peer->except);
		peer->except[peer->n_except++] = make_cidr(except);
	}
	return peer;
}

static inline struct port *make_port_named(struct rule *rule, enum proto proto, const char *name)
{
	struct port *port = make_port(rule, proto, 0, 0);

	port->name = atom(name);
	return port;
}

/* Bytes of a name without the hash that follows a prefix. */
static inline int name_stem(const char *name)
{
	size_t n = strlen(name);

	return (int)(n > 33 && name[n - 33] == '-' ? n - 33 : n);
}

static inline void facts_tell(const struct facts *facts, const char *sign, FILE *out)
{
	static const char *const kinds[FACT_KIND_COUNT] = {"counter", "set", "chain", "element"};
	size_t i = 0;

	while (i < facts->n) {
		const struct fact *first = &facts->at[i];
		int stem = name_stem(first->name);
		size_t n = 0;

		for (; i < facts->n && facts->at[i].kind == first->kind; i++, n++)
			if (name_stem(facts->at[i].name) != stem ||
			    strncmp(facts->at[i].name, first->name, (size_t)stem) != 0)
				break;
		fprintf(out, "%s%s%zu %s %.*s", ftell(out) ? ", " : "", sign, n, kinds[first->kind], stem, first->name);
	}
}

/* What a sorted list holds, without hashes: "1 counter in, 1 chain in, 2 element ingress4". */
static inline void assert_facts(const struct facts *facts, const char *expected)
{
	UNIT_PRINTS(expected, facts_tell(facts, "", out));
}

/* What a patch does: "-1 element peers4, +1 chain in". */
static inline void patch_tell(const struct patch *patch, FILE *out)
{
	facts_tell(&patch->del, "-", out);
	facts_tell(&patch->add, "+", out);
}

/* The only fact whose kind is this and whose name starts like this. */
static inline const struct fact *only_fact(const struct facts *facts, enum fact_kind kind, const char *prefix)
{
	const struct fact *found = NULL;

	for (size_t i = 0; i < facts->n; i++) {
		if (facts->at[i].kind != kind || strncmp(facts->at[i].name, prefix, strlen(prefix)) != 0)
			continue;
		cr_assert_null(found, "two facts named %s...", prefix);
		found = &facts->at[i];
	}
	cr_assert_not_null(found, "no fact named %s...", prefix);
	return found;
}

#endif
