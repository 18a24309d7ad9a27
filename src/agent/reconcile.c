/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the kernel hold what the cluster wants? */
#include <selvage/reconcile.h>

#include <stdlib.h>
#include <string.h>

#include <selvage/adopt.h>
#include <selvage/atom.h>
#include <selvage/cgroup.h>
#include <selvage/compile.h>
#include <selvage/cost.h>
#include <selvage/diff.h>
#include <selvage/drift.h>
#include <selvage/guard.h>
#include <selvage/links.h>
#include <selvage/log.h>
#include <selvage/mem.h>
#include <selvage/monitor.h>
#include <selvage/mono.h>
#include <selvage/nl.h>
#include <selvage/shadow.h>
#include <selvage/sticky.h>
#include <selvage/store.h>
#include <selvage/touched.h>

#include "flaws.h"
#include "reconcile_priv.h"

#define COST_SMALL (1u << 20) /* bytes of kernel memory that are not worth a look at the limit */
#define COST_SPARE (8u << 20) /* for the messages themselves, and for us */
#define HEARD_AT_ONCE 1000    /* intrusions, before they are answered */
#define FLAWS_SHOWN 20
#define TRIM_LEAST 10000 /* facts of a patch: what it took to read and to list them is worth giving back */

struct reconcile *reconcile_new(const struct reconcile_config *config, struct err *err)
{
	struct nl *nl = nl_open(err);
	struct monitor *monitor = nl ? monitor_open(nl, err) : NULL;
	struct reconcile *r;

	if (!monitor) {
		nl_close(nl);
		return NULL;
	}
	r = mem_new(1, sizeof *r);
	r->nl = nl;
	r->monitor = monitor;
	r->lock = nodelock_here();
	r->own = !config->shared;
	if (r->own)
		nl_own(nl);
	r->config = config->compile;
	r->node = config->compile.node;
	r->named = config->compile.pod_cidrs.n;
	r->flannel = r->named ? NULL : config->flannel;
	if (config->live && reconcile_asks(r))
		err_set(&r->node_why, ERR_ABSENT, "it has not been asked yet");
	r->ipvs = config->compile.ipvs ? NULL : config->ipvs;
	r->keep = config->keep;
	r->listen = config->listen;
	r->log_drops = config->log_drops;
	drops_begin(r);
	sources_init(r, config->any_source);
	r->store = store_new();
	r->sticky = config->live ? sticky_new(r->store) : NULL;
	r->compile = compile_new(r->store, &r->config);
	r->shadow = config->shadow ? shadow_new(r->store, &r->config) : NULL;
	return r;
}

void reconcile_free(struct reconcile *r)
{
	if (!r)
		return;
	conntrack_free(r->sweep);
	shadow_free(r->shadow);
	compile_free(r->compile);
	sticky_free(r->sticky);
	store_free(r->store);
	monitor_close(r->monitor);
	nodelock_free(&r->lock);
	drops_close(r->drops);
	recent_fini(&r->recent);
	sources_fini(r);
	nl_close(r->nl);
	flaws_fini(&r->flaws);
	free(r);
}

void reconcile_whole(struct reconcile *r, bool whole)
{
	r->partial = !whole;
}

void reconcile_doubt(struct reconcile *r)
{
	r->known = false;
}

void reconcile_verify(struct reconcile *r)
{
	if (!r->ready || !r->known)
		return;
	r->known = false;
	r->verify = true;
	r->sources.known = false;
}

int reconcile_fd(const struct reconcile *r)
{
	return monitor_fd(r->monitor);
}

bool reconcile_heard(struct reconcile *r)
{
	struct intrusion intrusion;
	int n = 0;

	for (; n < HEARD_AT_ONCE && monitor_next(r->monitor, &intrusion); n++)
		if (r->ready && !r->degraded)
			drifts_add(&r->drifts, &intrusion, time(NULL));
	if (n)
		reconcile_doubt(r);
	sources_look(r);
	return n;
}

const struct drifts *reconcile_drifts(const struct reconcile *r)
{
	return &r->drifts;
}

bool reconcile_waiting(const struct reconcile *r)
{
	return r->degraded && r->why.code == ERR_BUSY;
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

/* Takes in what changed in the store.  Whose connections that closes counts even if the commit fails: it may be in force
 * all the same.  What is proposed closes nothing, and is no part of the patch while it is left out. */
static void take_in(struct reconcile *r, struct patch *out)
{
	compile_update(r->compile, out);
	if (out && !r->keep && patch_closes(out))
		touched_add(&r->closed, r->store, r->node);
	r->closed_many |= out && !r->keep && patch_closes_many(out);
	if (r->shadow)
		shadow_update(r->shadow, r->dark ? NULL : out);
	sources_turn(r);
	store_settle(r->store);
}

/* Takes over from the agent before us. */
static void adopt(struct reconcile *r, const struct facts *have)
{
	log_info("adopting the table that is there: %zu facts", have->n);
	if (!r->sticky || !adopt_held(have, r->store, r->node, r->sticky))
		return;
	log_info("pods of namespaces that end stay closed, though their policies are gone");
	take_in(r, NULL);
}

/* Two agents would undo what the other does, and each of them call that drift. */
static int sole_check(struct reconcile *r, struct err *err)
{
	if (!nodelock_take(&r->lock, err))
		return 0;
	if (err->code == ERR_BUSY)
		return -1;
	if (!r->unlocked)
		log_warn("it cannot be known whether another agent runs: %s", err->msg);
	r->unlocked = true;
	return 0;
}

/* The patch from what the kernel holds to everything that is wanted. */
static int patch_from_kernel(struct reconcile *r, struct patch *out, struct err *err)
{
	struct facts have, want;
	bool exists, mended;

	if (sole_check(r, err) || nl_hold(r->nl, &mended, err))
		return -1;
	r->mended |= mended;
	if (nl_read(r->nl, &have, &exists, err))
		return -1;
	if (!r->ready && first_check(r, exists, err)) {
		facts_free(&have);
		return -1;
	}
	if (!r->ready && exists)
		adopt(r, &have);
	compile_facts(r->compile, &want);
	if (r->shadow && !r->dark)
		shadow_facts(r->shadow, &want);
	diff_take(&have, &want, out);
	if (!r->keep && patch_closes(out))
		touched_add_all(&r->closed);
	return 0;
}

/* Takes in what changed, and gives what the kernel must be told. */
static int patch_next(struct reconcile *r, struct patch *out, struct err *err)
{
	take_in(r, r->known ? out : NULL);
	return r->known ? 0 : patch_from_kernel(r, out, err);
}

/* Nobody who is over a memory limit gets an error: he is killed.  So what is too much is not asked for. */
static int room_check(const struct patch *patch, struct err *err)
{
	const struct cgroup here = {"/proc/self/cgroup", "/sys/fs/cgroup"};
	uint64_t cost = cost_of(patch), room;

	if (cost < COST_SMALL || !cgroup_room(&here, &room) || cost + COST_SPARE <= room)
		return 0;
	return err_set(err, ERR_KERNEL,
		       "the rules take about %ju MiB of the kernel's memory more, and the memory limit of the agent "
		       "leaves %ju "
		       "MiB: the limit must be higher",
		       (uintmax_t)(cost + COST_SPARE) >> 20, (uintmax_t)room >> 20);
}

static void count(struct reconcile *r, const struct nl_stats *stats, bool failed)
{
	r->failures += failed;
	r->commits += stats->transactions;
	r->messages += stats->messages;
}

static int commit(struct reconcile *r, struct nl_stats *stats, struct patch *patch, struct err *err)
{
	struct mono start = mono_now();
	int rc;

	r->known = patch_empty(patch) && !nl_astray(r->nl);
	if (r->known)
		return 0;
	if (room_check(patch, err))
		return -1;
	rc = nl_write(r->nl, patch, stats, err);
	r->known = rc == 0;
	count(r, stats, rc);
	if (!rc)
		histogram_add(&r->commit, mono_seconds(start, mono_now()));
	return rc;
}

/* Keeps account of how long the change took from its arrival. */
static void arrived(struct reconcile *r, bool committed)
{
	if (committed && r->arrival.ns)
		histogram_add(&r->event, mono_seconds(r->arrival, mono_now()));
	r->arrival = (struct mono){0};
}

/* Was the table wrong, though not for what the cluster says?  Then connections may have been made that should not. */
static bool drift_end(struct reconcile *r, const struct patch *patch, bool changed)
{
	bool wrong = r->mended || !patch_empty(patch), heard = r->drifts.open;

	if (r->verify && wrong && !heard && !changed) {
		drifts_add(&r->drifts, &(struct intrusion){.what = "changed the table unnoticed"}, time(NULL));
		heard = true;
	}
	r->verify = false;
	if (heard)
		drifts_close(&r->drifts, wrong);
	return heard;
}

static void succeed(struct reconcile *r, const struct patch *patch, const struct nl_stats *stats, struct mono start,
		    bool changed)
{
	bool verify = r->verify && !changed, drifted = drift_end(r, patch, changed);

	if (!r->keep && (!r->ready || r->mended || (drifted && !patch_empty(patch))))
		touched_add_all(&r->closed);
	arrived(r, stats->transactions > 0);
	if (drifted)
		say_drift(r, patch, mono_seconds(start, mono_now()) * 1e3);
	else if (!verify)
		say_turn(r, patch, stats, start);
	r->ready = true;
}

/* How much is new since the last turn, in the store and in what is proposed? */
static bool changed(struct reconcile *r)
{
	bool proposed = r->shadow && shadow_changed(r->shadow);
	size_t n;

	if (proposed && r->dark) { /* perhaps the kernel takes this one */
		r->dark = false;
		r->known = false;
	}
	store_changes(r->store, &n);
	return n || proposed;
}

/* What is there is read, and what differs committed; nothing of the patch before may be in force, or all of it. */
static int again(struct reconcile *r, struct nl_stats *stats, struct patch *patch, struct err *err)
{
	patch_free(patch);
	return patch_from_kernel(r, patch, err) || commit(r, stats, patch, err) ? -1 : 0;
}

/* What is only proposed must not keep from the kernel what is to be enforced: without it, does that go? */
static int without_shadow(struct reconcile *r, struct nl_stats *stats, struct patch *patch, struct err *err)
{
	struct err why = *err;

	r->dark = true;
	if (again(r, stats, patch, err)) {
		r->dark = false;
		return -1;
	}
	log_error("shadow: it is left out until the proposal changes: %s", why.msg);
	return 0;
}

bool reconcile_turn(struct reconcile *r)
{
	struct mono start = mono_now();
	struct nl_stats stats = {0};
	struct patch patch = {0};
	struct err err = {0};
	bool first = !r->ready, news = changed(r), trim;
	int rc;

	if (r->known && !news && !r->found) {
		arrived(r, false);
		return true;
	}
	r->found = false;
	r->mended = false;
	rc = patch_next(r, &patch, &err) || commit(r, &stats, &patch, &err) ? -1 : 0;
	if (rc && err.code != ERR_BUSY)
		rc = again(r, &stats, &patch, &err);
	if (rc && err.code != ERR_BUSY && r->shadow && !r->dark)
		rc = without_shadow(r, &stats, &patch, &err);
	if (rc)
		say_failure(r, &err);
	else
		succeed(r, &patch, &stats, start, news);
	r->degraded = rc != 0;
	r->why = err;
	trim = first || patch.del.n + patch.add.n >= TRIM_LEAST;
	patch_free(&patch);
	if (!rc && trim)
		mem_trim();
	if (!rc && first)
		reconcile_sources(r);
	return rc == 0;
}

int reconcile_lingers(const struct reconcile *r)
{
	return nl_lingers(r->nl) ? NL_LINGER_MS : 0;
}

bool reconcile_settle(struct reconcile *r)
{
	struct nl_stats stats;
	struct err err = {0};
	int rc = nl_settle(r->nl, &stats, &err);

	count(r, &stats, rc);
	if (rc)
		reconcile_doubt(r);
	return rc == 0;
}

void reconcile_arrival(struct reconcile *r, struct mono when)
{
	if (!r->arrival.ns || when.ns < r->arrival.ns)
		r->arrival = when;
}

/* The table that is there is taken as soon as may be, not only once it is known what is to be in it. */
static void take_early(struct reconcile *r)
{
	struct err unsaid;
	bool mended;

	if (r->own && !r->ready && !sole_check(r, &unsaid) && !nl_hold(r->nl, &mended, &unsaid) && mended)
		log_info("the table that is there is held");
}

/* Does one of the guards fail?  Then r->gap says how. */
static bool gap_find(struct reconcile *r, const struct guard *guard, struct guard_report *report)
{
	r->gap_kind = GAP_BRIDGE;
	if (guard_turn(guard, report, &r->gap))
		return true;
	r->gap_kind = GAP_UNKNOWN;
	if (unknown_check(r, &r->gap))
		return true;
	r->gap_kind = GAP_NAME;
	return r->ready && name_check(r, &r->gap);
}

bool reconcile_guard(struct reconcile *r)
{
	struct guard guard = guard_here();
	struct guard_report report;
	bool was = r->unguarded;

	host_look(r);
	take_early(r);
	drops_begin(r);
	strain_look(r);
	sources_look(r);
	r->unguarded = gap_find(r, &guard, &report);
	if (report.repaired)
		log_warn("turned on what hands bridged packets to the table (net.bridge.bridge-nf-call-*)%s",
			 report.unnoted
				 ? "; how it was cannot be written to /run/selvage, so that cleanup cannot restore it"
				 : "");
	if (r->unguarded && !was)
		log_error("not ready: %s", r->gap.msg);
	else if (!r->unguarded && was)
		log_info("ready again: packets of this node's pods meet the table");
	return r->found;
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
	char strains[STRAIN_MAX][STRAIN_TEXT];

	for (size_t i = 0, n = strain_say(r, strains); i < n; i++)
		fprintf(out, "%s\n", strains[i]);
	flaws_print(&r->flaws, FLAWS_SHOWN, out);
}
