/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are two ends changed by the same thing? */
#include <stdlib.h>

#include "plan_parts.h"

struct plan_reasons {
	const struct plan *plan;
	struct numbering numbering;     /* 1 and up are handed out */
	uint32_t *own[DIRECTION_COUNT]; /* by class: of what is the end's own; UINT32_MAX: not known yet, 0: nothing */
};

struct plan_reasons *plan_reasons_new(const struct plan *plan)
{
	struct plan_reasons *reasons = mem_new(1, sizeof *reasons);

	reasons->plan = plan;
	for (int d = 0; d < DIRECTION_COUNT; d++) {
		reasons->own[d] = mem_new(plan->n_classes + 1, sizeof *reasons->own[d]);
		for (size_t c = 0; c < plan->n_classes; c++)
			reasons->own[d][c] = UINT32_MAX;
	}
	return reasons;
}

void plan_reasons_free(struct plan_reasons *reasons)
{
	for (int d = 0; d < DIRECTION_COUNT; d++)
		free(reasons->own[d]);
	numbering_fini(&reasons->numbering);
	free(reasons);
}

/* Changed policies that isolate the class before or after: each as what it is after, if it is there. */
static void policies_add(const struct plan *plan, size_t class, enum direction direction, struct bytes *out)
{
	for (size_t w = 0; w < REACH_WORLDS; w++) {
		size_t n;
		const struct policy *const *at =
			reach_isolating(plan->reach, (enum reach_world)w, class, direction, &n);

		for (size_t i = 0; i < n; i++) {
			const struct object *o = &at[i]->object, *after = o;

			if (!plan_changed(plan, o))
				continue;
			if (w == REACH_BEFORE)
				after = store_find(plan->stores[REACH_AFTER], OBJECT_POLICY, o->ns, o->name);
			if (w == REACH_AFTER && store_find(plan->stores[REACH_BEFORE], OBJECT_POLICY, o->ns, o->name))
				after = o;
			after = after ? after : o;
			BYTES_ADD(out, after);
		}
	}
}

static uint32_t number(struct plan_reasons *reasons, struct bytes *key)
{
	uint32_t number = key->n ? numbering_of(&reasons->numbering, key) + 1 : 0;

	vec_free(key);
	return number;
}

static void object_add(const struct plan *plan, size_t class, struct bytes *out)
{
	const struct object *object = plan_class_changed(plan, class);

	if (object)
		BYTES_ADD(out, object);
}

uint32_t plan_reason(struct plan_reasons *reasons, size_t class, size_t peer, enum direction direction)
{
	uint32_t *own = &reasons->own[direction][class];
	struct bytes key = {0};

	if (*own == UINT32_MAX) {
		policies_add(reasons->plan, class, direction, &key);
		if (!key.n)
			object_add(reasons->plan, class, &key);
		*own = number(reasons, &key);
	}
	if (*own || peer == SIZE_MAX)
		return *own;
	key = (struct bytes){0};
	object_add(reasons->plan, peer, &key);
	return number(reasons, &key);
}
