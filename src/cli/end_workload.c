/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods are a workload's? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/text.h>

#include "end.h"

#define NAMES_MAX 512
#define OWNERS_MAX 4

/* As `kubectl api-resources` has them. */
static const struct {
	enum object_kind kind;
	const char *brief;
} briefs[] = {
	{OBJECT_DEPLOYMENT, "deploy"}, {OBJECT_STATEFULSET, "sts"}, {OBJECT_DAEMONSET, "ds"},
	{OBJECT_REPLICASET, "rs"},     {OBJECT_CRONJOB, "cj"},      {OBJECT_REPLICATIONCONTROLLER, "rc"},
	{OBJECT_JOB, "job"},
};

int end_workload_kind(const char *word)
{
	size_t n = strcspn(word, "."); /* "deployments.apps" */

	for (size_t i = 0; i < sizeof briefs / sizeof *briefs; i++) {
		const struct object_type *type = object_type(briefs[i].kind);
		const char *names[] = {briefs[i].brief, type->word, type->resources};

		for (size_t j = 0; j < 3; j++)
			if (strlen(names[j]) == n && strncasecmp(names[j], word, n) == 0)
				return (int)briefs[i].kind;
	}
	return -1;
}

static bool is_owner(const struct owner *owner, enum object_kind kind, const char *name)
{
	/* NOLINTNEXTLINE(clang-analyzer-*): who has a kind has a name */
	return owner->kind && !strcmp(owner->kind, object_type(kind)->kind) && !strcmp(owner->name, name);
}

/* A ReplicaSet that a Deployment made is not among the pod's owners: it is named after both. */
static bool is_of_hash(const struct pod *pod, const struct owner *owner, const char *name)
{
	size_t n = strlen(owner->name);

	for (size_t i = 0; i < pod->labels.n; i++)
		if (!strcmp(pod->labels.at[i].key, "pod-template-hash"))
			return !strncmp(name, owner->name, n) && name[n] == '-' &&
			       !strcmp(name + n + 1, pod->labels.at[i].value);
	return false;
}

/* Is the pod the workload's, or that of one which the workload made? */
static bool belongs(const struct store *store, const struct pod *pod, enum object_kind kind, const char *name)
{
	struct owner owner = {NULL, NULL};
	const struct workload *workload;

	if (pod->detail)
		owner = pod->detail->owner;
	if (kind == OBJECT_REPLICASET && is_owner(&owner, OBJECT_DEPLOYMENT, owner.name ? owner.name : "") &&
	    is_of_hash(pod, &owner, name))
		return true;
	for (unsigned i = 0; i < OWNERS_MAX && owner.kind; i++) {
		if (is_owner(&owner, kind, name))
			return true;
		workload = workload_find(store, pod->object.ns, &owner);
		owner = workload ? workload->owner : (struct owner){NULL, NULL};
	}
	return false;
}

struct pods {
	VEC(const struct pod *);
};

static int pod_order(const void *a, const void *b)
{
	const struct pod *const *x = a, *const *y = b;

	return strcmp((*x)->object.name, (*y)->object.name);
}

/* Those that have not finished, sorted by name; *all counts the others too. */
static void find_pods(const struct store *store, enum object_kind kind, const char *ns, const char *name,
		      struct pods *out, size_t *all)
{
	const struct object *o = NULL;

	*all = 0;
	while ((o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (strcmp(o->ns, ns) != 0 || !belongs(store, pod, kind, name))
			continue;
		++*all;
		if (!pod->finished)
			*vec_add(out) = pod;
	}
	vec_sort(out, pod_order);
}

/* Of those that exist as objects, and those that pods say they belong to. */
static int absent(const struct store *store, enum object_kind kind, const char *ns, const char *name, struct err *err)
{
	const char *names[NAMES_MAX], *nearest;
	const struct object *o = NULL;
	size_t n = 0;

	while (n < NAMES_MAX && (o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;
		struct owner top = pod_top(store, pod);

		if (!strcmp(o->ns, ns) && top.kind && !strcmp(top.kind, object_type(kind)->kind))
			names[n++] = top.name;
	}
	nearest = text_nearest(name, names, n);
	if (!nearest)
		return end_absent(store, kind, ns, name, err);
	return err_set(err, ERR_ABSENT, "there is no %s %s/%s; did you mean %s/%s?", object_kind_name(kind), ns, name,
		       ns, nearest);
}

int end_workload(const struct end_query *query, enum object_kind kind, const char *ns, const char *name,
		 struct end *out, struct err *err)
{
	bool exists = store_find(query->store, kind, ns, name);
	struct pods pods = {VEC_EMPTY};
	size_t all;

	find_pods(query->store, kind, ns, name, &pods, &all);
	if (!exists && !all)
		return absent(query->store, kind, ns, name, err);
	out->kind = END_WORKLOAD;
	if (asprintf(&out->name, "%s %s/%s", object_kind_name(kind), ns, name) < 0)
		abort();
	for (size_t i = 0; i < pods.n; i++)
		end_add_pod(query->store, pods.at[i], query->port, &out->spots);
	if (!pods.n)
		*vec_add(&out->spots) =
			(struct spot){.unknown = strdup(all ? "all its pods have finished" : "it has no pods")};
	vec_free(&pods);
	return 0;
}
