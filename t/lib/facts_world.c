/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which facts does a random world hold? */
#include <string.h>

#include <linux/rtnetlink.h>

#include <selvage/atom.h>

#include "facts_world.h"

#define LEVELS 4 /* chains jump to higher levels only, so that nothing goes in circles */

struct build {
	const struct world *world;
	struct facts *facts;
	uint64_t state; /* of the slot that is being made */
};

uint32_t world_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(x >> 32);
}

static uint32_t below(struct build *b, uint32_t n)
{
	return world_random(&b->state) % n;
}

/* Of a length from short to as long as we make them, made of all that a name may hold. */
static const char *slot_name(const char *kind, size_t i)
{
	static const char tail[] = "-0123456789abcdef.ABCDEF_/0123456789abcdef";
	size_t n = i % 3 == 2 ? FACT_NAME_MAX : i % 3 ? 14 : 0;
	char name[FACT_NAME_MAX + 1];

	snprintf(name, sizeof name, "%s%zu", kind, i);
	for (size_t at = strlen(name), from = 0; at < n; at++, from++) {
		name[at] = tail[from % (sizeof tail - 1)];
		name[at + 1] = '\0';
	}
	return atom(name);
}

static const char *comment(struct build *b)
{
	static const char *const pieces[] = {"prod/db-0",
					     "\"",
					     "\\",
					     "\n",
					     "é",
					     "語",
					     "*",
					     " ",
					     "\xff\xfe",
					     "$x",
					     "{}",
					     "\x1b[31m",
					     ";",
					     "#",
					     "'",
					     "drop",
					     "very-long-name-of-a-policy-and-more-of-it"};
	char text[1024] = "";

	for (uint32_t n = below(b, 8); n > 0; n--)
		strcat(text, pieces[below(b, sizeof pieces / sizeof *pieces)]);
	return fact_comment(text);
}

static void put(struct build *b, struct fact *take)
{
	*vec_add(b->facts) = *take;
}

struct set_type {
	enum key_type key;
	bool map, interval, transient;
};

#define FIRST_FLOWS (WORLD_SETS - 2) /* slots of transient sets */

/* All types there are, over the slots; a few seeds give the slot another one. */
static struct set_type set_type(uint32_t slot, uint32_t seed)
{
	uint32_t type = slot + (seed % 16 == 1);
	struct set_type t = {.key = (enum key_type)(type % 4), .map = type / 4 % 2, .interval = type / 8 % 2};

	if (slot >= FIRST_FLOWS)
		t = (struct set_type){.key = slot % 2 ? KEY_FLOW4 : KEY_FLOW6, .transient = true};
	if (t.key == KEY_PROTO_PORT)
		t.interval = false;
	return t;
}

/* Chains of a level above `level`, or NULL if there are none. */
static const char *target(struct build *b, uint32_t level)
{
	uint32_t first = below(b, WORLD_CHAINS);

	for (uint32_t i = 0; i < WORLD_CHAINS; i++) {
		uint32_t slot = (first + i) % WORLD_CHAINS;
		if (b->world->chains[slot] && slot % LEVELS > level)
			return slot_name("chain", slot);
	}
	return NULL;
}

static struct action action(struct build *b, uint32_t level)
{
	struct action a = {.kind = below(b, 2) ? VERDICT_ACCEPT : VERDICT_DROP};

	if (below(b, 2))
		return a;
	a.chain = target(b, level);
	if (a.chain)
		a.kind = below(b, 2) ? VERDICT_JUMP : VERDICT_GOTO;
	return a;
}

/* The bytes of a key within a cell; how far up in it: 0 the first key, 1 somewhere, 2 the last. */
static void key_make(struct build *b, enum key_type key, uint32_t cell, uint32_t where, uint8_t out[16])
{
	uint8_t size = key_size(key);

	for (uint8_t i = 0; i < size; i++)
		out[i] = where == 0 ? 0 : where == 2 ? 0xff : (uint8_t)below(b, 256);
	if (key == KEY_PROTO_PORT) {
		static const uint8_t protos[] = {1, 6, 17, 58, 132, 47, 200};
		out[0] = protos[below(b, sizeof protos)];
		out[1] = out[2] = out[3] = out[6] = out[7] = 0;
		out[4] = (uint8_t)(cell << 4 | (out[4] & 15));
	} else {
		out[0] = (uint8_t)(cell << 4 | (out[0] & 15));
	}
}

static void key_order(uint8_t lo[16], uint8_t hi[16], uint8_t size)
{
	uint8_t swap[16];

	if (memcmp(lo, hi, size) <= 0)
		return;
	memcpy(swap, lo, 16);
	memcpy(lo, hi, 16);
	memcpy(hi, swap, 16);
}

static void element_make(struct build *b, uint32_t slot, uint32_t cell, struct set_type type)
{
	struct fact f = {.kind = FACT_ELEMENT, .name = slot_name("set", slot), .comment = comment(b)};

	f.element.size = key_size(type.key);
	if (type.interval) {
		key_make(b, type.key, cell, below(b, 2), f.element.lo);
		key_make(b, type.key, cell, below(b, 2) + 1, f.element.hi);
		if (!below(b, 3))
			memcpy(f.element.hi, f.element.lo, sizeof f.element.hi);
		key_order(f.element.lo, f.element.hi, f.element.size);
	} else {
		key_make(b, type.key, cell, below(b, 3), f.element.lo);
		memcpy(f.element.hi, f.element.lo, sizeof f.element.hi);
	}
	if (type.map)
		f.element.action = action(b, slot % LEVELS);
	put(b, &f);
}

static void set_make(struct build *b, uint32_t slot)
{
	struct set_type type = set_type(slot, b->world->sets[slot]);
	struct fact f = {.kind = FACT_SET, .name = slot_name("set", slot)};

	f.set.key = type.key;
	f.set.map = type.map;
	f.set.interval = type.interval;
	f.set.transient = type.transient;
	put(b, &f);
	for (uint32_t cell = 0; !type.transient && cell < WORLD_CELLS; cell++) {
		b->state = b->world->elements[slot][cell];
		if (b->state)
			element_make(b, slot, cell, type);
	}
}

/* A set of this type that a chain of this level may look into, or NULL. */
static const char *set_of(struct build *b, enum key_type key, bool map, uint32_t level)
{
	uint32_t first = below(b, WORLD_SETS);

	for (uint32_t i = 0; i < WORLD_SETS; i++) {
		uint32_t slot = (first + i) % WORLD_SETS;
		struct set_type t = set_type(slot, b->world->sets[slot]);
		if (b->world->sets[slot] && t.key == key && t.map == map && (!map || slot % LEVELS >= level))
			return slot_name("set", slot);
	}
	return NULL;
}

static void step_add(struct chain_rule *rule, struct step step)
{
	rule->steps[rule->n++] = step;
}

static void addr_is_add(struct build *b, struct chain_rule *rule, uint8_t family)
{
	struct step s = {.kind = STEP_ADDR_IS, .source = below(b, 2)};
	unsigned size = ip_size(family);

	s.addr.addr.family = family;
	s.addr.bits = (uint8_t)(below(b, 3) ? below(b, size * 8 + 1) : size * 8);
	for (unsigned i = 0; i < s.addr.bits; i++)
		s.addr.addr.b[i / 8] |= (uint8_t)((below(b, 2) ? 0x80 : 0) >> i % 8);
	step_add(rule, s);
}

static void name_add(struct chain_rule *rule, struct step step, const char *name)
{
	step.name = name;
	if (name)
		step_add(rule, step);
}

static void port_in_add(struct build *b, struct chain_rule *rule, uint32_t level)
{
	const char *set = set_of(b, KEY_PORT, false, level);

	if (!set)
		return;
	step_add(rule, (struct step){.kind = STEP_PROTO, .number = 17});
	name_add(rule, (struct step){.kind = STEP_PORT_IN}, set);
}

/* What the frame around policies asks. */
static void frame_add(struct build *b, struct chain_rule *rule, uint32_t level)
{
	static const uint8_t types[] = {RTN_LOCAL, RTN_MULTICAST};
	uint32_t what = below(b, 5);

	if (what == 0)
		port_in_add(b, rule, level);
	else if (what == 1)
		step_add(rule, (struct step){.kind = STEP_LINK_KIND, .number = (uint8_t)below(b, LINK_KIND_COUNT)});
	else if (what == 2)
		step_add(rule, (struct step){.kind = STEP_LIMIT});
	else
		step_add(rule, (struct step){.kind = what == 3 ? STEP_ADDR_TYPE : STEP_ADDR_TYPE_HERE,
					     .source = below(b, 2),
					     .number = types[below(b, 2)]});
}

/* Ends that are no verdict. */
static void stop_add(struct build *b, struct chain_rule *rule)
{
	if (below(b, 2)) {
		step_add(rule, (struct step){.kind = STEP_LOG,
					     .group = (uint16_t)(1 + below(b, 65535)),
					     .name = slot_name("chain", below(b, WORLD_CHAINS))});
	} else if (below(b, 2)) {
		step_add(rule, (struct step){.kind = STEP_REJECT, .number = REJECT_PROHIBITED});
	} else {
		step_add(rule, (struct step){.kind = STEP_PROTO, .number = 6});
		step_add(rule, (struct step){.kind = STEP_REJECT, .number = REJECT_RESET});
	}
}

static void counter_add(struct build *b, struct chain_rule *rule)
{
	uint32_t slot = below(b, WORLD_COUNTERS);

	if (b->world->counters[slot])
		name_add(rule, (struct step){.kind = STEP_COUNTER}, slot_name("counter", slot));
}

/* In a set of flows, of the family or else of none. */
static void flow_add(struct build *b, struct chain_rule *rule, uint8_t family, uint32_t level)
{
	const char *set = set_of(b, family == FAMILY_4 ? KEY_FLOW4 : KEY_FLOW6, false, level);
	struct step in = {.kind = STEP_FLOW_IN, .family = family};

	if (set)
		name_add(rule, in, set);
	else
		step_add(rule, (struct step){.kind = STEP_FAMILY, .family = family});
}

/* The conditions of a rule, none that contradicts another. */
static void conditions_add(struct build *b, struct chain_rule *rule, uint8_t family, uint32_t level)
{
	enum key_type key = family == FAMILY_4 ? KEY_IP4 : KEY_IP6;
	struct step in = {.kind = STEP_ADDR_IN, .family = family, .source = below(b, 2)};

	if (!below(b, 8))
		step_add(rule, (struct step){.kind = STEP_ESTABLISHED});
	if (!below(b, 8)) {
		flow_add(b, rule, family, level);
		return;
	}
	if (!below(b, 3))
		addr_is_add(b, rule, family);
	if (!below(b, 3))
		name_add(rule, in, set_of(b, key, false, level));
	if (rule->n < 2 && family == FAMILY_6 && !below(b, 6))
		step_add(rule, (struct step){.kind = STEP_HOP_LIMIT, .number = (uint8_t)below(b, 256)});
	if (rule->n < 2 && !below(b, 5))
		step_add(rule, (struct step){.kind = STEP_PROTO, .number = (uint8_t)below(b, 256)});
	else if (rule->n < 2 && family == FAMILY_6 && !below(b, 3))
		step_add(rule, (struct step){.kind = STEP_ICMP6_TYPE, .number = (uint8_t)below(b, 256)});
	if (rule->n < 3 && !below(b, 4))
		counter_add(b, rule);
}

/* By one protocol that has ports, and then the port. */
static void port_map_add(struct build *b, struct chain_rule *rule, uint32_t level)
{
	static const uint8_t protos[] = {6, 17, 132};
	const char *map = rule->n < 3 ? set_of(b, KEY_PORT, true, level) : NULL;

	if (!map)
		return;
	step_add(rule, (struct step){.kind = STEP_PROTO, .number = protos[below(b, 3)]});
	name_add(rule, (struct step){.kind = STEP_PORT_MAP}, map);
}

static bool asks_protocol(const struct chain_rule *rule)
{
	for (size_t i = 0; i < rule->n; i++) {
		if (rule->steps[i].kind == STEP_PROTO || rule->steps[i].kind == STEP_ICMP6_TYPE ||
		    rule->steps[i].kind == STEP_FLOW_IN)
			return true;
	}
	return false;
}

static void end_add(struct build *b, struct chain_rule *rule, uint8_t family, uint32_t level)
{
	enum key_type key = family == FAMILY_4 ? KEY_IP4 : KEY_IP6;
	struct step map = {.kind = STEP_ADDR_MAP, .family = family, .source = below(b, 2)};
	uint32_t what = rule->n == RULE_STEPS ? 4 : below(b, 4);

	/* What speaks of addresses would take a bare family before it in. */
	if (rule->n && rule->steps[rule->n - 1].kind == STEP_FAMILY)
		what = 3;
	/* nft 1.0.6 lists the ports of protocols that have none as something else, or crashes. */
	if (asks_protocol(rule) && (what == 1 || what == 2))
		what = 3;
	if (what == 0)
		name_add(rule, map, set_of(b, key, true, level));
	else if (what == 1)
		port_map_add(b, rule, level);
	else if (what == 2)
		name_add(rule, (struct step){.kind = STEP_PROTO_PORT_MAP}, set_of(b, KEY_PROTO_PORT, true, level));
	if (what == 3 || !rule->n)
		step_add(rule, (struct step){.kind = STEP_ACTION, .action = action(b, level)});
}

static void chain_make(struct build *b, struct fact *f, uint32_t level)
{
	for (uint32_t n = below(b, 7); n > 0; n--) {
		struct chain_rule *rule = fact_add_rule(f);
		uint8_t family = below(b, 2) ? FAMILY_4 : FAMILY_6;
		rule->comment = below(b, 2) ? comment(b) : NULL;
		if (!below(b, 6)) {
			if (below(b, 2))
				frame_add(b, rule, level);
			if (rule->n < 2)
				stop_add(b, rule);
			else
				step_add(rule, (struct step){.kind = STEP_ACTION, .action = action(b, level)});
			continue;
		}
		conditions_add(b, rule, family, level);
		end_add(b, rule, family, level);
	}
	put(b, f);
}

/* A comment that changes with few of the seeds: a chain or counter whose comment changes is made anew. */
static const char *steady_comment(struct build *b, uint32_t seed)
{
	uint64_t state = b->state;

	b->state = seed % 8;
	const char *text = comment(b);
	b->state = state;
	return text;
}

static void slot_change(uint32_t *slot, uint64_t *state)
{
	*slot = world_random(state) % 5 ? world_random(state) | 1 : 0;
}

void world_new(struct world *world, uint64_t *state)
{
	uint32_t *slots = (void *)world;

	for (size_t i = 0; i < sizeof *world / sizeof *slots; i++)
		slot_change(&slots[i], state);
}

void world_change(struct world *world, unsigned what, uint64_t *state)
{
	for (uint32_t n = 1 + world_random(state) % 5; n > 0; n--)
		slot_change(&world->elements[world_random(state) % WORLD_SETS][world_random(state) % WORLD_CELLS],
			    state);
	if (what >= 1)
		slot_change(&world->chains[world_random(state) % WORLD_CHAINS], state);
	if (what >= 2) {
		slot_change(&world->sets[world_random(state) % WORLD_SETS], state);
		slot_change(&world->counters[world_random(state) % WORLD_COUNTERS], state);
		slot_change(&world->bases[world_random(state) % WORLD_BASES], state);
	}
}

static void chains_make(struct build *b)
{
	static const char *const names[WORLD_BASES] = {"egress", "ingress", "input"};

	for (uint32_t i = 0; i < WORLD_CHAINS; i++) {
		b->state = b->world->chains[i];
		struct fact f = {.kind = FACT_CHAIN, .name = slot_name("chain", i)};
		f.comment = steady_comment(b, b->world->chains[i]);
		if (b->world->chains[i])
			chain_make(b, &f, i % LEVELS);
		else
			fact_fini(&f);
	}
	for (uint32_t i = 0; i < WORLD_BASES; i++) {
		b->state = b->world->bases[i];
		struct fact f = {.kind = FACT_CHAIN, .name = atom(names[i])};
		f.chain.base = true;
		f.chain.hook = i == 2 ? CHAIN_HOOK_INPUT : CHAIN_HOOK_FORWARD;
		f.chain.priority = (int)i - (b->world->bases[i] % 8 == 1);
		if (b->world->bases[i])
			chain_make(b, &f, 0);
		else
			fact_fini(&f);
	}
}

void world_facts(const struct world *world, struct facts *out)
{
	struct build b = {.world = world, .facts = out};

	*out = (struct facts){0};
	for (uint32_t i = 0; i < WORLD_COUNTERS; i++) {
		struct fact f = {.kind = FACT_COUNTER, .name = slot_name("counter", i)};
		f.comment = steady_comment(&b, world->counters[i]);
		if (world->counters[i])
			put(&b, &f);
		else
			fact_fini(&f);
	}
	for (uint32_t i = 0; i < WORLD_SETS; i++) {
		if (world->sets[i])
			set_make(&b, i);
	}
	chains_make(&b);
	facts_sort(out);
}
