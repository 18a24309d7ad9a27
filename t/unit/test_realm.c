/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a walk meet the realms of just those namespaces that a term means? */
#include "kit.h"

#include "../../src/compile/realm.h"

/* Two places in shop, one in prod. */
static void places_make(struct realms *realms, struct place *places[static 3])
{
	const char *const ns[3] = {"shop", "prod", "shop"}, *const name[3] = {"a", "b", "c"};

	for (size_t i = 0; i < 3; i++) {
		places[i] = place_new(make_pod_at("n", ns[i], name[i], "", "10.0.0.1"));
		realms_add(realms, places[i]);
	}
}

static void place_end(struct kit *kit, struct realms *realms, struct place *place)
{
	struct pod *pod = (struct pod *)(uintptr_t)place->pod;

	realms_del(realms, place);
	place_free(place, &kit->profiles);
	object_free(&pod->object);
}

/* The places that a walk for a term meets. */
static size_t met(const struct realms *realms, const struct term *term)
{
	size_t n = 0;

	for (struct realm *realm = NULL; (realm = realms_walk(realms, term, realm));)
		n += realm->places.n;
	return n;
}

UNIT(realm, a_walk_meets_the_places_of_the_namespaces_that_a_term_means)
{
	struct kit kit;
	struct realms realms = {0};
	struct place *places[3];
	struct term draft = {0}, *labelled, *shop, *any, *empty;

	kit_init(&kit);
	realms.store = kit.store;
	places_make(&realms, places);
	make_selector(&draft.ns_labels, "kubernetes.io/metadata.name=prod");
	labelled = term_get(&kit.unions.terms, &draft);
	shop = make_term(&kit.unions.terms, "shop", "app=web");
	any = make_term(&kit.unions.terms, NULL, "app=web");
	empty = make_term(&kit.unions.terms, "elsewhere", "");
	cr_assert_eq(met(&realms, shop), 2);
	cr_assert_eq(met(&realms, any), 3);
	cr_assert_eq(met(&realms, labelled), 1);
	cr_assert_eq(met(&realms, empty), 0);
	place_end(&kit, &realms, places[0]);
	cr_assert_eq(met(&realms, shop), 1);
	place_end(&kit, &realms, places[2]);
	cr_assert_eq(met(&realms, shop), 0);
	place_end(&kit, &realms, places[1]);
	term_put(&kit.unions.terms, labelled);
	term_put(&kit.unions.terms, shop);
	term_put(&kit.unions.terms, any);
	term_put(&kit.unions.terms, empty);
	realms_fini(&realms);
	kit_fini(&kit);
}
