/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chains of others drop what is forwarded, whatever ours say? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/chain.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_priv.h"

#define TRIES 10

/* The families whose hooks forwarded packets of pods pass; NF_BR_FORWARD is the same number as NF_INET_FORWARD. */
static const char *family_name(uint32_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_BRIDGE:
		return "bridge";
	default:
		return NULL;
	}
}

static bool drops_forwarded(const struct nftnl_chain *chain)
{
	bool ours = nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY) == NFPROTO_INET &&
		    !strcmp(nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE), FACT_TABLE);

	return !ours && nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM) &&
	       nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM) == NF_INET_FORWARD &&
	       nftnl_chain_is_set(chain, NFTNL_CHAIN_POLICY) &&
	       nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP;
}

static void chain_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	const char *family;

	if (!chain)
		abort();
	if (!nftnl_chain_nlmsg_parse(nlh, chain) && drops_forwarded(chain)) {
		family = family_name(nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY));
		if (family)
			*vec_add((struct nl_chains *)ctx) = (struct nl_chain){
				.family = family,
				.table = atom(nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE)),
				.name = atom(nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME)),
			};
	}
	nftnl_chain_free(chain);
}

static void chain_fini(struct nl_chain *chain)
{
	atom_put(chain->table);
	atom_put(chain->name);
}

/* Takes the chains of a table that hooks none of them out. */
static void dormant_take(struct nl_chains *chains, const char *family, const char *table)
{
	size_t n = 0;

	for (size_t i = 0; i < chains->n; i++) {
		struct nl_chain *chain = &chains->at[i];

		if (!strcmp(chain->family, family) && !strcmp(chain->table, table))
			chain_fini(chain);
		else
			chains->at[n++] = *chain;
	}
	chains->n = n;
}

static void table_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_table *table = nftnl_table_alloc();
	const char *family;

	if (!table)
		abort();
	if (!nftnl_table_nlmsg_parse(nlh, table) &&
	    nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS) & NFT_TABLE_F_DORMANT) {
		family = family_name(nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY));
		if (family)
			dormant_take(ctx, family, nftnl_table_get_str(table, NFTNL_TABLE_NAME));
	}
	nftnl_table_free(table);
}

int nl_chains(struct nl *nl, struct nl_chains *out, struct err *err)
{
	struct nl_request chains = {.type = NFT_MSG_GETCHAIN, .flags = NLM_F_DUMP, .visit = chain_visit, .ctx = out};
	struct nl_request tables = {.type = NFT_MSG_GETTABLE, .flags = NLM_F_DUMP, .visit = table_visit, .ctx = out};

	for (int i = 0; i < TRIES; i++) {
		*out = (struct nl_chains){0};
		if (!nl_request_run(nl, &chains, err) && !nl_request_run(nl, &tables, err))
			return 0;
		nl_chains_free(out);
		if (err->sys != EINTR)
			break;
	}
	return err_ctx(err, "reading the chains of others: ");
}

void nl_chains_free(struct nl_chains *chains)
{
	for (size_t i = 0; i < chains->n; i++)
		chain_fini(&chains->at[i]);
	vec_free(chains);
}
