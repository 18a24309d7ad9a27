/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pods are counted, with which addresses? */
#include "../../src/compile/census.h"
#include "shop.h"

/* "shop/db[10.0.0.9|-]": a pod's own addresses before and after; "-" where it is not there. */
static void census_print(const struct census *census, FILE *out)
{
	for (size_t i = 0; i < census->residents.n; i++) {
		const struct resident *resident = &census->residents.at[i];

		fprintf(out, "%s%s/%s[", i ? " " : "", resident->ns, resident->name);
		for (size_t w = 0; w < REACH_WORLDS; w++) {
			char text[IP_TEXT];

			fputs(w ? "|" : "", out);
			for (size_t k = 0; k < resident->in[w].n; k++)
				fprintf(out, "%s%s", k ? "," : "",
					ip_print(&census->ips.at[resident->in[w].first + k], text));
			fputs(resident->in[w].pod ? "" : "-", out);
		}
		fputs("]", out);
	}
}

static void assert_census(const struct store *before, const struct store *after, const char *expected)
{
	const struct store *const stores[REACH_WORLDS] = {before, after};
	struct census census;

	census_take(stores, &census);
	UNIT_PRINTS(expected, census_print(&census, out));
	for (size_t i = 0; i < census.residents.n; i++)
		cr_assert_eq(census_find(&census, census.residents.at[i].ns, census.residents.at[i].name), i);
	cr_assert_eq(census_find(&census, "shop", "nobody"), SIZE_MAX);
	census_fini(&census);
}

UNIT(census, pods_are_counted_by_name_with_the_addresses_that_are_theirs)
{
	struct store *store = store_new();
	struct pod *pod = make_pod_at("n1", "shop", "two", "", "10.0.0.2");

	make_pod_ip(pod, "fd00::2");
	make_pod_ip(pod, "fe80::2");
	store_put(store, &pod->object);
	put_pod(store, "shop", "one", "", "10.0.0.1");
	put_pod(store, "prod", "web", "", "10.0.1.1");
	store_put(store, &make_pod("shop", "pending")->object);
	assert_census(store, NULL,
		      "prod/web[10.0.1.1|-] shop/one[10.0.0.1|-] shop/pending[|-] "
		      "shop/two[10.0.0.2,fd00::2|-]");
	store_free(store);
}

UNIT(census, who_owns_no_address_of_those_it_has_is_not_counted)
{
	struct store *store = store_new();
	struct pod *heir = make_pod_at("n1", "shop", "heir", "", "10.0.0.1"),
		   *done = make_pod_at("n1", "shop", "done", "", "10.0.0.3"),
		   *host = make_pod_at("n1", "shop", "host", "", "10.0.0.4");

	heir->created = 5;
	done->finished = true;
	host->host_network = true;
	put_pod(store, "shop", "old", "", "10.0.0.1");
	put_pod(store, "shop", "link", "", "fe80::1");
	store_put(store, &heir->object);
	store_put(store, &done->object);
	store_put(store, &host->object);
	assert_census(store, NULL, "shop/heir[10.0.0.1|-]");
	store_free(store);
}

UNIT(census, worlds_are_joined_by_name)
{
	struct store *before = store_new(), *after = store_new();
	const struct store *const stores[REACH_WORLDS] = {before, after};
	struct census census;
	struct ip_ranges only;

	put_pod(before, "shop", "stays", "", "10.0.0.1");
	put_pod(before, "shop", "goes", "", "10.0.0.2");
	put_pod(after, "shop", "stays", "", "10.0.0.1");
	put_pod(after, "shop", "comes", "", "10.0.0.3");
	assert_census(before, after, "shop/comes[-|10.0.0.3] shop/goes[10.0.0.2|-] shop/stays[10.0.0.1|10.0.0.1]");
	census_take(stores, &census);
	census_only(&census, REACH_AFTER, &only);
	cr_assert_eq(only.n, 1);
	cr_assert_eq(only.at[0].lo.b[3], 3);
	cr_assert_eq(census.families[REACH_AFTER], 1U << FAMILY_4);
	vec_free(&only);
	census_fini(&census);
	store_free(before);
	store_free(after);
}
