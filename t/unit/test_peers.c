/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do unions of the same terms become one, with one set per family, for as long as somebody refers to them? */
#include "kit.h"

static struct peers *union_of(struct kit *kit, const char *first, const char *second)
{
	struct term *terms[] = {make_term(&kit->unions.terms, "shop", first),
				make_term(&kit->unions.terms, "shop", second)};

	return peers_get(&kit->unions, terms, 2);
}

UNIT(peers, a_union_is_a_set_for_each_family)
{
	struct kit kit;
	struct peers *peers;

	kit_init(&kit);
	peers = union_of(&kit, "app=web", "app=db");
	assert_wanted(kit.wanted, "1 set peers4, 1 set peers6");
	cr_assert_neq(peers->set[FAMILY_4], peers->set[FAMILY_6]);
	peers_put(&kit.unions, peers);
	unions_settle(&kit.unions);
	kit_fini(&kit);
}

UNIT(peers, equal_unions_are_one_whatever_the_order_of_their_terms)
{
	struct kit kit;
	struct peers *a, *b;

	kit_init(&kit);
	a = union_of(&kit, "app=web", "app=db");
	b = union_of(&kit, "app=db", "app=web");
	cr_assert_eq(a, b);
	cr_assert_eq(a->refs, 2);
	peers_put(&kit.unions, a);
	unions_settle(&kit.unions);
	assert_wanted(kit.wanted, "1 set peers4, 1 set peers6");
	peers_put(&kit.unions, b);
	unions_settle(&kit.unions);
	assert_wanted(kit.wanted, "");
	kit_fini(&kit);
}

UNIT(peers, a_term_given_twice_counts_once)
{
	struct kit kit;
	struct peers *twice, *once;
	struct term *term;

	kit_init(&kit);
	twice = union_of(&kit, "app=web", "app=web");
	term = make_term(&kit.unions.terms, "shop", "app=web");
	once = peers_get(&kit.unions, &term, 1);
	cr_assert_eq(twice, once);
	cr_assert_eq(once->terms.n, 1);
	cr_assert_eq(once->terms.at[0]->refs, 1);
	cr_assert_eq(once->terms.at[0]->users.n, 1);
	peers_put(&kit.unions, twice);
	peers_put(&kit.unions, once);
	kit_fini(&kit);
}

UNIT(peers, a_term_that_another_covers_is_left_out)
{
	struct kit kit;
	struct peers *peers, *all;

	kit_init(&kit);
	peers = union_of(&kit, "app=web,tier=front", "app=web");
	cr_assert_eq(peers->terms.n, 1);
	cr_assert_eq(peers->terms.at[0]->pods.n, 1);
	all = union_of(&kit, "", "app=web");
	cr_assert_eq(all->terms.n, 1);
	cr_assert_eq(all->terms.at[0]->pods.n, 0);
	peers_put(&kit.unions, peers);
	peers_put(&kit.unions, all);
	kit_fini(&kit);
}

UNIT(peers, among_many_terms_the_least_demanding_still_cover)
{
	struct kit kit;
	struct term *terms[3000];
	struct peers *peers;
	size_t n = 0;

	kit_init(&kit);
	while (n < 2998) {
		char one[32], two[32];

		snprintf(one, sizeof one, "app=%zu,b=1", n);
		snprintf(two, sizeof two, "app=%zu,b=2,c=3", n);
		terms[n++] = make_term(&kit.unions.terms, "shop", one);
		terms[n++] = make_term(&kit.unions.terms, "shop", two);
	}
	terms[n++] = make_term(&kit.unions.terms, "shop", "b=1");
	terms[n++] = make_term(&kit.unions.terms, "shop", "b=2");
	peers = peers_get(&kit.unions, terms, n);
	cr_assert_eq(peers->terms.n, 2);
	peers_put(&kit.unions, peers);
	kit_fini(&kit);
}

UNIT(peers, unions_of_different_terms_share_the_terms_but_no_set)
{
	struct kit kit;
	struct peers *a, *b;
	struct term *shared;

	kit_init(&kit);
	a = union_of(&kit, "app=web", "app=db");
	b = union_of(&kit, "app=web", "app=mq");
	shared = make_term(&kit.unions.terms, "shop", "app=web");
	cr_assert_neq(a, b);
	cr_assert_eq(shared->users.n, 2);
	cr_assert_eq(kit.unions.terms.by_name.n, 3);
	assert_wanted(kit.wanted, "2 set peers4, 2 set peers6");
	term_put(&kit.unions.terms, shared);
	peers_put(&kit.unions, a);
	unions_settle(&kit.unions);
	cr_assert_eq(shared->users.n, 1);
	cr_assert_eq(kit.unions.terms.by_name.n, 2);
	peers_put(&kit.unions, b);
	kit_fini(&kit);
}

UNIT(peers, a_dropped_union_lives_until_the_update_ends_and_can_be_revived)
{
	struct kit kit;
	struct peers *a, *b;

	kit_init(&kit);
	a = union_of(&kit, "app=web", "app=db");
	unions_settle(&kit.unions);
	peers_put(&kit.unions, a);
	assert_wanted(kit.wanted, "1 set peers4, 1 set peers6");
	b = union_of(&kit, "app=web", "app=db");
	cr_assert_eq(a, b);
	cr_assert_eq(kit.unions.fresh.n, 0);
	peers_put(&kit.unions, b); /* dropped for the second time in this update */
	unions_settle(&kit.unions);
	assert_wanted(kit.wanted, "");
	kit_fini(&kit);
}

UNIT(peers, a_union_is_fresh_until_the_update_ends)
{
	struct kit kit;
	struct peers *peers;

	kit_init(&kit);
	peers = union_of(&kit, "app=web", "app=db");
	cr_assert_eq(kit.unions.fresh.n, 1);
	cr_assert_eq(kit.unions.fresh.at[0], peers);
	unions_settle(&kit.unions);
	cr_assert_eq(kit.unions.fresh.n, 0);
	peers_put(&kit.unions, peers);
	kit_fini(&kit);
}

UNIT(peers, a_term_that_another_covers_is_left_out_of_a_union)
{
	struct kit kit;
	struct peers *all, *more;
	struct term *terms[2];

	kit_init(&kit);
	all = union_of(&kit, "", "");
	terms[0] = make_term(&kit.unions.terms, "shop", "app=web");
	terms[1] = make_term(&kit.unions.terms, "shop", "");
	more = peers_get(&kit.unions, terms, 2);
	cr_assert_eq(all, more);
	cr_assert_eq(more->terms.n, 1);
	cr_assert_eq(kit.unions.terms.by_name.n, 1, "nobody speaks of the other any more");
	peers_put(&kit.unions, all);
	peers_put(&kit.unions, more);
	kit_fini(&kit);
}
