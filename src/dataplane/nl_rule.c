/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do our rules travel in libnftnl's objects? */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_expr.h"
#include "nl_rule.h"
#include "nl_udata.h"

static const int verdict_code[] = {
	[VERDICT_CONTINUE] = NFT_CONTINUE, [VERDICT_ACCEPT] = NF_ACCEPT, [VERDICT_DROP] = NF_DROP,
	[VERDICT_JUMP] = NFT_JUMP,         [VERDICT_GOTO] = NFT_GOTO,
};

int nl_rule_verdict(enum verdict_kind kind)
{
	return verdict_code[kind];
}

bool nl_rule_verdict_kind(int code, enum verdict_kind *out)
{
	for (size_t i = 0; i < sizeof verdict_code / sizeof *verdict_code; i++) {
		if (verdict_code[i] != code)
			continue;
		*out = (enum verdict_kind)i;
		return true;
	}
	return false;
}

static const uint32_t hook_number[CHAIN_HOOK_COUNT] = {
	[CHAIN_HOOK_FORWARD] = NF_INET_FORWARD,
	[CHAIN_HOOK_INPUT] = NF_INET_LOCAL_IN,
	[CHAIN_HOOK_OUTPUT] = NF_INET_LOCAL_OUT,
};

uint32_t nl_hook_number(enum chain_hook hook)
{
	return hook_number[hook];
}

bool nl_hook_read(uint32_t number, enum chain_hook *out)
{
	for (int i = 0; i < CHAIN_HOOK_COUNT; i++) {
		if (hook_number[i] != number)
			continue;
		*out = (enum chain_hook)i;
		return true;
	}
	return false;
}

static void meta_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_META_KEY, e->key);
	nftnl_expr_set_u32(to, NFTNL_EXPR_META_DREG, e->reg);
}

static bool meta_read(const struct nftnl_expr *from, struct expr *e)
{
	e->key = nftnl_expr_get_u32(from, NFTNL_EXPR_META_KEY);
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_META_DREG);
	return !nftnl_expr_is_set(from, NFTNL_EXPR_META_SREG);
}

static void ct_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_CT_KEY, e->key);
	nftnl_expr_set_u32(to, NFTNL_EXPR_CT_DREG, e->reg);
}

static bool ct_read(const struct nftnl_expr *from, struct expr *e)
{
	e->key = nftnl_expr_get_u32(from, NFTNL_EXPR_CT_KEY);
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_CT_DREG);
	return !nftnl_expr_is_set(from, NFTNL_EXPR_CT_SREG) && !nftnl_expr_is_set(from, NFTNL_EXPR_CT_DIR);
}

static void payload_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_PAYLOAD_DREG, e->reg);
	nftnl_expr_set_u32(to, NFTNL_EXPR_PAYLOAD_BASE, e->key);
	nftnl_expr_set_u32(to, NFTNL_EXPR_PAYLOAD_OFFSET, e->offset);
	nftnl_expr_set_u32(to, NFTNL_EXPR_PAYLOAD_LEN, e->len);
}

static bool payload_read(const struct nftnl_expr *from, struct expr *e)
{
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_DREG);
	e->key = nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_BASE);
	e->offset = nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_OFFSET);
	e->len = nftnl_expr_get_u32(from, NFTNL_EXPR_PAYLOAD_LEN);
	return !nftnl_expr_is_set(from, NFTNL_EXPR_PAYLOAD_SREG);
}

static bool data_read(const struct nftnl_expr *from, uint16_t attr, struct expr *e)
{
	const void *data = nftnl_expr_get(from, attr, &e->len);

	if (!data || e->len > sizeof e->data)
		return false;
	memcpy(e->data, data, e->len);
	return true;
}

static void cmp_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_CMP_SREG, e->reg);
	nftnl_expr_set_u32(to, NFTNL_EXPR_CMP_OP, e->key);
	nftnl_expr_set(to, NFTNL_EXPR_CMP_DATA, e->data, e->len);
}

static bool cmp_read(const struct nftnl_expr *from, struct expr *e)
{
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_CMP_SREG);
	e->key = nftnl_expr_get_u32(from, NFTNL_EXPR_CMP_OP);
	return data_read(from, NFTNL_EXPR_CMP_DATA, e);
}

static void bitwise_write(struct nftnl_expr *to, const struct expr *e)
{
	static const uint8_t zero[sizeof e->data];

	nftnl_expr_set_u32(to, NFTNL_EXPR_BITWISE_SREG, e->reg);
	nftnl_expr_set_u32(to, NFTNL_EXPR_BITWISE_DREG, e->reg);
	nftnl_expr_set_u32(to, NFTNL_EXPR_BITWISE_LEN, e->len);
	nftnl_expr_set(to, NFTNL_EXPR_BITWISE_MASK, e->data, e->len);
	nftnl_expr_set(to, NFTNL_EXPR_BITWISE_XOR, zero, e->len);
}

static bool bitwise_read(const struct nftnl_expr *from, struct expr *e)
{
	uint32_t len = 0;
	const uint8_t *flip = nftnl_expr_get(from, NFTNL_EXPR_BITWISE_XOR, &len);

	for (uint32_t i = 0; flip && i < len; i++) {
		if (flip[i])
			return false;
	}
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_BITWISE_SREG);
	return e->reg == nftnl_expr_get_u32(from, NFTNL_EXPR_BITWISE_DREG) &&
	       nftnl_expr_get_u32(from, NFTNL_EXPR_BITWISE_OP) == NFT_BITWISE_BOOL &&
	       data_read(from, NFTNL_EXPR_BITWISE_MASK, e);
}

static void fib_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_FIB_DREG, e->reg);
	nftnl_expr_set_u32(to, NFTNL_EXPR_FIB_RESULT, e->key);
	nftnl_expr_set_u32(to, NFTNL_EXPR_FIB_FLAGS, e->offset);
}

static bool fib_read(const struct nftnl_expr *from, struct expr *e)
{
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_FIB_DREG);
	e->key = nftnl_expr_get_u32(from, NFTNL_EXPR_FIB_RESULT);
	e->offset = nftnl_expr_get_u32(from, NFTNL_EXPR_FIB_FLAGS);
	return true;
}

static void lookup_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_LOOKUP_SREG, e->reg);
	nftnl_expr_set_str(to, NFTNL_EXPR_LOOKUP_SET, e->name);
	if (e->key)
		nftnl_expr_set_u32(to, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
}

static bool lookup_read(const struct nftnl_expr *from, struct expr *e)
{
	e->reg = nftnl_expr_get_u32(from, NFTNL_EXPR_LOOKUP_SREG);
	e->name = nftnl_expr_get_str(from, NFTNL_EXPR_LOOKUP_SET);
	e->key = nftnl_expr_is_set(from, NFTNL_EXPR_LOOKUP_DREG);
	return e->name && !nftnl_expr_get_u32(from, NFTNL_EXPR_LOOKUP_FLAGS) &&
	       (!e->key || nftnl_expr_get_u32(from, NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT);
}

static void counter_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
	nftnl_expr_set_str(to, NFTNL_EXPR_OBJREF_IMM_NAME, e->name);
}

static bool counter_read(const struct nftnl_expr *from, struct expr *e)
{
	e->name = nftnl_expr_get_str(from, NFTNL_EXPR_OBJREF_IMM_NAME);
	return e->name && nftnl_expr_get_u32(from, NFTNL_EXPR_OBJREF_IMM_TYPE) == NFT_OBJECT_COUNTER;
}

static void limit_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u64(to, NFTNL_EXPR_LIMIT_RATE, e->key);
	nftnl_expr_set_u64(to, NFTNL_EXPR_LIMIT_UNIT, 1);
	nftnl_expr_set_u32(to, NFTNL_EXPR_LIMIT_BURST, e->offset);
	nftnl_expr_set_u32(to, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_expr_set_u32(to, NFTNL_EXPR_LIMIT_FLAGS, 0);
}

static bool limit_read(const struct nftnl_expr *from, struct expr *e)
{
	uint64_t rate = nftnl_expr_get_u64(from, NFTNL_EXPR_LIMIT_RATE);

	e->key = (uint32_t)rate;
	e->offset = nftnl_expr_get_u32(from, NFTNL_EXPR_LIMIT_BURST);
	return rate == e->key && nftnl_expr_get_u64(from, NFTNL_EXPR_LIMIT_UNIT) == 1 &&
	       nftnl_expr_get_u32(from, NFTNL_EXPR_LIMIT_TYPE) == NFT_LIMIT_PKTS &&
	       !nftnl_expr_get_u32(from, NFTNL_EXPR_LIMIT_FLAGS);
}

static void log_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_str(to, NFTNL_EXPR_LOG_PREFIX, e->name);
	nftnl_expr_set_u16(to, NFTNL_EXPR_LOG_GROUP, (uint16_t)e->key);
}

static bool log_read(const struct nftnl_expr *from, struct expr *e)
{
	e->name = nftnl_expr_get_str(from, NFTNL_EXPR_LOG_PREFIX);
	e->key = nftnl_expr_get_u16(from, NFTNL_EXPR_LOG_GROUP);
	return e->name && nftnl_expr_is_set(from, NFTNL_EXPR_LOG_GROUP) &&
	       !nftnl_expr_is_set(from, NFTNL_EXPR_LOG_SNAPLEN) && !nftnl_expr_is_set(from, NFTNL_EXPR_LOG_QTHRESHOLD);
}

static void reject_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_REJECT_TYPE, e->key);
	nftnl_expr_set_u8(to, NFTNL_EXPR_REJECT_CODE, (uint8_t)e->offset);
}

static bool reject_read(const struct nftnl_expr *from, struct expr *e)
{
	e->key = nftnl_expr_get_u32(from, NFTNL_EXPR_REJECT_TYPE);
	e->offset = nftnl_expr_get_u8(from, NFTNL_EXPR_REJECT_CODE);
	return true;
}

static void verdict_write(struct nftnl_expr *to, const struct expr *e)
{
	nftnl_expr_set_u32(to, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(to, NFTNL_EXPR_IMM_VERDICT, (uint32_t)nl_rule_verdict(e->action.kind));
	if (e->action.chain)
		nftnl_expr_set_str(to, NFTNL_EXPR_IMM_CHAIN, e->action.chain);
}

static bool verdict_read(const struct nftnl_expr *from, struct expr *e)
{
	e->action.chain = nftnl_expr_get_str(from, NFTNL_EXPR_IMM_CHAIN);
	return nftnl_expr_get_u32(from, NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT &&
	       nl_rule_verdict_kind((int)nftnl_expr_get_u32(from, NFTNL_EXPR_IMM_VERDICT), &e->action.kind);
}

static const struct {
	const char *name;
	void (*write)(struct nftnl_expr *to, const struct expr *e);
	bool (*read)(const struct nftnl_expr *from, struct expr *e);
} formats[EXPR_OTHER] = {
	[EXPR_META] = {"meta", meta_write, meta_read},
	[EXPR_CT] = {"ct", ct_write, ct_read},
	[EXPR_PAYLOAD] = {"payload", payload_write, payload_read},
	[EXPR_CMP] = {"cmp", cmp_write, cmp_read},
	[EXPR_BITWISE] = {"bitwise", bitwise_write, bitwise_read},
	[EXPR_FIB] = {"fib", fib_write, fib_read},
	[EXPR_LOOKUP] = {"lookup", lookup_write, lookup_read},
	[EXPR_COUNTER] = {"objref", counter_write, counter_read},
	[EXPR_LIMIT] = {"limit", limit_write, limit_read},
	[EXPR_LOG] = {"log", log_write, log_read},
	[EXPR_REJECT] = {"reject", reject_write, reject_read},
	[EXPR_VERDICT] = {"immediate", verdict_write, verdict_read},
};

static int expr_read(struct nftnl_expr *from, void *data)
{
	struct exprs *exprs = data;
	const char *name = nftnl_expr_get_str(from, NFTNL_EXPR_NAME);
	struct expr *e = &exprs->at[exprs->n];

	if (exprs->n == EXPRS_MAX)
		return -1;
	exprs->n++;
	for (size_t kind = 0; kind < EXPR_OTHER; kind++) {
		*e = (struct expr){.kind = (enum expr_kind)kind};
		if (!strcmp(name, formats[kind].name) && formats[kind].read(from, e))
			return 0;
	}
	*e = (struct expr){.kind = EXPR_OTHER};
	return 0;
}

static void exprs_put(struct nftnl_rule *rule, const struct exprs *exprs)
{
	for (size_t i = 0; i < exprs->n; i++) {
		const struct expr *e = &exprs->at[i];
		struct nftnl_expr *to = nftnl_expr_alloc(formats[e->kind].name);
		if (!to)
			abort();
		formats[e->kind].write(to, e);
		nftnl_rule_add_expr(rule, to);
	}
}

void nl_rule_write(struct nlmsghdr *nlh, const char *chain, const struct chain_rule *rule)
{
	struct exprs exprs;
	struct nl_udata comment;
	struct nftnl_rule *to = nftnl_rule_alloc();

	if (!to)
		abort();
	nl_expr_write(rule, &exprs);
	nftnl_rule_set_str(to, NFTNL_RULE_TABLE, FACT_TABLE);
	nftnl_rule_set_str(to, NFTNL_RULE_CHAIN, chain);
	if (nl_udata_comment(&comment, rule->comment))
		nftnl_rule_set_data(to, NFTNL_RULE_USERDATA, comment.bytes, comment.n);
	exprs_put(to, &exprs);
	nftnl_rule_nlmsg_build_payload(nlh, to);
	nftnl_rule_free(to);
}

void nl_exprs_write(struct nlmsghdr *nlh, const char *table, const char *chain, const struct exprs *exprs)
{
	struct nftnl_rule *to = nftnl_rule_alloc();

	if (!to)
		abort();
	nftnl_rule_set_str(to, NFTNL_RULE_TABLE, table);
	nftnl_rule_set_str(to, NFTNL_RULE_CHAIN, chain);
	exprs_put(to, exprs);
	nftnl_rule_nlmsg_build_payload(nlh, to);
	nftnl_rule_free(to);
}

void nl_rule_read(const struct nftnl_rule *rule, struct chain_rule *out)
{
	struct exprs exprs = {.n = 0};
	uint32_t n = 0;

	if (nftnl_expr_foreach((struct nftnl_rule *)(uintptr_t)rule, expr_read, &exprs) < 0)
		exprs = (struct exprs){.at = {{.kind = EXPR_OTHER}}, .n = 1};
	nl_expr_read(&exprs, out);
	const void *userdata = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &n);
	out->comment = nl_udata_read(userdata, n);
}
