/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What did the agent before us know that the cluster does not tell any more? */
#include <string.h>

#include <selvage/adopt.h>
#include <selvage/compile.h>

static bool isolated(const struct store *store, const struct pod *pod, enum direction direction)
{
	const struct object *o = NULL;

	while ((o = store_walk_ns(store, OBJECT_POLICY, pod->object.ns, o))) {
		const struct policy *policy = (const struct policy *)(const void *)o;

		if (policy->types[direction] && policy_selects(policy, pod))
			return true;
	}
	return false;
}

static size_t adopt_pod(const struct facts *have, const struct store *store, const struct pod *pod,
			struct sticky *sticky)
{
	size_t n = 0;

	for (int d = 0; d < DIRECTION_COUNT; d++) {
		enum direction direction = (enum direction)d;

		if (compile_isolates(have, pod, direction) && !isolated(store, pod, direction))
			n += sticky_close(sticky, pod->object.ns, direction);
	}
	return n;
}

size_t adopt_held(const struct facts *have, const struct store *store, const char *node, struct sticky *sticky)
{
	const struct object *o = NULL;
	size_t n = 0;

	while ((o = store_walk(store, OBJECT_POD, o))) {
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (pod->node && !strcmp(pod->node, node) && pod_live(pod))
			n += adopt_pod(have, store, pod, sticky);
	}
	return n;
}
