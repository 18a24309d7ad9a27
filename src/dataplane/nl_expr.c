/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How does a rule of ours look in the kernel's expressions, and which rule do these expressions make? */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_expr.h"

/*
 * One function per step kind works in both directions, so that what is written and what is understood cannot come
 * apart: writing, a part appends its expression; reading, it matches the expression at the cursor and fills in what the
 * step leaves open.  A part that does not match answers false and the step is tried no further.
 */
struct codec {
	struct exprs *exprs;
	size_t at; /* of the next expression to match */
	bool reading;
	/* What the rule has established so far: nft leaves out a test that an earlier step has made. */
	uint8_t family; /* FAMILY_COUNT while unknown */
	uint8_t proto;  /* 0 while unknown */
};

/* Puts an expression, or matches an equal one; the data of CMP and the name of LOOKUP and COUNTER are holes. */
static struct expr *part(struct codec *c, const struct expr *want)
{
	if (!c->reading) {
		struct expr *to = &c->exprs->at[c->exprs->n++];
		*to = *want;
		return to;
	}
	if (c->at == c->exprs->n)
		return NULL;
	struct expr *e = &c->exprs->at[c->at];
	if (e->kind != want->kind || e->reg != want->reg || e->key != want->key || e->offset != want->offset ||
	    e->len != want->len)
		return NULL;
	c->at++;
	return e;
}

static bool load(struct codec *c, enum expr_kind kind, uint32_t key)
{
	return part(c, &(struct expr){.kind = kind, .reg = NFT_REG_1, .key = key});
}

static bool payload(struct codec *c, uint32_t reg, uint32_t header, uint32_t offset, uint32_t len)
{
	return part(c, &(struct expr){.kind = EXPR_PAYLOAD, .reg = reg, .key = header, .offset = offset, .len = len});
}

/* Register 1 holds these bytes; reading, they are filled in. */
static bool value(struct codec *c, uint8_t *bytes, uint32_t len)
{
	struct expr want = {.kind = EXPR_CMP, .reg = NFT_REG_1, .key = NFT_CMP_EQ, .len = len};

	memcpy(want.data, bytes, len);
	const struct expr *e = part(c, &want);
	if (!e)
		return false;
	memcpy(bytes, e->data, len);
	return true;
}

/* The address (its first `len` bytes) is in this register; reading, fills in which address it is. */
static bool address(struct codec *c, uint32_t reg, enum family family, bool *source, uint32_t len)
{
	static const uint32_t offset[FAMILY_COUNT][2] = {[FAMILY_4] = {16, 12}, [FAMILY_6] = {24, 8}};

	if (c->reading && c->at < c->exprs->n)
		/* NOLINTNEXTLINE(clang-analyzer-*): the family was read before */
		*source = c->exprs->at[c->at].offset == offset[family][true];
	/* NOLINTNEXTLINE(clang-analyzer-*): the family was read before */
	return payload(c, reg, NFT_PAYLOAD_NETWORK_HEADER, offset[family][*source], len);
}

static bool lookup(struct codec *c, const char **name, bool verdict)
{
	const struct expr *e =
		part(c, &(struct expr){.kind = EXPR_LOOKUP, .reg = NFT_REG_1, .key = verdict, .name = *name});
	if (!e)
		return false;
	*name = e->name;
	return true;
}

static bool meta_is(struct codec *c, uint32_t key, uint8_t *number)
{
	return load(c, EXPR_META, key) && value(c, number, 1);
}

/* The packet is of this family; reading, fills it in. */
static bool family_is(struct codec *c, uint8_t *family)
{
	uint8_t nfproto = *family == FAMILY_4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (c->reading && c->family != FAMILY_COUNT)
		*family = c->family;
	if (c->family == *family)
		return true;
	if (!meta_is(c, NFT_META_NFPROTO, &nfproto) || (nfproto != NFPROTO_IPV4 && nfproto != NFPROTO_IPV6))
		return false;
	*family = c->family = nfproto == NFPROTO_IPV4 ? FAMILY_4 : FAMILY_6;
	return true;
}

static void mask_write(uint8_t mask[16], unsigned bits)
{
	memset(mask, 0, 16);
	for (unsigned i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* The number of leading ones of a mask, or -1 if something follows them. */
static int mask_read(const uint8_t mask[16], unsigned size)
{
	uint8_t again[16];
	unsigned bits = 0;

	while (bits < size * 8 && mask[bits / 8] & 0x80 >> bits % 8)
		bits++;
	mask_write(again, bits);
	return memcmp(again, mask, size) ? -1 : (int)bits;
}

/* The prefix length of an ADDR_IS: whole bytes are loaded as so many bytes, anything else goes through a mask. */
static bool prefix_read(struct codec *c, unsigned size, uint8_t *bits)
{
	if (c->exprs->n - c->at < 2)
		return false;
	const struct expr *load_expr = &c->exprs->at[c->at], *next = load_expr + 1;
	int n = (int)load_expr->len * 8;

	if (next->kind == EXPR_BITWISE)
		n = mask_read(next->data, size);
	if (n < 0 || (unsigned)n > size * 8)
		return false;
	*bits = (uint8_t)n;
	return true;
}

static bool masked(struct codec *c, unsigned size, unsigned bits)
{
	struct expr want = {.kind = EXPR_BITWISE, .reg = NFT_REG_1, .len = size};

	mask_write(want.data, bits);
	return part(c, &want);
}

static bool ct_state(struct codec *c, uint32_t states)
{
	struct expr mask = {.kind = EXPR_BITWISE, .reg = NFT_REG_1, .len = 4};
	struct expr some = {.kind = EXPR_CMP, .reg = NFT_REG_1, .key = NFT_CMP_NEQ, .len = 4};

	memcpy(mask.data, &states, sizeof states);
	if (!load(c, EXPR_CT, NFT_CT_STATE))
		return false;
	const struct expr *m = part(c, &mask);
	const struct expr *n = m ? part(c, &some) : NULL;
	return n && !memcmp(m->data, mask.data, 4) && !memcmp(n->data, some.data, 4);
}

static bool established(struct codec *c, struct step *s)
{
	(void)s;
	return ct_state(c, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED));
}

static bool untracked(struct codec *c, struct step *s)
{
	(void)s;
	return ct_state(c, NF_CT_STATE_UNTRACKED_BIT);
}

static bool family(struct codec *c, struct step *s)
{
	return family_is(c, &s->family);
}

static bool addr_is(struct codec *c, struct step *s)
{
	if (!family_is(c, &s->addr.addr.family))
		return false;
	unsigned size = ip_size(s->addr.addr.family);
	if (c->reading && !prefix_read(c, size, &s->addr.bits))
		return false;
	bool whole = s->addr.bits && s->addr.bits % 8 == 0;
	unsigned len = whole ? s->addr.bits / 8u : size;
	return address(c, NFT_REG_1, s->addr.addr.family, &s->source, len) &&
	       (whole || masked(c, size, s->addr.bits)) && value(c, s->addr.addr.b, len);
}

static bool addr_in(struct codec *c, struct step *s)
{
	return family_is(c, &s->family) && address(c, NFT_REG_1, s->family, &s->source, ip_size(s->family)) &&
	       lookup(c, &s->name, false);
}

static bool addr_map(struct codec *c, struct step *s)
{
	return family_is(c, &s->family) && address(c, NFT_REG_1, s->family, &s->source, ip_size(s->family)) &&
	       lookup(c, &s->name, true);
}

/* The register of the nth word of 4 bytes from register 1 on; whole registers go by their own names. */
static uint32_t word(uint32_t n)
{
	return n % 4 ? NFT_REG32_00 + n : NFT_REG_1 + n / 4;
}

static bool flow_in(struct codec *c, struct step *s)
{
	bool source = true, destination = false;

	if (!family_is(c, &s->family))
		return false;
	uint32_t size = ip_size(s->family), n = size / 4;
	return address(c, word(0), s->family, &source, size) && source &&
	       part(c, &(struct expr){.kind = EXPR_META, .reg = word(n), .key = NFT_META_L4PROTO}) &&
	       payload(c, word(n + 1), NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2) &&
	       address(c, word(n + 2), s->family, &destination, size) && !destination &&
	       payload(c, word(2 * n + 2), NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2) && lookup(c, &s->name, false);
}

/* The kernel tells the type in a word of its own byte order. */
static bool type_is(struct codec *c, uint32_t flags, uint8_t *type)
{
	uint32_t word = *type;
	uint8_t bytes[sizeof word];

	memcpy(bytes, &word, sizeof word);
	if (!part(c, &(struct expr){.kind = EXPR_FIB,
				    .reg = NFT_REG_1,
				    .key = NFT_FIB_RESULT_ADDRTYPE,
				    .offset = flags}) ||
	    !value(c, bytes, sizeof bytes))
		return false;
	memcpy(&word, bytes, sizeof word);
	*type = (uint8_t)word;
	return word <= UINT8_MAX;
}

static bool addr_type_with(struct codec *c, struct step *s, uint32_t flags)
{
	if (c->reading && c->at < c->exprs->n)
		s->source = c->exprs->at[c->at].offset & NFTA_FIB_F_SADDR;
	return type_is(c, flags | (s->source ? NFTA_FIB_F_SADDR : NFTA_FIB_F_DADDR), &s->number);
}

static bool addr_type(struct codec *c, struct step *s)
{
	return addr_type_with(c, s, 0);
}

static bool addr_type_here(struct codec *c, struct step *s)
{
	return addr_type_with(c, s, NFTA_FIB_F_IIF);
}

static bool link_kind(struct codec *c, struct step *s)
{
	static const char names[LINK_KIND_COUNT][IFNAMSIZ] = {
		[LINK_BRIDGE] = "bridge", [LINK_VETH] = "veth", [LINK_VXLAN] = "vxlan"};
	uint8_t name[IFNAMSIZ];

	memcpy(name, names[s->number], sizeof name);
	if (!load(c, EXPR_META, NFT_META_IIFKIND) || !value(c, name, sizeof name))
		return false;
	for (s->number = 0; s->number < LINK_KIND_COUNT; s->number++)
		if (!memcmp(name, names[s->number], sizeof name))
			return true;
	return false;
}

static bool proto(struct codec *c, struct step *s)
{
	if (!meta_is(c, NFT_META_L4PROTO, &s->number))
		return false;
	c->proto = s->number;
	return true;
}

static bool hop_limit(struct codec *c, struct step *s)
{
	uint8_t family = FAMILY_6;

	return family_is(c, &family) && family == FAMILY_6 && payload(c, NFT_REG_1, NFT_PAYLOAD_NETWORK_HEADER, 7, 1) &&
	       value(c, &s->number, 1);
}

/* nft asks for IPv6 first, unless the rule has said a family already. */
static bool icmp6_only(struct codec *c)
{
	uint8_t family = FAMILY_6, number = IPPROTO_ICMPV6;

	if (c->proto == IPPROTO_ICMPV6)
		return true;
	if (c->family == FAMILY_COUNT && (!family_is(c, &family) || family != FAMILY_6))
		return false;
	c->proto = IPPROTO_ICMPV6;
	return meta_is(c, NFT_META_L4PROTO, &number) && number == IPPROTO_ICMPV6;
}

static bool icmp6_type(struct codec *c, struct step *s)
{
	return icmp6_only(c) && payload(c, NFT_REG_1, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1) && value(c, &s->number, 1);
}

static bool port_in(struct codec *c, struct step *s)
{
	return payload(c, NFT_REG_1, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2) && lookup(c, &s->name, false);
}

static bool port_map(struct codec *c, struct step *s)
{
	return payload(c, NFT_REG_1, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2) && lookup(c, &s->name, true);
}

static bool proto_port_map(struct codec *c, struct step *s)
{
	return load(c, EXPR_META, NFT_META_L4PROTO) && payload(c, NFT_REG32_01, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2) &&
	       lookup(c, &s->name, true);
}

static bool counter(struct codec *c, struct step *s)
{
	const struct expr *e = part(c, &(struct expr){.kind = EXPR_COUNTER, .name = s->name});

	if (!e)
		return false;
	s->name = e->name;
	return true;
}

static bool limit(struct codec *c, struct step *s)
{
	(void)s;
	return part(c, &(struct expr){.kind = EXPR_LIMIT, .key = FACT_LOG_RATE, .offset = FACT_LOG_BURST});
}

static bool log_to(struct codec *c, struct step *s)
{
	if (c->reading && c->at < c->exprs->n)
		s->group = (uint16_t)c->exprs->at[c->at].key;
	const struct expr *e = part(c, &(struct expr){.kind = EXPR_LOG, .key = s->group, .name = s->name});
	if (!e)
		return false;
	s->name = e->name;
	return true;
}

static bool reject(struct codec *c, struct step *s)
{
	static const struct expr how[REJECT_KIND_COUNT] = {
		[REJECT_RESET] = {.kind = EXPR_REJECT, .key = NFT_REJECT_TCP_RST},
		[REJECT_PROHIBITED] = {.kind = EXPR_REJECT,
				       .key = NFT_REJECT_ICMPX_UNREACH,
				       .offset = NFT_REJECT_ICMPX_ADMIN_PROHIBITED},
	};

	if (c->reading && c->at < c->exprs->n)
		s->number = c->exprs->at[c->at].key == NFT_REJECT_TCP_RST ? REJECT_RESET : REJECT_PROHIBITED;
	return part(c, &how[s->number]);
}

static bool verdict(struct codec *c, struct step *s)
{
	const struct expr *e = part(c, &(struct expr){.kind = EXPR_VERDICT, .action = s->action});

	if (!e)
		return false;
	s->action = e->action;
	return true;
}

static bool other(struct codec *c, struct step *s)
{
	(void)s;
	return !c->reading && part(c, &(struct expr){.kind = EXPR_OTHER});
}

static bool (*const step_codec[STEP_KIND_COUNT])(struct codec *c, struct step *s) = {
	[STEP_ESTABLISHED] = established,
	[STEP_UNTRACKED] = untracked,
	[STEP_FAMILY] = family,
	[STEP_ADDR_IS] = addr_is,
	[STEP_ADDR_IN] = addr_in,
	[STEP_ADDR_MAP] = addr_map,
	[STEP_FLOW_IN] = flow_in,
	[STEP_ADDR_TYPE] = addr_type,
	[STEP_ADDR_TYPE_HERE] = addr_type_here,
	[STEP_LINK_KIND] = link_kind,
	[STEP_PROTO] = proto,
	[STEP_HOP_LIMIT] = hop_limit,
	[STEP_ICMP6_TYPE] = icmp6_type,
	[STEP_PORT_IN] = port_in,
	[STEP_PORT_MAP] = port_map,
	[STEP_PROTO_PORT_MAP] = proto_port_map,
	[STEP_COUNTER] = counter,
	[STEP_LIMIT] = limit,
	[STEP_LOG] = log_to,
	[STEP_REJECT] = reject,
	[STEP_ACTION] = verdict,
	[STEP_OTHER] = other,
};

/* Reads one step.  From the last kind to the first: ICMP6_TYPE brings a protocol test of its own, which PROTO would
 * take, and what speaks of addresses one of the family, which FAMILY would. */
static bool step_read(struct codec *c, struct step *out)
{
	const struct codec start = *c;

	for (size_t kind = STEP_KIND_COUNT; kind-- > 0;) {
		*out = (struct step){.kind = (enum step_kind)kind};
		if (step_codec[kind](c, out))
			return true;
		*c = start;
	}
	return false;
}

void nl_expr_write(const struct chain_rule *rule, struct exprs *out)
{
	struct codec c = {.exprs = out, .family = FAMILY_COUNT};

	out->n = 0;
	for (size_t i = 0; i < rule->n; i++) {
		struct step s = rule->steps[i];
		step_codec[s.kind](&c, &s);
	}
}

void nl_expr_read(const struct exprs *in, struct chain_rule *out)
{
	struct exprs copy = *in;
	struct codec c = {.exprs = &copy, .reading = true, .family = FAMILY_COUNT};

	for (out->n = 0; out->n < RULE_STEPS && c.at < in->n; out->n++) {
		if (!step_read(&c, &out->steps[out->n]))
			break;
	}
	if (c.at < in->n) {
		out->steps[0] = (struct step){.kind = STEP_OTHER};
		out->n = 1;
		return;
	}
	for (size_t i = 0; i < out->n; i++) {
		struct step *s = &out->steps[i];
		s->name = s->name ? atom(s->name) : NULL;
		s->action.chain = s->action.chain ? atom(s->action.chain) : NULL;
	}
}
