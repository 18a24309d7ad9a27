/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a fact read? */
#include <netinet/in.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include <selvage/fact.h>
#include <selvage/text.h>

static void number_print(const char *name, uint8_t number, FILE *out)
{
	if (name)
		fputs(name, out);
	else
		fprintf(out, "%u", number);
}

static void proto_print(uint8_t proto, FILE *out)
{
	static const char *const names[UINT8_MAX + 1] = {
		[IPPROTO_ICMP] = "icmp", [IPPROTO_TCP] = "tcp",          [IPPROTO_UDP] = "udp",
		[IPPROTO_SCTP] = "sctp", [IPPROTO_ICMPV6] = "ipv6-icmp",
	};

	number_print(names[proto], proto, out);
}

static void addr_print(const uint8_t *bytes, enum family family, FILE *out)
{
	struct ip ip = {.family = (uint8_t)family};
	char text[IP_TEXT];

	memcpy(ip.b, bytes, ip_size(family));
	fputs(ip_print(&ip, text), out);
}

static void port_print(const uint8_t *bytes, FILE *out)
{
	fprintf(out, "%u", (unsigned)(bytes[0] << 8 | bytes[1]));
}

/* One end of a key; its size tells its type. */
void key_print(const uint8_t *key, uint8_t size, FILE *out)
{
	if (size == key_size(KEY_IP4)) {
		addr_print(key, FAMILY_4, out);
	} else if (size == key_size(KEY_IP6)) {
		addr_print(key, FAMILY_6, out);
	} else if (size == key_size(KEY_PORT)) {
		port_print(key, out);
	} else if (size == key_size(KEY_PROTO_PORT)) {
		proto_print(key[0], out);
		fputs(" . ", out);
		port_print(key + 4, out);
	} else {
		fputs("0x", out);
		for (size_t i = 0; i < size; i++)
			fprintf(out, "%02x", key[i]);
	}
}

void action_print(const struct action *action, FILE *out)
{
	static const char *const words[] = {
		[VERDICT_CONTINUE] = "continue", [VERDICT_ACCEPT] = "accept", [VERDICT_DROP] = "drop",
		[VERDICT_JUMP] = "jump",         [VERDICT_GOTO] = "goto",
	};

	fputs(words[action->kind], out);
	if (!action->chain)
		return;
	fputc(' ', out);
	text_safe(out, action->chain);
}

static void comment_print(const char *comment, FILE *out)
{
	if (!comment)
		return;
	fputs(" \"", out);
	text_safe(out, comment);
	fputc('"', out);
}

static void cidr_print(const struct cidr *cidr, FILE *out)
{
	enum family family = (enum family)cidr->addr.family;

	addr_print(cidr->addr.b, family, out);
	if (cidr->bits < ip_size(family) * 8)
		fprintf(out, "/%u", cidr->bits);
}

/* Both ends, field by field, as the set is keyed. */
static void flow_print(const struct step *step, FILE *out)
{
	const char *ip = step->family == FAMILY_4 ? "ip" : "ip6";

	fprintf(out, "%s saddr . meta l4proto . th sport . %s daddr . th dport @", ip, ip);
	text_safe(out, step->name);
}

/* "ip saddr", "ip6 daddr" */
static void field_print(const struct step *step, uint8_t family, FILE *out)
{
	fprintf(out, "%s %s", family == FAMILY_4 ? "ip" : "ip6", step->source ? "saddr" : "daddr");
}

/* Text, then the name that it speaks of, then text. */
static void named_print(const char *before, const char *name, const char *after, FILE *out)
{
	fputs(before, out);
	text_safe(out, name);
	fputs(after, out);
}

/* "fib saddr . iif type local" */
static void addr_type_print(const struct step *step, FILE *out)
{
	static const char *const names[UINT8_MAX + 1] = {
		[RTN_LOCAL] = "local", [RTN_MULTICAST] = "multicast", [RTN_BROADCAST] = "broadcast"};

	fprintf(out, "fib %s%s type ", step->source ? "saddr" : "daddr",
		step->kind == STEP_ADDR_TYPE_HERE ? " . iif" : "");
	number_print(names[step->number], step->number, out);
}

static void link_kind_print(uint8_t kind, FILE *out)
{
	static const char *const names[LINK_KIND_COUNT] = {
		[LINK_BRIDGE] = "bridge", [LINK_VETH] = "veth", [LINK_VXLAN] = "vxlan"};

	fprintf(out, "meta iifkind \"%s\"", names[kind]);
}

/* What is little more than a name. */
static void named_step_print(const struct step *step, FILE *out)
{
	static const char *const words[STEP_KIND_COUNT] = {
		[STEP_PORT_IN] = "th dport @",
		[STEP_PORT_MAP] = "th dport vmap @",
		[STEP_PROTO_PORT_MAP] = "meta l4proto . th dport vmap @",
		[STEP_COUNTER] = "counter name \"",
	};

	named_print(words[step->kind], step->name, step->kind == STEP_COUNTER ? "\"" : "", out);
}

static void log_print(const struct step *step, FILE *out)
{
	named_print("log prefix \"", step->name, "\"", out);
	fprintf(out, " group %u", step->group);
}

void step_print(const struct step *step, FILE *out)
{
	switch (step->kind) {
	case STEP_ESTABLISHED:
		fputs("ct state established,related", out);
		break;
	case STEP_UNTRACKED:
		fputs("ct state untracked", out);
		break;
	case STEP_FAMILY:
		fputs(step->family == FAMILY_4 ? "meta nfproto ipv4" : "meta nfproto ipv6", out);
		break;
	case STEP_ADDR_IS:
		field_print(step, step->addr.addr.family, out);
		fputc(' ', out);
		cidr_print(&step->addr, out);
		break;
	case STEP_ADDR_IN:
		field_print(step, step->family, out);
		named_print(" @", step->name, "", out);
		break;
	case STEP_ADDR_MAP:
		field_print(step, step->family, out);
		named_print(" vmap @", step->name, "", out);
		break;
	case STEP_FLOW_IN:
		flow_print(step, out);
		break;
	case STEP_ADDR_TYPE:
	case STEP_ADDR_TYPE_HERE:
		addr_type_print(step, out);
		break;
	case STEP_LINK_KIND:
		link_kind_print(step->number, out);
		break;
	case STEP_PROTO:
		fputs("meta l4proto ", out);
		proto_print(step->number, out);
		break;
	case STEP_HOP_LIMIT:
		fprintf(out, "ip6 hoplimit %u", step->number);
		break;
	case STEP_ICMP6_TYPE:
		fprintf(out, "icmpv6 type %u", step->number);
		break;
	case STEP_PORT_IN:
	case STEP_PORT_MAP:
	case STEP_PROTO_PORT_MAP:
	case STEP_COUNTER:
		named_step_print(step, out);
		break;
	case STEP_LIMIT:
		fprintf(out, "limit rate %d/second burst %d packets", FACT_LOG_RATE, FACT_LOG_BURST);
		break;
	case STEP_LOG:
		log_print(step, out);
		break;
	case STEP_REJECT:
		fputs(step->number == REJECT_RESET ? "reject with tcp reset" : "reject with icmpx admin-prohibited",
		      out);
		break;
	case STEP_ACTION:
		action_print(&step->action, out);
		break;
	case STEP_OTHER:
	case STEP_KIND_COUNT:
		fputs("(other)", out);
		break;
	}
}

static void rule_print(const struct chain_rule *rule, FILE *out)
{
	fputc('\t', out);
	for (size_t i = 0; i < rule->n; i++) {
		fputs(i ? " " : "", out);
		step_print(&rule->steps[i], out);
	}
	comment_print(rule->comment, out);
	fputc('\n', out);
}

const char *key_type_name(enum key_type type)
{
	static const char *const names[KEY_TYPE_COUNT] = {
		[KEY_IP4] = "ipv4_addr",
		[KEY_IP6] = "ipv6_addr",
		[KEY_PROTO_PORT] = "inet_proto . inet_service",
		[KEY_PORT] = "inet_service",
		[KEY_FLOW4] = "ipv4_addr . inet_proto . inet_service . ipv4_addr . inet_service",
		[KEY_FLOW6] = "ipv6_addr . inet_proto . inet_service . ipv6_addr . inet_service",
		[KEY_OTHER] = "(other)",
	};

	return names[type];
}

const char *hook_name(enum chain_hook hook)
{
	static const char *const names[CHAIN_HOOK_COUNT] = {
		[CHAIN_HOOK_FORWARD] = "forward", [CHAIN_HOOK_INPUT] = "input", [CHAIN_HOOK_OUTPUT] = "output"};

	return names[hook];
}

static void set_print(const struct fact *fact, FILE *out)
{
	named_print(fact->set.map ? "map " : "set ", fact->name, " ", out);
	fputs(key_type_name(fact->set.key), out);
	fputs(fact->set.interval ? " interval" : "", out);
	fputs(fact->set.transient ? " transient" : "", out);
}

static void chain_print(const struct fact *fact, FILE *out)
{
	named_print(fact->chain.base ? "base chain " : "chain ", fact->name, "", out);
	if (fact->chain.base)
		fprintf(out, " %s %d", hook_name(fact->chain.hook), fact->chain.priority);
}

static void element_print(const struct fact *fact, FILE *out)
{
	uint8_t size = fact->element.size;

	named_print("element ", fact->name, " ", out);
	key_print(fact->element.lo, size, out);
	if (memcmp(fact->element.lo, fact->element.hi, size)) {
		fputc('-', out);
		key_print(fact->element.hi, size, out);
	}
	if (fact->element.action.kind == VERDICT_CONTINUE)
		return;
	fputs(" : ", out);
	action_print(&fact->element.action, out);
}

void fact_print(const struct fact *fact, FILE *out)
{
	switch (fact->kind) {
	case FACT_COUNTER:
		named_print("counter ", fact->name, "", out);
		break;
	case FACT_SET:
		set_print(fact, out);
		break;
	case FACT_CHAIN:
		chain_print(fact, out);
		break;
	case FACT_ELEMENT:
		element_print(fact, out);
		break;
	case FACT_KIND_COUNT:
		break;
	}
	comment_print(fact->comment, out);
	fputc('\n', out);
	for (size_t i = 0; fact->kind == FACT_CHAIN && i < fact->chain.n; i++)
		rule_print(&fact->chain.rules[i], out);
}
