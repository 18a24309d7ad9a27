/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may write to the table, who is told of it, and what becomes of it?  TAP, in a network namespace of its own
 * (test_facts_owner.sh). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/monitor.h>
#include <selvage/reconcile.h>

#include "facts_kernel.h"
#include "inject.h"

static struct nl *owner_new(void)
{
	struct err err;
	struct nl *nl = nl_open(&err);

	if (!nl)
		abort();
	nl_own(nl);
	return nl;
}

/* Brings the table about through this handle. */
static bool made(struct nl *nl, struct facts *want)
{
	struct nl_stats stats;
	struct facts nothing = {0};

	facts_large(10, want);
	return kernel_bring(nl, &nothing, want, &stats);
}

static bool removed(struct nl *nl)
{
	struct err err;
	bool existed;

	return !nl_remove(nl, &existed, &err) && existed;
}

static bool held(struct nl *nl, bool *mended)
{
	struct err err;

	return !nl_hold(nl, mended, &err);
}

/* False: this kernel knows no owners that leave their table, and then nothing must be different. */
static bool test_the_probe_leaves_no_trace(struct tally *tally, struct nl *plain)
{
	struct nl *nl = owner_new();
	struct monitor *monitor;
	struct intrusion intrusion;
	struct facts want;
	struct err err;

	monitor = monitor_open(nl, &err);
	bool good = monitor && made(nl, &want);
	bool able = !nl_shared(nl);
	char *tables = nft_run("list tables");
	ok(tally, good && tables && !strcmp(tables, "table inet selvage\n"),
	   "asking for owners leaves no table behind");
	free(tables);
	ok(tally, monitor && !monitor_next(monitor, &intrusion), "and what one writes oneself is told to nobody");
	ok(tally, able || nl_shared(nl), "who may write is known%s", able ? "" : ": everybody");
	monitor_close(monitor);
	nl_close(nl);
	ok(tally, kernel_is(plain, &want) && removed(plain), "the table outlives its handle, and is anybody's then");
	facts_free(&want);
	return able;
}

static void test_the_owner_writes_alone(struct tally *tally, struct nl *plain)
{
	struct nl *nl = owner_new(), *second = owner_new();
	struct nl_stats stats;
	struct facts want;
	struct patch patch = {0};
	struct err err = {0};
	bool mended, existed;

	bool good = made(nl, &want);
	*vec_add(&patch.add) = (struct fact){.kind = FACT_COUNTER, .name = atom("theirs")};
	ok(tally, good && nl_hold(second, &mended, &err) && err.code == ERR_BUSY, "another agent is told to wait");
	ok(tally, nl_write(plain, &patch, &stats, &err) && err.sys == EPERM, "nobody else can write");
	ok(tally, nl_remove(plain, &existed, &err) && err.code == ERR_BUSY, "or remove the table: %s", err.msg);
	ok(tally, kernel_is(plain, &want), "and it is as it was");
	nl_close(nl);
	ok(tally, held(second, &mended) && mended && !nl_shared(second) && kernel_is(plain, &want),
	   "when the first is gone, the second takes the table as it is");
	ok(tally, nl_write(plain, &patch, &stats, &err), "and is its owner");
	nl_close(second);
	patch_free(&patch);
	facts_free(&want);
	ok(tally, removed(plain), "an orphan can be removed");
}

static void test_flags_stay_as_they_were_made(struct tally *tally, struct nl *plain)
{
	struct nl *nl = owner_new();
	struct facts want;
	bool mended;

	bool good = made(plain, &want);
	ok(tally, good && held(nl, &mended) && !mended && strstr(nl_shared(nl), "made without an owner"),
	   "a table without an owner does not get one: %s", nl_shared(nl));
	ok(tally, nft_do("add counter inet selvage theirs; delete counter inet selvage theirs") && kernel_is(nl, &want),
	   "it is used as it is");
	facts_free(&want);
	good = removed(plain) && held(nl, &mended) && made(nl, &want) && !nl_shared(nl);
	nl_close(nl);
	ok(tally, good && held(plain, &mended) && !mended && nl_shared(plain),
	   "an orphan is used by who wants no owner");
	facts_free(&want);
	removed(plain);
}

static void test_a_dormant_table_wakes_up(struct tally *tally, struct nl *plain)
{
	struct facts want;
	bool mended;

	bool good = made(plain, &want) && nft_do("table inet selvage { flags dormant; }");
	ok(tally, good && held(plain, &mended) && mended, "a dormant table is woken up");
	ok(tally, held(plain, &mended) && !mended && kernel_is(plain, &want), "once, and nothing in it changes");
	facts_free(&want);
	removed(plain);
}

static void test_others_are_told(struct tally *tally, struct nl *plain)
{
	struct err err;
	struct monitor *monitor = monitor_open(plain, &err);
	struct intrusion in = {0};
	struct facts want;

	bool good = monitor && made(plain, &want) && nft_do("table ip selvage { }; table inet other { }");
	ok(tally, good && !monitor_next(monitor, &in), "other tables are nobody's business");
	nft_do("insert rule inet selvage allow accept");
	ok(tally, monitor_next(monitor, &in) && !strcmp(in.what, "added a rule to chain allow"), "a rule: %s", in.what);
	ok(tally, in.pid == (uint32_t)getpid() && !strcmp(in.process, "facts_owner"), "by process %u, %s", in.pid,
	   in.process);
	nft_do("add element inet selvage peers { 1.2.3.4, 1.2.3.5 }; flush chain inet selvage allow");
	ok(tally, monitor_next(monitor, &in) && strstr(in.what, "added elements to set peers, and "), "more: %s",
	   in.what);
	nft_do("flush ruleset");
	ok(tally, monitor_next(monitor, &in) && strstr(in.what, "removed the table, and "), "the gravest: %s", in.what);
	ok(tally, !monitor_next(monitor, &in), "one transaction is one intrusion");
	inject_arm(&(struct fault){0, ENOBUFS, INJECT_LOST}, 1);
	bool lost = monitor_next(monitor, &in);
	inject_disarm();
	ok(tally, lost && in.lost, "what is lost is told as that");
	monitor_close(monitor);
	facts_free(&want);
}

/* Whatever nobody told of is found by looking. */
static void test_looking_finds_what_was_not_told(struct tally *tally)
{
	struct reconcile_config config = {.compile.node = "n1", .shared = true};
	struct err err;
	struct reconcile *r = reconcile_new(&config, &err);
	struct metrics metrics;

	bool good = r && reconcile_turn(r) && nft_do("insert rule inet selvage ingress accept");
	ok(tally, good && reconcile_turn(r) && reconcile_drifts(r)->n == 0, "unlooked, it is not seen");
	reconcile_verify(r);
	ok(tally, reconcile_turn(r) && reconcile_drifts(r)->repairs == 1, "a look at all puts it right");
	const struct drift *drift = drifts_get(reconcile_drifts(r), 0);
	ok(tally, drift && drift->repaired && !drift->intrusion.pid, "and remembers that nobody knows who it was");
	reconcile_heard(r);
	reconcile_turn(r);
	reconcile_verify(r);
	ok(tally, reconcile_turn(r) && reconcile_drifts(r)->repairs == 1, "when nothing is wrong, nothing is repaired");
	reconcile_metrics(r, &metrics);
	ok(tally, metrics.repairs == 1 && !metrics.owned, "Prometheus is told");
	metrics_fini(&metrics);
	reconcile_free(r);
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
	if (test_the_probe_leaves_no_trace(&tally, nl)) {
		test_the_owner_writes_alone(&tally, nl);
		test_flags_stay_as_they_were_made(&tally, nl);
	} else {
		printf("ok %d - owners # SKIP this kernel has none that leave their table\n", ++tally.n);
	}
	test_a_dormant_table_wakes_up(&tally, nl);
	test_others_are_told(&tally, nl);
	test_looking_finds_what_was_not_told(&tally);
	nl_close(nl);
	ok(&tally, atom_count() == 0, "every atom was given back (%zu were not)", atom_count());
	printf("1..%d\n", tally.n);
	return tally.failed ? 1 : 0;
}
