/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What are classes called by people? */
#include "planned.h"

static void end_print(const struct plan_end *end, FILE *out)
{
	static const char *const kinds[PLAN_END_KIND_COUNT] = {
		[PLAN_END_WORKLOAD] = "workload", [PLAN_END_NAMESPACE] = "namespace", [PLAN_END_CLUSTER] = "cluster",
		[PLAN_END_RANGES] = "ranges",     [PLAN_END_WORLD] = "world",
	};
	char lo[IP_TEXT], hi[IP_TEXT];

	fputs(kinds[end->kind], out);
	if (end->ns)
		fprintf(out, " %s", end->ns);
	if (end->name)
		fprintf(out, " %s %s", end->what, end->name);
	if (end->total)
		fprintf(out, " %zu/%zu", end->n, end->total);
	for (size_t i = 0; i < end->ranges.n; i++)
		fprintf(out, " %s-%s", ip_print(&end->ranges.at[i].lo, lo), ip_print(&end->ranges.at[i].hi, hi));
	fputc('\n', out);
}

static void ends_print(const struct plan *plan, const struct plan_classes *classes, FILE *out)
{
	struct plan_ends ends;

	plan_ends_of(plan, classes, &ends);
	for (size_t i = 0; i < ends.n; i++)
		end_print(&ends.at[i], out);
	plan_ends_fini(&ends);
}

/* What are the classes called that have one of these pods, and, if `outside`, all addresses outside pods? */
static void assert_called(const struct planned *planned, const char *const (*pods)[2], size_t n, bool outside,
			  const char *expected)
{
	struct plan_classes classes = {VEC_EMPTY};
	size_t all;
	const struct reach_class *class = reach_classes(plan_reach(planned->plan), &all);

	for (uint32_t c = 0; c < all; c++) {
		bool has = outside && !class[c].ns;

		for (size_t i = 0; i < n; i++)
			has |= planned_class(planned, pods[i][0], pods[i][1]) == c;
		if (has)
			*vec_add(&classes) = c;
	}
	UNIT_PRINTS(expected, ends_print(planned->plan, &classes, out));
	vec_free(&classes);
}

/* cluster() twice, where shop/db is a class of its own and a block is one outside. */
static void shop_init(struct planned *planned)
{
	struct store *stores[REACH_WORLDS] = {cluster(), cluster()};

	for (size_t w = 0; w < REACH_WORLDS; w++) {
		struct policy *policy = admits_web(80);

		make_peer_block(&policy->rules[0], "192.0.2.0/24", NULL);
		store_put(stores[w], &policy->object);
	}
	planned_init(planned, stores[REACH_BEFORE], stores[REACH_AFTER]);
}

UNIT(plan_ends, a_pod_without_an_owner_is_a_workload)
{
	struct planned planned;

	shop_init(&planned);
	assert_called(&planned, (const char *const[][2]){{"shop", "db"}}, 1, false, "workload shop Pod db 1/1\n");
	planned_fini(&planned);
}

UNIT(plan_ends, all_pods_of_a_namespace_are_the_namespace)
{
	struct planned planned;

	shop_init(&planned);
	assert_called(&planned, (const char *const[][2]){{"shop", "db"}, {"shop", "job"}, {"shop", "web"}}, 3, false,
		      "namespace shop 3/3\n");
	planned_fini(&planned);
}

UNIT(plan_ends, one_workload_that_is_all_there_is_keeps_its_name)
{
	struct planned planned;

	shop_init(&planned);
	assert_called(&planned, (const char *const[][2]){{"ghost", "web"}}, 1, false, "workload ghost Pod web 1/1\n");
	planned_fini(&planned);
}

UNIT(plan_ends, all_pods_are_the_cluster)
{
	struct planned planned;

	shop_init(&planned);
	assert_called(&planned,
		      (const char *const[][2]){
			      {"shop", "db"},
			      {"shop", "job"},
			      {"shop", "web"},
			      {"prod", "web"},
			      {"ghost", "web"},
		      },
		      5, false, "cluster 6/6\n");
	planned_fini(&planned);
}

UNIT(plan_ends, all_addresses_outside_are_the_world)
{
	struct planned planned;

	shop_init(&planned);
	assert_called(&planned, NULL, 0, true, "world\n");
	planned_fini(&planned);
}

UNIT(plan_ends, a_block_is_told_as_ranges_and_the_rest_as_the_world_without_it)
{
	struct planned planned;
	const struct reach_class *class;
	size_t n, first;

	shop_init(&planned);
	class = reach_classes(plan_reach(planned.plan), &n);
	for (first = 0; class[first].ns; first++)
		;
	for (uint32_t c = (uint32_t)first; c < n; c++) {
		struct plan_classes one = {VEC_EMPTY};

		*vec_add(&one) = c;
		if (class[c].sample.family == FAMILY_4)
			UNIT_PRINTS(class[c].rest ? "world 192.0.2.0-192.0.2.255\n" : "ranges 192.0.2.0-192.0.2.255\n",
				    ends_print(planned.plan, &one, out));
		vec_free(&one);
	}
	planned_fini(&planned);
}

UNIT(plan_ends, nobody_is_called_nothing)
{
	struct planned planned;

	shop_init(&planned);
	assert_called(&planned, NULL, 0, false, "");
	planned_fini(&planned);
}
