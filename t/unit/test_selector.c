/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does each operator match as the API says, and are selectors that ask the same equal? */
#include <selvage/atom.h>
#include <selvage/selector.h>

#include "unit.h"

#define ADD(sel, op, key, ...)                                         \
	selector_add(sel, op, key, (const char *const[]){__VA_ARGS__}, \
		     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *selector_name(const struct selector *sel)
{
	struct digest d;

	digest_init(&d);
	selector_digest(sel, &d);
	return digest_name(&d, "s-");
}

static void assert_asks_the_same(const struct selector *a, const struct selector *b, bool same)
{
	const char *name_a = selector_name(a), *name_b = selector_name(b);

	cr_assert_eq(selector_cmp(a, b) == 0, same);
	cr_assert_eq(selector_cmp(b, a) == 0, same);
	cr_assert_eq(name_a == name_b, same);
	atom_put(name_a);
	atom_put(name_b);
}

/* Does one requirement on "app" with these values match app=web, app=api, and no app at all? */
static void assert_truth(enum selector_op op, const char *const *values, size_t n, bool web, bool api, bool absent)
{
	struct labels labels[3] = {0};
	const bool expected[] = {web, api, absent};
	struct selector sel = {0};

	selector_add(&sel, op, "app", values, n);
	selector_normalise(&sel);
	labels_put(&labels[0], "app", "web");
	labels_put(&labels[1], "app", "api");
	labels_put(&labels[2], "other", "web");
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(selector_match(&sel, &labels[i]), expected[i], "op %d, labels %zu", (int)op, i);
		labels_fini(&labels[i]);
	}
	selector_fini(&sel);
}

UNIT(selector, operators_match_by_their_truth_table)
{
	static const char *const values[] = {"web", "db"};

	assert_truth(SELECTOR_IN, values, 2, true, false, false);
	assert_truth(SELECTOR_IN, values, 1, true, false, false);
	assert_truth(SELECTOR_NOT_IN, values, 2, false, true, true);
	assert_truth(SELECTOR_EXISTS, NULL, 0, true, true, false);
	assert_truth(SELECTOR_NOT_EXISTS, NULL, 0, false, false, true);
}

UNIT(selector, no_values_are_a_set_without_members)
{
	assert_truth(SELECTOR_IN, NULL, 0, false, false, false);
	assert_truth(SELECTOR_NOT_IN, NULL, 0, true, true, true);
}

UNIT(selector, none_at_all_matches_everything)
{
	struct labels none = {0}, some = {0};
	struct selector sel = {0};

	labels_put(&some, "app", "web");
	selector_normalise(&sel);
	cr_assert(selector_match(&sel, &none));
	cr_assert(selector_match(&sel, &some));
	labels_fini(&some);
	selector_fini(&sel);
}

UNIT(selector, requirements_are_joined_by_and)
{
	struct labels labels = {0};
	struct selector sel = {0};

	ADD(&sel, SELECTOR_IN, "app", "web");
	ADD(&sel, SELECTOR_NOT_IN, "env", "test");
	selector_normalise(&sel);
	cr_assert_not(selector_match(&sel, &labels));
	labels_put(&labels, "app", "web");
	cr_assert(selector_match(&sel, &labels));
	labels_put(&labels, "env", "test");
	cr_assert_not(selector_match(&sel, &labels));
	labels_put(&labels, "env", "prod");
	cr_assert(selector_match(&sel, &labels));
	labels_fini(&labels);
	selector_fini(&sel);
}

UNIT(selector, the_empty_value_is_not_an_absent_key)
{
	struct labels labels = {0}, none = {0};
	struct selector sel = {0};

	labels_put(&labels, "app", "");
	ADD(&sel, SELECTOR_IN, "app", "");
	cr_assert(selector_match(&sel, &labels));
	cr_assert_not(selector_match(&sel, &none));
	labels_fini(&labels);
	selector_fini(&sel);
}

UNIT(selector, order_and_repetition_do_not_matter)
{
	struct selector a = {0}, b = {0};

	ADD(&a, SELECTOR_IN, "tier", "a", "b", "a");
	selector_add(&a, SELECTOR_EXISTS, "app", NULL, 0);
	ADD(&a, SELECTOR_IN, "tier", "b", "a");
	ADD(&b, SELECTOR_IN, "tier", "b", "a", "b", "b");
	selector_add(&b, SELECTOR_EXISTS, "app", NULL, 0);
	selector_add(&b, SELECTOR_EXISTS, "app", NULL, 0);
	selector_normalise(&a);
	selector_normalise(&b);
	cr_assert_eq(a.n, 2);
	assert_asks_the_same(&a, &b, true);
	selector_fini(&a);
	selector_fini(&b);
}

/* Every two of these differ, and the order among them is total. */
UNIT(selector, different_selectors_differ_in_order_and_digest)
{
	struct selector sels[10] = {0};

	ADD(&sels[1], SELECTOR_IN, "a", "b");
	ADD(&sels[2], SELECTOR_IN, "a", "b", "c");
	ADD(&sels[3], SELECTOR_NOT_IN, "a", "b");
	selector_add(&sels[4], SELECTOR_EXISTS, "a", NULL, 0);
	selector_add(&sels[5], SELECTOR_NOT_EXISTS, "a", NULL, 0);
	selector_add(&sels[6], SELECTOR_IN, "a", NULL, 0);
	ADD(&sels[7], SELECTOR_IN, "a", "bc");
	ADD(&sels[8], SELECTOR_IN, "ab", "c");
	ADD(&sels[9], SELECTOR_IN, "a", "b");
	ADD(&sels[9], SELECTOR_IN, "c", "d");
	for (size_t i = 0; i < 10; i++)
		selector_normalise(&sels[i]);
	for (size_t i = 0; i < 10; i++) {
		for (size_t j = 0; j < 10; j++) {
			assert_asks_the_same(&sels[i], &sels[j], i == j);
			cr_assert_eq(selector_cmp(&sels[i], &sels[j]) < 0, selector_cmp(&sels[j], &sels[i]) > 0);
			for (size_t k = 0; k < 10; k++)
				cr_assert(selector_cmp(&sels[i], &sels[j]) > 0 ||
					  selector_cmp(&sels[j], &sels[k]) > 0 ||
					  selector_cmp(&sels[i], &sels[k]) <= 0);
		}
	}
	for (size_t i = 0; i < 10; i++)
		selector_fini(&sels[i]);
}

UNIT(selector, fewer_of_the_same_requirements_cover_more)
{
	struct selector all = {0}, one = {0}, other = {0}, both = {0};

	ADD(&one, SELECTOR_IN, "app", "web");
	ADD(&other, SELECTOR_IN, "tier", "b");
	ADD(&both, SELECTOR_IN, "tier", "b");
	ADD(&both, SELECTOR_IN, "app", "web");
	selector_normalise(&both);
	cr_assert(selector_covers(&all, &all) && selector_covers(&all, &one) && selector_covers(&all, &both));
	cr_assert(selector_covers(&one, &both) && selector_covers(&other, &both) && selector_covers(&both, &both));
	cr_assert(!selector_covers(&one, &all) && !selector_covers(&one, &other) && !selector_covers(&both, &one));
	selector_fini(&one);
	selector_fini(&other);
	selector_fini(&both);
}

UNIT(selector, requirements_cannot_move_to_the_next_selector_of_a_digest)
{
	struct selector two = {0}, none = {0};
	const char *name[2];

	ADD(&two, SELECTOR_IN, "a", "b");
	ADD(&two, SELECTOR_IN, "c", "d");
	for (size_t i = 0; i < 2; i++) {
		struct digest d;

		digest_init(&d);
		selector_digest(i ? &none : &two, &d);
		selector_digest(i ? &two : &none, &d);
		name[i] = digest_name(&d, "");
	}
	cr_assert_neq(name[0], name[1]);
	atom_put(name[0]);
	atom_put(name[1]);
	selector_fini(&two);
}

UNIT(selector, prints_as_kubectl_does)
{
	struct selector sel = {0};

	UNIT_PRINTS("", selector_print(&sel, out));
	ADD(&sel, SELECTOR_IN, "app", "web");
	ADD(&sel, SELECTOR_IN, "tier", "b", "a");
	ADD(&sel, SELECTOR_NOT_IN, "zone", "z");
	selector_add(&sel, SELECTOR_NOT_EXISTS, "debug", NULL, 0);
	selector_add(&sel, SELECTOR_EXISTS, "env", NULL, 0);
	selector_normalise(&sel);
	UNIT_PRINTS("app=web,!debug,env,tier in (a,b),zone notin (z)", selector_print(&sel, out));
	selector_fini(&sel);
}

UNIT(selector, prints_no_control_bytes)
{
	struct selector sel = {0};

	ADD(&sel, SELECTOR_IN, "a\x1b", "b\n");
	UNIT_PRINTS("a\\x1b=b\\x0a", selector_print(&sel, out));
	selector_fini(&sel);
}
