/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What are classes called by people? */
#include <stdlib.h>
#include <string.h>

#include "plan_parts.h"

static const char pod_what[] = "Pod";

/* Who it belongs to, as the world says that knows. */
static struct owner owner_of(const struct plan *plan, const struct reach_pod *pod)
{
	struct owner owner = {NULL, NULL};

	for (size_t w = REACH_WORLDS; w-- > 0 && !owner.name;)
		if (pod->in[w])
			owner = pod_top(plan->stores[w], pod->in[w]);
	if (pod->in[REACH_AFTER] && owner.name) {
		const struct workload *workload =
			workload_find(plan->stores[REACH_BEFORE], pod->in[REACH_AFTER]->object.ns, &owner);

		if (workload && workload->owner.name)
			owner = workload->owner;
	}
	return owner;
}

static uint32_t workload_of(struct plan *plan, const struct reach_pod *pod)
{
	const struct pod *any = pod->in[REACH_AFTER] ? pod->in[REACH_AFTER] : pod->in[REACH_BEFORE];
	struct plan_workload it = {any->object.ns, NULL, NULL, 0};
	struct owner owner = owner_of(plan, pod);
	struct bytes key = {0};
	uint32_t number;

	it.what = owner.name ? owner.kind : pod_what;
	it.name = owner.name ? owner.name : any->object.name;
	BYTES_ADD(&key, it.ns);
	BYTES_ADD(&key, it.what);
	BYTES_ADD(&key, it.name);
	number = numbering_of(&plan->workloads.numbering, &key);
	vec_free(&key);
	if (number == plan->workloads.all.n)
		*vec_add(&plan->workloads.all) = it;
	plan->workloads.all.at[number].total++;
	return number;
}

static void workloads_of_ns(struct plan *plan, const struct reach_ns *ns)
{
	uint32_t first = (uint32_t)plan->workloads.all.n, pods = 0;

	for (size_t c = ns->first; c < ns->first + ns->n; c++) {
		*vec_add(&plan->workloads.first) = plan->workloads.of.n;
		for (size_t p = 0; p < plan->classes[c].n; p++)
			*vec_add(&plan->workloads.of) = workload_of(plan, &plan->classes[c].pods[p]);
		pods += (uint32_t)plan->classes[c].n;
	}
	*vec_add(&plan->workloads.in_ns) = (uint32_t)plan->workloads.all.n - first;
	*vec_add(&plan->workloads.pods_of) = pods;
}

void plan_workloads_make(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_namespaces; i++)
		if (plan->namespaces[i].name)
			workloads_of_ns(plan, &plan->namespaces[i]);
}

void plan_workloads_fini(struct plan_workloads *workloads)
{
	numbering_fini(&workloads->numbering);
	vec_free(&workloads->all);
	vec_free(&workloads->of);
	vec_free(&workloads->first);
	vec_free(&workloads->in_ns);
	vec_free(&workloads->pods_of);
}

static bool is_stable(const struct reach_class *class)
{
	return class->families[REACH_BEFORE] && class->families[REACH_AFTER];
}

/* Classes of a set that are in one namespace: at[first] up to at[end]. */
struct part {
	const uint32_t *at;
	size_t n;
};

/* Has it every class of the namespace that is there before and after? */
static bool part_is_all(const struct plan *plan, const struct reach_ns *ns, const struct part *part)
{
	size_t stable = 0, have = 0;

	for (size_t c = ns->first; c < ns->first + ns->n; c++)
		stable += is_stable(&plan->classes[c]);
	for (size_t i = 0; i < part->n; i++)
		have += is_stable(&plan->classes[part->at[i]]);
	return have == stable && (stable || part->n == ns->n);
}

static size_t part_pods(const struct plan *plan, const struct part *part)
{
	size_t n = 0;

	for (size_t i = 0; i < part->n; i++)
		n += plan->classes[part->at[i]].n;
	return n;
}

static int number_cmp(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void add_workloads(const struct plan *plan, const struct part *part, struct plan_ends *out)
{
	VEC(uint32_t) of = VEC_EMPTY;

	for (size_t i = 0; i < part->n; i++)
		for (size_t p = 0; p < plan->classes[part->at[i]].n; p++)
			*vec_add(&of) = plan->workloads.of.at[plan->workloads.first.at[part->at[i]] + p];
	vec_sort(&of, number_cmp);
	for (size_t i = 0; i < of.n; i++) {
		const struct plan_workload *it = &plan->workloads.all.at[of.at[i]];

		if (i && of.at[i] == of.at[i - 1]) {
			out->at[out->n - 1].n++;
			continue;
		}
		*vec_add(out) = (struct plan_end){.kind = PLAN_END_WORKLOAD,
						  .ns = it->ns,
						  .what = it->what,
						  .name = it->name,
						  .n = 1,
						  .total = it->total};
	}
	vec_free(&of);
}

static void add_namespace(const struct plan *plan, size_t ns, const struct part *part, struct plan_ends *out)
{
	if (plan->workloads.in_ns.at[ns] < 2 || !part_is_all(plan, &plan->namespaces[ns], part)) {
		add_workloads(plan, part, out);
		return;
	}
	*vec_add(out) = (struct plan_end){
		.kind = PLAN_END_NAMESPACE,
		.ns = plan->namespaces[ns].name,
		.n = part_pods(plan, part),
		.total = plan->workloads.pods_of.at[ns],
	};
}

static void add_ranges(struct ip_ranges *to, const struct ip_ranges *from)
{
	for (size_t i = 0; i < from->n; i++)
		*vec_add(to) = from->at[i];
}

/* Addresses of one family: where they are, or, if the rest of the world is among them, where they are not. */
static bool add_family(const struct plan *plan, const struct part *part, enum family family, struct ip_ranges *out)
{
	struct ip_ranges in = {VEC_EMPTY}, missing = {VEC_EMPTY};
	size_t next = 0;
	bool rest = false;

	for (size_t c = plan->namespaces[plan->n_namespaces - 1].first; c < plan->n_classes; c++) {
		bool has = next < part->n && part->at[next] == c;

		next += has;
		if (plan->classes[c].sample.family != family)
			continue;
		rest |= has && plan->classes[c].rest;
		if (has || is_stable(&plan->classes[c]))
			add_ranges(has ? &in : &missing, &plan->classes[c].ranges);
	}
	add_ranges(out, rest ? &missing : &in);
	vec_free(&in);
	vec_free(&missing);
	return rest;
}

static void add_outside(const struct plan *plan, const struct part *part, struct plan_ends *out)
{
	struct plan_end world = {.kind = PLAN_END_WORLD}, some = {.kind = PLAN_END_RANGES};

	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct ip_ranges ranges = {VEC_EMPTY};
		bool rest = add_family(plan, part, (enum family)f, &ranges);

		world.families |= (uint8_t)(rest ? 1U << f : 0);
		add_ranges(rest ? &world.ranges : &some.ranges, &ranges);
		vec_free(&ranges);
	}
	ip_ranges_normalise(&world.ranges);
	ip_ranges_normalise(&some.ranges);
	if (some.ranges.n)
		*vec_add(out) = some;
	if (world.families)
		*vec_add(out) = world;
}

/* All pods of all namespaces are one end, if there are several namespaces. */
static bool add_cluster(const struct plan *plan, const struct part *parts, size_t n, struct plan_ends *out)
{
	struct plan_end cluster = {.kind = PLAN_END_CLUSTER};

	for (size_t i = 0; i < n; i++) {
		if (!part_is_all(plan, &plan->namespaces[i], &parts[i]))
			return false;
		cluster.n += part_pods(plan, &parts[i]);
		cluster.total += plan->workloads.pods_of.at[i];
	}
	if (n < 2)
		return false;
	*vec_add(out) = cluster;
	return true;
}

void plan_ends_of(const struct plan *plan, const struct plan_classes *classes, struct plan_ends *out)
{
	struct part *parts;
	size_t pods_in = plan->n_namespaces;

	*out = (struct plan_ends){VEC_EMPTY};
	if (!classes->n)
		return;
	parts = mem_new(plan->n_namespaces + 1, sizeof *parts);
	for (size_t i = 0, at = 0; i < plan->n_namespaces; i++) {
		parts[i].at = classes->at + at;
		while (at < classes->n && classes->at[at] < plan->namespaces[i].first + plan->namespaces[i].n)
			at++, parts[i].n++;
	}
	if (pods_in && !plan->namespaces[pods_in - 1].name)
		pods_in--;
	if (!add_cluster(plan, parts, pods_in, out))
		for (size_t i = 0; i < pods_in; i++)
			if (parts[i].n)
				add_namespace(plan, i, &parts[i], out);
	if (pods_in < plan->n_namespaces && parts[pods_in].n)
		add_outside(plan, &parts[pods_in], out);
	free(parts);
}

void plan_ends_fini(struct plan_ends *ends)
{
	for (size_t i = 0; i < ends->n; i++)
		vec_free(&ends->at[i].ranges);
	vec_free(ends);
}
