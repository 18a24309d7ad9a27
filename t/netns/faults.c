/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the agent ever claim what is not so?  Every call to the kernel fails once, with every error, in either way; afterwards
 * the kernel holds what is wanted or the agent says that it does not.  TAP, in a network namespace of its own. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <selvage/compile.h>
#include <selvage/decode.h>
#include <selvage/log.h>
#include <selvage/mem.h>
#include <selvage/reconcile.h>
#include <selvage/store.h>

#include "facts_kernel.h"
#include "inject.h"

#define TRIES 8 /* turns until a single fault must be over */
#define NODE "n1"

static const int errors[] = {ENOBUFS, EAGAIN, EINTR, EMSGSIZE, ENOMEM, EBUSY, EEXIST, ENOENT, ERESTART, EPERM};

#define POD(name, app, last)                                                                                        \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name ", namespace: shop, labels: {app: " app "}}\n"          \
	"spec: {nodeName: " NODE "}\nstatus: {phase: Running, podIPs: [{ip: 10.244.1." last "}, {ip: \"fd00::" last \
	"\"}]}\n---\n"
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

/* An agent, real or not. */
struct kind {
	void *(*open)(bool shared, struct sink *sink);
	void (*close)(void *agent);
	void (*hear)(void *agent);
	void (*cut)(void *agent);
	bool (*turn)(void *agent);           /* claims that the kernel holds what is wanted */
	const char *(*unready)(void *agent); /* and otherwise why not */
};

/* The real one. */
static void *real_open(bool shared, struct sink *sink)
{
	struct reconcile_config config = {.compile.node = NODE, .shared = shared};
	struct err err;
	struct reconcile *r = reconcile_new(&config, &err);

	if (r)
		*sink = reconcile_sink(r);
	return r;
}

static void real_close(void *agent)
{
	reconcile_free(agent);
}

/* As the loop does: as long as there is something to hear. */
static void real_hear(void *agent)
{
	struct pollfd wait = {.fd = reconcile_fd(agent), .events = POLLIN};

	while (poll(&wait, 1, 0) > 0)
		reconcile_heard(agent);
}

static bool real_turn(void *agent)
{
	return reconcile_turn(agent);
}

static void real_cut(void *agent)
{
	reconcile_cut(agent);
}

static const char *real_unready(void *agent)
{
	return reconcile_unready(agent);
}

/* Known bad: one that looks at no error. */
struct careless {
	struct store *store;
	struct compile *compile;
	struct nl *nl;
};

static void careless_put(void *ctx, struct object *take)
{
	store_put(((struct careless *)ctx)->store, take);
}

static void careless_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	store_del(((struct careless *)ctx)->store, kind, ns, name);
}

static void no_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	(void)problem;
}

static void *careless_open(bool shared, struct sink *sink)
{
	struct careless *c = mem_new(1, sizeof *c);
	struct err err;

	(void)shared;
	c->nl = nl_open(&err);
	if (!c->nl) {
		free(c);
		return NULL;
	}
	c->store = store_new();
	c->compile = compile_new(c->store, &(struct compile_config){.node = NODE});
	*sink = (struct sink){.put = careless_put, .del = careless_del, .problem = no_problem, .ctx = c};
	return c;
}

static void careless_close(void *agent)
{
	struct careless *c = agent;

	compile_free(c->compile);
	store_free(c->store);
	nl_close(c->nl);
	free(c);
}

static void careless_hear(void *agent)
{
	(void)agent;
}

static void careless_cut(void *agent)
{
	(void)agent;
}

static bool careless_turn(void *agent)
{
	struct careless *c = agent;
	struct nl_stats stats;
	struct patch patch;
	struct err err;

	compile_update(c->compile, &patch);
	store_settle(c->store);
	if (nl_write(c->nl, &patch, &stats, &err))
		log_debug("%s", err.msg);
	patch_free(&patch);
	return true;
}

static const char *careless_unready(void *agent)
{
	(void)agent;
	return NULL;
}

static const struct kind real = {real_open, real_close, real_hear, real_cut, real_turn, real_unready},
			 careless = {careless_open, careless_close, careless_hear,
				     careless_cut,  careless_turn,  careless_unready};

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

/* What went wrong when call number `at` failed, or NULL; *n is how many calls there were. */
static const char *run_events(struct nl *nl, const struct kind *kind, bool shared, unsigned at, int sys,
			      enum inject_mode mode, unsigned *n)
{
	struct run run = {.kind = kind, .nl = nl, .store = store_new()};
	struct err err;
	bool existed;

	run.compile = compile_new(run.store, &(struct compile_config){.node = NODE});
	if (nl_remove(nl, &existed, &err))
		run.wrong = "the table cannot be removed";
	inject_arm(at, sys, mode);
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

struct outcome {
	unsigned runs, wrong, calls;
};

/* One error at every call. */
static void one_error(struct nl *nl, const struct kind *kind, bool shared, int sys, bool tell_wrong, struct outcome *o)
{
	unsigned n;

	if (run_events(nl, kind, shared, INJECT_NEVER, 0, INJECT_BEFORE, &o->calls))
		return;
	for (unsigned at = 0; at < o->calls; at++)
		for (int mode = 0; mode < INJECT_MODE_COUNT; mode++) {
			const char *wrong = run_events(nl, kind, shared, at, sys, (enum inject_mode)mode, &n);
			o->runs++;
			o->wrong += wrong != NULL;
			if (wrong && tell_wrong)
				printf("# call %u fails with %s, %s: %s\n", at, strerrorname_np(sys),
				       mode == INJECT_LOST ? "though it was done" : "undone", wrong);
		}
}

/* In a process and a network namespace of its own: most of the time goes by waiting for the kernel. */
static void child(const struct kind *kind, bool shared, int sys, bool tell_wrong, int out)
{
	struct outcome o = {0};
	struct err err;
	struct nl *nl = unshare(CLONE_NEWNET) ? NULL : nl_open(&err);

	if (nl)
		one_error(nl, kind, shared, sys, tell_wrong, &o);
	nl_close(nl);
	fflush(stdout);
	_exit(write(out, &o, sizeof o) == sizeof o ? 0 : 1);
}

static struct outcome all_faults(const struct kind *kind, bool shared, bool tell_wrong)
{
	struct outcome all = {0}, o;
	int ends[2];

	if (pipe(ends))
		return all;
	fflush(stdout);
	for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
		if (fork() == 0)
			child(kind, shared, errors[e], tell_wrong, ends[1]);
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

static void test_kind(struct tally *tally, const struct kind *kind, bool shared, bool good, const char *what)
{
	struct outcome o = all_faults(kind, shared, good);

	ok(tally, o.runs >= 300 && o.runs == 2 * o.calls && (good ? o.wrong == 0 : o.wrong > 0),
	   "%s (%u calls over %zu errors, 2 ways: %u runs, wrong in %u)", what, o.calls, sizeof errors / sizeof *errors,
	   o.runs, o.wrong);
}

int main(void)
{
	struct tally tally = {0};

	test_kind(&tally, &real, false, true, "E1, E4, E6: an agent that owns the table never claims what is not so");
	test_kind(&tally, &real, true, true, "E1, E4, E6: nor does one that shares it, while others write, too");
	test_kind(&tally, &careless, false, false, "known bad: one that looks at no error does");
	printf("1..%d\n", tally.n);
	return tally.failed ? 1 : 0;
}
