/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How is an object copied, with all that it owns? */
#include <selvage/object_copy.h>

#include <selvage/atom.h>
#include <selvage/mem.h>

/* A copy of n items that own nothing; NULL for none. */
static void *items_copy(const void *items, size_t n, size_t size)
{
	return n ? mem_copy(items, n * size) : NULL;
}

static struct source source_copy(const struct source *from, const char *file)
{
	return (struct source){file, from->line, from->col};
}

static void head_copy(struct object *to, const struct object *from)
{
	to->kind = from->kind;
	to->ns = atom_ref(from->ns);
	to->name = atom_ref(from->name);
	to->source = source_copy(&from->source, atom_ref(from->source.file));
}

static void namespace_copy(struct namespace *to, const struct namespace *from)
{
	*to = *from;
	labels_copy(&to->labels, &from->labels);
	atom_ref(to->ignore);
}

static void pod_copy(struct pod *to, const struct pod *from)
{
	*to = *from;
	labels_copy(&to->labels, &from->labels);
	atom_ref(to->node);
	to->ips = items_copy(from->ips, from->n_ips, sizeof *from->ips);
	to->host_ips = items_copy(from->host_ips, from->n_host_ips, sizeof *from->host_ips);
	to->ports = items_copy(from->ports, from->n_ports, sizeof *from->ports);
	for (size_t i = 0; i < to->n_ports; i++)
		atom_ref(to->ports[i].name);
	to->detail = NULL;
}

static void peer_copy(struct peer *to, const struct peer *from)
{
	*to = *from;
	selector_copy(&to->ns, &from->ns);
	selector_copy(&to->pods, &from->pods);
	to->except = items_copy(from->except, from->n_except, sizeof *from->except);
}

static void rule_copy(struct rule *to, const struct rule *from, const char *file)
{
	*to = *from;
	to->source = source_copy(&from->source, from->source.file ? file : NULL);
	to->ports = items_copy(from->ports, from->n_ports, sizeof *from->ports);
	for (size_t i = 0; i < to->n_ports; i++)
		atom_ref(to->ports[i].name);
	to->peers = items_copy(from->peers, from->n_peers, sizeof *from->peers);
	for (size_t i = 0; i < to->n_peers; i++)
		peer_copy(&to->peers[i], &from->peers[i]);
}

static void policy_copy(struct policy *to, const struct policy *from)
{
	*to = *from;
	selector_copy(&to->pods, &from->pods);
	atom_ref(to->ignore);
	to->rules = items_copy(from->rules, from->n_rules, sizeof *from->rules);
	for (size_t i = 0; i < to->n_rules; i++)
		rule_copy(&to->rules[i], &from->rules[i], from->object.source.file);
}

struct object *object_copy(const struct object *from)
{
	struct object *to = NULL;

	if (from->kind == OBJECT_NAMESPACE) {
		to = mem_new(1, sizeof(struct namespace));
		namespace_copy((struct namespace *)(void *)to, (const struct namespace *)(const void *)from);
	} else if (from->kind == OBJECT_POD) {
		to = mem_new(1, sizeof(struct pod));
		pod_copy((struct pod *)(void *)to, (const struct pod *)(const void *)from);
	} else if (from->kind == OBJECT_POLICY) {
		to = mem_new(1, sizeof(struct policy));
		policy_copy((struct policy *)(void *)to, (const struct policy *)(const void *)from);
	}
	if (to)
		head_copy(to, from);
	return to;
}

struct store *store_copy_without(const struct store *store, const struct object *without)
{
	struct store *copy = store_new();

	for (int kind = 0; kind < OBJECT_WATCHED_COUNT; kind++) {
		const struct object *o = NULL;

		while ((o = store_walk(store, (enum object_kind)kind, o)))
			if (o != without)
				store_put(copy, object_copy(o));
	}
	return copy;
}
