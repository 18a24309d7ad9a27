/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What will the cluster be when a change is applied? */
#include "change.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <selvage/atom.h>
#include <selvage/object_copy.h>
#include <selvage/resource.h>
#include <selvage/template.h>

/* What kubectl calls kinds besides. */
static const struct {
	const char *word;
	enum object_kind kind;
} short_names[] = {
	{"ns", OBJECT_NAMESPACE},
	{"po", OBJECT_POD},
	{"netpol", OBJECT_POLICY},
	{"policy", OBJECT_POLICY},
	{"deploy", OBJECT_DEPLOYMENT},
	{"sts", OBJECT_STATEFULSET},
	{"ds", OBJECT_DAEMONSET},
	{"rs", OBJECT_REPLICASET},
	{"rc", OBJECT_REPLICATIONCONTROLLER},
	{"cj", OBJECT_CRONJOB},
};

static bool is_deletable(enum object_kind kind)
{
	return kind < OBJECT_WATCHED_COUNT || object_type(kind)->shape == SHAPE_WORKLOAD;
}

/* -1: none. */
static int kind_find(const char *word)
{
	for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++)
		if (!strcasecmp(word, short_names[i].word))
			return (int)short_names[i].kind;
	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++) {
		const struct object_type *type = object_type((enum object_kind)kind);

		if (is_deletable((enum object_kind)kind) &&
		    (!strcasecmp(word, type->word) || !strcasecmp(word, type->resources)))
			return kind;
	}
	return -1;
}

struct named {
	enum object_kind kind;
	const char *ns, *name; /* ns NULL: none */
};

static void delete_all_of(struct store *store, enum object_kind kind, const char *ns)
{
	const struct object *o;

	while ((o = store_walk_ns(store, kind, ns, NULL)))
		store_del(store, kind, o->ns, o->name);
}

/* With a namespace goes what is in it, with a workload its pods. */
static void delete_object(const struct store *base, struct store *store, const struct named *it)
{
	const struct object *workload = store_find(base, it->kind, it->ns, it->name);
	const char *ns = atom_peek(it->name);

	if (object_type(it->kind)->shape == SHAPE_WORKLOAD && workload)
		template_remove_pods(store, (const struct workload *)(const void *)workload);
	if (it->kind == OBJECT_NAMESPACE && ns) {
		delete_all_of(store, OBJECT_POLICY, ns);
		delete_all_of(store, OBJECT_POD, ns);
	}
	store_del(store, it->kind, it->ns, it->name);
}

/* False after a message. */
static bool delete_named(const struct args *args, const struct store *base, struct store *store, const char *text)
{
	char *copy = strdup(text), *rest = copy, *kind_word = strsep(&rest, "/"), *ns, *name;
	int kind = kind_find(kind_word);
	struct named it;
	bool ok = false;

	ns = kind >= 0 && object_type((enum object_kind)kind)->global ? NULL : strsep(&rest, "/");
	name = rest;
	it = (struct named){(enum object_kind)kind, ns, name};
	if (kind < 0)
		cli_fatal(args,
			  "--delete %s: unknown kind \"%s\"; there are networkpolicy, pod, namespace and kinds of "
			  "workloads",
			  text, kind_word);
	else if (!name || !*name || strchr(name, '/'))
		cli_fatal(args, "--delete %s: must be %s", text,
			  object_type((enum object_kind)kind)->global ? "KIND/NAME" : "KIND/NAMESPACE/NAME");
	else if (!store_find(store, it.kind, ns, name) && !store_find(base, it.kind, ns, name))
		cli_fatal(args, "--delete %s: there is no such %s", text, object_type(it.kind)->word);
	else
		ok = true;
	if (ok)
		delete_object(base, store, &it);
	free(copy);
	return ok;
}

/* A manifest does not say what the cluster added to a pod: its node, its addresses. */
static void keep_status(struct store *store, const struct pod *pod, const struct pod *was)
{
	struct pod *kept;

	if (!was || pod->n_ips || pod->node || pod->finished)
		return;
	kept = (struct pod *)(void *)object_copy(&pod->object);
	kept->node = atom_ref(was->node);
	kept->created = was->created;
	kept->ips = was->n_ips ? mem_copy(was->ips, was->n_ips * sizeof *was->ips) : NULL;
	kept->n_ips = was->n_ips;
	free(kept->host_ips);
	kept->host_ips = was->n_host_ips ? mem_copy(was->host_ips, was->n_host_ips * sizeof *was->host_ips) : NULL;
	kept->n_host_ips = was->n_host_ips;
	if (kept->detail && was->detail) {
		kept->detail->running = was->detail->running;
		kept->detail->ready = was->detail->ready;
		kept->detail->token |= was->detail->token;
	}
	store_put(store, &kept->object);
}

static void settle_in(const struct store *base, struct store *store, const struct object *o)
{
	if (o->kind == OBJECT_POD) {
		keep_status(store, (const struct pod *)(const void *)o,
			    (const struct pod *)(const void *)store_find(base, OBJECT_POD, o->ns, o->name));
	} else if (object_type(o->kind)->shape == SHAPE_WORKLOAD) {
		const struct object *was = store_find(base, o->kind, o->ns, o->name);

		if (!was || !object_same(was, o))
			template_roll_out(store, (const struct workload *)(const void *)o);
	}
}

/* What the cluster makes of what is applied. */
static void settle_all(const struct store *base, struct store *store)
{
	VEC(const struct object *) put = VEC_EMPTY;
	size_t n;
	const struct change *changes = store_changes(store, &n);

	for (size_t i = 0; i < n; i++)
		if (changes[i].after)
			*vec_add(&put) = changes[i].after;
	for (size_t i = 0; i < put.n; i++)
		settle_in(base, store, put.at[i]);
	vec_free(&put);
}

bool change_read(const struct args *args, const struct world *base, struct world *out)
{
	const char *value;
	bool ok = true;
	size_t at = 0;

	*out = (struct world){.store = store_copy_without(base->store, NULL)};
	store_settle(out->store);
	while (ok && (value = args_next(args, "filename", &at)))
		ok = world_add(args, value, out);
	settle_all(base->store, out->store);
	at = 0;
	while (ok && (value = args_next(args, "delete", &at)))
		ok = delete_named(args, base->store, out->store, value);
	if (!ok)
		world_fini(out);
	return ok;
}
