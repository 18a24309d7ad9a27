/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What do the clauses of a profile's policies come to, cell by cell? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/digest.h>

#include "clause.h"
#include "list.h"
#include "profile.h"

/* Cells of up to this many ports are elements of a hash map, wider ones are ranges: a lookup costs 110 ns there, 320 here. */
#define CELL_EXPAND 16

static const char *const port_prefix[DIRECTION_COUNT] = {"ports-in-", "ports-out-"};
static const char *const range_prefix[DIRECTION_COUNT][PROFILE_PROTOS] = {
	{"tcp-in-", "udp-in-", "sctp-in-"},
	{"tcp-out-", "udp-out-", "sctp-out-"},
};

/* One list that was made for some combination of clauses, to be found again for the next cell that has the same. */
struct made {
	struct hnode node;
	size_t first, n;
	struct action action; /* the chain is an atom of the content's facts */
};

/* The elements of a map, which has no name yet. */
struct elements {
	VEC(struct fact);
};

/* The profile that is being built. */
struct build {
	const struct profiles *profiles;
	const struct profile *profile;
	struct clauses clauses;
	struct cells cells;
	struct hmap made;
	struct elements ports, ranges[PROFILE_PROTOS];
	struct content *out;
};

/* "NS/POLICY, POLICY": whose clauses a cell is made of. */
static const char *cell_comment(const struct build *build, const struct cell *cell)
{
	const struct policy *last = NULL;
	char text[FACT_COMMENT_MAX + 1];
	int n = snprintf(text, sizeof text, "%s/", build->profile->ns);

	for (size_t i = 0; i < cell->n && n < (int)sizeof text; i++) {
		const struct policy *policy = build->clauses.at[build->cells.clauses.at[cell->first + i]].policy;

		if (policy != last)
			n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", last ? ", " : "", policy->object.name);
		last = policy;
	}
	return fact_comment(text);
}

/* The union of what the cell's clauses mean; says whether that is everyone. */
static bool cell_gather(const struct build *build, const struct cell *cell, struct peers **peers,
			struct blocks **blocks)
{
	VEC(struct term *) terms = VEC_EMPTY;
	struct ip_ranges ranges = {0};
	bool everyone = false;

	for (size_t i = 0; i < cell->n && !everyone; i++) {
		const struct clause *clause = &build->clauses.at[build->cells.clauses.at[cell->first + i]];

		everyone = clause->everyone;
		for (size_t k = 0; k < clause->terms.n; k++)
			*vec_add(&terms) = clause->terms.at[k];
		for (size_t k = 0; k < clause->ranges.n; k++)
			*vec_add(&ranges) = clause->ranges.at[k];
	}
	for (size_t i = 0; i < terms.n && !everyone; i++)
		terms.at[i]->refs++;
	*peers = everyone || !terms.n ? NULL : peers_get(build->profiles->unions, terms.at, terms.n);
	*blocks = everyone || !ranges.n ? NULL : blocks_get(build->profiles->blocks, &ranges);
	vec_free(&terms);
	vec_free(&ranges);
	return everyone;
}

/* What happens to a packet of this cell: accept, a jump to its list, or CONTINUE where nobody is meant. */
static struct action cell_action(struct build *build, const struct cell *cell)
{
	struct action action = {.kind = VERDICT_CONTINUE};
	struct list_entry entry = {.verdict = VERDICT_ACCEPT};
	const char *comment;
	struct peers *peers;
	struct blocks *blocks;

	if (cell_gather(build, cell, &peers, &blocks))
		action.kind = VERDICT_ACCEPT;
	if (!peers && !blocks)
		return action;
	if (peers)
		*vec_add(&build->out->peers) = peers;
	if (blocks)
		*vec_add(&build->out->blocks) = blocks;
	entry.peers = peers;
	entry.blocks = blocks;
	comment = cell_comment(build, cell);
	action.kind = VERDICT_JUMP;
	action.chain = list_write(build->profile->direction, &entry, 1, comment, &build->out->facts);
	atom_put(comment);
	return action;
}

/* The same, made once for each combination of clauses. */
static struct action cell_action_once(struct build *build, const struct cell *cell)
{
	const size_t *clauses = build->cells.clauses.at;
	uint64_t hash = hmap_hash(&clauses[cell->first], cell->n * sizeof *clauses);
	struct made *made;

	for (struct hnode *h = hmap_find(&build->made, hash); h; h = hmap_next(h)) {
		made = hmap_entry(h, struct made, node);
		if (made->n == cell->n &&
		    memcmp(&clauses[made->first], &clauses[cell->first], cell->n * sizeof *clauses) == 0)
			return made->action;
	}
	made = mem_new(1, sizeof *made);
	made->first = cell->first;
	made->n = cell->n;
	made->action = cell_action(build, cell);
	hmap_put(&build->made, &made->node, hash);
	return made->action;
}

static struct elements *proto_ranges(struct build *build, uint8_t proto)
{
	size_t i = 0;

	while (profile_protos[i] != proto)
		i++;
	return &build->ranges[i];
}

static void put_port(uint8_t key[static 2], uint16_t port)
{
	key[0] = (uint8_t)(port >> 8);
	key[1] = (uint8_t)port;
}

static void cell_write(struct build *build, const struct cell *cell, struct action action)
{
	struct fact e = {.kind = FACT_ELEMENT, .element.action = action};

	if (cell->hi - cell->lo >= CELL_EXPAND) {
		e.element.size = key_size(KEY_PORT);
		put_port(e.element.lo, cell->lo);
		put_port(e.element.hi, cell->hi);
		*vec_add(proto_ranges(build, cell->proto)) = e;
		return;
	}
	e.element.size = key_size(KEY_PROTO_PORT);
	e.element.lo[0] = e.element.hi[0] = cell->proto;
	for (unsigned port = cell->lo; port <= cell->hi; port++) {
		put_port(e.element.lo + 4, (uint16_t)port);
		put_port(e.element.hi + 4, (uint16_t)port);
		*vec_add(&build->ports) = e;
	}
}

/*
 * The name of a map is made of all that is in it, so that none ever changes.  A packet that began under the old rules looks
 * into sets as they are now, and might find under its port what the old rules never led to.  Also, the kernel shows packets a
 * changed interval set some time before or after the rules that were changed with it.
 */
static const char *map_name(const struct elements *elements, const char *prefix)
{
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < elements->n; i++) {
		digest_bytes(&d, elements->at[i].element.lo, elements->at[i].element.size);
		digest_bytes(&d, elements->at[i].element.hi, elements->at[i].element.size);
		digest_u32(&d, elements->at[i].element.action.kind);
		digest_text(&d, elements->at[i].element.action.chain);
	}
	return digest_name(&d, prefix);
}

/* Adds a map of these elements, if there are any, and gives its name, an atom of yours, or NULL. */
static const char *map_write(struct build *build, struct elements *elements, enum key_type key, const char *prefix)
{
	struct fact map = {.kind = FACT_SET, .set = {.key = key, .map = true, .interval = key == KEY_PORT}};

	if (!elements->n)
		return NULL;
	map.name = map_name(elements, prefix);
	facts_add(&build->out->facts, &map);
	for (size_t i = 0; i < elements->n; i++) {
		elements->at[i].name = map.name;
		facts_add(&build->out->facts, &elements->at[i]);
	}
	vec_free(elements);
	return map.name;
}

static void cells_write(struct build *build)
{
	enum direction direction = build->profile->direction;

	/* the cell of every port comes first: where it is open to everyone, no other says anything */
	for (size_t i = 0; i < build->cells.n && build->out->any.kind != VERDICT_ACCEPT; i++) {
		const struct cell *cell = &build->cells.at[i];
		struct action action = cell_action_once(build, cell);

		if (cell->proto == PROTO_ANY)
			build->out->any = (struct action){action.kind, atom_ref(action.chain)};
		else if (action.kind != VERDICT_CONTINUE)
			cell_write(build, cell, action);
	}
	build->out->ports = map_write(build, &build->ports, KEY_PROTO_PORT, port_prefix[direction]);
	for (size_t i = 0; i < PROFILE_PROTOS; i++)
		build->out->range[i] = map_write(build, &build->ranges[i], KEY_PORT, range_prefix[direction][i]);
}

static void made_free(struct hmap *made)
{
	struct hnode *next;

	for (struct hnode *h = hmap_walk(made, NULL); h; h = next) {
		struct made *m = hmap_entry(h, struct made, node);

		next = hmap_walk(made, h);
		atom_put(m->action.chain);
		free(m);
	}
	hmap_fini(made);
}

void content_build(const struct profiles *profiles, const struct profile *profile, struct content *out)
{
	struct build build = {.profiles = profiles, .profile = profile, .out = out};

	*out = (struct content){0};
	clauses_read(profiles, profile, &build.clauses);
	ports_cut(build.clauses.grants.at, build.clauses.grants.n, &build.cells);
	cells_write(&build);
	made_free(&build.made);
	cells_free(&build.cells);
	clauses_free(profiles, &build.clauses);
	for (size_t i = 0; i < out->facts.n; i++)
		factset_add(profiles->wanted, &out->facts.at[i]);
}

void content_release(const struct profiles *profiles, struct content *content)
{
	for (size_t i = 0; i < content->facts.n; i++)
		factset_del(profiles->wanted, &content->facts.at[i]);
	facts_free(&content->facts);
	for (size_t i = 0; i < content->peers.n; i++)
		peers_put(profiles->unions, content->peers.at[i]);
	for (size_t i = 0; i < content->blocks.n; i++)
		blocks_put(profiles->blocks, content->blocks.at[i]);
	atom_put(content->ports);
	for (size_t i = 0; i < PROFILE_PROTOS; i++)
		atom_put(content->range[i]);
	atom_put(content->any.chain);
	vec_free(&content->peers);
	vec_free(&content->blocks);
	*content = (struct content){0};
}
