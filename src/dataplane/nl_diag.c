/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which operation did the kernel refuse, and what does its bare error number mean there? */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nl_priv.h"

/* What an error number means for an operation; the first line that fits. */
static const struct {
	int sys;
	enum op_kind first, last; /* the operations it is about */
	const char *meaning;
} meanings[] = {
	{ENOENT, OP_ELEMENTS, OP_ELEMENTS, "the set, or the chain it leads to, is not there"},
	{ENOENT, OP_RULES, OP_RULES, "the chain, or a set, counter or chain that the rule names, is not there"},
	{ENOENT, OP_DEL_ELEMENTS, OP_DEL_ELEMENTS, "it is not there"},
	{ENOENT, OP_FLUSH, OP_CHAIN, "it, or the table, is not there"},
	{EEXIST, OP_ELEMENTS, OP_ELEMENTS, "it, or a range that overlaps it, is there already"},
	{EBUSY, OP_ELEMENTS, OP_ELEMENTS, "its key is there with another verdict"},
	{EBUSY, OP_DEL_SET, OP_DEL_COUNTER, "something still refers to it"},
	{ENOTEMPTY, OP_ELEMENTS, OP_ELEMENTS, "it overlaps a range that is there"},
	{EINVAL, OP_ELEMENTS, OP_ELEMENTS, "key or verdict do not suit the set"},
	{EINVAL, OP_RULES, OP_RULES, "a set it names has another key type, or is no map"},
	{ENFILE, OP_ELEMENTS, OP_ELEMENTS, "the set is full"},
	{EMLINK, OP_ELEMENTS, OP_RULES, "more than 16 chains would jump into each other"},
	{ELOOP, OP_ELEMENTS, OP_RULES, "chains would jump in a circle"},
	{EOPNOTSUPP, OP_TABLE, OP_RULES, "this kernel lacks a part of nf_tables that it needs"},
};

static const char *meaning(enum op_kind kind, int sys)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (meanings[i].sys == sys && kind >= meanings[i].first && kind <= meanings[i].last)
			return meanings[i].meaning;
	}
	return NULL;
}

/* The attribute of this type among those in [first, end), or NULL. */
static const struct nlattr *attr_find(const struct nlattr *first, const void *end, uint16_t type)
{
	for (const struct nlattr *attr = first; nl_attr_in(attr, end); attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

static const struct nlattr *nested_find(const struct nlattr *nest, uint16_t type)
{
	if (!nest)
		return NULL;
	return attr_find(mnl_attr_get_payload(nest), (const char *)nest + mnl_attr_get_len(nest), type);
}

/* Expressions of which a kernel may know nothing, and what it is built with if it does.  A kernel that lacks one says ENOENT,
 * as for a set that is not there; one that lacks a form of it says EOPNOTSUPP or EINVAL. */
static const struct {
	const char *name, *config;
} parts[] = {
	{"bitwise", "NF_TABLES"}, {"cmp", "NF_TABLES"},     {"ct", "NFT_CT"},
	{"fib", "NFT_FIB_INET"},  {"limit", "NFT_LIMIT"},   {"log", "NFT_LOG"},
	{"meta", "NF_TABLES"},    {"payload", "NF_TABLES"}, {"reject", "NFT_REJECT_INET"},
};

/* Forms of them, by the attribute that tells, as nft calls them. */
static const struct {
	const char *name;
	uint16_t type;
	uint32_t value;
	const char *form;
} forms[] = {
	{"ct", NFTA_CT_KEY, NFT_CT_STATE, "state"},
	{"fib", NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE, "type"},
	{"limit", NFTA_LIMIT_TYPE, NFT_LIMIT_PKTS, "rate N packets"},
	{"meta", NFTA_META_KEY, NFT_META_IIFKIND, "iifkind"},
	{"meta", NFTA_META_KEY, NFT_META_L4PROTO, "l4proto"},
	{"meta", NFTA_META_KEY, NFT_META_NFPROTO, "nfproto"},
	{"reject", NFTA_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH, "with icmpx"},
	{"reject", NFTA_REJECT_TYPE, NFT_REJECT_TCP_RST, "with tcp reset"},
};

/* The member of a list in our message that spans the offset the kernel complains of; NULL if it does not tell. */
static const struct nlattr *member_at(const struct nl_complaint *c, uint16_t list_type)
{
	const struct nlmsghdr *nlh = c->message;
	const struct nlattr *list = attr_find(mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg)),
					      mnl_nlmsg_get_payload_tail(nlh), list_type);
	const char *at = (const char *)nlh + c->offset;

	if (!list || !c->offset)
		return NULL;
	const char *end = (const char *)list + mnl_attr_get_len(list);
	for (const struct nlattr *attr = mnl_attr_get_payload(list); nl_attr_in(attr, end);
	     attr = mnl_attr_next(attr)) {
		if (at >= (const char *)attr && at < (const char *)mnl_attr_next(attr))
			return attr;
	}
	return NULL;
}

/* What nft calls this form of an expression; NULL: there is but one. */
static const char *form_of(const char *name, const struct nlattr *expression)
{
	const struct nlattr *data = nested_find(expression, NFTA_EXPR_DATA);

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct nlattr *attr = strcmp(forms[i].name, name) ? NULL : nested_find(data, forms[i].type);
		if (attr && mnl_attr_get_u32(attr) == htonl(forms[i].value))
			return forms[i].form;
	}
	return NULL;
}

/* Does the kernel lack an expression that the rule takes, or this form of it?  Then says so. */
static const char *expression_lacking(const struct nl_complaint *c, char *out, size_t size)
{
	const struct nlattr *expression = member_at(c, NFTA_RULE_EXPRESSIONS),
			    *name = nested_find(expression, NFTA_EXPR_NAME);

	for (size_t i = 0; name && i < sizeof parts / sizeof *parts; i++) {
		const char *part = parts[i].name, *form = form_of(part, expression);

		if (strcmp(part, mnl_attr_get_str(name)))
			continue;
		if (c->sys == ENOENT)
			snprintf(out, size,
				 "this kernel does not know the expression \"%s\", for which it takes CONFIG_%s", part,
				 parts[i].config);
		else
			snprintf(out, size,
				 "this kernel knows the expression \"%s\", but not this form of it%s%s%s: it takes a "
				 "newer one",
				 part, form ? ", \"" : "", form ? form : "", form ? "\"" : "");
		return out;
	}
	return NULL;
}

/* The kernel lacks such sets, and says no more than that. */
static const char *set_lacking(const struct fact *set, char *out, size_t size)
{
	snprintf(out, size, "this kernel does not know %s%s%s", set->set.map ? "verdict maps" : "sets",
		 set->set.interval ? " of ranges" : "", set->set.transient ? " whose elements expire" : "");
	return out;
}

static const char *lacking(const struct nl_message *m, const struct nl_complaint *c, char *out, size_t size)
{
	bool form = c->sys == EOPNOTSUPP || c->sys == EINVAL;

	if (m->op->kind == OP_RULES && c->message && (form || c->sys == ENOENT))
		return expression_lacking(c, out, size);
	return m->op->kind == OP_SET && form ? set_lacking(m->op->fact, out, size) : NULL;
}

/* The fact that the complaint is about, of those one message carries; the first if the kernel does not tell. */
static const struct fact *culprit(const struct op *op, const struct nl_complaint *c)
{
	const struct nlattr *element = member_at(c, NFTA_SET_ELEM_LIST_ELEMENTS);
	const struct nlattr *key = nested_find(nested_find(element, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
	const struct nlattr *flags = nested_find(element, NFTA_SET_ELEM_FLAGS);
	bool end = flags && mnl_attr_get_u32(flags) & htonl(NFT_SET_ELEM_INTERVAL_END);
	const struct fact *found = op->fact;

	if (!key || mnl_attr_get_payload_len(key) < op->fact->element.size)
		return op->fact;
	for (const struct fact *f = op->fact; f < op->fact + op->n; f++) {
		if (memcmp(f->element.lo, mnl_attr_get_payload(key), f->element.size) <= (end ? -1 : 0))
			found = f;
	}
	return found;
}

static void element_print(const char *before, const struct fact *f, const char *between, FILE *out)
{
	uint8_t size = f->element.size;

	fputs(before, out);
	key_print(f->element.lo, size, out);
	if (memcmp(f->element.lo, f->element.hi, size)) {
		fputc('-', out);
		key_print(f->element.hi, size, out);
	}
	fprintf(out, " %s %s", between, f->name);
}

static void rule_print(const struct fact *chain, size_t item, FILE *out)
{
	const struct chain_rule *rule = &chain->chain.rules[item];

	fprintf(out, "adding rule %zu of chain %s:", item + 1, chain->name);
	for (size_t i = 0; i < rule->n; i++) {
		fputc(' ', out);
		step_print(&rule->steps[i], out);
	}
}

static void operation_print(const struct nl_message *m, const struct nl_complaint *c, FILE *out)
{
	static const char *const words[OP_KIND_COUNT] = {
		[OP_FLUSH] = "emptying chain",     [OP_DEL_SET] = "removing set",
		[OP_DEL_CHAIN] = "removing chain", [OP_DEL_COUNTER] = "removing counter",
		[OP_COUNTER] = "adding counter",   [OP_SET] = "adding set",
		[OP_CHAIN] = "adding chain"};
	const struct op *op = m->op;

	if (op->kind == OP_TABLE)
		fputs("adding the table " FACT_TABLE, out);
	else if (op->kind == OP_ELEMENTS)
		element_print("adding element ", culprit(op, c), "to", out);
	else if (op->kind == OP_DEL_ELEMENTS)
		element_print("removing element ", culprit(op, c), "from", out);
	else if (op->kind == OP_RULES)
		rule_print(op->fact, m->item, out);
	else
		fprintf(out, "%s %s", words[op->kind], op->fact->name);
}

int nl_diagnose(const struct nl_message *message, const struct nl_complaint *complaint, struct err *err)
{
	char what[sizeof err->msg] = "committing a transaction";
	char part[128];
	const char *why = complaint->text;

	if (message && message->op) {
		FILE *out = fmemopen(what, sizeof what, "w");
		if (!out)
			return err_sys(err, nl_code(complaint->sys), complaint->sys, "%s", what);
		operation_print(message, complaint, out);
		fclose(out);
		what[sizeof what - 1] = '\0';
		why = why ? why : lacking(message, complaint, part, sizeof part);
		why = why ? why : meaning(message->op->kind, complaint->sys);
	}
	if (why)
		return err_sys(err, nl_code(complaint->sys), complaint->sys, "%s (%s)", what, why);
	return err_sys(err, nl_code(complaint->sys), complaint->sys, "%s", what);
}
