/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the agent ever claim what is not so?  Every call to the kernel fails once, with every error, in either way, and then
 * two calls do, at random; afterwards the kernel holds what is wanted or the agent says that it does not.  TAP, in a network
 * namespace of its own.
 *
 * usage: faults [PAIRS [SEED]]; with a seed, pairs alone
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/compile.h>
#include <selvage/decode.h>
#include <selvage/mono.h>
#include <selvage/nl.h>
#include <selvage/store.h>

#include "../law/rng.h"
#include "facts_kernel.h"
#include "faults_agent.h"
#include "inject.h"

#define TRIES 8 /* turns until a fault or two must be over */
#define PAIRS 400
#define PAIRS_BAD 100
#define SOON 12 /* calls */

static const int errors[] = {ENOBUFS, EAGAIN, EINTR, EMSGSIZE, ENOMEM, EBUSY, EEXIST, ENOENT, ERESTART, EPERM};
#define ERRORS ((unsigned)(sizeof errors / sizeof *errors))

#define POD(name, app, last)                                                                               \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name ", namespace: shop, labels: {app: " app "}}\n" \
	"spec: {nodeName: " FAULTS_NODE "}\nstatus: {phase: Running, podIPs: [{ip: 10.244.1." last         \
	"}, {ip: \"fd00::" last "\"}]}\n---\n"
#define POLICY(name, spec)                                                              \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " name \
	", namespace: shop}\nspec: " spec "\n---\n"

/* What happens, one after the other. */
static const struct event {
	const char *manifests;
	const char *gone;    /* a policy */
	const char *foreign; /* what nft does behind the agent's back */
} events[] = {
	{.manifests = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n" POD("web", "web", "2")
		 POD("db", "db", "3")
			 POLICY("db", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: "
				      "[{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]}")},
	{.manifests = POLICY("out", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: "
				    "10.0.0.0/8, except: [10.1.0.0/16]}}]}]}")},
	{.manifests = POD("web", "db", "2")},
	{.foreign = "flush ruleset"},
	{.manifests = POD("new", "web", "4"), .foreign = "insert rule inet selvage ingress accept"},
	{.gone = "out"},
};

/* A run of all events, and who knows what ought to come of them. */
struct run {
	const struct kind *kind;
	void *agent;
	struct sink sink;
	struct store *store; /* the same objects once more */
	struct compile *compile;
	struct nl *nl; /* another look at the kernel */
	const char *wrong;
};

static void no_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	(void)problem;
}

static void judge_put(void *ctx, struct object *take)
{
	store_put(((struct run *)ctx)->store, take);
}

static void tell_one(void *ctx, const struct document *doc)
{
	struct run *run = ctx;
	const struct sink judge = {.put = judge_put, .problem = no_problem, .ctx = run};

	decode_document(doc, &judge);
	decode_document(doc, &run->sink);
}

static void tell(struct run *run, const struct event *event)
{
	if (event->manifests)
		manifest_parse(NULL, event->manifests, strlen(event->manifests), tell_one, no_problem, run);
	if (!event->gone)
		return;
	store_del(run->store, OBJECT_POLICY, "shop", event->gone);
	run->sink.del(run->sink.ctx, OBJECT_POLICY, "shop", event->gone);
}

static bool is_so(struct run *run)
{
	struct facts want;
	bool same;

	inject_pause(true);
	compile_facts(run->compile, &want);
	same = kernel_is(run->nl, &want);
	facts_free(&want);
	inject_pause(false);
	return same;
}

/* Turns until the agent claims to be done; what it claims must be so, and what it does not claim it must explain. */
static void turns(struct run *run)
{
	for (int i = 0; i < TRIES; i++) {
		bool done = run->kind->turn(run->agent);

		if (done && !is_so(run))
			run->wrong = "it claims what is not so";
		if (!done && !run->kind->unready(run->agent))
			run->wrong = "it does not say why it is not done";
		if (done || run->wrong)
			return;
	}
	run->wrong = "it does not get over it";
}

static void happen(struct run *run, const struct event *event, bool shared)
{
	struct patch patch;

	if (event->foreign && shared) {
		inject_pause(true);
		if (!nft_do(event->foreign))
			run->wrong = "nft fails";
		inject_pause(false);
		run->kind->hear(run->agent);
	}
	tell(run, event);
	compile_update(run->compile, &patch);
	store_settle(run->store);
	patch_free(&patch);
	turns(run);
}

static void *agent_open(struct run *run, bool shared)
{
	void *agent = NULL;

	for (int i = 0; i < TRIES && !agent; i++)
		agent = run->kind->open(shared, &run->sink);
	return agent;
}

/* What went wrong when calls failed, or NULL; *n is how many calls there were. */
static const char *run_events(struct nl *nl, const struct kind *kind, bool shared, const struct fault *faults,
			      size_t n_faults, unsigned *n)
{
	struct run run = {.kind = kind, .nl = nl, .store = store_new()};
	struct err err;
	bool existed;

	run.compile = compile_new(run.store, &(struct compile_config){.node = FAULTS_NODE});
	if (nl_remove(nl, &existed, &err))
		run.wrong = "the table cannot be removed";
	inject_arm(faults, n_faults);
	run.agent = agent_open(&run, shared);
	if (!run.agent)
		run.wrong = "it does not open";
	for (size_t i = 0; i < sizeof events / sizeof *events && !run.wrong; i++)
		happen(&run, &events[i], shared);
	if (!run.wrong) {
		kind->cut(run.agent);
		turns(&run);
	}
	*n = inject_disarm();
	if (run.agent)
		kind->close(run.agent);
	compile_free(run.compile);
	store_free(run.store);
	return run.wrong;
}

/* What is tried, and by whom. */
struct trial {
	const struct kind *kind;
	bool shared, good;
	unsigned pairs; /* 0: each error at every call */
	uint64_t seed;  /* of the first pair; the others' follow */
};

struct outcome {
	unsigned runs, wrong, calls;
};

static void fault_tell(const struct fault *fault)
{
	printf("# call %u fails with %s, %s\n", fault->at, strerrorname_np(fault->sys),
	       fault->mode == INJECT_LOST ? "though it was done" : "undone");
}

/* One run; what went wrong with a good one is told. */
static void run_faults(struct nl *nl, const struct trial *trial, const struct fault *faults, size_t n,
		       struct outcome *o)
{
	unsigned calls;
	const char *wrong = run_events(nl, trial->kind, trial->shared, faults, n, &calls);

	o->runs++;
	o->wrong += wrong != NULL;
	if (!wrong || !trial->good)
		return;
	for (size_t i = 0; i < n; i++)
		fault_tell(&faults[i]);
	printf("# then %s\n", wrong);
}

/* One error at every call. */
static void one_error(struct nl *nl, const struct trial *trial, unsigned e, struct outcome *o)
{
	for (unsigned at = 0; at < o->calls; at++)
		for (int mode = 0; mode < INJECT_MODE_COUNT; mode++)
			run_faults(nl, trial, &(struct fault){at, errors[e], (enum inject_mode)mode}, 1, o);
}

static struct fault fault_roll(struct rng *rng, unsigned calls)
{
	return (struct fault){rng_below(rng, calls), errors[rng_below(rng, ERRORS)],
			      (enum inject_mode)rng_below(rng, INJECT_MODE_COUNT)};
}

/* Two errors at two calls.  Half of the second ones come soon, when the agent still answers to the first. */
static void pair_roll(struct rng *rng, unsigned calls, struct fault pair[static 2])
{
	pair[0] = fault_roll(rng, calls);
	do {
		pair[1] = fault_roll(rng, calls);
		if (rng_one_in(rng, 2))
			pair[1].at = pair[0].at + 1 + rng_below(rng, SOON);
	} while (pair[1].at == pair[0].at || pair[1].sys == pair[0].sys);
}

/* Every ERRORSth pair. */
static void some_pairs(struct nl *nl, const struct trial *trial, unsigned first, struct outcome *o)
{
	for (unsigned i = first; i < trial->pairs; i += ERRORS) {
		unsigned wrong = o->wrong;
		struct rng rng = {trial->seed + i};
		struct fault pair[2];

		pair_roll(&rng, o->calls, pair);
		run_faults(nl, trial, pair, 2, o);
		if (o->wrong > wrong && trial->good)
			printf("# that was: faults 1 %ju\n", (uintmax_t)(trial->seed + i));
	}
}

/* In a process and a network namespace of its own: most of the time goes by waiting for the kernel. */
static void child(const struct trial *trial, unsigned e, int out)
{
	struct outcome o = {0};
	struct err err;
	struct nl *nl = unshare(CLONE_NEWNET) ? NULL : nl_open(&err);

	if (!trial->good && !freopen("/dev/null", "w", stdout))
		_exit(1);
	if (nl && !run_events(nl, trial->kind, trial->shared, NULL, 0, &o.calls)) {
		if (trial->pairs)
			some_pairs(nl, trial, e, &o);
		else
			one_error(nl, trial, e, &o);
	}
	nl_close(nl);
	fflush(stdout);
	_exit(write(out, &o, sizeof o) == sizeof o ? 0 : 1);
}

static struct outcome try(const struct trial *trial)
{
	struct outcome all = {0}, o;
	int ends[2];

	if (pipe(ends))
		return all;
	fflush(stdout);
	for (unsigned e = 0; e < ERRORS; e++)
		if (fork() == 0)
			child(trial, e, ends[1]);
	close(ends[1]);
	while (read(ends[0], &o, sizeof o) == sizeof o) {
		all.runs += o.runs;
		all.wrong += o.wrong;
		all.calls += o.calls;
	}
	close(ends[0]);
	while (wait(NULL) > 0)
		continue;
	return all;
}

static bool is_right(const struct trial *trial, const struct outcome *o)
{
	return trial->good ? o->wrong == 0 : o->wrong > 0;
}

static void test_each(struct tally *tally, struct trial trial, const char *what)
{
	struct outcome o = try(&trial);

	ok(tally, o.runs >= 300 && o.runs == 2 * o.calls && is_right(&trial, &o),
	   "%s (%u calls over %u errors, 2 ways: %u runs, wrong in %u)", what, o.calls, ERRORS, o.runs, o.wrong);
}

static void test_pairs(struct tally *tally, struct trial trial, const char *what)
{
	struct mono start = mono_now();
	struct outcome o = try(&trial);

	ok(tally, o.runs == trial.pairs && is_right(&trial, &o), "%s (%u pairs from seed %ju, wrong in %u)", what,
	   o.runs, (uintmax_t)trial.seed, o.wrong);
	printf("# in %.1f s\n", mono_seconds(start, mono_now()));
}

int main(int argc, char **argv)
{
	unsigned pairs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : PAIRS;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct tally tally = {0};

	if (argc <= 2) {
		test_each(&tally, (struct trial){.kind = &kind_real, .good = true},
			  "E1, E4, E6: an agent that owns the table never claims what is not so");
		test_each(&tally, (struct trial){.kind = &kind_real, .good = true, .shared = true},
			  "E1, E4, E6: nor does one that shares it, while others write, too");
		test_each(&tally, (struct trial){.kind = &kind_careless}, "known bad: one that looks at no error does");
	}
	test_pairs(&tally, (struct trial){.kind = &kind_real, .good = true, .pairs = pairs, .seed = seed},
		   "E4: nor one that owns it when two calls fail");
	test_pairs(&tally,
		   (struct trial){.kind = &kind_real, .good = true, .shared = true, .pairs = pairs, .seed = seed},
		   "E4: nor one that shares it");
	if (argc <= 2)
		test_pairs(&tally, (struct trial){.kind = &kind_careless, .pairs = PAIRS_BAD, .seed = seed},
			   "known bad: one that looks at no error claims it then, too");
	printf("1..%d\n", tally.n);
	return tally.failed ? 1 : 0;
}
