/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose connections may be judged otherwise than before? */
#include <selvage/touched.h>

#include <string.h>

static void end_add(struct touched *touched, const struct ip *ip, enum direction direction)
{
	if (touched->all)
		return;
	for (size_t i = 0; i < touched->n; i++)
		if (touched->at[i].direction == direction && ip_cmp(&touched->at[i].ip, ip) == 0)
			return;
	if (touched->n == TOUCHED_MAX)
		touched_add_all(touched);
	else
		touched->at[touched->n++] = (struct end){*ip, direction};
}

static void pod_add(struct touched *touched, const struct pod *pod, enum direction direction)
{
	if (!pod_live(pod))
		return;
	for (size_t i = 0; i < pod->n_ips; i++)
		end_add(touched, &pod->ips[i], direction);
}

static void both_add(struct touched *touched, const struct pod *pod)
{
	pod_add(touched, pod, DIRECTION_INGRESS);
	pod_add(touched, pod, DIRECTION_EGRESS);
}

/* Its labels decide what its pods are to others. */
static void namespace_add(struct touched *touched, const struct store *store, const char *ns)
{
	const struct object *o = NULL;

	while (!touched->all && (o = store_walk_ns(store, OBJECT_POD, ns, o)))
		both_add(touched, (const struct pod *)o);
}

static void policy_add(struct touched *touched, const struct store *store, const struct policy *policy,
		       const char *node)
{
	const struct object *o = NULL;

	while (!touched->all && (o = store_walk_ns(store, OBJECT_POD, policy->object.ns, o))) {
		const struct pod *pod = (const struct pod *)o;

		if (!pod->node || strcmp(pod->node, node) != 0 || !policy_selects(policy, pod))
			continue;
		for (int d = 0; d < DIRECTION_COUNT; d++)
			if (policy->types[d])
				pod_add(touched, pod, (enum direction)d);
	}
}

/* Objects of other kinds decide about no traffic. */
static void object_add(struct touched *touched, const struct store *store, const struct object *object,
		       const char *node)
{
	if (object->kind == OBJECT_NAMESPACE)
		namespace_add(touched, store, object->name);
	else if (object->kind == OBJECT_POD)
		both_add(touched, (const struct pod *)object);
	else if (object->kind == OBJECT_POLICY)
		policy_add(touched, store, (const struct policy *)object, node);
}

void touched_add(struct touched *touched, const struct store *store, const char *node)
{
	const struct change *changes;
	size_t n;

	changes = store_changes(store, &n);
	for (size_t i = 0; i < n && !touched->all; i++) {
		if (changes[i].before)
			object_add(touched, store, changes[i].before, node);
		if (changes[i].after)
			object_add(touched, store, changes[i].after, node);
	}
}

void touched_add_all(struct touched *touched)
{
	*touched = (struct touched){.all = true};
}

bool touched_none(const struct touched *touched)
{
	return !touched->all && !touched->n;
}
