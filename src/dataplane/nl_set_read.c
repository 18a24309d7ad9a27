/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sets and elements does the kernel hold? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <selvage/atom.h>

#include "nl_rule.h"
#include "nl_set.h"
#include "nl_udata.h"

#define RESIZE_TRIES 20

static enum key_type key_type(const struct nftnl_set *set)
{
	for (enum key_type key = 0; key < KEY_OTHER; key++) {
		if (nftnl_set_get_u32(set, NFTNL_SET_KEY_TYPE) == nl_set_type(key) &&
		    nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN) == key_size(key))
			return key;
	}
	return KEY_OTHER;
}

/* Limits are those of transient sets, or there are none. */
static bool limits_read(const struct nftnl_set *set, bool transient)
{
	return nftnl_set_get_u32(set, NFTNL_SET_DESC_SIZE) == (transient ? FACT_TRANSIENT_MAX : 0u) &&
	       nftnl_set_get_u64(set, NFTNL_SET_TIMEOUT) == (transient ? FACT_TRANSIENT_SECONDS * 1000ull : 0u);
}

static void set_read(const struct nftnl_set *set, struct fact *out)
{
	uint32_t flags = nftnl_set_get_u32(set, NFTNL_SET_FLAGS);
	bool map = flags & NFT_SET_MAP;

	*out = (struct fact){.kind = FACT_SET, .name = atom(nftnl_set_get_str(set, NFTNL_SET_NAME))};
	out->set.map = map;
	out->set.interval = flags & NFT_SET_INTERVAL;
	out->set.transient = flags & NFT_SET_TIMEOUT;
	out->set.key = key_type(set);
	if (flags & ~(uint32_t)(NFT_SET_MAP | NFT_SET_INTERVAL | NFT_SET_TIMEOUT) ||
	    !limits_read(set, out->set.transient) ||
	    (map && nftnl_set_get_u32(set, NFTNL_SET_DATA_TYPE) != NFT_DATA_VERDICT))
		out->set.key = KEY_OTHER;
}

bool nl_set_read(const struct nlmsghdr *nlh, struct fact *out)
{
	struct nftnl_set *set = nftnl_set_alloc();
	bool ours;

	if (!set)
		abort();
	ours = !nftnl_set_nlmsg_parse(nlh, set) && !(nftnl_set_get_u32(set, NFTNL_SET_FLAGS) & NFT_SET_ANONYMOUS);
	if (ours)
		set_read(set, out);
	nftnl_set_free(set);
	return ours;
}

static void known_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nl *nl = ctx;
	struct fact set;

	if (!nl_set_read(nlh, &set))
		return;
	nl_set_put(nl, set.name, set.set.map, set.set.interval);
	fact_fini(&set);
}

const struct nl_set *nl_set_known(struct nl *nl, const char *name, struct err *err)
{
	const struct nl_set *set = nl_set_find(nl, name);
	struct nl_request request = {.type = NFT_MSG_GETSET,
				     .flags = NLM_F_ACK,
				     .table = true,
				     .set = name,
				     .visit = known_visit,
				     .ctx = nl};

	if (set)
		return set;
	if (nl_request_run(nl, &request, err))
		return NULL;
	return nl_set_find(nl, name);
}

/* An element as the kernel has it: in interval sets, one end of a range. */
struct end {
	uint8_t key[16];
	bool end; /* the first key that is not in the range any more */
	struct action action;
	const char *comment;
};

struct reading {
	const struct fact *set;
	bool strange; /* there is an element that we could not have written */
	VEC(struct end) ends;
};

static struct action action_read(struct nftnl_set_elem *e)
{
	struct action action = {.kind = VERDICT_CONTINUE};
	const char *chain = nftnl_set_elem_get_str(e, NFTNL_SET_ELEM_CHAIN);

	if (!nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_VERDICT))
		return action;
	/* A jump to nowhere stands for the verdicts we never write. */
	if (!nl_rule_verdict_kind((int)nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_VERDICT), &action.kind))
		return (struct action){.kind = VERDICT_JUMP, .chain = atom("")};
	action.chain = chain ? atom(chain) : NULL;
	return action;
}

static int element_read(struct nftnl_set_elem *e, void *ctx)
{
	struct reading *r = ctx;
	bool flags = nftnl_set_elem_is_set(e, NFTNL_SET_ELEM_FLAGS);
	struct end end = {.end = flags && nftnl_set_elem_get_u32(e, NFTNL_SET_ELEM_FLAGS) & NFT_SET_ELEM_INTERVAL_END};
	uint32_t size = 0, n = 0;
	const void *key = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &size);

	if (!key || size != key_size(r->set->set.key)) {
		r->strange = true;
		return 0;
	}
	memcpy(end.key, key, size);
	end.action = action_read(e);
	const void *userdata = nftnl_set_elem_get(e, NFTNL_SET_ELEM_USERDATA, &n);
	end.comment = nl_udata_read(userdata, userdata ? n : 0);
	*vec_add(&r->ends) = end;
	return 0;
}

static void elements_visit(const struct nlmsghdr *nlh, void *ctx)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		abort();
	if (!nftnl_set_elems_nlmsg_parse(nlh, set))
		nftnl_set_elem_foreach(set, element_read, ctx);
	nftnl_set_free(set);
}

/* By key; a range ends before the next one starts at the same key. */
static int end_cmp(const void *a, const void *b)
{
	const struct end *x = a, *y = b;
	/* NOLINTNEXTLINE(clang-analyzer-*): qsort() gives items of the list */
	int order = memcmp(x->key, y->key, sizeof x->key);

	return order ? order : (int)y->end - (int)x->end;
}

/* out := key - 1; key is not 0. */
static void key_before(const uint8_t *key, uint8_t size, uint8_t out[16])
{
	size_t i = size;

	memcpy(out, key, size);
	while (i && out[i - 1]-- == 0)
		i--;
}

/* Moves an element into a fact; `after` is the first key beyond it, NULL for a range that reaches the top. */
static void fact_take(const struct fact *set, struct end *take, const uint8_t *after, struct facts *out)
{
	struct fact *f = vec_add(out);

	*f = (struct fact){.kind = FACT_ELEMENT, .name = atom_ref(set->name), .comment = take->comment};
	f->element.size = key_size(set->set.key);
	f->element.action = take->action;
	memcpy(f->element.lo, take->key, f->element.size);
	if (!set->set.interval)
		memcpy(f->element.hi, take->key, f->element.size);
	else if (after)
		key_before(after, f->element.size, f->element.hi);
	else
		memset(f->element.hi, 0xff, f->element.size);
	*take = (struct end){0};
}

/* A range runs from a start to the end that follows.  nft puts an end at the bottom of the space that ends nothing. */
static void ranges_take(struct reading *r, struct facts *out)
{
	for (size_t i = 0; i < r->ends.n; i++) {
		struct end *this = &r->ends.at[i], *next = i + 1 < r->ends.n ? this + 1 : NULL;
		if (this->end)
			continue;
		r->strange |= next && !next->end;
		fact_take(r->set, this, next ? next->key : NULL, out);
	}
}

static void elements_take(struct reading *r, struct facts *out)
{
	vec_reserve(out, r->ends.n);
	if (r->set->set.interval) {
		ranges_take(r, out);
		return;
	}
	for (size_t i = 0; i < r->ends.n; i++)
		fact_take(r->set, &r->ends.at[i], NULL, out);
}

static void ends_free(struct reading *r)
{
	for (size_t i = 0; i < r->ends.n; i++) {
		atom_put(r->ends.at[i].action.chain);
		atom_put(r->ends.at[i].comment);
	}
	vec_free(&r->ends);
}

/* While a hash is being resized, the kernel tells some elements twice and others not at all, and never the one without
 * the other. */
static bool ends_repeat(const struct reading *r)
{
	for (size_t i = 1; i < r->ends.n; i++) {
		if (!end_cmp(&r->ends.at[i - 1], &r->ends.at[i]))
			return true;
	}
	return false;
}

/* All ends of a set, sorted; yours to ends_free() even if that failed. */
static int ends_read(struct nl *nl, struct reading *r, struct err *err)
{
	const struct nl_request request = {.type = NFT_MSG_GETSETELEM,
					   .flags = NLM_F_DUMP,
					   .table = true,
					   .set = r->set->name,
					   .visit = elements_visit,
					   .ctx = r};

	for (int i = 0; i < RESIZE_TRIES; i++) {
		ends_free(r);
		if (nl_request_run(nl, &request, err))
			return -1;
		vec_sort(&r->ends, end_cmp);
		if (!ends_repeat(r))
			return 0;
	}
	return err_sys(err, ERR_UNSURE, EINTR, "the kernel keeps resizing it");
}

int nl_set_elements_read(struct nl *nl, struct fact *set, struct facts *out, struct err *err)
{
	struct reading r = {.set = set};
	size_t before = out->n;
	int status;

	if (set->set.key == KEY_OTHER || set->set.transient)
		return 0;
	status = ends_read(nl, &r, err);
	if (!status)
		elements_take(&r, out);
	ends_free(&r);
	while (r.strange && out->n > before)
		fact_fini(&out->at[--out->n]);
	if (r.strange)
		set->set.key = KEY_OTHER;
	return status;
}
