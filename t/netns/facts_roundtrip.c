/* Does the kernel hold what we write, does nft read what we print, and do we read what they hold?  TAP; needs a network
 * namespace of its own (facts_roundtrip.sh). */
#include <errno.h>
#include <nftables/libnftables.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <selvage/atom.h>
#include <selvage/diff.h>
#include <selvage/mono.h>
#include <selvage/nl.h>
#include <selvage/render.h>

#include "facts_world.h"

#define LARGE 100000

static int tests, failures;

/* One TAP line. */
static bool ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool ok(bool good, const char *fmt, ...)
{
	va_list args;

	failures += !good;
	printf("%sok %d - ", good ? "" : "not ", ++tests);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return good;
}

static void complain(const char *what, const struct err *err)
{
	printf("# %s: %s\n", what, err->msg);
}

static double ms_since(struct mono start)
{
	return mono_seconds(start, mono_now()) * 1e3;
}

static void facts_show(const char *what, const struct facts *facts)
{
	for (size_t i = 0; i < facts->n && i < 20; i++) {
		printf("# %s ", what);
		fact_print(&facts->at[i], stdout);
	}
}

/* Equal, or a diagnostic of what differs. */
static bool same(const struct facts *have, const struct facts *want)
{
	struct patch patch;

	diff_run(have, want, &patch);
	bool equal = patch_empty(&patch);
	facts_show("too much:", &patch.del);
	facts_show("missing:", &patch.add);
	patch_free(&patch);
	return equal;
}

static bool kernel_is(struct nl *nl, const struct facts *want)
{
	struct facts have;
	struct err err;
	bool exists, equal;

	if (nl_read(nl, &have, &exists, &err)) {
		complain("reading", &err);
		return false;
	}
	equal = same(&have, want);
	facts_free(&have);
	return equal;
}

/* Brings the kernel from `have` to `want`. */
static bool bring(struct nl *nl, const struct facts *have, const struct facts *want, struct nl_stats *stats)
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

static bool fresh(struct nl *nl, const struct facts *want, struct nl_stats *stats)
{
	static const struct facts nothing;
	struct err err;
	bool existed;

	if (nl_remove(nl, &existed, &err)) {
		complain("removing", &err);
		return false;
	}
	return bring(nl, &nothing, want, stats);
}

/* Runs nft commands; its output, yours to free, or NULL. */
static char *nft_run(const char *commands)
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

static bool nft_do(const char *commands)
{
	char *out = nft_run(commands);

	free(out);
	return out;
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

/* The expressions of all rules as nft's debug output shows them. */
static char *expressions(void)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *out = NULL;

	nft_ctx_buffer_output(nft);
	nft_ctx_output_set_debug(nft, NFT_DEBUG_NETLINK);
	if (nft_run_cmd_from_buffer(nft, "list table inet selvage"))
		return NULL;
	char *all = strdup(nft_ctx_get_output_buffer(nft)), *save = NULL;
	size_t n;
	FILE *f = open_memstream(&out, &n);
	for (char *line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "  [", 3) || !strncmp(line, "  userdata", 10))
			fprintf(f, "%s\n", line);
	}
	fclose(f);
	free(all);
	nft_ctx_free(nft);
	return out;
}

static void test_fresh_worlds_read_back(struct nl *nl)
{
	uint64_t state = 1;
	int good = 0, worlds = 40;

	for (int i = 0; i < worlds; i++) {
		struct world world;
		struct facts want;
		struct nl_stats stats;
		world_new(&world, &state);
		world_facts(&world, &want);
		good += fresh(nl, &want, &stats) && kernel_is(nl, &want);
		facts_free(&want);
	}
	ok(good == worlds, "%d of %d random worlds read back as they were written", good, worlds);
}

/* A history of changes of one kind. */
static void history(struct nl *nl, unsigned what, int steps, uint64_t state)
{
	struct world world;
	struct facts have, want;
	struct nl_stats stats;
	int good = 0;

	world_new(&world, &state);
	world_facts(&world, &have);
	if (!fresh(nl, &have, &stats))
		printf("# the first world of the history was not written\n");
	for (int i = 0; i < steps; i++) {
		world_change(&world, what, &state);
		world_facts(&world, &want);
		bool fine = bring(nl, &have, &want, &stats) && kernel_is(nl, &want);
		good += fine;
		if (!fine && !fresh(nl, &want, &stats))
			printf("# step %d cannot be written afresh either\n", i);
		facts_free(&have);
		have = want;
	}
	facts_free(&have);
	ok(good == steps, "after each of %d changes (kind %u) the kernel holds what is wanted (%d do)", steps, what, good);
}

static void test_histories_read_back(struct nl *nl)
{
	for (unsigned what = 0; what < 3; what++)
		history(nl, what, 120, 100 + what);
}

/* Loaded by nft, the rendered script reads back; what nft lists of it loads again and reads back; and what nft has loaded
 * can be changed by us. */
static bool through_nft(struct nl *nl, struct world *world, uint64_t *state)
{
	struct facts want, next;
	struct nl_stats stats;
	struct err err;
	bool existed;

	world_facts(world, &want);
	char *script = rendered(&want), *listing = NULL;
	bool good = nft_do(script) && kernel_is(nl, &want);
	if (good)
		listing = nft_run("list table inet selvage");
	good = good && listing && !nl_remove(nl, &existed, &err) && nft_do(listing) && kernel_is(nl, &want);
	world_change(world, 2, state);
	world_facts(world, &next);
	good = good && bring(nl, &want, &next, &stats) && kernel_is(nl, &next);
	free(script);
	free(listing);
	facts_free(&want);
	facts_free(&next);
	return good;
}

static void test_render_loads_and_reads_back(struct nl *nl)
{
	uint64_t state = 7;
	int good = 0, worlds = 40;

	for (int i = 0; i < worlds; i++) {
		struct world world;
		world_new(&world, &state);
		good += through_nft(nl, &world, &state);
	}
	ok(good == worlds, "%d of %d rendered worlds pass through nft, and its listing too", good, worlds);
}

static void test_nft_makes_the_same_of_it(struct nl *nl)
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
		bool fine = fresh(nl, &want, &stats);
		char *our_list = nft_run("list table inet selvage"), *our_code = expressions();
		fine = fine && nft_do(script);
		char *their_list = nft_run("list table inet selvage"), *their_code = expressions();
		fine = fine && our_list && their_list && !strcmp(our_list, their_list);
		fine = fine && our_code && their_code && !strcmp(our_code, their_code);
		good += fine;
		free(script);
		free(our_list);
		free(our_code);
		free(their_list);
		free(their_code);
		facts_free(&want);
	}
	ok(good == worlds, "%d of %d worlds list the same and have the same expressions, written by us or by nft", good,
	   worlds);
}

/* A table with a hook, a list and its `n` peers. */
static void large_world(uint32_t n, struct facts *out)
{
	struct fact set = {.kind = FACT_SET, .name = atom("peers")}, chain = {.kind = FACT_CHAIN, .name = atom("allow")};
	struct chain_rule *rule = fact_add_rule(&chain);

	*out = (struct facts){0};
	rule->steps[rule->n++] = (struct step){.kind = STEP_ADDR_IN, .source = true, .name = atom("peers")};
	rule->steps[rule->n++] = (struct step){.kind = STEP_ACTION, .action = {.kind = VERDICT_ACCEPT}};
	struct fact base = {.kind = FACT_CHAIN, .name = atom("forward"), .chain.base = true};
	rule = fact_add_rule(&base);
	rule->steps[rule->n++] = (struct step){
		.kind = STEP_ACTION, .action = {.kind = VERDICT_JUMP, .chain = atom("allow")}};
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

static void test_many_elements(struct nl *nl)
{
	struct facts want, have;
	struct nl_stats stats;
	struct err err;
	bool exists;

	large_world(LARGE, &want);
	struct mono start = mono_now();
	bool good = fresh(nl, &want, &stats);
	double write_ms = ms_since(start);
	start = mono_now();
	good = good && !nl_read(nl, &have, &exists, &err);
	double read_ms = ms_since(start);
	start = mono_now();
	good = good && same(&have, &want);
	double diff_ms = ms_since(start);
	ok(good && exists, "%d elements are written and read back", LARGE);
	printf("# %d elements: write %.0f ms (%zu transactions, %zu messages, %zu bytes), read %.0f ms, diff %.0f ms\n", LARGE,
	       write_ms, stats.transactions, stats.messages, stats.bytes, read_ms, diff_ms);
	ok(stats.transactions > 1 && stats.messages > 100, "a large table is made in several transactions");
	facts_free(&have);

	static const struct facts nothing;
	start = mono_now();
	good = bring(nl, &want, &nothing, &stats);
	printf("# removing them: %.0f ms (%zu transactions, %zu messages)\n", ms_since(start), stats.transactions,
	       stats.messages);
	ok(good && kernel_is(nl, &nothing) && stats.elements == 0, "a set that goes takes its elements along");
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

static void test_one_element_is_quick(struct nl *nl)
{
	enum { RUNS = 1000, EXECS = 10 };
	static double us[2 * RUNS];
	struct facts want;
	struct nl_stats stats;
	struct err err;
	bool good = true, small = true;

	large_world(20000, &want);
	good = fresh(nl, &want, &stats);
	for (int i = 0; i < 2 * RUNS; i++) {
		struct patch patch;
		one_element(&patch, i % 2 == 0, 1);
		struct mono start = mono_now();
		good = good && !nl_write(nl, &patch, &stats, &err);
		us[i] = ms_since(start) * 1e3;
		small = small && stats.transactions == 1 && stats.messages == 1;
		patch_free(&patch);
	}
	ok(good && small, "one element is one message in one transaction");
	qsort(us, 2 * RUNS, sizeof *us, us_cmp);
	struct mono start = mono_now();
	for (int i = 0; i < EXECS; i++) {
		if (system(i % 2 ? "nft delete element inet selvage peers '{ 11.0.0.9 }'"
				 : "nft add element inet selvage peers '{ 11.0.0.9 }'"))
			good = false;
	}
	printf("# one element: p50 %.1f us, p99 %.1f us; by exec of nft %.0f us\n", us[RUNS], us[2 * RUNS * 99 / 100],
	       ms_since(start) * 1e3 / EXECS);
	ok(good && us[RUNS] < 1000, "the median commit of one element takes less than a millisecond");
	facts_free(&want);
}

static void test_a_second_handle_adopts(struct nl *nl)
{
	uint64_t state = 21;
	struct world world;
	struct facts want, next;
	struct nl_stats stats;
	struct err err;
	struct nl *other = nl_open(&err);

	world_new(&world, &state);
	world_facts(&world, &want);
	bool good = fresh(nl, &want, &stats);
	ok(good && other && kernel_is(other, &want), "a second handle reads what the first has written");

	/* Without having read: what the writer does not know it must find out. */
	struct nl *blind = nl_open(&err);
	world_change(&world, 1, &state);
	world_facts(&world, &next);
	ok(blind && bring(blind, &want, &next, &stats) && kernel_is(other, &next), "a handle that has read nothing can write");
	nl_close(blind);
	nl_close(other);
	facts_free(&want);
	facts_free(&next);
}

static void test_foreign_things_go(struct nl *nl)
{
	static const char *const intrusions[] = {
		"add rule inet selvage allow tcp dport 22 accept",
		"insert rule inet selvage allow ip saddr 1.2.3.4 return",
		"add rule inet selvage allow ip saddr != 1.2.3.4 accept",
		"add rule inet selvage allow jump { counter; accept; }",
		"add rule inet selvage allow ip saddr { 1.2.3.4, 5.6.7.8 } accept",
		"add set inet selvage theirs { type ipv4_addr; timeout 1h; elements = { 1.2.3.4 } }",
		"add set inet selvage theirs { type ether_addr . ipv4_addr; elements = { 00:11:22:33:44:55 . 1.2.3.4 } }",
		"add map inet selvage theirs { type ipv4_addr : ipv4_addr; elements = { 1.2.3.4 : 5.6.7.8 } }",
		"add map inet selvage theirs { type ifname : verdict; elements = { eth0 : jump allow } }",
		"add chain inet selvage theirs; add rule inet selvage theirs jump allow",
		"add chain inet selvage theirs { type filter hook forward priority -5; policy drop; }",
		"add chain inet selvage theirs { type filter hook input priority 0; }; add rule inet selvage theirs jump allow",
		"add counter inet selvage theirs { comment \"mine\"; }",
		"add element inet selvage peers { 99.0.0.1 }",
		"delete element inet selvage peers { 10.0.0.3 }",
		"flush chain inet selvage allow",
		"flush ruleset",
		"add table inet selvage { flags dormant; }",
		"flush chain inet selvage forward; delete chain inet selvage forward;"
		"add chain inet selvage forward { type filter hook forward priority 0; policy drop; }",
		"add chain inet selvage forward { policy drop; }",
		"flush set inet selvage peers",
		"flush chain inet selvage allow; delete set inet selvage peers; add set inet selvage peers { type ipv6_addr; }",
		"flush chain inet selvage allow; delete set inet selvage peers;"
		"add set inet selvage peers { type ipv4_addr; flags interval; elements = { 1.0.0.0/8 } };"
		"add rule inet selvage allow ip saddr @peers drop",
	};
	size_t n = sizeof intrusions / sizeof *intrusions;
	struct facts want, have;
	struct nl_stats stats;
	struct err err;
	bool exists;

	large_world(10, &want);
	for (size_t i = 0; i < n; i++) {
		bool good = fresh(nl, &want, &stats) && nft_do(intrusions[i]) && !nl_read(nl, &have, &exists, &err);
		struct patch patch;
		diff_run(&have, &want, &patch);
		bool seen = !patch_empty(&patch);
		patch_free(&patch);
		good = good && bring(nl, &have, &want, &stats) && kernel_is(nl, &want);
		ok(good && seen, "seen and undone: %.60s", intrusions[i]);
		facts_free(&have);
	}
	facts_free(&want);
}

static void test_a_refused_flip_changes_nothing(struct nl *nl)
{
	struct facts want;
	struct patch patch;
	struct nl_stats stats;
	struct err err = {.code = ERR_NONE};

	large_world(10, &want);
	bool good = fresh(nl, &want, &stats);
	one_element(&patch, false, 7);
	struct patch more;
	one_element(&more, true, 8);
	*vec_add(&patch.add) = more.add.at[0];
	vec_free(&more.add);
	good = good && nl_write(nl, &patch, &stats, &err) < 0;
	ok(good && err.code == ERR_KERNEL && err.sys == ENOENT && strstr(err.msg, "removing element 11.0.0.7 from peers"),
	   "the error names the element that was not there");
	printf("# %s\n", err.msg);
	ok(kernel_is(nl, &want), "nothing of the refused transaction is in force");
	patch_free(&patch);
	facts_free(&want);
}

/* Of many elements in one message, one is there already. */
static void test_the_culprit_among_many_is_named(struct nl *nl)
{
	struct facts want, some;
	struct patch patch;
	struct nl_stats stats;
	struct err err = {.code = ERR_NONE};

	large_world(10, &some);
	large_world(300, &want);
	bool good = fresh(nl, &some, &stats) &&
		    nft_do("add element inet selvage peers { 10.0.0.123 comment \"theirs\" }");
	diff_run(&some, &want, &patch);
	good = good && nl_write(nl, &patch, &stats, &err) < 0;
	printf("# %s\n", err.msg);
	ok(good && err.sys == EEXIST && strstr(err.msg, "adding element 10.0.0.123 to peers"),
	   "the error names one element of many");
	patch_free(&patch);
	facts_free(&some);
	facts_free(&want);
}

static void test_a_rule_without_its_set_is_explained(struct nl *nl)
{
	struct facts want;
	struct patch patch;
	struct nl_stats stats;
	struct err err = {.code = ERR_NONE};
	static const struct facts nothing;

	large_world(0, &want);
	bool good = fresh(nl, &nothing, &stats);
	diff_run(&nothing, &want, &patch);
	fact_fini(&patch.add.at[0]);
	memmove(patch.add.at, patch.add.at + 1, --patch.add.n * sizeof *patch.add.at);
	good = good && nl_write(nl, &patch, &stats, &err) < 0;
	printf("# %s\n", err.msg);
	ok(good && strstr(err.msg, "adding rule 1 of chain allow") && strstr(err.msg, "rule names"),
	   "a rule that names a missing set is told as such");
	patch_free(&patch);
	facts_free(&want);
}

static void test_a_chain_that_changes_keeps_its_counts(struct nl *nl)
{
	struct facts have, want;
	struct nl_stats stats;
	struct err err;
	bool exists, existed;

	bool good = !nl_remove(nl, &existed, &err) &&
		    nft_do("add table inet selvage; add counter inet selvage in-db { packets 5 bytes 700; };"
			   "add chain inet selvage in-db; add rule inet selvage in-db counter name in-db drop");
	good = good && !nl_read(nl, &have, &exists, &err);
	want = (struct facts){0};
	for (size_t i = 0; i < have.n; i++)
		facts_add(&want, &have.at[i]);
	for (size_t i = 0; i < want.n; i++) {
		if (want.at[i].kind == FACT_CHAIN)
			want.at[i].chain.rules[0].comment = atom("production/db-0");
	}
	good = good && bring(nl, &have, &want, &stats) && kernel_is(nl, &want);
	char *list = nft_run("list table inet selvage");
	ok(good && list && strstr(list, "packets 5 bytes 700"), "a chain that is filled again keeps its counter's count");
	free(list);
	facts_free(&have);
	facts_free(&want);
}

static void test_removal(struct nl *nl)
{
	struct facts want;
	struct nl_stats stats;
	struct err err;
	bool existed = false, again = true;

	large_world(10, &want);
	bool good = fresh(nl, &want, &stats) && nft_do("add table inet other") && !nl_remove(nl, &existed, &err);
	char *list = nft_run("list tables");
	good = good && !nl_remove(nl, &again, &err);
	ok(good && existed && !again, "removal says whether there was a table");
	ok(list && strstr(list, "other") && !strstr(list, "selvage"), "other tables stay");
	free(list);
	facts_free(&want);
}

static void test_without_permission(void)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		struct err err = {.code = ERR_NONE};
		if (setuid(65534) || nl_open(&err))
			_exit(1);
		printf("# %s\n", err.msg);
		fflush(stdout);
		_exit(err.code == ERR_PERM && strstr(err.msg, "CAP_NET_ADMIN") ? 0 : 2);
	}
	waitpid(child, &status, 0);
	ok(!status, "without CAP_NET_ADMIN opening fails and says so");
}

int main(void)
{
	struct err err;
	struct nl *nl = nl_open(&err);

	if (!nl) {
		printf("1..0 # SKIP %s\n", err.msg);
		return 77;
	}
	test_fresh_worlds_read_back(nl);
	test_histories_read_back(nl);
	test_render_loads_and_reads_back(nl);
	test_nft_makes_the_same_of_it(nl);
	test_many_elements(nl);
	test_one_element_is_quick(nl);
	test_a_second_handle_adopts(nl);
	test_foreign_things_go(nl);
	test_a_refused_flip_changes_nothing(nl);
	test_the_culprit_among_many_is_named(nl);
	test_a_rule_without_its_set_is_explained(nl);
	test_a_chain_that_changes_keeps_its_counts(nl);
	test_removal(nl);
	test_without_permission();
	nl_close(nl);
	ok(atom_count() == 0, "every atom was given back (%zu were not)", atom_count());
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
