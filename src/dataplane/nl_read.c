/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the kernel hold? */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/chain.h>
#include <libnftnl/gen.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_priv.h"
#include "nl_rule.h"
#include "nl_set.h"
#include "nl_udata.h"

#define TRIES 10

static bool ours(const char *table)
{
	return table && !strcmp(table, FACT_TABLE);
}

static void generation_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_gen *gen = nftnl_gen_alloc();

	if (!gen)
		abort();
	if (!nftnl_gen_nlmsg_parse(nlh, gen))
		*(uint32_t *)ctx = nftnl_gen_get_u32(gen, NFTNL_GEN_ID);
	nftnl_gen_free(gen);
}

static int generation(struct nl *nl, uint32_t *out, struct err *err)
{
	struct nl_request request = {.type = NFT_MSG_GETGEN, .flags = NLM_F_ACK, .visit = generation_visit, .ctx = out};

	return nl_request_run(nl, &request, err);
}

/* Objects that are no counters stay where they are: what refers to them is not ours and goes. */
static void counter_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_obj *obj = nftnl_obj_alloc();
	uint32_t n = 0;

	if (!obj)
		abort();
	if (!nftnl_obj_nlmsg_parse(nlh, obj) && nftnl_obj_get_u32(obj, NFTNL_OBJ_TYPE) == NFT_OBJECT_COUNTER) {
		const void *userdata = nftnl_obj_get_data(obj, NFTNL_OBJ_USERDATA, &n);
		*vec_add((struct facts *)ctx) = (struct fact){
			.kind = FACT_COUNTER,
			.name = atom(nftnl_obj_get_str(obj, NFTNL_OBJ_NAME)),
			.comment = nl_udata_read(userdata, n),
		};
	}
	nftnl_obj_free(obj);
}

static void set_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct fact set;

	if (nl_set_read(nlh, &set))
		*vec_add((struct facts *)ctx) = set;
}

/* Hooked, and is it as we hook? */
static void hook_read(const struct nftnl_chain *chain, struct fact *f)
{
	const char *type = nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE);
	uint32_t number = nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM);

	f->chain.base = nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM);
	if (!f->chain.base)
		return;
	f->chain.priority = FACT_PRIORITY_OTHER;
	if (type && !strcmp(type, "filter") && nl_hook_read(number, &f->chain.hook) &&
	    nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_ACCEPT)
		f->chain.priority = nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO);
}

/* Chains that live and die with a rule are left out. */
static void chain_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	uint32_t n = 0;

	if (!chain)
		abort();
	if (!nftnl_chain_nlmsg_parse(nlh, chain) && ours(nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE)) &&
	    !(nftnl_chain_get_u32(chain, NFTNL_CHAIN_FLAGS) & NFT_CHAIN_BINDING)) {
		const void *userdata = nftnl_chain_get_data(chain, NFTNL_CHAIN_USERDATA, &n);
		struct fact f = {
			.kind = FACT_CHAIN,
			.name = atom(nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME)),
			.comment = nl_udata_read(userdata, n),
		};
		hook_read(chain, &f);
		*vec_add((struct facts *)ctx) = f;
	}
	nftnl_chain_free(chain);
}

struct rules_reading {
	struct facts *facts;
	struct fact *chain; /* of the last rule: the kernel tells the rules of one chain in a row, in order */
};

static void rule_add(struct rules_reading *r, const struct nftnl_rule *rule)
{
	const char *name = nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN);

	if (!r->chain || strcmp(r->chain->name, name)) {
		const struct fact *found = facts_find(r->facts, FACT_CHAIN, name);
		r->chain = found ? &r->facts->at[found - r->facts->at] : NULL;
	}
	if (r->chain)
		nl_rule_read(rule, fact_add_rule(r->chain));
}

static void rule_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (!rule)
		abort();
	if (!nftnl_rule_nlmsg_parse(nlh, rule) && ours(nftnl_rule_get_str(rule, NFTNL_RULE_TABLE)))
		rule_add(ctx, rule);
	nftnl_rule_free(rule);
}

static int dump(struct nl *nl, uint16_t type, void (*visit)(const struct nlmsghdr *nlh, void *ctx), void *ctx,
		struct err *err)
{
	struct nl_request request = {.type = type, .flags = NLM_F_DUMP, .table = true, .visit = visit, .ctx = ctx};

	return nl_request_run(nl, &request, err);
}

static int elements_read(struct nl *nl, struct facts *out, struct err *err)
{
	for (size_t i = 0; i < out->n && out->at[i].kind != FACT_ELEMENT; i++) {
		struct fact set = out->at[i];
		if (set.kind != FACT_SET)
			continue;
		nl_set_put(nl, set.name, set.set.map, set.set.interval);
		if (nl_set_elements_read(nl, &set, out, err))
			return err_ctx(err, "elements of %s: ", set.name);
		out->at[i].set = set.set;
	}
	return 0;
}

/* Counters, sets and chains in their order, then elements set by set: the list comes out sorted. */
static int contents_read(struct nl *nl, struct facts *out, struct err *err)
{
	struct rules_reading rules = {.facts = out};

	if (dump(nl, NFT_MSG_GETOBJ, counter_visit, out, err) || dump(nl, NFT_MSG_GETSET, set_visit, out, err) ||
	    dump(nl, NFT_MSG_GETCHAIN, chain_visit, out, err))
		return -1;
	facts_sort(out);
	if (dump(nl, NFT_MSG_GETRULE, rule_visit, &rules, err))
		return -1;
	return elements_read(nl, out, err);
}

/* One try.  err->sys is EINTR if the ruleset moved. */
static int read_once(struct nl *nl, struct facts *out, bool *exists, struct err *err)
{
	uint32_t before = 0, after = 0;

	nl_forget(nl);
	if (generation(nl, &before, err) || nl_table_read(nl, err))
		return -1;
	if (nl->table_known && contents_read(nl, out, err))
		return -1;
	if (generation(nl, &after, err))
		return -1;
	if (before != after)
		return err_sys(err, ERR_UNSURE, EINTR, "the ruleset changed while it was read");
	*exists = nl->table_known;
	if (!*exists)
		linger_clear(&nl->linger);
	linger_hide(&nl->linger, out);
	return 0;
}

int nl_read(struct nl *nl, struct facts *out, bool *exists, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		*out = (struct facts){0};
		if (!read_once(nl, out, exists, err))
			return 0;
		facts_free(out);
		/* ENOENT: what was listed a moment ago is gone. */
		if (err->sys != EINTR && err->sys != ENOENT)
			break;
	}
	nl_forget(nl);
	return err_ctx(err, "reading the table " FACT_TABLE ": ");
}
