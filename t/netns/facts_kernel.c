/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How do tests bring facts into the kernel, and how do they look at it with nft's eyes? */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <nftables/libnftables.h>

#include <selvage/atom.h>
#include <selvage/diff.h>

#include "facts_kernel.h"

static void complain(const char *what, const struct err *err)
{
	printf("# %s: %s\n", what, err->msg);
}

static void facts_show(const char *what, const struct facts *facts)
{
	for (size_t i = 0; i < facts->n && i < 20; i++) {
		printf("# %s ", what);
		fact_print(&facts->at[i], stdout);
	}
}

bool ok(struct tally *tally, bool good, const char *fmt, ...)
{
	va_list args;

	tally->failed += !good;
	printf("%sok %d - ", good ? "" : "not ", ++tally->n);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return good;
}

bool facts_same(const struct facts *have, const struct facts *want)
{
	struct patch patch;

	diff_run(have, want, &patch);
	bool equal = patch_empty(&patch);
	facts_show("too much:", &patch.del);
	facts_show("missing:", &patch.add);
	patch_free(&patch);
	return equal;
}

bool kernel_is(struct nl *nl, const struct facts *want)
{
	struct facts have;
	struct err err;
	bool exists, equal;

	if (nl_read(nl, &have, &exists, &err)) {
		complain("reading", &err);
		return false;
	}
	equal = facts_same(&have, want);
	facts_free(&have);
	return equal;
}

bool kernel_bring(struct nl *nl, const struct facts *have, const struct facts *want, struct nl_stats *stats)
{
	struct patch patch;
	struct err err;

	diff_run(have, want, &patch);
	int status = nl_write(nl, &patch, stats, &err);
	if (status)
		complain("writing", &err);
	patch_free(&patch);
	return !status;
}

bool kernel_fresh(struct nl *nl, const struct facts *want, struct nl_stats *stats)
{
	static const struct facts nothing;
	struct err err;
	bool existed;

	if (nl_remove(nl, &existed, &err)) {
		complain("removing", &err);
		return false;
	}
	return kernel_bring(nl, &nothing, want, stats);
}

char *nft_run(const char *commands)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *out = NULL;

	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	if (!nft_run_cmd_from_buffer(nft, commands))
		out = strdup(nft_ctx_get_output_buffer(nft));
	else
		printf("# nft: %.1000s\n", nft_ctx_get_error_buffer(nft));
	nft_ctx_free(nft);
	return out;
}

bool nft_do(const char *commands)
{
	char *out = nft_run(commands);

	free(out);
	return out;
}

void facts_large(uint32_t n, struct facts *out)
{
	struct fact set = {.kind = FACT_SET, .name = atom("peers")},
		    chain = {.kind = FACT_CHAIN, .name = atom("allow")};
	struct chain_rule *rule = fact_add_rule(&chain);

	*out = (struct facts){0};
	rule->steps[rule->n++] = (struct step){.kind = STEP_ADDR_IN, .source = true, .name = atom("peers")};
	rule->steps[rule->n++] = (struct step){.kind = STEP_ACTION, .action = {.kind = VERDICT_ACCEPT}};
	struct fact base = {.kind = FACT_CHAIN, .name = atom("forward"), .chain.base = true};
	rule = fact_add_rule(&base);
	rule->steps[rule->n++] =
		(struct step){.kind = STEP_ACTION, .action = {.kind = VERDICT_JUMP, .chain = atom("allow")}};
	*vec_add(out) = set;
	*vec_add(out) = chain;
	*vec_add(out) = base;
	for (uint32_t i = 0; i < n; i++) {
		struct fact e = {.kind = FACT_ELEMENT, .name = atom("peers")};
		e.comment = atom_fmt("production/backend-%u", i);
		e.element.size = 4;
		e.element.lo[0] = 10;
		for (int b = 1; b < 4; b++)
			e.element.lo[b] = (uint8_t)(i >> (24 - 8 * b));
		memcpy(e.element.hi, e.element.lo, sizeof e.element.hi);
		*vec_add(out) = e;
	}
	facts_sort(out);
}
