/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are labels sorted, unique, and found by their key? */
#include <selvage/atom.h>
#include <selvage/labels.h>

#include "unit.h"

static const char *value_of(const struct labels *labels, const char *key)
{
	const char *key_atom = atom_peek(key);

	return key_atom ? labels_find(labels, key_atom) : NULL;
}

UNIT(labels, are_sorted_by_key_however_they_come)
{
	struct labels labels = {0};

	labels_put(&labels, "tier", "db");
	labels_put(&labels, "app", "web");
	labels_put(&labels, "zone", "");
	labels_put(&labels, "env", "prod");
	cr_assert_eq(labels.n, 4);
	for (size_t i = 1; i < labels.n; i++)
		cr_assert_lt(strcmp(labels.at[i - 1].key, labels.at[i].key), 0);
	cr_assert_str_eq(value_of(&labels, "app"), "web");
	cr_assert_str_eq(value_of(&labels, "env"), "prod");
	cr_assert_str_eq(value_of(&labels, "tier"), "db");
	cr_assert_str_eq(value_of(&labels, "zone"), "");
	cr_assert_null(value_of(&labels, "web"));
	cr_assert_null(value_of(&labels, "absent"));
	labels_fini(&labels);
	cr_assert_eq(labels.n, 0);
}

UNIT(labels, a_key_is_there_once_with_its_last_value)
{
	struct labels labels = {0};

	labels_put(&labels, "app", "web");
	labels_put(&labels, "app", "api");
	labels_put(&labels, "app", labels.at[0].value);
	cr_assert_eq(labels.n, 1);
	cr_assert_str_eq(value_of(&labels, "app"), "api");
	labels_fini(&labels);
}

UNIT(labels, are_equal_when_all_keys_and_values_are)
{
	struct labels a = {0}, b = {0};

	cr_assert(labels_eq(&a, &b));
	labels_put(&a, "app", "web");
	cr_assert_not(labels_eq(&a, &b));
	labels_put(&b, "app", "api");
	cr_assert_not(labels_eq(&a, &b));
	labels_put(&b, "app", "web");
	cr_assert(labels_eq(&a, &b));
	labels_put(&a, "x", "1");
	labels_put(&a, "a", "1");
	labels_put(&b, "a", "1");
	labels_put(&b, "x", "1");
	cr_assert(labels_eq(&a, &b));
	labels_fini(&a);
	labels_fini(&b);
}

UNIT(labels, copies_live_on_their_own)
{
	struct labels a = {0}, b, none = {0}, copy;

	labels_put(&a, "app", "web");
	labels_copy(&b, &a);
	labels_put(&a, "app", "api");
	labels_fini(&a);
	cr_assert_str_eq(value_of(&b, "app"), "web");
	labels_fini(&b);
	labels_copy(&copy, &none);
	cr_assert_eq(copy.n, 0);
	labels_fini(&copy);
}
