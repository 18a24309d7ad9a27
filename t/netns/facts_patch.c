/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the nft commands that are printed for a change make the table of before into that of after?  libnftables runs them, in
 * a network namespace of its own (test_facts_patch.sh); what the kernel holds then is read back as facts. */
#include <stdlib.h>
#include <string.h>

#include <selvage/diff.h>
#include <selvage/render.h>

#include "../lib/facts_world.h"
#include "facts_kernel.h"

static bool run_table(const struct facts *facts)
{
	char *text = NULL, *said;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	render_table(facts, out);
	fclose(out);
	said = nft_run(text);
	free(text);
	free(said);
	return said != NULL;
}

/* Leaves out one command if `skip` is within them: a patch that is wrong. */
static bool run_patch(const struct facts *have, const struct facts *want, long skip)
{
	char *text = NULL, *said, *line;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	struct patch patch;

	diff_run(have, want, &patch);
	render_patch(have, want, &patch, out);
	fclose(out);
	for (line = text; line && skip > 0; skip--)
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	if (skip == 0 && line && *line)
		*line = '#';
	said = *text ? nft_run(text) : strdup("");
	if (!said && skip != 0)
		printf("# nft refused:\n%s", text);
	patch_free(&patch);
	free(text);
	free(said);
	return said != NULL;
}

static void history(struct tally *tally, struct nl *nl, unsigned what, int steps, uint64_t state)
{
	struct world world;
	struct facts have, want;
	int good = 0;

	world_new(&world, &state);
	world_facts(&world, &have);
	for (int i = 0; i < steps; i++) {
		world_change(&world, what, &state);
		world_facts(&world, &want);
		good += run_table(&have) && run_patch(&have, &want, -1) && kernel_is(nl, &want);
		facts_free(&have);
		have = want;
	}
	facts_free(&have);
	ok(tally, good == steps, "%d of %d patches (kind %u) are taken, and make what is wanted", good, steps, what);
}

/* Between two worlds that have nothing to do with each other. */
static void strangers(struct tally *tally, struct nl *nl, int pairs)
{
	uint64_t state = 77;
	int good = 0;

	for (int i = 0; i < pairs; i++) {
		struct world world;
		struct facts have, want;

		world_new(&world, &state);
		world_facts(&world, &have);
		world_new(&world, &state);
		world_facts(&world, &want);
		good += run_table(&have) && run_patch(&have, &want, -1) && kernel_is(nl, &want);
		facts_free(&have);
		facts_free(&want);
	}
	ok(tally, good == pairs, "%d of %d patches from one world to another", good, pairs);
}

/* A patch of elements without its first command makes something else. */
static void known_bad(struct tally *tally, struct nl *nl, int steps)
{
	uint64_t state = 5;
	struct world world;
	struct facts have, want;
	int told = 0, noticed = 0;

	world_new(&world, &state);
	world_facts(&world, &have);
	for (int i = 0; i < steps; i++) {
		struct patch patch;

		world_change(&world, 0, &state);
		world_facts(&world, &want);
		diff_run(&have, &want, &patch);
		if (!patch_empty(&patch)) {
			told++;
			noticed += !run_table(&have) || !run_patch(&have, &want, 0) || !kernel_is(nl, &want);
		}
		patch_free(&patch);
		facts_free(&have);
		have = want;
	}
	facts_free(&have);
	ok(tally, told && noticed == told, "%d of %d patches that lack a command are noticed", noticed, told);
}

int main(void)
{
	struct tally tally = {0};
	struct err err;
	struct nl *nl = nl_open(&err);

	if (!nl) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	for (unsigned what = 0; what < 3; what++)
		history(&tally, nl, what, 60, 300 + what);
	strangers(&tally, nl, 40);
	known_bad(&tally, nl, 30);
	nl_close(nl);
	printf("1..%d\n", tally.n);
	return tally.failed ? 1 : 0;
}
