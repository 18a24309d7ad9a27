/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does the document of a NetworkPolicy say?  Read strictly (networking.k8s.io/v1): what cannot be understood is
 * reported and closes, it never opens.
 */
#include <selvage/atom.h>
#include <selvage/vec.h>

#include "decode_parts.h"
#include "remarks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct rules {
	VEC(struct rule);
};

static const char *const sections[DIRECTION_COUNT] = {"ingress", "egress"};
static const char *const sides[DIRECTION_COUNT] = {"from", "to"};
static const char *const types[DIRECTION_COUNT] = {"Ingress", "Egress"};

static void read_peers(const struct place *list, size_t n, struct rule *rule)
{
	rule->peers = n ? mem_new(n, sizeof *rule->peers) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(list, i);

		decode_peer(&item, &rule->peers[rule->n_peers++]);
	}
}

static void read_ports(const struct place *list, size_t n, struct rule *rule)
{
	rule->ports = n ? mem_new(n, sizeof *rule->ports) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(list, i);

		decode_port(&item, &rule->ports[rule->n_ports++]);
	}
}

/* What remains of a rule that is unclear as a whole: nobody may come, on whatever port. */
static void close_rule(struct rule *rule)
{
	for (size_t i = 0; i < rule->n_peers; i++)
		peer_fini(&rule->peers[i]);
	free(rule->peers);
	rule->peers = NULL;
	rule->n_peers = 0;
	rule->everyone = false;
}

/*
 * "If this field is empty or missing, this rule matches all sources (traffic not restricted by source)"; for `ports`,
 * "this rule matches all ports (traffic not restricted by port)".
 */
static void read_rule(const struct place *at, enum direction direction, struct rule *rule)
{
	const char *const fields[] = {sides[direction], "ports"};
	struct place peers = place_field(at, sides[direction]), ports = place_field(at, "ports");
	bool clear = place_is_object(at) && !place_unknown(at, fields, COUNT(fields));
	bool readable;
	size_t n;

	*rule = (struct rule){.direction = direction, .index = (unsigned)at->index, .source = place_source(at)};
	readable = place_is_list(&peers, &n);
	rule->everyone = readable && !n;
	read_peers(&peers, n, rule);
	if (!clear)
		close_rule(rule);
	readable = place_is_list(&ports, &n);
	rule->every_port = readable && !n;
	read_ports(&ports, n, rule);
}

/* The rules of one direction.  False if there is something that is no list. */
static bool read_rules(const struct place *spec, enum direction direction, struct rules *rules)
{
	struct place list = place_field(spec, sections[direction]);
	size_t n;
	bool readable = place_is_list(&list, &n);

	for (size_t i = 0; i < n; i++) {
		struct place item = place_item(&list, i);

		read_rule(&item, direction, vec_add(rules));
	}
	return readable;
}

/* Sets the directions that policyTypes names.  Returns how many entries there were, -1 if they are unclear. */
static int read_types(const struct place *at, struct policy *policy)
{
	size_t n, before = at->reading->problems;

	place_is_list(at, &n);
	if (n > DIRECTION_COUNT)
		place_fault(at, PROBLEM_INVALID, "may not specify more than two policyTypes");
	for (size_t i = 0; i < n && n <= DIRECTION_COUNT; i++) {
		struct place item = place_item(at, i);
		int type = place_choice(&item, types, COUNT(types), -1);

		if (type >= 0)
			policy->types[type] = true;
	}
	return at->reading->problems == before ? (int)n : -1;
}

/*
 * "If this field is not specified, it will default based on the existence of ingress or egress rules; policies that
 * contain an egress section are assumed to affect egress, and all policies (whether or not they contain an ingress
 * section) are assumed to affect ingress."  An empty egress section is none.  If it is unclear which directions are
 * meant, both are.
 */
static void set_types(struct policy *policy, int n_types, bool egress, bool clear)
{
	if (n_types > 0)
		return;
	policy->types[DIRECTION_INGRESS] = true;
	policy->types[DIRECTION_EGRESS] = egress || n_types < 0 || !clear;
}

static bool has_direction(const struct rules *rules, enum direction direction)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->at[i].direction == direction)
			return true;
	return false;
}

static void rules_clear(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_fini(&rules->at[i]);
	vec_free(rules);
}

/* A field that we do not know could mean anything: then no rule admits anybody.  So with an unclear podSelector. */
static void read_spec(const struct place *spec, bool stale, struct policy *policy)
{
	static const char *const fields[] = {"podSelector", "policyTypes", "ingress", "egress"};
	struct place pods = place_field(spec, "podSelector"), types_at = place_field(spec, "policyTypes");
	size_t before = spec->reading->problems;
	struct rules rules = {VEC_EMPTY};
	bool clear = place_is_object(spec) && !place_unknown(spec, fields, COUNT(fields));
	bool selects = decode_selector(&pods, &policy->pods);
	int n_types = read_types(&types_at, policy);
	bool egress;

	read_rules(spec, DIRECTION_INGRESS, &rules);
	egress = !read_rules(spec, DIRECTION_EGRESS, &rules) || has_direction(&rules, DIRECTION_EGRESS);
	set_types(policy, n_types, egress, clear);
	if (!selects)
		selector_fini(&policy->pods);
	if (stale || !clear || !selects)
		rules_clear(&rules);
	policy->rules = rules.at;
	policy->n_rules = rules.n;
	policy->broken = stale || spec->reading->problems != before;
	policy->implied = !n_types && !policy->broken;
}

void decode_policy(const struct place *root, struct object *object)
{
	struct policy *policy = (struct policy *)(void *)object;
	struct place meta = place_field(root, "metadata"), spec = place_field(root, "spec");

	read_spec(&spec, root->reading->stale, policy);
	remarks_policy(&spec, policy);
	policy->ignore = decode_annotation(&meta, IGNORE_ANNOTATION);
}
