/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the kernel hold what we write, does nft read what we print, and do we read what they hold?  TAP, in a network
 * namespace of its own (facts_roundtrip.sh). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nftables/libnftables.h>

#include <selvage/atom.h>
#include <selvage/diff.h>
#include <selvage/mono.h>
#include <selvage/render.h>

#include "../lib/facts_world.h"
#include "facts_kernel.h"

#define LARGE 100000

static double ms_since(struct mono start)
{
	return mono_seconds(start, mono_now()) * 1e3;
}

static char *rendered(const struct facts *facts)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	render_table(facts, out);
	fclose(out);
	return text;
}

static int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of nft's debug output that tell expressions, in their order, and then those that tell elements, sorted: a
 * hash has no order.  nft puts an end that ends nothing at the bottom of interval sets; that one is left out. */
static void debug_lines(char *text, FILE *out)
{
	VEC(char *) elements = VEC_EMPTY;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		bool end = strstr(line, "  : 1 [end]"), zero = strspn(line, "\telmnt 0:1[d]") == strlen(line);
		if (!strncmp(line, "  [", 3) || !strncmp(line, "  userdata", 10))
			fprintf(out, "%s\n", line);
		else if (!strncmp(line, "\telement", 8) && !(end && zero))
			*vec_add(&elements) = line;
	}
	vec_sort(&elements, line_cmp);
	for (size_t i = 0; i < elements.n; i++)
		fprintf(out, "%s\n", elements.at[i]);
	vec_free(&elements);
}

/* The table down to its expressions and user data, as nft's debug output shows them; yours to free. */
static char *nft_debug(void)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *text = NULL, *all;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	nft_ctx_buffer_output(nft);
	nft_ctx_output_set_debug(nft, NFT_DEBUG_NETLINK);
	nft_run_cmd_from_buffer(nft, "list table inet selvage");
	all = strdup(nft_ctx_get_output_buffer(nft));
	debug_lines(all, out);
	fclose(out);
	free(all);
	nft_ctx_free(nft);
	return text;
}

/* What nft says of the table, in its words and down to the expressions. */
struct opinion {
	char *list, *debug;
};

static struct opinion opinion_get(void)
{
	return (struct opinion){nft_run("list table inet selvage"), nft_debug()};
}

static bool opinions_agree(struct opinion *ours, struct opinion *theirs)
{
	bool agree = ours->list && theirs->list && !strcmp(ours->list, theirs->list) &&
		     !strcmp(ours->debug, theirs->debug) && strstr(ours->debug, "immediate");

	free(ours->list);
	free(ours->debug);
	free(theirs->list);
	free(theirs->debug);
	return agree;
}

static void test_fresh_worlds_read_back(struct tally *tally, struct nl *nl)
{
	uint64_t state = 1;
	int good = 0, worlds = 40;

	for (int i = 0; i < worlds; i++) {
		struct world world;
		struct facts want;
		struct nl_stats stats;
		world_new(&world, &state);
		world_facts(&world, &want);
		good += kernel_fresh(nl, &want, &stats) && kernel_is(nl, &want);
		facts_free(&want);
	}
	ok(tally, good == worlds, "%d of %d random worlds read back as they were written", good, worlds);
}

/* A history of changes of one kind. */
static void history(struct tally *tally, struct nl *nl, unsigned what, int steps, uint64_t state)
{
	struct world world;
	struct facts have, want;
	struct nl_stats stats;
	int good = 0;

	world_new(&world, &state);
	world_facts(&world, &have);
	if (!kernel_fresh(nl, &have, &stats))
		printf("# the first world of the history was not written\n");
	for (int i = 0; i < steps; i++) {
		world_change(&world, what, &state);
		world_facts(&world, &want);
		bool fine = kernel_bring(nl, &have, &want, &stats) && kernel_is(nl, &want);
		good += fine;
		if (!fine && !kernel_fresh(nl, &want, &stats))
			printf("# step %d cannot be written afresh either\n", i);
		facts_free(&have);
		have = want;
	}
	facts_free(&have);
	ok(tally, good == steps, "after each of %d changes (kind %u) the kernel holds what is wanted (%d do)", steps,
	   what, good);
}

static void test_histories_read_back(struct tally *tally, struct nl *nl)
{
	for (unsigned what = 0; what < 3; what++)
		history(tally, nl, what, 120, 100 + what);
}

/* Loaded by nft, the rendered script reads back; what nft lists of it loads again and reads back; and what nft has
 * loaded can be changed by us. */
static bool through_nft(struct nl *nl, struct world *world, uint64_t *state)
{
	struct facts want, next;
	struct nl_stats stats;
	struct err err;
	bool existed;

	world_facts(world, &want);
	char *script = rendered(&want), *listing = NULL;
	bool good = !nl_remove(nl, &existed, &err) && nft_do(script) && kernel_is(nl, &want);
	if (good)
		listing = nft_run("list table inet selvage");
	good = good && listing && !nl_remove(nl, &existed, &err) && nft_do(listing) && kernel_is(nl, &want);
	world_change(world, 2, state);
	world_facts(world, &next);
	good = good && kernel_bring(nl, &want, &next, &stats) && kernel_is(nl, &next);
	free(script);
	free(listing);
	facts_free(&want);
	facts_free(&next);
	return good;
}

static void test_render_loads_and_reads_back(struct tally *tally, struct nl *nl)
{
	uint64_t state = 7;
	int good = 0, worlds = 40;

	for (int i = 0; i < worlds; i++) {
		struct world world;
		world_new(&world, &state);
		good += through_nft(nl, &world, &state);
	}
	ok(tally, good == worlds, "%d of %d rendered worlds pass through nft, and its listing too", good, worlds);
}

static void test_nft_makes_the_same_of_it(struct tally *tally, struct nl *nl)
{
	uint64_t state = 11;
	int good = 0, worlds = 20;

	for (int i = 0; i < worlds; i++) {
		struct world world;
		struct facts want;
		struct nl_stats stats;
		world_new(&world, &state);
		world_facts(&world, &want);
		char *script = rendered(&want);
		bool fine = kernel_fresh(nl, &want, &stats);
		struct opinion ours = opinion_get();
		fine = fine && nft_do(script);
		struct opinion theirs = opinion_get();
		good += opinions_agree(&ours, &theirs) && fine;
		free(script);
		facts_free(&want);
	}
	ok(tally, good == worlds, "%d of %d worlds list the same down to their expressions, written by us or by nft",
	   good, worlds);
}

static void test_many_elements(struct tally *tally, struct nl *nl)
{
	struct facts want, have;
	struct nl_stats stats;
	struct err err;
	bool exists;

	facts_large(LARGE, &want);
	struct mono start = mono_now();
	bool good = kernel_fresh(nl, &want, &stats);
	double write_ms = ms_since(start);
	start = mono_now();
	good = good && !nl_read(nl, &have, &exists, &err);
	double read_ms = ms_since(start);
	start = mono_now();
	good = good && facts_same(&have, &want);
	double diff_ms = ms_since(start);
	ok(tally, good && exists, "%d elements are written and read back", LARGE);
	printf("# %d elements: write %.0f ms (%zu transactions, %zu messages, %zu bytes), read %.0f ms, diff %.0f ms\n",
	       LARGE, write_ms, stats.transactions, stats.messages, stats.bytes, read_ms, diff_ms);
	ok(tally, stats.transactions > 1 && stats.messages > 100, "a large table is made in several transactions");
	facts_free(&have);

	static const struct facts nothing;
	start = mono_now();
	good = kernel_bring(nl, &want, &nothing, &stats);
	printf("# removing them: %.0f ms (%zu transactions, %zu messages)\n", ms_since(start), stats.transactions,
	       stats.messages);
	ok(tally, good && kernel_is(nl, &nothing) && stats.elements == 0, "a set that goes takes its elements along");
	facts_free(&want);
}

static int us_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A patch of the element 11.0.0.`last`. */
static void one_element(struct patch *patch, bool add, uint8_t last)
{
	struct fact e = {.kind = FACT_ELEMENT, .name = atom("peers"), .comment = atom("production/frontend-1")};

	e.element.size = 4;
	memcpy(e.element.lo, (uint8_t[]){11, 0, 0, last}, 4);
	memcpy(e.element.hi, e.element.lo, 4);
	*patch = (struct patch){0};
	*vec_add(add ? &patch->add : &patch->del) = e;
}

static void test_one_element_is_quick(struct tally *tally, struct nl *nl)
{
	enum { RUNS = 1000, EXECS = 10 };
	static double us[2 * RUNS];
	struct facts want;
	struct nl_stats stats;
	struct err err;
	bool good = true, small = true;

	facts_large(20000, &want);
	good = kernel_fresh(nl, &want, &stats);
	for (int i = 0; i < 2 * RUNS; i++) {
		struct patch patch;
		one_element(&patch, i % 2 == 0, 1);
		struct mono start = mono_now();
		good = good && !nl_write(nl, &patch, &stats, &err);
		us[i] = ms_since(start) * 1e3;
		small = small && stats.transactions == 1 && stats.messages == 1;
		patch_free(&patch);
	}
	ok(tally, good && small, "one element is one message in one transaction");
	qsort(us, 2 * RUNS, sizeof *us, us_cmp);
	struct mono start = mono_now();
	for (int i = 0; i < EXECS; i++) {
		if (system(i % 2 ? "nft delete element inet selvage peers '{ 11.0.0.9 }'"
				 : "nft add element inet selvage peers '{ 11.0.0.9 }'"))
			good = false;
	}
	printf("# one element: p50 %.1f us, p99 %.1f us; by exec of nft %.0f us\n", us[RUNS], us[2 * RUNS * 99 / 100],
	       ms_since(start) * 1e3 / EXECS);
	ok(tally, good && us[RUNS] < 1000, "the median commit of one element takes less than a millisecond");
	facts_free(&want);
}

/* Does `nft list` tell of it? */
static bool listed(const char *what)
{
	char *list = nft_run("list table inet selvage");
	bool found = list && strstr(list, what);

	free(list);
	return found;
}

static bool settled(struct nl *nl)
{
	struct nl_stats stats;
	struct err err;

	return !nl_settle(nl, &stats, &err);
}

static void linger_ms(int ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

/* What no rule leads to any more: there, but not told of; gone after its time, or when it is in the way. */
static void test_leftovers_linger(struct tally *tally, struct nl *nl)
{
	static const struct facts nothing;
	struct facts want;
	struct nl_stats stats;

	facts_large(3, &want);
	bool good = kernel_fresh(nl, &want, &stats) && kernel_bring(nl, &want, &nothing, &stats);
	ok(tally, good && nl_lingers(nl) && settled(nl) && nl_lingers(nl) && listed("set peers"),
	   "what packets on their way may want lingers");
	ok(tally, kernel_is(nl, &nothing), "and is not told of");
	good = kernel_bring(nl, &nothing, &want, &stats);
	ok(tally, good && !nl_lingers(nl) && kernel_is(nl, &want), "what is made again under its name takes its place");
	good = kernel_bring(nl, &want, &nothing, &stats);
	linger_ms(NL_LINGER_MS);
	ok(tally, good && settled(nl) && !nl_lingers(nl) && !listed("set peers") && !listed("chain allow"),
	   "after its time it goes");
	good = kernel_bring(nl, &nothing, &want, &stats) && kernel_bring(nl, &want, &nothing, &stats) &&
	       nft_do("delete chain inet selvage allow");
	linger_ms(NL_LINGER_MS);
	ok(tally, good && !settled(nl) && !nl_lingers(nl) && !kernel_is(nl, &nothing),
	   "if another has taken it away, that is said, and what is left is told of");
	facts_free(&want);
}

int main(void)
{
	struct tally tally = {0};
	struct err err;
	struct nl *nl = nl_open(&err);

	if (!nl) {
		printf("1..0 # SKIP %s\n", err.msg);
		return 77;
	}
	test_fresh_worlds_read_back(&tally, nl);
	test_histories_read_back(&tally, nl);
	test_render_loads_and_reads_back(&tally, nl);
	test_nft_makes_the_same_of_it(&tally, nl);
	test_many_elements(&tally, nl);
	test_one_element_is_quick(&tally, nl);
	test_leftovers_linger(&tally, nl);
	nl_close(nl);
	ok(&tally, atom_count() == 0, "every atom was given back (%zu were not)", atom_count());
	printf("1..%d\n", tally.n);
	return tally.failed ? 1 : 0;
}
