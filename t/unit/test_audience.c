/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom does a peer mean: which kinds, and which classes? */
#include "../../src/compile/audience.h"
#include "shop.h"

/* Audiences over a store in which every pod is a class of its own, in order of kinds, and every region one behind them. */
struct scene {
	const struct store *stores[REACH_WORLDS];
	struct census census;
	struct regions regions;
	struct kinds kinds;
	struct stretches spaces;
	struct audiences audiences;
	uint32_t *order, *outside;
};

static void scene_init(struct scene *scene, const struct store *store, const struct ip_ranges *blocks, size_t n)
{
	*scene = (struct scene){.stores = {store, NULL}};
	census_take(scene->stores, &scene->census);
	regions_cut(blocks, n, &scene->regions);
	kinds_make(&scene->census, &scene->regions, scene->stores, &scene->kinds);
	for (uint32_t i = 0; i < scene->kinds.n; i++) {
		struct stretch *last = scene->spaces.n ? &scene->spaces.at[scene->spaces.n - 1] : NULL;

		if (!last || last->ns != scene->kinds.at[i].ns)
			*vec_add(&scene->spaces) = (struct stretch){scene->kinds.at[i].ns, i, i + 1};
		else
			last->end = i + 1;
	}
	scene->order = mem_new(scene->kinds.n, sizeof *scene->order);
	scene->outside = mem_new(scene->regions.n, sizeof *scene->outside);
	for (uint32_t i = 0; i < scene->kinds.n; i++)
		scene->order[i] = i;
	for (uint32_t r = 0; r < scene->regions.n; r++)
		scene->outside[r] = (uint32_t)scene->kinds.n + r;
	audiences_init(&scene->audiences, REACH_BEFORE, store, &scene->kinds, &scene->regions, &scene->spaces);
}

static void scene_settle(struct scene *scene)
{
	uint32_t n = (uint32_t)scene->kinds.n;
	struct lineup lineup = {scene->order, scene->order, n, n + scene->regions.n, scene->outside};

	audiences_settle(&scene->audiences, &lineup);
}

static void scene_fini(struct scene *scene)
{
	audiences_fini(&scene->audiences);
	free(scene->order);
	free(scene->outside);
	vec_free(&scene->spaces);
	kinds_fini(&scene->kinds);
	regions_fini(&scene->regions);
	census_fini(&scene->census);
}

/* Numbers of classes. */
static void runs_print(const struct runs *runs, FILE *out)
{
	uint32_t class = 0;

	for (size_t i = 0; i < runs->n; i++)
		for (; class < runs->at[i].end; class ++)
			if (runs->at[i].ports == POOL_ALL)
				fprintf(out, "%s%u", ftell(out) ? " " : "", class);
}

/* Kinds of cluster(): 0 ghost/web, 1 prod/job, 2 prod/web, 3 shop/db, 4 shop/job, 5 shop/web. */
static void assert_peer(const char *ns, const char *pods, const char *expected)
{
	struct store *store = cluster();
	struct policy *policy = make_policy("shop", "p");
	struct peer *peer = make_peer_pods(make_rule(policy), ns, pods);
	struct scene scene;
	const struct audience *audience;

	scene_init(&scene, store, NULL, 0);
	audience = audience_of_peer(&scene.audiences, policy, peer);
	cr_assert_eq(audience, audience_of_peer(&scene.audiences, policy, peer), "equal peers are one audience");
	scene_settle(&scene);
	UNIT_PRINTS(expected, runs_print(&audience->runs[FAMILY_4][CERTAIN], out));
	scene_fini(&scene);
	object_free(&policy->object);
	store_free(store);
}

UNIT(audience, selectors_mean_pods_of_the_namespaces_that_they_mean)
{
	assert_peer(NULL, "", "3 4 5");
	assert_peer(NULL, "app=web", "5");
	assert_peer("", "app=web", "0 2 5");
	assert_peer("", "", "0 1 2 3 4 5");
	assert_peer("team=y", "", "1 2");
	assert_peer("team=z", "", "");
	assert_peer("kubernetes.io/metadata.name=ghost", "", "0");
	assert_peer("kubernetes.io/metadata.name=shop", "app=job", "4");
}

UNIT(audience, a_policy_whose_namespace_has_no_pods_means_nobody)
{
	struct store *store = cluster();
	struct policy *policy = make_policy("empty", "p");
	struct scene scene;

	scene_init(&scene, store, NULL, 0);
	cr_assert_eq(roaring_bitmap_get_cardinality(
			     audience_of_pods(&scene.audiences, policy->object.ns, &policy->pods)->kinds),
		     0);
	make_peer(make_rule(policy), PEER_NOBODY);
	cr_assert_null(audience_of_peer(&scene.audiences, policy, &policy->rules[0].peers[0]));
	scene_fini(&scene);
	object_free(&policy->object);
	store_free(store);
}

UNIT(audience, an_ip_block_means_addresses_and_perhaps_those_that_are_not_known)
{
	struct store *store = store_new();
	struct policy *policy = make_policy("shop", "p");
	struct rule *rule = make_rule(policy);
	const struct audience *half, *whole;
	struct ip_ranges blocks[2];
	struct pod *two = make_pod_at("n1", "shop", "two", "", "10.0.0.2");
	struct scene scene;

	make_peer_block(rule, "10.0.0.0/30", "10.0.0.2/32");
	make_peer_block(rule, "0.0.0.0/0", NULL);
	audience_ranges(&rule->peers[0], &blocks[0]);
	audience_ranges(&rule->peers[1], &blocks[1]);
	make_pod_ip(two, "10.0.0.3");
	put_pod(store, "shop", "in", "", "10.0.0.1");
	put_pod(store, "shop", "out", "", "10.0.0.9");
	store_put(store, &make_pod("shop", "pending")->object);
	store_put(store, &two->object);
	scene_init(&scene, store, blocks, 2);
	half = audience_of_peer(&scene.audiences, policy, &rule->peers[0]);
	whole = audience_of_peer(&scene.audiences, policy, &rule->peers[1]);
	scene_settle(&scene);
	/* 0 in, 1 out, 2 pending, 3 two; regions 4 the rest, 5 the block, 6 IPv6 */
	UNIT_PRINTS("0 5", runs_print(&half->runs[FAMILY_4][CERTAIN], out));
	UNIT_PRINTS("0 2 3 5", runs_print(&half->runs[FAMILY_4][POSSIBLE], out));
	UNIT_PRINTS("0 1 4 5", runs_print(&whole->runs[FAMILY_4][CERTAIN], out));
	UNIT_PRINTS("0 1 2 3 4 5", runs_print(&whole->runs[FAMILY_4][POSSIBLE], out));
	UNIT_PRINTS("", runs_print(&whole->runs[FAMILY_6][POSSIBLE], out));
	scene_fini(&scene);
	vec_free(&blocks[0]);
	vec_free(&blocks[1]);
	object_free(&policy->object);
	store_free(store);
}
