/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a change of the shop's cluster comes to, as text. */
#ifndef PLANNED_H
#define PLANNED_H

#include "../../src/compile/plan_parts.h"
#include "shop.h"

/* Two stores, to be put into, and the plan between them. */
struct planned {
	struct store *before, *after;
	struct plan *plan;
};

static inline void planned_init(struct planned *planned, struct store *before, struct store *after)
{
	*planned = (struct planned){before, after, plan_new(before, after)};
}

static inline void planned_fini(struct planned *planned)
{
	plan_free(planned->plan);
	store_free(planned->before);
	store_free(planned->after);
}

/* The class of a pod, by its name in either world. */
static inline uint32_t planned_class(const struct planned *planned, const char *ns, const char *name)
{
	const struct store *stores[REACH_WORLDS] = {planned->before, planned->after};

	for (size_t w = 0; w < REACH_WORLDS; w++) {
		const struct object *o = store_find(stores[w], OBJECT_POD, ns, name);
		const struct pod *pod = (const struct pod *)(const void *)o;

		if (pod)
			return (uint32_t)reach_class_of(plan_reach(planned->plan), (enum reach_world)w, pod);
	}
	cr_assert_fail("there is no pod %s/%s", ns, name);
	return UINT32_MAX;
}

/* "shop/db,shop/job+1,outside": of each class its first pod and how many others, outside once. */
static inline void classes_print(const struct plan *plan, const struct plan_classes *classes, FILE *out)
{
	size_t n;
	const struct reach_class *all = reach_classes(plan_reach(plan), &n);
	bool outside = false;

	for (size_t i = 0; i < classes->n; i++) {
		const struct reach_class *class = &all[classes->at[i]];
		const struct reach_pod *pod = class->pods;

		if (outside)
			continue;
		fputs(i ? "," : "", out);
		outside = !class->ns;
		fprintf(out, "%s", class->ns ? class->ns : "outside");
		if (class->ns)
			fprintf(out, "/%s", (pod->in[0] ? pod->in[0] : pod->in[1])->object.name);
		if (class->ns && class->n > 1)
			fprintf(out, "+%zu", class->n - 1);
	}
}

/* "rule-gone egress shop/p" */
static inline void cause_print(const struct plan_cause *cause, FILE *out)
{
	static const char *const whys[PLAN_WHY_COUNT] = {
		[PLAN_WHY_RULE] = "rule",         [PLAN_WHY_RULE_GONE] = "rule-gone", [PLAN_WHY_POLICY] = "policy",
		[PLAN_WHY_FREED] = "freed",       [PLAN_WHY_LABELS] = "labels",       [PLAN_WHY_MOVED] = "moved",
		[PLAN_WHY_APPEARED] = "appeared", [PLAN_WHY_VANISHED] = "vanished",   [PLAN_WHY_UNCLEAR] = "unclear",
	};
	const struct object *o = cause->policy ? &cause->policy->object : cause->object;

	fprintf(out, "%s %s", whys[cause->why], direction_name(cause->direction));
	if (o)
		fprintf(out, " %s%s%s", o->ns ? o->ns : "", o->ns ? "/" : "", o->name);
	if (cause->ruling.rule)
		fprintf(out, "[%u]", cause->ruling.rule->index);
	fputs(cause->deleted ? " deleted" : "", out);
}

/* "LOST shop/web > shop/db TCP 80: policy ingress shop/p" */
static inline void row_print(const struct plan *plan, const struct plan_row *row, FILE *out)
{
	fprintf(out, "%s%s ", plan_kind_name(row->kind), row->unsure ? "?" : "");
	classes_print(plan, &row->from, out);
	if (row->to.n) {
		fputs(" > ", out);
		classes_print(plan, &row->to, out);
		fputs(row->families == 1U << FAMILY_4 ? " v4 " : row->families == 1U << FAMILY_6 ? " v6 " : " ", out);
		portset_print(&row->ports, out);
	}
	fputs(": ", out);
	cause_print(&row->cause, out);
	fputc('\n', out);
}

static inline void rows_print(const struct plan *plan, FILE *out)
{
	size_t n;
	const struct plan_row *rows = plan_rows(plan, &n);

	for (size_t i = 0; i < n; i++)
		row_print(plan, &rows[i], out);
}

/* All rows of the change from one store to the other, which are freed. */
static inline void assert_rows(struct store *before, struct store *after, const char *expected)
{
	struct planned planned;

	planned_init(&planned, before, after);
	UNIT_PRINTS(expected, rows_print(planned.plan, out));
	planned_fini(&planned);
}

/* A policy for the pod of cluster() that admits app=web alone, at one TCP port. */
static inline struct policy *admits_web(uint16_t port)
{
	struct policy *policy = db_policy("p", DIRECTION_INGRESS);

	make_peer_pods(&policy->rules[0], NULL, "app=web");
	make_port(&policy->rules[0], PROTO_TCP, port, port);
	return policy;
}

#endif
