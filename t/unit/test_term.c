/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do terms that say the same become one, and do they mean the right addresses? */
#include "../law/rng.h"
#include "kit.h"

/* An any-namespace term for pods that expose a port, or NULL, inside a range, or NULL. */
static struct term *full_term(struct terms *terms, const char *port, uint8_t proto, uint16_t number, const char *block)
{
	struct term draft = {.port = port ? atom(port) : NULL, .proto = proto, .number = number, .block = block};

	if (block) {
		struct cidr cidr = make_cidr(block);

		*vec_add(&draft.ranges) = cidr_range(&cidr);
	}
	return term_get(terms, &draft);
}

static bool matches(const struct term *term, const struct pod *pod, const struct labels *ns_labels)
{
	return term_match_ns(term, pod->object.ns, ns_labels) && term_match_pod(term, pod, &pod->ips[0]);
}

static bool means(const struct term *term, const struct pod *pod, const char *ns_labels)
{
	struct labels labels = {0};
	bool yes;

	make_labels(&labels, ns_labels);
	yes = matches(term, pod, &labels);
	labels_fini(&labels);
	return yes;
}

UNIT(term, equal_terms_are_one)
{
	struct terms terms = {0};
	struct term *a = make_term(&terms, "shop", "app=web,tier=front"),
		    *b = make_term(&terms, "shop", "tier=front,app=web");

	cr_assert_eq(a, b);
	cr_assert_eq(a->refs, 2);
	term_put(&terms, a);
	cr_assert_eq(terms.by_name.n, 1);
	term_put(&terms, b);
	terms_fini(&terms);
}

UNIT(term, terms_that_differ_anywhere_are_two)
{
	struct terms terms = {0};
	struct term *all[] = {
		make_term(&terms, "shop", "app=web"),
		make_term(&terms, "prod", "app=web"),
		make_term(&terms, NULL, "app=web"),
		make_term(&terms, "shop", "app=db"),
		make_term(&terms, "shop", ""),
		full_term(&terms, NULL, 0, 0, NULL),
		full_term(&terms, "web", PROTO_TCP, 80, NULL),
		full_term(&terms, "dns", PROTO_TCP, 80, NULL),
		full_term(&terms, "web", PROTO_UDP, 80, NULL),
		full_term(&terms, "web", PROTO_TCP, 81, NULL),
		full_term(&terms, "web", PROTO_TCP, 80, "10.0.0.0/8"),
		full_term(&terms, "web", PROTO_TCP, 80, "10.0.0.0/9"),
	};
	size_t n = sizeof all / sizeof *all;

	cr_assert_eq(terms.by_name.n, n);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			cr_assert_neq(all[i]->name, all[k]->name);
		cr_assert_eq(all[i]->refs, 1);
	}
	for (size_t i = 0; i < n; i++)
		term_put(&terms, all[i]);
	terms_fini(&terms);
}

UNIT(term, a_namespace_and_a_pod_selector_must_both_hold)
{
	struct terms terms = {0};
	struct term *own = make_term(&terms, "shop", "app=web");
	struct term draft = {0}, *any;
	struct pod *web = make_pod_at("n", "shop", "web", "app=web", "10.0.0.1");
	struct pod *db = make_pod_at("n", "shop", "db", "app=db", "10.0.0.2");
	struct pod *foreign = make_pod_at("n", "prod", "web", "app=web", "10.0.0.3");

	make_selector(&draft.ns_labels, "team=x");
	make_selector(&draft.pods, "app=web");
	any = term_get(&terms, &draft);
	cr_assert(means(own, web, ""));
	cr_assert(!means(own, db, ""));
	cr_assert(!means(own, foreign, ""));
	cr_assert(means(any, web, "team=x"));
	cr_assert(means(any, foreign, "team=x"));
	cr_assert(!means(any, foreign, "team=y"));
	cr_assert(!means(any, db, "team=x"));
	term_put(&terms, own);
	term_put(&terms, any);
	object_free(&web->object);
	object_free(&db->object);
	object_free(&foreign->object);
	terms_fini(&terms);
}

UNIT(term, a_port_must_be_exposed_with_name_protocol_and_number)
{
	struct terms terms = {0};
	struct term *exact = full_term(&terms, "web", PROTO_TCP, 80, NULL),
		    *number = full_term(&terms, "web", PROTO_TCP, 81, NULL);
	struct term *proto = full_term(&terms, "web", PROTO_UDP, 80, NULL),
		    *name = full_term(&terms, "dns", PROTO_TCP, 80, NULL);
	struct pod *pod = make_pod_at("n", "shop", "web", "", "10.0.0.1");

	make_pod_port(pod, "web", PROTO_TCP, 80);
	cr_assert(means(exact, pod, ""));
	cr_assert(!means(number, pod, ""));
	cr_assert(!means(proto, pod, ""));
	cr_assert(!means(name, pod, ""));
	term_put(&terms, exact);
	term_put(&terms, number);
	term_put(&terms, proto);
	term_put(&terms, name);
	object_free(&pod->object);
	terms_fini(&terms);
}

UNIT(term, a_block_must_hold_the_address)
{
	struct terms terms = {0};
	struct term *inside = full_term(&terms, NULL, 0, 0, "10.0.0.0/24"),
		    *outside = full_term(&terms, NULL, 0, 0, "10.0.1.0/24");
	struct term draft = {.block = true}, *nothing = term_get(&terms, &draft);
	struct pod *pod = make_pod_at("n", "shop", "web", "", "10.0.0.1");

	cr_assert(means(inside, pod, ""));
	cr_assert(!means(outside, pod, ""));
	cr_assert(!means(nothing, pod, ""));
	term_put(&terms, inside);
	term_put(&terms, outside);
	term_put(&terms, nothing);
	object_free(&pod->object);
	terms_fini(&terms);
}

/* A term that asks for little, of few things. */
static struct term *random_term(struct rng *rng, struct terms *terms)
{
	static const char *const selectors[] = {"", "app=web", "app=db", "tier=front", "app=web,tier=front"};
	static const char *const ns_labels[] = {"", "team=x", "team=x,kubernetes.io/metadata.name=shop"};
	static const char *const blocks[] = {"10.0.0.0/30", "10.0.0.0/31"};
	struct term draft = {0};

	if (rng_one_in(rng, 3))
		draft.ns = atom(rng_one_in(rng, 2) ? "shop" : "prod");
	else
		make_selector(&draft.ns_labels, ns_labels[rng_below(rng, 3)]);
	make_selector(&draft.pods, selectors[rng_below(rng, 5)]);
	if (rng_one_in(rng, 3)) {
		draft.port = atom("web");
		draft.proto = PROTO_TCP;
		draft.number = rng_one_in(rng, 2) ? 80 : 81;
	}
	if (rng_one_in(rng, 3)) {
		struct cidr cidr = make_cidr(blocks[rng_below(rng, 2)]);

		draft.block = true;
		*vec_add(&draft.ranges) = cidr_range(&cidr);
	}
	return term_get(terms, &draft);
}

static struct pod *random_pod(struct rng *rng)
{
	static const char *const labels[] = {
		"", "app=web", "app=db", "tier=front", "app=web,tier=front", "app=db,tier=front"};
	static const char *const ips[] = {"10.0.0.1", "10.0.0.3", "10.0.0.9"};
	struct pod *pod = make_pod_at("n", rng_one_in(rng, 2) ? "shop" : "prod", "p", labels[rng_below(rng, 6)],
				      ips[rng_below(rng, 3)]);

	if (rng_one_in(rng, 2))
		make_pod_port(pod, "web", PROTO_TCP, rng_one_in(rng, 2) ? 80 : 81);
	return pod;
}

UNIT(term, what_covers_a_term_means_every_address_that_the_term_means)
{
	static const char *const teams[] = {"", "team=x", "team=y"};
	struct rng rng = {1};
	unsigned covered = 0, meant = 0;

	for (unsigned round = 0; round < 20000; round++) {
		struct terms terms = {0};
		struct term *wide = random_term(&rng, &terms), *narrow = random_term(&rng, &terms);
		struct pod *pod = random_pod(&rng);
		struct labels labels = {0};

		make_labels(&labels, teams[rng_below(&rng, 3)]);
		labels_put(&labels, "kubernetes.io/metadata.name", pod->object.ns);
		if (term_covers(wide, narrow)) {
			cr_assert(!term_covers(narrow, wide));
			covered++;
			if (matches(narrow, pod, &labels)) {
				cr_assert(matches(wide, pod, &labels));
				meant++;
			}
		}
		labels_fini(&labels);
		object_free(&pod->object);
		term_put(&terms, wide);
		term_put(&terms, narrow);
		terms_fini(&terms);
	}
	cr_assert_gt(covered, 1000);
	cr_assert_gt(meant, 100);
}

UNIT(term, a_term_covers_what_demands_the_same_and_more)
{
	struct terms terms = {0};
	struct term *all = make_term(&terms, NULL, ""), *shop = make_term(&terms, "shop", "");
	struct term *web = make_term(&terms, "shop", "app=web"), *port = full_term(&terms, "web", PROTO_TCP, 80, NULL);

	cr_assert(term_covers(all, shop) && term_covers(all, web) && term_covers(shop, web) && term_covers(all, port));
	cr_assert(!term_covers(web, shop) && !term_covers(shop, all) && !term_covers(port, web) &&
		  !term_covers(shop, port));
	cr_assert(!term_covers(web, web));
	term_put(&terms, all);
	term_put(&terms, shop);
	term_put(&terms, web);
	term_put(&terms, port);
	terms_fini(&terms);
}

/* How many terms the walk for a namespace meets, and whether `wanted` is among them, once. */
static size_t walked(const struct terms *terms, const char *ns, const struct term *wanted)
{
	const struct term *term = NULL;
	const char *name = atom(ns);
	size_t n = 0, met = 0;

	for (; (term = terms_walk(terms, name, term)); n++)
		met += term == wanted;
	cr_assert_eq(met, wanted != NULL);
	atom_put(name);
	return n;
}

UNIT(term, a_walk_meets_the_terms_of_a_namespace_and_those_for_any)
{
	struct terms terms = {0};
	struct term *own = make_term(&terms, "shop", ""), *other = make_term(&terms, "shop", "app=web");
	struct term *foreign = make_term(&terms, "prod", ""), *any = make_term(&terms, NULL, "app=db");

	cr_assert_eq(walked(&terms, "shop", own), 3);
	cr_assert_eq(walked(&terms, "shop", other), 3);
	cr_assert_eq(walked(&terms, "shop", any), 3);
	cr_assert_eq(walked(&terms, "prod", foreign), 2);
	cr_assert_eq(walked(&terms, "elsewhere", any), 1);
	term_put(&terms, any);
	cr_assert_eq(walked(&terms, "elsewhere", NULL), 0);
	term_put(&terms, own);
	term_put(&terms, other);
	term_put(&terms, foreign);
	terms_fini(&terms);
}

UNIT(term, one_covers_another_that_demands_the_same_and_more)
{
	struct terms terms = {0};
	struct term *all = make_term(&terms, NULL, ""), *shop = make_term(&terms, "shop", ""),
		    *web = make_term(&terms, "shop", "app=web"), *any_web = make_term(&terms, NULL, "app=web"),
		    *prod = make_term(&terms, "prod", "app=web");
	struct term *port = full_term(&terms, "web", PROTO_TCP, 80, NULL),
		    *block = full_term(&terms, NULL, 0, 0, "10.0.0.0/24"),
		    *both = full_term(&terms, "web", PROTO_TCP, 80, "10.0.0.0/24"),
		    *elsewhere = full_term(&terms, "web", PROTO_TCP, 81, "10.0.1.0/24");
	struct term *at[] = {all, shop, web, any_web, prod, port, block, both, elsewhere};
	const char *const covered[] = {"012345678", "12", "2", "234", "4", "57", "67", "7", "8"};

	for (size_t i = 0; i < 9; i++)
		for (size_t k = 0; k < 9; k++)
			cr_assert_eq(term_covers(at[i], at[k]), i != k && strchr(covered[i], '0' + (int)k),
				     "%zu and %zu", i, k);
	for (size_t i = 0; i < 9; i++)
		term_put(&terms, at[i]);
	terms_fini(&terms);
}

UNIT(term, a_selector_of_namespaces_covers_no_namespace_by_name)
{
	struct terms terms = {0};
	struct term draft = {0}, *some, *shop = make_term(&terms, "shop", "app=web");

	make_selector(&draft.ns_labels, "env=prod");
	some = term_get(&terms, &draft);
	cr_assert(!term_covers(some, shop));
	cr_assert(!term_covers(shop, some));
	term_put(&terms, some);
	term_put(&terms, shop);
	terms_fini(&terms);
}
