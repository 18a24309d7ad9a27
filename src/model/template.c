/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods will a workload have? */
#include <stdlib.h>
#include <string.h>

#include <selvage/atom.h>
#include <selvage/object_copy.h>
#include <selvage/template.h>
#include <selvage/vec.h>

struct pods {
	VEC(const struct pod *);
};

static const struct workload *as_workload(const struct object *object)
{
	return (const struct workload *)(const void *)object;
}

static bool is_of(const struct store *store, const struct pod *pod, const struct workload *workload)
{
	struct owner top = pod_top(store, pod);

	return top.name && !strcmp(top.name, workload->object.name) &&
	       !strcmp(top.kind, object_type(workload->object.kind)->kind);
}

static void pods_of(const struct store *store, const struct workload *workload, struct pods *out)
{
	const char *ns = atom_peek(workload->object.ns);
	const struct object *o = NULL;

	*out = (struct pods){VEC_EMPTY};
	while (ns && (o = store_walk_ns(store, OBJECT_POD, ns, o)))
		if (is_of(store, (const struct pod *)(const void *)o, workload))
			*vec_add(out) = (const struct pod *)(const void *)o;
}

/* Does it ask for pods, and nobody for it?  How many nodes a DaemonSet finds, a manifest does not say. */
static bool wants_pods(const struct workload *workload)
{
	return !workload->owner.name && (workload->replicas > 0 || workload->object.kind == OBJECT_DAEMONSET);
}

static struct pod *pod_make(const struct store *store, const struct workload *workload)
{
	const struct object_type *type = object_type(workload->object.kind);
	struct pod *pod = (struct pod *)(void *)object_copy(&workload->template->object);

	if (store_find(store, OBJECT_POD, pod->object.ns, pod->object.name)) {
		const char *name = atom_fmt("%s/%s", type->word, pod->object.name);

		atom_put(pod->object.name);
		pod->object.name = name;
	}
	if (!pod->detail)
		pod->detail = mem_new(1, sizeof *pod->detail);
	atom_put(pod->detail->owner.kind);
	atom_put(pod->detail->owner.name);
	pod->detail->owner = (struct owner){atom(type->kind), atom_ref(workload->object.name)};
	return pod;
}

bool template_made(const struct pod *pod)
{
	const char *slash = strchr(pod->object.name, '/');

	return !pod->n_ips && pod->detail && pod->detail->owner.name &&
	       !strcmp(slash ? slash + 1 : pod->object.name, pod->detail->owner.name);
}

static int owner_cmp(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);

	return order ? order : strcmp(x->name, y->name);
}

/* The tops of all pods of a namespace, sorted. */
static void add_of_ns(struct store *store, const char *ns)
{
	VEC(struct owner) tops = VEC_EMPTY;
	VEC(const struct workload *) bare = VEC_EMPTY;
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POD, ns, o))) {
		struct owner top = pod_top(store, (const struct pod *)(const void *)o);

		if (top.name)
			*vec_add(&tops) = top;
	}
	vec_sort(&tops, owner_cmp);
	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++)
		while (object_type((enum object_kind)kind)->shape == SHAPE_WORKLOAD &&
		       (o = store_walk_ns(store, (enum object_kind)kind, ns, o))) {
			struct owner own = {object_type(o->kind)->kind, o->name};

			if (wants_pods(as_workload(o)) &&
			    !(tops.n && bsearch(&own, tops.at, tops.n, sizeof *tops.at, owner_cmp)))
				*vec_add(&bare) = as_workload(o);
		}
	for (size_t i = 0; i < bare.n; i++)
		store_put(store, &pod_make(store, bare.at[i])->object);
	vec_free(&tops);
	vec_free(&bare);
}

static int atom_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void template_add_pods(struct store *store)
{
	VEC(const char *) namespaces = VEC_EMPTY;

	for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++)
		for (const struct object *o = NULL; object_type((enum object_kind)kind)->shape == SHAPE_WORKLOAD &&
						    (o = store_walk(store, (enum object_kind)kind, o));)
			*vec_add(&namespaces) = o->ns;
	vec_sort(&namespaces, atom_cmp);
	for (size_t i = 0; i < namespaces.n; i++)
		if (!i || namespaces.at[i] != namespaces.at[i - 1])
			add_of_ns(store, namespaces.at[i]);
	vec_free(&namespaces);
}

/* Labels that controllers put on pods, beside those of the template. */
static bool is_of_controller(const char *key)
{
	static const char *const keys[] = {
		"pod-template-hash",
		"controller-revision-hash",
		"pod-template-generation",
		"statefulset.kubernetes.io/pod-name",
		"apps.kubernetes.io/pod-index",
		"controller-uid",
		"job-name",
		"batch.kubernetes.io/controller-uid",
		"batch.kubernetes.io/job-name",
		"batch.kubernetes.io/job-completion-index",
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* The pod with labels and ports of the template. */
static struct pod *rolled(const struct pod *pod, const struct workload *workload)
{
	struct pod *next = (struct pod *)(void *)object_copy(&workload->template->object),
		   *was = (struct pod *)(void *)object_copy(&pod->object);
	struct labels labels = next->labels;
	struct named_port *ports = next->ports;
	size_t n_ports = next->n_ports;

	for (size_t i = 0; i < was->labels.n; i++)
		if (is_of_controller(was->labels.at[i].key))
			labels_put(&labels, was->labels.at[i].key, was->labels.at[i].value);
	next->labels = was->labels;
	was->labels = labels;
	next->ports = was->ports;
	next->n_ports = was->n_ports;
	was->ports = ports;
	was->n_ports = n_ports;
	atom_put(was->object.source.file);
	was->object.source = next->object.source;
	next->object.source.file = NULL;
	object_free(&next->object);
	return was;
}

void template_remove_pods(struct store *store, const struct workload *workload)
{
	struct pods pods;

	pods_of(store, workload, &pods);
	for (size_t i = 0; i < pods.n; i++)
		store_del(store, OBJECT_POD, pods.at[i]->object.ns, pods.at[i]->object.name);
	vec_free(&pods);
}

void template_roll_out(struct store *store, const struct workload *workload)
{
	struct pods pods;

	if (!wants_pods(workload)) {
		template_remove_pods(store, workload);
		return;
	}
	pods_of(store, workload, &pods);
	for (size_t i = 0; i < pods.n; i++)
		store_put(store, &rolled(pods.at[i], workload)->object);
	if (!pods.n)
		store_put(store, &pod_make(store, workload)->object);
	vec_free(&pods);
}
