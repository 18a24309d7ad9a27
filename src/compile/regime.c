/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the policies of a pod admit, and from or to whom? */
#include <stdlib.h>

#include "everywhere.h"
#include "regime.h"
#include "spoken.h"

/* What is being worked out. */
struct view {
	struct regimes *regimes;
	const struct scenery *scenery;
	const struct pod *pod;
	enum direction direction;
	enum family family;
	enum certainty certainty;
};

struct parts {
	VEC(struct runs);
};

static void runs_of_all(const struct view *view, uint32_t ports, struct runs *out)
{
	*out = (struct runs){0};
	runs_add(out, view->scenery->lineup->n, ports);
}

static void runs_copy(const struct runs *from, struct runs *out)
{
	*out = (struct runs){0};
	for (size_t i = 0; i < from->n; i++)
		*vec_add(out) = from->at[i];
}

/* Unites the parts, of which there may be none, and frees them. */
static void parts_unite(const struct view *view, struct parts *parts, struct runs *out)
{
	if (parts->n)
		runs_unite(view->regimes->pool, parts->at, parts->n, out);
	else
		runs_of_all(view, POOL_NONE, out);
	vec_free(parts);
}

/* POOL_ALL for those whom the rule means. */
static void rule_audience(const struct view *view, const struct policy *policy, const struct rule *rule,
			  struct runs *out)
{
	struct parts parts = {0};

	if (rule->everyone) {
		runs_of_all(view, POOL_ALL, out);
		return;
	}
	for (size_t i = 0; i < rule->n_peers; i++) {
		const struct audience *audience = audience_of_peer(view->scenery->audiences, policy, &rule->peers[i]);

		if (audience && audience->kinds)
			runs_copy(&audience->runs[FAMILY_4][CERTAIN], vec_add(&parts));
		else if (audience)
			runs_copy(&audience->runs[view->family][view->certainty], vec_add(&parts));
	}
	parts_unite(view, &parts, out);
}

/* The numbers under which a pod exposes a port. */
static void add_exposed(const struct pod *pod, const struct port *port, struct portset *out)
{
	for (size_t i = 0; i < pod->n_ports; i++)
		if (pod->ports[i].name == port->name && pod->ports[i].proto == port->proto)
			portset_add(out, port->proto, pod->ports[i].number, pod->ports[i].number);
}

/* The same of each class: "port: [...] either a numerical or named port on a pod", and outside are no pods. */
static void runs_expose(const struct view *view, const struct port *port, struct runs *out)
{
	const struct lineup *lineup = view->scenery->lineup;
	const struct audiences *audiences = view->scenery->audiences;

	*out = (struct runs){0};
	for (uint32_t c = 0; c < lineup->n_pods; c++) {
		const struct pod *pod = audiences->kinds->at[lineup->kind[c]].in[audiences->world].pod;
		struct portset ports = {0};

		if (pod)
			add_exposed(pod, port, &ports);
		runs_add(out, c + 1, pool_put(view->regimes->pool, &ports));
	}
	runs_add(out, lineup->n, POOL_NONE);
}

/* Works it out once for each name. */
static void runs_exposed(const struct view *view, const struct port *port, struct runs *out)
{
	struct regimes *regimes = view->regimes;
	struct bytes key = {0};
	uint32_t number;

	BYTES_ADD(&key, view->scenery->audiences);
	BYTES_ADD(&key, port->name);
	BYTES_ADD(&key, port->proto);
	number = numbering_of(&regimes->names, &key);
	vec_free(&key);
	if (number == regimes->exposed.n)
		runs_expose(view, port, vec_add(&regimes->exposed));
	runs_copy(&regimes->exposed.at[number], out);
}

/* The ports of a rule that do not depend on who the peer is: numbers, and of ingress the pod's own names. */
static uint32_t rule_ports(const struct view *view, const struct rule *rule)
{
	struct portset ports = {0};

	if (rule->every_port)
		return POOL_ALL;
	for (size_t i = 0; i < rule->n_ports; i++) {
		const struct port *port = &rule->ports[i];

		if (port->nothing)
			continue;
		if (!port->name)
			portset_add(&ports, port->proto, port->lo, port->hi);
		else if (view->direction == DIRECTION_INGRESS)
			add_exposed(view->pod, port, &ports);
	}
	return pool_put(view->regimes->pool, &ports);
}

/* Which ports does the rule open towards each class, were it meant? */
static void rule_runs_ports(const struct view *view, const struct rule *rule, struct runs *out)
{
	struct parts parts = {0};

	runs_of_all(view, rule_ports(view, rule), vec_add(&parts));
	for (size_t i = 0; view->direction == DIRECTION_EGRESS && !rule->every_port && i < rule->n_ports; i++)
		if (rule->ports[i].name && !rule->ports[i].nothing)
			runs_exposed(view, &rule->ports[i], vec_add(&parts));
	parts_unite(view, &parts, out);
}

static void rule_runs(const struct view *view, const struct policy *policy, const struct rule *rule, struct runs *out)
{
	struct runs audience, ports;

	rule_audience(view, policy, rule, &audience);
	rule_runs_ports(view, rule, &ports);
	runs_combine(view->regimes->pool, POOL_INTERSECT, &audience, &ports, out);
	vec_free(&audience);
	vec_free(&ports);
}

/* Opens what a rule does in the regions of its ipBlocks. */
static void rule_open(const struct view *view, const struct policy *policy, const struct rule *rule,
		      struct everywhere *everywhere)
{
	for (size_t i = 0; i < rule->n_peers; i++) {
		struct runs ports;

		if (rule->peers[i].kind != PEER_BLOCK)
			continue;
		rule_runs_ports(view, rule, &ports);
		everywhere_add(everywhere,
			       &audience_of_peer(view->scenery->audiences, policy, &rule->peers[i])->regions, &ports);
	}
}

/* What is open towards classes that waver, wherever they are. */
static void wavering_runs(const struct view *view, const struct everywhere *everywhere, const struct wavering *wavering,
			  struct runs *out)
{
	uint32_t n = view->scenery->lineup->n;
	struct runs classes, ports;

	audience_runs(wavering->classes, n, &classes);
	everywhere_get(everywhere, view->regimes->pool, wavering->regions, wavering->n, n, &ports);
	runs_combine(view->regimes->pool, POOL_INTERSECT, &classes, &ports, out);
	vec_free(&classes);
	vec_free(&ports);
}

/* Is there anyone whose address of the family is not certain? */
static bool someone_wavers(const struct audiences *audiences, enum family family)
{
	for (size_t i = 0; i < audiences->wavering.n; i++)
		if (audiences->wavering.at[i].family == family &&
		    !roaring_bitmap_is_empty(audiences->wavering.at[i].classes))
			return true;
	return false;
}

/* What ipBlocks open for certain to those whose addresses are not.  (What is open to them by their labels is in the rules'
 * own runs.) */
static void add_wavering(const struct view *view, const struct policies *policies, struct parts *parts)
{
	const struct audiences *audiences = view->scenery->audiences;
	struct everywhere everywhere = {0};

	if (!someone_wavers(audiences, view->family))
		return;
	for (size_t i = 0; i < policies->n; i++)
		for (size_t k = 0; k < policies->at[i]->n_rules; k++)
			if (policies->at[i]->rules[k].direction == view->direction)
				rule_open(view, policies->at[i], &policies->at[i]->rules[k], &everywhere);
	for (size_t i = 0; everywhere.openings.n && i < audiences->wavering.n; i++)
		if (audiences->wavering.at[i].family == view->family)
			wavering_runs(view, &everywhere, &audiences->wavering.at[i], vec_add(parts));
	everywhere_fini(&everywhere);
}

static const struct spread *spread_of(const struct view *view, const struct policies *policies)
{
	struct parts parts = {0};
	struct runs runs;

	for (size_t i = 0; i < policies->n; i++) {
		const struct policy *policy = policies->at[i];

		for (size_t k = 0; k < policy->n_rules; k++)
			if (policy->rules[k].direction == view->direction)
				rule_runs(view, policy, &policy->rules[k], vec_add(&parts));
	}
	if (view->certainty == CERTAIN)
		add_wavering(view, policies, &parts);
	if (policies->n)
		parts_unite(view, &parts, &runs);
	else
		runs_of_all(view, POOL_ALL, &runs);
	return spread_get(view->regimes->spreads, &runs);
}

/* Does an address decide anything here? */
static bool speaks_of_blocks(const struct policies *policies, enum direction direction)
{
	for (size_t i = 0; i < policies->n; i++) {
		const struct policy *policy = policies->at[i];

		for (size_t k = 0; k < policy->n_rules; k++)
			for (size_t p = 0; policy->rules[k].direction == direction && p < policy->rules[k].n_peers; p++)
				if (policy->rules[k].peers[p].kind == PEER_BLOCK)
					return true;
	}
	return false;
}

static void regime_fill(struct regime *regime, struct view *view)
{
	const struct policies *policies = &regime->policies;
	bool blocks = speaks_of_blocks(policies, view->direction);

	for (int f = 0; f < FAMILY_COUNT; f++) {
		for (int c = 0; c < CERTAINTY_COUNT; c++) {
			view->family = (enum family)f;
			view->certainty = (enum certainty)c;
			regime->spread[f][c] = blocks || (!f && !c) ? spread_of(view, policies) : regime->spread[0][0];
		}
	}
}

static void key_add_named(struct bytes *key, const struct pod *pod, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_ports; i++) {
		struct portset ports = {0};

		if (!rule->ports[i].name)
			continue;
		add_exposed(pod, &rule->ports[i], &ports);
		BYTES_ADD(key, ports.n);
		for (size_t k = 0; k < ports.n; k++) {
			BYTES_ADD(key, ports.at[k].lo);
			BYTES_ADD(key, ports.at[k].hi);
		}
		vec_free(&ports);
	}
}

/* The policies, and how the pod exposes the ports that their ingress rules name. */
static void key_make(struct bytes *key, const struct pod *pod, enum direction direction,
		     const struct policies *policies)
{
	BYTES_ADD(key, direction);
	BYTES_ADD(key, policies->n);
	for (size_t i = 0; i < policies->n; i++) {
		const struct policy *policy = policies->at[i];

		BYTES_ADD(key, policy);
		for (size_t k = 0; direction == DIRECTION_INGRESS && k < policy->n_rules; k++)
			if (policy->rules[k].direction == direction)
				key_add_named(key, pod, &policy->rules[k]);
	}
}

const struct regime *regime_get(struct regimes *regimes, const struct scenery *scenery, const struct pod *pod,
				enum direction direction, struct policies *policies)
{
	struct view view = {.regimes = regimes, .scenery = scenery, .pod = pod, .direction = direction};
	struct bytes key = {0};
	struct regime *regime;
	uint32_t number;

	key_make(&key, pod, direction, policies);
	number = numbering_of(&regimes->numbering, &key);
	vec_free(&key);
	if (number < regimes->all.n) {
		vec_free(policies);
		return regimes->all.at[number];
	}
	regime = mem_new(1, sizeof *regime);
	regime->policies.at = policies->at;
	regime->policies.n = policies->n;
	*policies = (struct policies){0};
	*vec_add(&regimes->all) = regime;
	regime_fill(regime, &view);
	return regime;
}

void regimes_fini(struct regimes *regimes)
{
	for (size_t i = 0; i < regimes->all.n; i++) {
		vec_free(&regimes->all.at[i]->policies);
		free(regimes->all.at[i]);
	}
	for (size_t i = 0; i < regimes->exposed.n; i++)
		vec_free(&regimes->exposed.at[i]);
	vec_free(&regimes->all);
	vec_free(&regimes->exposed);
	numbering_fini(&regimes->numbering);
	numbering_fini(&regimes->names);
}
