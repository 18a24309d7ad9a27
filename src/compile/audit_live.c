/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a node that runs say about a cluster's policies? */
#include <selvage/audit_live.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/resource.h>
#include <selvage/verdict.h>

#include "audit_parts.h"

/* Drops or connections of one workload, one port of another, and the direction that is denied; texts are owned. */
struct pair {
	enum direction direction;
	const struct pod *at; /* whose policies deny; NULL: not known any more */
	char *from, *to, *what;
	char *last; /* NULL: no time is known */
	char *why;  /* that of the last */
	uint64_t n;
};

struct pairs {
	VEC(struct pair);
};

static char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *text_of(const char *fmt, ...)
{
	va_list ap;
	char *out;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		abort();
	va_end(ap);
	return out;
}

static const struct pod *pod_named(const struct store *store, const char *name)
{
	const char *slash = strchr(name, '/');
	const struct object *object;
	char *ns;

	if (!slash)
		return NULL;
	ns = text_of("%.*s", (int)(slash - name), name);
	object = store_find(store, OBJECT_POD, ns, slash + 1);
	free(ns);
	return (const struct pod *)(const void *)object;
}

/* The workload; where nobody knows it, what it is called otherwise. */
static char *name_of(const struct store *store, const struct pod *pod, const char *otherwise)
{
	struct owner top = {NULL, NULL};

	if (!pod)
		return text_of("%s", otherwise);
	top = pod_top(store, pod);
	return text_of("%s/%s", pod->object.ns, top.name ? top.name : pod->object.name);
}

static void pair_fini(struct pair *pair)
{
	free(pair->from);
	free(pair->to);
	free(pair->what);
	free(pair->last);
	free(pair->why);
}

static bool is_same(const struct pair *a, const struct pair *b)
{
	return a->direction == b->direction && !strcmp(a->from, b->from) && !strcmp(a->to, b->to) &&
	       !strcmp(a->what, b->what);
}

/* Counts it with others of the same, of which the latest one says why; takes the texts. */
static void pairs_add(struct pairs *pairs, struct pair *take)
{
	for (size_t i = 0; i < pairs->n; i++) {
		struct pair *have = &pairs->at[i], older = *take;

		if (!is_same(have, take))
			continue;
		take->n += have->n;
		if (take->last && strcmp(take->last, have->last) > 0) {
			older = *have;
			*have = *take;
		} else
			have->n = take->n;
		pair_fini(&older);
		return;
	}
	*vec_add(pairs) = *take;
}

static struct finding *say(struct audit *audit, const char *id, const struct object *object, char *take_where,
			   char *take_message)
{
	struct finding *finding = finding_add(&audit->findings, audit_rule(id), "%s", take_message);

	free(take_message);
	finding->where = take_where;
	if (object) {
		finding->ns = object->ns;
		finding->source = object->source;
		finding->source.file = atom_ref(object->source.file);
	}
	return finding;
}

/* Each pair once: `message` words it. */
static void pairs_say(struct audit *audit, const char *id, struct pairs *pairs,
		      char *(*message)(const struct pair *pair, const char *other))
{
	for (size_t i = 0; i < pairs->n; i++) {
		struct pair *pair = &pairs->at[i];
		bool in = pair->direction == DIRECTION_INGRESS;
		char *other = in ? text_of("from %s to %s", pair->from, pair->what)
				 : text_of("to %s %s", pair->to, pair->what);
		struct finding *finding = say(audit, id, pair->at ? &pair->at->object : NULL,
					      text_of("%s", in ? pair->to : pair->from), message(pair, other));

		audit_key(finding, "%s", other);
		free(other);
		pair_fini(pair);
	}
	vec_free(pairs);
}

static char *drops_text(const struct pair *pair, const char *other)
{
	return text_of("%ju packet%s %s dropped, the last %s%s", (uintmax_t)pair->n, pair->n == 1 ? "" : "s", other,
		       *pair->last ? pair->last : "at an unknown time", pair->why);
}

static void drops_look(struct audit *audit, const struct store *store, const struct audit_live *live)
{
	struct pairs pairs = {0};

	for (size_t i = 0; i < live->drops.n; i++) {
		const struct audit_drop *drop = &live->drops.at[i];
		const struct pod *from = pod_named(store, drop->from), *to = pod_named(store, drop->to);

		pairs_add(&pairs,
			  &(struct pair){
				  .direction = drop->direction,
				  .at = drop->direction == DIRECTION_INGRESS ? to : from,
				  .from = name_of(store, from, drop->from),
				  .to = name_of(store, to, drop->to),
				  .what = text_of("%s", drop->what),
				  .last = text_of("%s", drop->last),
				  .why = text_of("%s%s%s%s", *drop->isolating ? "; isolated by " : "", drop->isolating,
						 *drop->miss ? "; nearest miss: " : "", drop->miss),
				  .n = drop->count,
			  });
	}
	pairs_say(audit, "NP202", &pairs, drops_text);
}

/* "; isolated by shop/db, shop/deny" */
static char *isolated_text(const struct store *store, const struct pod *pod, enum direction direction)
{
	struct policy_list list = {0};
	struct audit_names names = {0};
	char *joined, *text;

	verdict_isolating(store, pod, direction, &list);
	for (size_t i = 0; i < list.n; i++)
		audit_names_add(&names, list.at[i]->object.name);
	joined = audit_names_take(&names);
	text = text_of("; isolated by %s", joined);
	free(joined);
	vec_free(&list);
	return text;
}

static void flow_look(struct pairs *pairs, const struct store *store, const struct flow *flow)
{
	struct verdict verdict = verdict_of(store, &flow->packet);
	bool leaves = !verdict.egress.isolated || verdict.egress.allowed;
	enum direction direction = leaves ? DIRECTION_INGRESS : DIRECTION_EGRESS;
	const struct pod *from = verdict.egress.pod, *to = verdict.ingress.pod, *at = leaves ? to : from;
	const char *proto = proto_name(flow->packet.proto);
	char ip[2][IP_TEXT];

	if (!flow->replied || flow->state == FLOW_STATE_OVER || verdict.allowed || verdict.why != VERDICT_WHY_POLICY ||
	    !at)
		return;
	pairs_add(pairs, &(struct pair){
				 .direction = direction,
				 .at = at,
				 .from = name_of(store, from, ip_print(&flow->packet.from, ip[0])),
				 .to = name_of(store, to, ip_print(&flow->packet.to, ip[1])),
				 .what = proto ? text_of("%s %u", proto, flow->packet.port)
					       : text_of("protocol %u", flow->packet.proto),
				 .why = isolated_text(store, at, direction),
				 .n = 1,
			 });
}

static char *flows_text(const struct pair *pair, const char *other)
{
	return text_of("%ju connection%s %s, denied now, %s on%s", (uintmax_t)pair->n, pair->n == 1 ? "" : "s", other,
		       pair->n == 1 ? "goes" : "go", pair->why);
}

static void flows_look(struct audit *audit, const struct store *store, const struct audit_live *live)
{
	struct pairs pairs = {0};

	for (size_t i = 0; i < live->flows.n; i++)
		flow_look(&pairs, store, &live->flows.at[i]);
	pairs_say(audit, "NP201", &pairs, flows_text);
}

static int name_cmp(const void *key, const void *at)
{
	return strcmp(key, *(const char *const *)at);
}

/* A live pod of the node that the agent does not know. */
static void pod_look(struct audit *audit, const struct audit_live *live, const struct pod *pod)
{
	char *name;

	if (!pod->node || strcmp(pod->node, live->node) || !pod_live(pod))
		return;
	name = text_of("%s/%s", pod->object.ns, pod->object.name);
	if (live->pods.n && bsearch(name, live->pods.at, live->pods.n, sizeof *live->pods.at, name_cmp))
		free(name);
	else
		say(audit, "NP205", &pod->object, name, text_of("the agent of node %s does not know it", live->node));
}

static void node_look(struct audit *audit, const struct store *store, const struct audit_live *live)
{
	const struct object *o = NULL;

	for (size_t i = 0; i < live->faults.n; i++)
		say(audit, "NP205", NULL, live->node ? text_of("node %s", live->node) : text_of("this node"),
		    text_of("%s", live->faults.at[i]));
	if (!live->answers || !live->node)
		return;
	while ((o = store_walk(store, OBJECT_POD, o)))
		pod_look(audit, live, (const struct pod *)(const void *)o);
}

void audit_live(struct audit *audit, const struct store *store, const struct audit_live *live)
{
	flows_look(audit, store, live);
	drops_look(audit, store, live);
	node_look(audit, store, live);
	audit_tidy(audit);
}
