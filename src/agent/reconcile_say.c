/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the agent tell people and Prometheus of what it did? */
#include <string.h>

#include <selvage/atom.h>
#include <selvage/cgroup.h>
#include <selvage/log.h>
#include <selvage/shadow.h>

#include "reconcile_priv.h"

static void say_ready(const struct reconcile *r)
{
	const char *shared = nl_shared(r->nl);

	if (!shared)
		log_info("no other process can write to the table");
	else if (r->own)
		log_warn("other processes can write to the table, and what they do will be put right: %s", shared);
	else
		log_info("other processes can write to the table, and what they do will be put right: %s", shared);
}

void say_drift(const struct reconcile *r, const struct patch *patch, double ms)
{
	const struct drift *drift = drifts_get(&r->drifts, 0);
	const struct intrusion *who = &drift->intrusion;

	if (!drift->repaired)
		log_info("another process was at the table and left it right: %s (process %u) %s", who->process,
			 who->pid, who->what);
	else if (who->pid)
		log_warn("repaired: %s (process %u) %s; +%zu -%zu facts, %.3f ms", who->process, who->pid, who->what,
			 patch->add.n, patch->del.n, ms);
	else
		log_warn("repaired: somebody %s; +%zu -%zu facts, %.3f ms", who->what, patch->add.n, patch->del.n, ms);
}

void say_turn(const struct reconcile *r, const struct patch *patch, const struct nl_stats *stats, struct mono start)
{
	size_t isolated, local = compile_local(r->compile, &isolated);
	double ms = mono_seconds(start, mono_now()) * 1e3;

	if (!r->ready) {
		log_info("ready: node %s programmed: %zu local pods, %zu isolated; +%zu -%zu facts in %zu "
			 "transactions, %.1f ms",
			 r->node, local, isolated, patch->add.n, patch->del.n, stats->transactions, ms);
		say_ready(r);
		if (r->shadow && !r->dark)
			log_info("shadow: %zu policies are proposed, and what they would drop is counted",
				 shadow_count(r->shadow));
	} else if (stats->transactions)
		log_info("applied: +%zu -%zu facts in %zu transactions, %zu messages, %.3f ms; %zu local pods, %zu "
			 "isolated",
			 patch->add.n, patch->del.n, stats->transactions, stats->messages, ms, local, isolated);
	else
		log_info("applied: nothing to change on this node, %.3f ms", ms);
	if (r->degraded)
		log_info("no longer degraded: the kernel holds what is wanted");
}

bool reconcile_programmed(const struct reconcile *r)
{
	return r->ready;
}

void reconcile_unheard(struct reconcile *r, const struct err *err)
{
	const char *msg = err ? err->msg : "";

	if (!strcmp(r->unheard.msg, msg))
		return;
	if (err)
		log_warn("`selvage status` and `selvage monitor` cannot ask this agent: %s", msg);
	else
		log_info("`selvage status` and `selvage monitor` can ask this agent");
	err_set(&r->unheard, ERR_IO, "%s", msg);
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

void say_failure(const struct reconcile *r, const struct err *err)
{
	if (r->degraded && r->why.code == err->code)
		return;
	if (err->code == ERR_BUSY)
		log_warn("waiting: %s", err->msg);
	else
		log_error("degraded: %s; what the kernel held before stays in force", err->msg);
}

/* The counters of pods are named "in-HASH" and "out-HASH", and say in their comment whose they are. */
static void drop_add(void *ctx, const struct nl_counter *counter)
{
	static const char *const others[DROP_OTHER_COUNT] = {"overlay", FACT_MULTICAST, "unknown-in", "unknown-out",
							     FACT_FORGED};
	struct metrics *metrics = ctx;
	const char *shadow = fact_shadow(counter->name), *name = shadow ? shadow : counter->name;
	bool in = strncmp(name, "in-", strlen("in-")) == 0, out = strncmp(name, "out-", strlen("out-")) == 0;
	struct drop_metrics drop = {.pod = counter->comment,
				    .direction = in ? DIRECTION_INGRESS : DIRECTION_EGRESS,
				    .packets = counter->packets};

	for (int i = 0; i < DROP_OTHER_COUNT; i++)
		if (!strcmp(counter->name, others[i]))
			metrics->other_drops[i] = counter->packets;
	if (!strcmp(counter->name, FACT_UNTRACKED))
		metrics->untracked = counter->packets;
	if (!drop.pod || !(in || out))
		return;
	atom_ref(drop.pod);
	if (shadow)
		*vec_add(&metrics->shadow_drops) = drop;
	else
		*vec_add(&metrics->drops) = drop;
}

static int drop_cmp(const void *a, const void *b)
{
	const struct drop_metrics *x = a, *y = b;
	int order = strcmp(x->pod, y->pod);

	return order ? order : (int)x->direction - (int)y->direction;
}

void reconcile_metrics(struct reconcile *r, struct metrics *out)
{
	const struct cgroup here = {"/proc/self/cgroup", "/sys/fs/cgroup"};
	struct err err = {0};

	*out = (struct metrics){
		.ready = !reconcile_unready(r),
		.degraded = reconcile_unready(r),
		.commits = r->commits,
		.failures = r->failures,
		.messages = r->messages,
		.cut = r->cut,
		.repairs = r->drifts.repairs,
		.owned = !nl_shared(r->nl),
		.commit = r->commit,
		.event = r->event,
		.untold = r->drops ? drops_lost(r->drops) : 0,
	};
	out->tracking = r->tracking.known;
	out->connections = r->tracking.read.entries;
	out->connection_limit = r->tracking.read.limit;
	out->untrackable = r->tracking.dropped;
	out->evicted = r->tracking.evicted;
	out->limited = cgroup_room(&here, &out->room);
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		out->objects[k] = store_count(r->store, (enum object_kind)k);
	for (int k = 0; k < OBJECT_WATCHED_COUNT; k++)
		out->flawed[k] = r->flaws.n[k];
	for (int k = 0; k < FACT_KIND_COUNT; k++)
		out->facts[k] = compile_count(r->compile, (enum fact_kind)k);
	out->shadow = r->shadow && !r->dark;
	out->proposed = r->shadow ? shadow_count(r->shadow) : 0;
	out->local = compile_local(r->compile, &out->isolated);
	if (nl_counters(r->nl, drop_add, out, &err))
		log_debug("drop counters: %s", err.msg);
	out->other_drops[DROP_FORGED] = sources_forged(r);
	vec_sort(&out->drops, drop_cmp);
	vec_sort(&out->shadow_drops, drop_cmp);
}
