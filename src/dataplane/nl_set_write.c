/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do sets and their elements look in the kernel? */
#include <stdlib.h>
#include <string.h>

#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_rule.h"
#include "nl_set.h"
#include "nl_udata.h"

/* nft's numbers of data types; the kernel keeps them and never looks at them.  Six bits each, the first field of a
 * concatenation in the highest. */
#define NFT_IP4 7
#define NFT_IP6 8
#define NFT_PROTO 12
#define NFT_PORT 13
#define NFT_BIG_ENDIAN 2

#define FLOW(addr) ((addr) << 24 | NFT_PROTO << 18 | NFT_PORT << 12 | (addr) << 6 | NFT_PORT)

static const uint32_t nft_types[KEY_TYPE_COUNT] = {
	[KEY_IP4] = NFT_IP4,   [KEY_IP6] = NFT_IP6,         [KEY_PROTO_PORT] = NFT_PROTO << 6 | NFT_PORT,
	[KEY_PORT] = NFT_PORT, [KEY_FLOW4] = FLOW(NFT_IP4), [KEY_FLOW6] = FLOW(NFT_IP6),
};

uint32_t nl_set_type(enum key_type key)
{
	return nft_types[key];
}

/* nft wants to be told the byte order of keys; without it, it lists ranges wrongly. */
static void userdata_write(struct nftnl_set *set, const struct fact *f)
{
	struct nl_udata userdata = {.n = 0};
	bool one = f->set.key == KEY_IP4 || f->set.key == KEY_IP6 || f->set.key == KEY_PORT;

	nl_udata_u32(&userdata, NFTNL_UDATA_SET_KEYBYTEORDER, one ? NFT_BIG_ENDIAN : 0);
	if (f->set.map) {
		nl_udata_u32(&userdata, NFTNL_UDATA_SET_DATABYTEORDER, 0);
		nl_udata_u32(&userdata, NFTNL_UDATA_SET_DATA_INTERVAL, 0);
	}
	nftnl_set_set_data(set, NFTNL_SET_USERDATA, userdata.bytes, userdata.n);
}

void nl_set_write(struct nlmsghdr *nlh, const struct fact *f)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		abort();
	nftnl_set_set_str(set, NFTNL_SET_TABLE, FACT_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, f->name);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS,
			  (f->set.map ? NFT_SET_MAP : 0u) | (f->set.interval ? NFT_SET_INTERVAL : 0u) |
				  (f->set.transient ? NFT_SET_TIMEOUT : 0u));
	if (f->set.transient) {
		nftnl_set_set_u64(set, NFTNL_SET_TIMEOUT, FACT_TRANSIENT_SECONDS * 1000ull);
		nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, FACT_TRANSIENT_MAX);
	}
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, nft_types[f->set.key]);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, key_size(f->set.key));
	if (f->set.map) {
		nftnl_set_set_u32(set, NFTNL_SET_DATA_TYPE, NFT_DATA_VERDICT);
		nftnl_set_set_u32(set, NFTNL_SET_DATA_LEN, 0);
	}
	nftnl_set_set_u32(set, NFTNL_SET_ID, nlh->nlmsg_seq);
	userdata_write(set, f);
	nftnl_set_nlmsg_build_payload(nlh, set);
	nftnl_set_free(set);
}

/* One element, or one end of a range. */
struct end {
	const uint8_t *key;
	uint32_t flags;
	bool open; /* of a range that reaches the top of the space and so has no end: nft wants a note */
};

static struct nftnl_set_elem *end_new(const struct end *end, const struct nl_set *set, const struct fact *f, bool add)
{
	struct nftnl_set_elem *e = nftnl_set_elem_alloc();
	struct nl_udata userdata;

	if (!e)
		abort();
	nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, end->key, f->element.size);
	if (end->flags)
		nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_FLAGS, end->flags);
	if (!add || end->flags)
		return e;
	nl_udata_comment(&userdata, f->comment);
	if (end->open)
		nl_udata_u32(&userdata, NFTNL_UDATA_SET_ELEM_FLAGS, NFTNL_SET_ELEM_F_INTERVAL_OPEN);
	if (userdata.n)
		nftnl_set_elem_set(e, NFTNL_SET_ELEM_USERDATA, userdata.bytes, userdata.n);
	if (set->map)
		nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_VERDICT, (uint32_t)nl_rule_verdict(f->element.action.kind));
	if (f->element.action.chain)
		nftnl_set_elem_set_str(e, NFTNL_SET_ELEM_CHAIN, f->element.action.chain);
	return e;
}

/* key + 1; false at the top of the space. */
static bool key_next(const uint8_t *key, uint8_t size, uint8_t out[16])
{
	size_t i = size;

	memcpy(out, key, size);
	while (i && ++out[i - 1] == 0)
		i--;
	return i;
}

static void element_write(struct nlmsghdr *nlh, const struct nl_set *set, const struct fact *f, bool add)
{
	uint8_t after[16];
	bool bounded = set->interval && key_next(f->element.hi, f->element.size, after);
	const struct end ends[] = {{.key = f->element.lo, .open = set->interval && !bounded},
				   {.key = after, .flags = NFT_SET_ELEM_INTERVAL_END}};

	for (int i = 0; i < (bounded ? 2 : 1); i++) {
		struct nftnl_set_elem *e = end_new(&ends[i], set, f, add);
		nftnl_set_elem_nlmsg_build(nlh, e, NFTA_LIST_ELEM);
		nftnl_set_elem_free(e);
	}
}

void nl_set_elements_write(struct nlmsghdr *nlh, const struct nl_set *set, const struct fact *first, size_t n, bool add)
{
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_TABLE, FACT_TABLE);
	mnl_attr_put_strz(nlh, NFTA_SET_ELEM_LIST_SET, set->name);
	struct nlattr *list = mnl_attr_nest_start(nlh, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < n; i++)
		element_write(nlh, set, &first[i], add);
	mnl_attr_nest_end(nlh, list);
}
