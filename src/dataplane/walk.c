/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a kernel that holds these facts do with a packet? */
#include <selvage/walk.h>

#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#define JUMP_MAX 16 /* NFT_JUMP_STACK_SIZE */

struct run {
	const struct facts *facts;
	const struct packet *packet;
	unsigned steps;
	enum chain_hook hook;
	struct err *err;
	bool broken; /* *err says why; the packet goes no further */
};

/* Something that we do not make, or that the kernel would refuse.  The first of them is told. */
static struct action broken(struct run *run, const char *what, const char *name)
{
	if (!run->broken)
		err_set(run->err, ERR_INPUT, "%s %s", what, name);
	run->broken = true;
	return (struct action){.kind = VERDICT_DROP};
}

/* NULL if it is not there, which is then told. */
static const struct fact *need(struct run *run, enum fact_kind kind, const char *name)
{
	const struct fact *fact = facts_find(run->facts, kind, name);

	if (!fact)
		broken(run, "there is no object", name);
	return fact;
}

/* The element that holds a key, NULL if none does.  Elements of a set stand together. */
static const struct fact *lookup(struct run *run, const char *set, const uint8_t *key)
{
	const struct fact *decl = need(run, FACT_SET, set), *end = run->facts->at + run->facts->n;
	uint8_t size;

	run->steps++;
	if (!decl)
		return NULL;
	size = key_size(decl->set.key);
	for (const struct fact *f = facts_find(run->facts, FACT_ELEMENT, set); f && f < end && f->name == set; f++) {
		if (f->element.size != size ||
		    (!decl->set.interval && memcmp(f->element.lo, f->element.hi, size) != 0)) {
			broken(run, "an element does not fit into", set);
			return NULL;
		}
		if (memcmp(f->element.lo, key, size) <= 0 && memcmp(key, f->element.hi, size) <= 0)
			return f;
	}
	return NULL;
}

static const struct ip *side(const struct run *run, const struct step *step)
{
	return step->source ? &run->packet->from : &run->packet->to;
}

static bool has_ports(const struct packet *packet)
{
	return packet->proto == PROTO_TCP || packet->proto == PROTO_UDP || packet->proto == PROTO_SCTP;
}

static bool prefix_eq(const struct ip *ip, const struct cidr *cidr)
{
	if (ip->family != cidr->addr.family)
		return false;
	for (unsigned bit = 0; bit < cidr->bits; bit++)
		if (((ip->b[bit / 8] ^ cidr->addr.b[bit / 8]) >> (7 - bit % 8)) & 1)
			return false;
	return true;
}

/* The action of a map lookup: CONTINUE, with *match false, when the key is not there. */
static struct action map_lookup(struct run *run, const char *map, const uint8_t *key, bool *match)
{
	const struct fact *e = lookup(run, map, key);

	*match = e != NULL;
	return e ? e->element.action : (struct action){.kind = VERDICT_CONTINUE};
}

/* What the node is at home at, and the broadcast addresses of its links, is not known. */
static bool addr_is_type(const struct run *run, const struct step *step)
{
	if (step->number == RTN_BROADCAST)
		return side(run, step)->family == FAMILY_4 && ip_is_many(side(run, step)) &&
		       side(run, step)->b[0] >> 4 != 0xe;
	return step->number == RTN_LOCAL && !step->source && run->hook == CHAIN_HOOK_INPUT;
}

/* One expression: does the rule go on (*match), and what does it decide? */
static struct action step_run(struct run *run, const struct step *step, bool *match)
{
	struct action none = {.kind = VERDICT_CONTINUE};
	uint16_t port = run->packet->port;
	uint8_t port_key[2] = {(uint8_t)(port >> 8), (uint8_t)port};
	uint8_t key[8] = {run->packet->proto, 0, 0, 0, port_key[0], port_key[1], 0, 0};

	*match = true;
	switch (step->kind) {
	case STEP_ESTABLISHED:
	case STEP_UNTRACKED:
	case STEP_HOP_LIMIT:  /* what a router passed on has less than we name */
	case STEP_ICMP6_TYPE: /* an echo request is neither of what we name */
		*match = false;
		return none;
	case STEP_FAMILY:
		*match = run->packet->from.family == step->family;
		return none;
	case STEP_FLOW_IN: /* what is cut is no fact */
		need(run, FACT_SET, step->name);
		*match = false;
		return none;
	case STEP_ADDR_IS:
		*match = prefix_eq(side(run, step), &step->addr);
		return none;
	case STEP_ADDR_IN:
		*match = side(run, step)->family == step->family && lookup(run, step->name, side(run, step)->b);
		return none;
	case STEP_ADDR_MAP:
		*match = side(run, step)->family == step->family;
		return *match ? map_lookup(run, step->name, side(run, step)->b, match) : none;
	case STEP_ADDR_TYPE:
		*match = addr_is_type(run, step);
		return none;
	case STEP_ADDR_TYPE_HERE: /* nobody is at home on the bridge */
		*match = false;
		return none;
	case STEP_LINK_KIND:
		*match = step->number == LINK_BRIDGE && run->hook != CHAIN_HOOK_OUTPUT;
		return none;
	case STEP_PROTO:
		*match = run->packet->proto == step->number;
		return none;
	case STEP_PORT_IN:
		*match = has_ports(run->packet) && lookup(run, step->name, port_key);
		return none;
	case STEP_PORT_MAP:
		return map_lookup(run, step->name, port_key, match);
	case STEP_PROTO_PORT_MAP:
		/* without ports, what stands at their place: the map's protocols must tell it apart */
		if (!has_ports(run->packet))
			key[5] = 80;
		return map_lookup(run, step->name, key, match);
	case STEP_COUNTER:
		need(run, FACT_COUNTER, step->name);
		return none;
	case STEP_LIMIT: /* the first packet is within it */
	case STEP_LOG:
		return none;
	case STEP_REJECT:
		if (step->number == REJECT_RESET && run->packet->proto != PROTO_TCP)
			return broken(run, "a reset for what is not TCP", "");
		return (struct action){.kind = VERDICT_DROP};
	case STEP_ACTION:
		return step->action;
	case STEP_OTHER:
	case STEP_KIND_COUNT:
		break;
	}
	return broken(run, "a rule says something that selvage does not", "");
}

static struct action chain_run(struct run *run, const struct fact *chain, unsigned depth);

static struct action chain_named(struct run *run, const char *name, unsigned depth)
{
	const struct fact *chain = need(run, FACT_CHAIN, name);

	return chain ? chain_run(run, chain, depth) : (struct action){.kind = VERDICT_DROP};
}

/* ACCEPT and DROP are final; CONTINUE: the next rule. */
static struct action rule_run(struct run *run, const struct chain_rule *rule, unsigned depth)
{
	struct action action = {.kind = VERDICT_CONTINUE};
	bool match = true;

	run->steps++;
	for (size_t i = 0; i < rule->n && match && action.kind == VERDICT_CONTINUE; i++)
		action = step_run(run, &rule->steps[i], &match);
	if (action.kind != VERDICT_JUMP)
		return action;
	return chain_named(run, action.chain, depth + 1);
}

/* CONTINUE: it fell off the end. */
static struct action chain_run(struct run *run, const struct fact *chain, unsigned depth)
{
	struct action action = {.kind = VERDICT_CONTINUE};

	if (depth > JUMP_MAX)
		return broken(run, "jumps are too deep at", chain->name);
	for (size_t i = 0; i < chain->chain.n && action.kind == VERDICT_CONTINUE; i++)
		action = rule_run(run, &chain->chain.rules[i], depth);
	if (action.kind == VERDICT_GOTO)
		return chain_named(run, action.chain, depth + 1);
	return action;
}

static int priority_cmp(const void *a, const void *b)
{
	const struct fact *const *x = a, *const *y = b;

	return ((*x)->chain.priority > (*y)->chain.priority) - ((*x)->chain.priority < (*y)->chain.priority);
}

int walk_packet(const struct facts *facts, enum chain_hook hook, const struct packet *packet, bool *accepted,
		unsigned *steps, struct err *err)
{
	struct run run = {.facts = facts, .packet = packet, .hook = hook, .err = err};
	VEC(const struct fact *) hooks = VEC_EMPTY;

	*accepted = true;
	for (size_t i = 0; i < facts->n; i++)
		if (facts->at[i].kind == FACT_CHAIN && facts->at[i].chain.base && facts->at[i].chain.hook == hook)
			*vec_add(&hooks) = &facts->at[i];
	vec_sort(&hooks, priority_cmp);
	for (size_t i = 0; i < hooks.n && *accepted; i++)
		*accepted = chain_run(&run, hooks.at[i], 0).kind != VERDICT_DROP;
	vec_free(&hooks);
	if (steps)
		*steps = run.steps;
	return run.broken ? -1 : 0;
}
