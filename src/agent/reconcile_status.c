/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does the agent know of its node? */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <selvage/atom.h>
#include <selvage/cgroup.h>
#include <selvage/log.h>
#include <selvage/mem.h>
#include <selvage/status.h>

#include "reconcile_priv.h"

#define FLAWS_MOST 100
#define DETAIL 512

/* The counter of a chain. */
struct count {
	const char *chain, *pod; /* atoms; pod NULL: no pod's */
	enum direction direction;
	bool shadow; /* that only counts */
	uint64_t packets;
};

struct counts {
	VEC(struct count);
};

static void count_add(void *ctx, const struct nl_counter *counter)
{
	const char *reason = drop_reason(counter->name), *shadow = fact_shadow(reason);
	bool in = !strcmp(shadow ? shadow : reason, direction_name(DIRECTION_INGRESS)),
	     eg = !strcmp(shadow ? shadow : reason, direction_name(DIRECTION_EGRESS));

	*vec_add((struct counts *)ctx) = (struct count){
		.chain = atom(counter->name),
		.pod = (in || eg) && counter->comment ? atom_ref(counter->comment) : NULL,
		.direction = eg ? DIRECTION_EGRESS : DIRECTION_INGRESS,
		.shadow = shadow,
		.packets = counter->packets,
	};
}

/* Those of pods first, by name. */
static int count_cmp(const void *a, const void *b)
{
	const struct count *x = a, *y = b;
	int order = (x->pod == NULL) - (y->pod == NULL);

	if (!order)
		order = strcmp(x->pod ? x->pod : x->chain, y->pod ? y->pod : y->chain);
	if (!order)
		order = (int)x->direction - (int)y->direction;
	return order ? order : x->shadow - y->shadow;
}

static void counts_read(struct reconcile *r, struct counts *out)
{
	struct err err = {0};

	*out = (struct counts){0};
	if (nl_counters(r->nl, count_add, out, &err))
		log_debug("drop counters: %s", err.msg);
	vec_sort(out, count_cmp);
}

static void counts_fini(struct counts *counts)
{
	for (size_t i = 0; i < counts->n; i++) {
		atom_put(counts->at[i].chain);
		atom_put(counts->at[i].pod);
	}
	vec_free(counts);
}

static const struct count *counts_find(const struct counts *counts, const char *pod, enum direction direction,
				       bool shadow)
{
	struct count key = {.pod = pod, .direction = direction, .shadow = shadow};

	return counts->n ? bsearch(&key, counts->at, counts->n, sizeof key, count_cmp) : NULL;
}

static void side_fill(const struct reconcile *r, const struct counts *counts, const struct pod *pod, const char *name,
		      enum direction direction, struct names *names, struct status_side *out)
{
	const struct count *count = counts_find(counts, name, direction, false),
			   *shadow = counts_find(counts, name, direction, true);

	names_isolating(r->store, pod, direction, names);
	*out = (struct status_side){
		.isolated = names->n,
		.known = true,
		.policies = (const char *const *)names->at,
		.n_policies = names->n,
		.drops = count ? count->packets : 0,
		.last = count ? recent_last(&r->recent, count->chain) : 0,
		.shadowed = shadow,
		.shadow_drops = shadow ? shadow->packets : 0,
		.shadow_last = shadow ? recent_last(&r->recent, shadow->chain) : 0,
	};
}

static void pod_say(const struct reconcile *r, const struct counts *counts, const struct pod *pod, json_t *status)
{
	struct status_side sides[DIRECTION_COUNT];
	struct names names[DIRECTION_COUNT];
	const char *comment;
	char *name;

	if (asprintf(&name, "%s/%s", pod->object.ns, pod->object.name) < 0)
		abort();
	comment = fact_comment(name);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		side_fill(r, counts, pod, comment, (enum direction)d, &names[d], &sides[d]);
	status_pod(status, name, sides);
	for (int d = 0; d < DIRECTION_COUNT; d++)
		names_fini(&names[d]);
	atom_put(comment);
	free(name);
}

static int pod_cmp(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a, *y = *(const struct object *const *)b;
	int order = strcmp(x->ns, y->ns);

	return order ? order : strcmp(x->name, y->name);
}

static bool here(const struct reconcile *r, const struct pod *pod)
{
	return pod->node && !strcmp(pod->node, r->node) && pod_live(pod);
}

static void pods_say(const struct reconcile *r, const struct counts *counts, json_t *status)
{
	VEC(const struct pod *) pods = VEC_EMPTY;
	const struct object *o = NULL;

	while ((o = store_walk(r->store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (here(r, pod))
			*vec_add(&pods) = pod;
	}
	vec_sort(&pods, pod_cmp);
	for (size_t i = 0; i < pods.n; i++)
		pod_say(r, counts, pods.at[i], status);
	vec_free(&pods);
	for (size_t i = 0; i < counts->n; i++)
		if (!counts->at[i].pod && strcmp(counts->at[i].chain, FACT_UNTRACKED) != 0)
			status_other(status, counts->at[i].chain, counts->at[i].packets,
				     recent_last(&r->recent, counts->at[i].chain));
	if (!r->sources.unchecked)
		status_other(status, FACT_FORGED, sources_forged(r), 0);
}

static void table_say(const struct reconcile *r, json_t *status)
{
	const char *shared = nl_shared(r->nl);
	char text[DETAIL];

	if (!r->ready || !r->known || nl_astray(r->nl)) {
		status_guard(status, "table", STATUS_BAD, "the kernel may not hold what is wanted");
		return;
	}
	snprintf(text, sizeof text, "%s%s",
		 shared ? "other processes can write to it, what they do is put right: " : "",
		 shared ? shared : "no other process can write to it, and it outlives the agent");
	status_guard(status, "table", shared && r->own ? STATUS_NOTE : STATUS_OK, text);
}

static bool failed(const struct reconcile *r, enum gap_kind kind)
{
	return r->unguarded && r->gap_kind == kind;
}

static void bridge_say(const struct reconcile *r, json_t *status)
{
	if (failed(r, GAP_BRIDGE))
		status_guard(status, "bridges", STATUS_BAD, r->gap.msg);
	else
		status_guard(status, "bridges", STATUS_OK, "what they forward is handed to the table, IPv4 and IPv6");
}

static void overlay_say(const struct reconcile *r, json_t *status)
{
	char text[DETAIL] = "UDP";
	size_t n = strlen(text);

	for (size_t i = 0; i < r->config.overlay.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %u", i ? "," : "", r->config.overlay.ports[i]);
	status_guard(status, "overlay", STATUS_OK, text);
}

static void unknown_say(const struct reconcile *r, json_t *status)
{
	const struct cidrs *cidrs = &r->config.pod_cidrs;
	char text[DETAIL], ip[IP_TEXT], sources[DETAIL];
	size_t n = (size_t)snprintf(text, sizeof text, "%s in", r->config.deny_unknown ? "deny" : "allow");

	for (size_t i = 0; i < cidrs->n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %s/%u", i ? "," : "",
				      ip_print(&cidrs->at[i].addr, ip), cidrs->at[i].bits);
	host_sources(r, sources, sizeof sources);
	if (cidrs->n)
		snprintf(text + n, sizeof text - n, ", by %s", sources);
	else
		snprintf(text + n, sizeof text - n, " no known CIDR");
	status_guard(status, "unknown-pods", failed(r, GAP_UNKNOWN) ? STATUS_BAD : STATUS_OK, text);
}

static void sources_say(const struct reconcile *r, json_t *status)
{
	const struct sources *s = &r->sources;
	char text[DETAIL];
	size_t n = 0, unknown = 0;
	const struct object *o = NULL;

	while ((o = store_walk(r->store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (!here(r, pod) || pod->host_network || sources_know(r, pod) || s->unchecked)
			continue;
		if (unknown++ == 0)
			n = (size_t)snprintf(text, sizeof text, "not known by which interface it sends: %s/%s", o->ns,
					     o->name);
	}
	if (s->unchecked)
		status_guard(status, "sources", STATUS_NOTE, "pods may send from any address");
	else if (*s->why.msg)
		status_guard(status, "sources", STATUS_BAD, s->why.msg);
	else if (!s->known)
		status_guard(status, "sources", STATUS_NOTE, "not looked at yet");
	else if (!unknown)
		status_guard(status, "sources", STATUS_OK, "each pod sends from its own addresses only");
	else {
		if (unknown > 1)
			snprintf(text + n, sizeof text - n, ", and %zu more pods", unknown - 1);
		status_guard(status, "sources", STATUS_NOTE, text);
	}
}

static void memory_say(json_t *status)
{
	const struct cgroup here = {"/proc/self/cgroup", "/sys/fs/cgroup"};
	char text[DETAIL] = "no limit";
	uint64_t room;

	if (cgroup_room(&here, &room))
		snprintf(text, sizeof text, "%ju MiB until the limit", (uintmax_t)room >> 20);
	status_guard(status, "memory", STATUS_OK, text);
}

static void guards_say(const struct reconcile *r, json_t *status)
{
	table_say(r, status);
	bridge_say(r, status);
	overlay_say(r, status);
	unknown_say(r, status);
	sources_say(r, status);
	status_guard(status, "ipvs", STATUS_OK, r->config.ipvs ? "what it hands on is policed" : "not there");
	if (failed(r, GAP_NAME))
		status_guard(status, "node-name", STATUS_BAD, r->gap.msg);
	else
		status_guard(status, "node-name", STATUS_OK, r->node);
	memory_say(status);
}

static void chains_say(const struct reconcile *r, json_t *status)
{
	struct nl_chains chains;
	struct err err;

	if (nl_chains(r->nl, &chains, &err)) {
		log_debug("%s", err.msg);
		return;
	}
	for (size_t i = 0; i < chains.n; i++)
		status_chain(status, chains.at[i].family, chains.at[i].table, chains.at[i].name);
	nl_chains_free(&chains);
}

static void drifts_say(const struct reconcile *r, json_t *status)
{
	const struct drift *drift;

	for (size_t i = 0; (drift = drifts_get(&r->drifts, i)); i++)
		status_drift(status, &(struct status_drift){
					     .when = drift->when,
					     .process = drift->intrusion.process,
					     .pid = drift->intrusion.pid,
					     .what = drift->intrusion.what,
					     .repaired = drift->repaired,
				     });
	status_repairs(status, r->drifts.repairs);
}

static void flaws_say(const struct reconcile *r, json_t *status)
{
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	flaws_print(&r->flaws, FLAWS_MOST, out);
	if (fclose(out))
		abort();
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (*line)
			status_flaw(status, line);
	free(text);
}

static int pair_cmp(const void *a, const void *b)
{
	const struct recent_pair *x = a, *y = b;

	if (x->last != y->last)
		return x->last < y->last ? 1 : -1;
	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/* The newest first. */
static void recent_say(struct reconcile *r, json_t *status)
{
	struct recent_pair *pairs;

	recent_expire(&r->recent, time(NULL));
	pairs = mem_copy(r->recent.pairs, sizeof r->recent.pairs);
	qsort(pairs, r->recent.n, sizeof *pairs, pair_cmp);
	for (size_t i = 0; i < r->recent.n; i++) {
		struct drop drop = {.packet = pairs[i].packet};

		snprintf(drop.chain, sizeof drop.chain, "%s", pairs[i].chain);
		status_recent(status, drop_named(r, &drop, pairs[i].last), pairs[i].count);
	}
	free(pairs);
	status_log(status, r->config.log_group, r->drops, r->drops ? drops_lost(r->drops) : 0);
}

json_t *reconcile_status(struct reconcile *r)
{
	const char *why = reconcile_unready(r);
	json_t *status = status_new(r->node, true);
	char strains[STRAIN_MAX][STRAIN_TEXT];
	struct counts counts;

	if (why)
		status_reason(status, why);
	for (size_t i = 0, n = strain_say(r, strains); i < n; i++)
		status_reason(status, strains[i]);
	if (r->shadow)
		status_shadow(status, shadow_count(r->shadow), !r->dark);
	counts_read(r, &counts);
	pods_say(r, &counts, status);
	counts_fini(&counts);
	chains_say(r, status);
	guards_say(r, status);
	drifts_say(r, status);
	flaws_say(r, status);
	recent_say(r, status);
	return status;
}
