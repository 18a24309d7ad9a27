/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the kernel hold what the cluster wants? */
#include <selvage/reconcile.h>

#include <stdlib.h>
#include <string.h>

#include <selvage/adopt.h>
#include <selvage/atom.h>
#include <selvage/compile.h>
#include <selvage/conntrack.h>
#include <selvage/diff.h>
#include <selvage/guard.h>
#include <selvage/host.h>
#include <selvage/links.h>
#include <selvage/log.h>
#include <selvage/mem.h>
#include <selvage/mono.h>
#include <selvage/nl.h>
#include <selvage/sticky.h>
#include <selvage/store.h>
#include <selvage/touched.h>
#include <selvage/verdict.h>

#include "flaws.h"

#define FLAWS_SHOWN 20

struct reconcile {
	struct store *store;
	struct sticky *sticky; /* NULL: nothing is held back */
	struct compile *compile;
	struct nl *nl;
	struct compile_config config;
	const char *node;           /* the config's */
	const char *flannel, *ipvs; /* files that tell what it does not; NULL: none */
	bool found;                 /* they told something new since the last turn */
	bool partial;               /* some objects are not known */
	bool keep;                  /* connections are never cut */
	struct touched closed;      /* whose connections may have to be cut since they were last looked through */
	struct conntrack *sweep;    /* if they are being looked through */
	struct mono swept;          /* since then */
	bool uncut;                 /* the last look failed, and has said so */
	bool full;                  /* the last look found no room for all that it cut */
	bool known;                 /* the kernel holds what the last turn wanted */
	bool ready;                 /* it has at least once */
	bool degraded;              /* the last turn failed, and has said so */
	struct err why;             /* if degraded */
	bool unguarded;             /* traffic goes around the table */
	struct err gap;             /* if unguarded: how */
	struct err feeds[OBJECT_WATCHED_COUNT];     /* what was last said of each source */
	uint64_t differences[OBJECT_WATCHED_COUNT]; /* that were told of */
	struct flaws flaws;                         /* of the API server's objects */
	struct mono arrival; /* of the first thing that the next commit answers to; 0 if unknown */
	uint64_t commits, failures, messages, cut;
	struct histogram commit, event;
};

static void sink_put(void *ctx, struct object *take)
{
	struct reconcile *r = ctx;

	reconcile_arrival(r, mono_now());
	if (r->sticky)
		sticky_put(r->sticky, take);
	else
		store_put(r->store, take);
}

static void sink_del(void *ctx, enum object_kind kind, const char *ns, const char *name)
{
	struct reconcile *r = ctx;

	reconcile_arrival(r, mono_now());
	if (r->sticky)
		sticky_del(r->sticky, kind, ns, name);
	else
		store_del(r->store, kind, ns, name);
}

static void sink_problem(void *ctx, const struct problem *problem)
{
	(void)ctx;
	if (problem->source.file)
		log_error("%s:%u:%u: %s", problem->source.file, problem->source.line, problem->source.col,
			  problem->message);
	else
		log_error("%s", problem->message);
}

/* Says what is wrong with an object when that is news, and that nothing is any more. */
static void sink_flaws(void *ctx, enum object_kind kind, const char *ns, const char *name,
		       const struct problem *problems, size_t n)
{
	struct reconcile *r = ctx;

	if (!flaws_set(&r->flaws, kind, ns, name, problems, n))
		return;
	for (size_t i = 0; i < n; i++)
		sink_problem(r, &problems[i]);
	if (!n)
		log_info("%s %s%s%s: nothing is wrong with it any more, or it is gone", object_kind_name(kind),
			 ns ? ns : "", ns ? "/" : "", name);
}

struct reconcile *reconcile_new(const struct reconcile_config *config, struct err *err)
{
	struct nl *nl = nl_open(err);
	struct reconcile *r;

	if (!nl)
		return NULL;
	r = mem_new(1, sizeof *r);
	r->nl = nl;
	r->config = config->compile;
	r->node = config->compile.node;
	r->flannel = config->compile.pod_cidrs.n ? NULL : config->flannel;
	r->ipvs = config->compile.ipvs ? NULL : config->ipvs;
	r->keep = config->keep;
	r->store = store_new();
	r->sticky = config->live ? sticky_new(r->store) : NULL;
	r->compile = compile_new(r->store, &r->config);
	return r;
}

void reconcile_free(struct reconcile *r)
{
	if (!r)
		return;
	conntrack_free(r->sweep);
	compile_free(r->compile);
	sticky_free(r->sticky);
	store_free(r->store);
	nl_close(r->nl);
	flaws_fini(&r->flaws);
	free(r);
}

struct sink reconcile_sink(struct reconcile *r)
{
	return (struct sink){.put = sink_put, .del = sink_del, .problem = sink_problem, .ctx = r, .flaws = sink_flaws};
}

void reconcile_whole(struct reconcile *r, bool whole)
{
	r->partial = !whole;
}

void reconcile_doubt(struct reconcile *r)
{
	r->known = false;
}

/* A machine with pods' interfaces of which the cluster knows no pod goes by another name there.  Files may well tell of
 * policies alone. */
static int name_check(const struct reconcile *r, struct err *err)
{
	size_t veths;

	if (compile_here(r->compile) || (!r->sticky && !store_count(r->store, OBJECT_POD)))
		return 0;
	if (links_veths(&veths, err))
		return -1;
	if (veths == 0)
		return 0;
	return err_set(err, ERR_ABSENT,
		       "no pod is on a node named \"%s\", but this machine has %zu pod interfaces: check --node",
		       r->node, veths);
}

/* By a wrong name nothing would be wanted at all, and of a part of the objects too little: every pod of this node, or some,
 * would be open.  What an agent before us left is better. */
static int first_check(const struct reconcile *r, bool exists, struct err *err)
{
	if (exists && r->partial)
		return err_set(err, ERR_INPUT, "some manifests cannot be read, and what they say may be in force");
	return name_check(r, err);
}

/* Takes over from the agent before us. */
static void adopt(struct reconcile *r, const struct facts *have)
{
	log_info("adopting the table that is there: %zu facts", have->n);
	if (!r->sticky || !adopt_held(have, r->store, r->node, r->sticky))
		return;
	log_info("pods of namespaces that end stay closed, though their policies are gone");
	compile_update(r->compile, NULL);
	store_settle(r->store);
}

/* The patch from what the kernel holds to everything that is wanted. */
static int patch_from_kernel(struct reconcile *r, struct patch *out, struct err *err)
{
	struct facts have, want;
	bool exists;

	if (nl_read(r->nl, &have, &exists, err))
		return -1;
	if (!r->ready && first_check(r, exists, err)) {
		facts_free(&have);
		return -1;
	}
	if (!r->ready && exists)
		adopt(r, &have);
	compile_facts(r->compile, &want);
	diff_take(&have, &want, out);
	if (!r->keep && patch_closes(out))
		touched_add_all(&r->closed);
	return 0;
}

/* Takes in what changed, and gives what the kernel must be told.  Whose connections it closes counts even if the commit
 * fails: it may be in force all the same. */
static int patch_next(struct reconcile *r, struct patch *out, struct err *err)
{
	compile_update(r->compile, r->known ? out : NULL);
	if (r->known && !r->keep && patch_closes(out))
		touched_add(&r->closed, r->store, r->node);
	store_settle(r->store);
	return r->known ? 0 : patch_from_kernel(r, out, err);
}

static int commit(struct reconcile *r, struct nl_stats *stats, struct patch *patch, struct err *err)
{
	struct mono start = mono_now();
	int rc;

	r->known = patch_empty(patch);
	if (r->known)
		return 0;
	rc = nl_write(r->nl, patch, stats, err);
	r->known = rc == 0;
	r->failures += rc != 0;
	r->commits += stats->transactions;
	r->messages += stats->messages;
	if (!rc)
		histogram_add(&r->commit, mono_seconds(start, mono_now()));
	return rc;
}

static void say(struct reconcile *r, const struct patch *patch, const struct nl_stats *stats, struct mono start)
{
	size_t isolated, local = compile_local(r->compile, &isolated);
	double ms = mono_seconds(start, mono_now()) * 1e3;

	if (!r->ready)
		log_info("ready: node %s programmed: %zu local pods, %zu isolated; +%zu -%zu facts in %zu "
			 "transactions, %.1f ms",
			 r->node, local, isolated, patch->add.n, patch->del.n, stats->transactions, ms);
	else if (stats->transactions)
		log_info("applied: +%zu -%zu facts in %zu transactions, %zu messages, %.3f ms; %zu local pods, %zu "
			 "isolated",
			 patch->add.n, patch->del.n, stats->transactions, stats->messages, ms, local, isolated);
	else
		log_info("applied: nothing to change on this node, %.3f ms", ms);
	if (r->degraded)
		log_info("no longer degraded: the kernel holds what is wanted");
}

/* Keeps account of how long the change took from its arrival. */
static void arrived(struct reconcile *r, bool committed)
{
	if (committed && r->arrival.ns)
		histogram_add(&r->event, mono_seconds(r->arrival, mono_now()));
	r->arrival = (struct mono){0};
}

bool reconcile_turn(struct reconcile *r)
{
	struct mono start = mono_now();
	struct nl_stats stats = {0};
	struct patch patch = {0};
	struct err err = {0};
	bool first = !r->ready;
	size_t n;
	int rc;

	store_changes(r->store, &n);
	if (r->known && n == 0 && !r->found) {
		arrived(r, false);
		return true;
	}
	r->found = false;
	rc = patch_next(r, &patch, &err) || commit(r, &stats, &patch, &err);
	if (rc) { /* nothing of it may be in force, or all of it: look, and try again once */
		patch_free(&patch);
		rc = patch_from_kernel(r, &patch, &err) || commit(r, &stats, &patch, &err);
	}
	if (!rc) {
		if (!r->keep && !r->ready)
			touched_add_all(&r->closed);
		arrived(r, stats.transactions > 0);
		say(r, &patch, &stats, start);
		r->ready = true;
	} else if (!r->degraded) {
		log_error("degraded: %s; what the kernel held before stays in force", err.msg);
	}
	r->degraded = rc != 0;
	r->why = err;
	patch_free(&patch);
	if (!rc && first)
		mem_trim(); /* of the lists of everything, which are not needed again */
	return rc == 0;
}

bool reconcile_closing(const struct reconcile *r)
{
	return r->sweep || !touched_none(&r->closed);
}

static bool denied(void *ctx, const struct packet *packet)
{
	const struct reconcile *r = ctx;

	return !verdict_beside(r->store, &r->config.overlay, packet).allowed;
}

/* 1 if connections are still being looked through, 0 if all were; -1: something stands in the way. */
static int sweep_turn(struct reconcile *r, struct err *err)
{
	if (!r->sweep) {
		r->swept = mono_now();
		r->sweep = conntrack_new(r->nl, &r->closed, err);
		r->closed = (struct touched){0};
	}
	return r->sweep ? conntrack_run(r->sweep, denied, r, err) : -1;
}

static void sweep_say(struct reconcile *r, const struct conntrack_stats *stats)
{
	if (stats->cut)
		log_info("cut: %zu of %zu connections that policy does not allow any more, %.1f ms", stats->cut,
			 stats->seen, mono_seconds(r->swept, mono_now()) * 1e3);
	if (stats->full && !r->full)
		log_warn("too many connections were cut at once: servers may revive some of them by what they send");
	r->full = stats->full;
}

bool reconcile_cut(struct reconcile *r)
{
	struct err err = {0};
	struct conntrack_stats stats = {0};
	int more = sweep_turn(r, &err);

	if (more > 0)
		return true;
	if (r->sweep)
		stats = conntrack_stats(r->sweep);
	conntrack_free(r->sweep);
	r->sweep = NULL;
	r->cut += stats.cut;
	if (more < 0)
		touched_add_all(&r->closed);
	else
		sweep_say(r, &stats);
	if (more < 0 && !r->uncut)
		log_warn("connections that policy denies now may go on: %s", err.msg);
	r->uncut = more < 0;
	return more == 0;
}

void reconcile_arrival(struct reconcile *r, struct mono when)
{
	if (!r->arrival.ns || when.ns < r->arrival.ns)
		r->arrival = when;
}

/* What the machine tells replaces what it told before; what it no longer tells stays. */
static void look(struct reconcile *r)
{
	struct cidrs cidrs = r->config.pod_cidrs;
	bool ipvs = r->config.ipvs;

	if (r->flannel)
		host_cidrs(r->flannel, &cidrs);
	if (r->ipvs)
		ipvs |= host_ipvs(r->ipvs);
	if (cidrs_eq(&cidrs, &r->config.pod_cidrs) && ipvs == r->config.ipvs)
		return;
	if (ipvs && !r->config.ipvs)
		log_info("IPVS is there: what it hands on is policed as what is forwarded");
	r->config.pod_cidrs = cidrs;
	r->config.ipvs = ipvs;
	compile_found(r->compile, &cidrs, ipvs);
	r->found = true;
	if (!r->keep)
		touched_add_all(&r->closed);
}

static int unknown_check(const struct reconcile *r, struct err *err)
{
	if (!r->config.deny_unknown || r->config.pod_cidrs.n)
		return 0;
	return err_set(err, ERR_ABSENT,
		       "unknown pods are to be closed, and nothing tells which addresses pods of this node have: "
		       "neither --pod-cidr nor %s",
		       r->flannel ? r->flannel : "Flannel");
}

bool reconcile_guard(struct reconcile *r)
{
	bool repaired, was = r->unguarded;

	look(r);
	r->unguarded =
		guard_turn(&repaired, &r->gap) || unknown_check(r, &r->gap) || (r->ready && name_check(r, &r->gap));
	if (repaired)
		log_warn("turned on what hands bridged packets to the table (net.bridge.bridge-nf-call-*)");
	if (r->unguarded && !was)
		log_error("not ready: %s", r->gap.msg);
	else if (!r->unguarded && was)
		log_info("ready again: packets of this node's pods meet the table");
	return r->found;
}

void reconcile_feed(struct reconcile *r, enum object_kind kind, const char *error)
{
	struct err *said = &r->feeds[kind];

	if (strcmp(said->msg, error) == 0)
		return;
	if (*error)
		log_warn("%s objects: %s", object_kind_name(kind), error);
	else
		log_info("%s objects: the API server answers again", object_kind_name(kind));
	err_set(said, ERR_IO, "%s", error);
}

void reconcile_differences(struct reconcile *r, enum object_kind kind, uint64_t differences)
{
	if (differences > r->differences[kind])
		log_warn("%s objects: %ju were otherwise than the API server had told; put right",
			 object_kind_name(kind), (uintmax_t)(differences - r->differences[kind]));
	r->differences[kind] = differences;
}

const char *reconcile_unready(const struct reconcile *r)
{
	if (r->degraded)
		return r->why.msg;
	if (!r->ready || !r->known)
		return "the node is not programmed yet";
	if (r->partial)
		return "some manifests cannot be read";
	return r->unguarded ? r->gap.msg : NULL;
}

void reconcile_flaws(const struct reconcile *r, FILE *out)
{
	flaws_print(&r->flaws, FLAWS_SHOWN, out);
}

/* The counters of pods are named "in-HASH" and "out-HASH", and say in their comment whose they are. */
static void drop_add(void *ctx, const struct nl_counter *counter)
{
	struct metrics *metrics = ctx;
	bool in = strncmp(counter->name, "in-", strlen("in-")) == 0,
	     out = strncmp(counter->name, "out-", strlen("out-")) == 0;

	if (counter->comment && (in || out))
		*vec_add(&metrics->drops) = (struct drop_metrics){
			.pod = atom_ref(counter->comment),
			.direction = in ? DIRECTION_INGRESS : DIRECTION_EGRESS,
			.packets = counter->packets,
		};
}

static int drop_cmp(const void *a, const void *b)
{
	const struct drop_metrics *x = a, *y = b;
	int order = strcmp(x->pod, y->pod);

	return order ? order : (int)x->direction - (int)y->direction;
}

void reconcile_metrics(struct reconcile *r, struct metrics *out)
{
	struct err err = {0};

	*out = (struct metrics){
		.ready = !reconcile_unready(r),
		.degraded = reconcile_unready(r),
		.commits = r->commits,
		.failures = r->failures,
		.messages = r->messages,
		.cut = r->cut,
		.commit = r->commit,
		.event = r->event,
	};
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		out->objects[k] = store_count(r->store, (enum object_kind)k);
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		out->flawed[k] = r->flaws.n[k];
	for (int k = 0; k < FACT_KIND_COUNT; k++)
		out->facts[k] = compile_count(r->compile, (enum fact_kind)k);
	out->local = compile_local(r->compile, &out->isolated);
	if (nl_counters(r->nl, drop_add, out, &err))
		log_debug("drop counters: %s", err.msg);
	vec_sort(&out->drops, drop_cmp);
}
