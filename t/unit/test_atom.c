/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is equal text one pointer, and is it forgotten with its last holder? */
#include <selvage/atom.h>

#include "unit.h"

UNIT(atom, equal_text_is_one_pointer)
{
	char text[] = "kubernetes.io/metadata.name";
	const char *a = atom(text), *b;

	text[0] = 'K';
	b = atom("kubernetes.io/metadata.name");
	cr_assert_eq(a, b);
	cr_assert_str_eq(a, "kubernetes.io/metadata.name");
	cr_assert_eq(atom_hash(a), atom_hash(b));
	cr_assert_eq(atom_len(a), strlen(a));
	atom_put(a);
	atom_put(b);
}

UNIT(atom, different_text_is_a_different_pointer)
{
	const char *a = atom("a"), *b = atom("b"), *empty = atom("");

	cr_assert(a != b && a != empty && b != empty);
	cr_assert_eq(atom_len(empty), 0);
	cr_assert_str_empty(empty);
	atom_put(a);
	atom_put(b);
	atom_put(empty);
}

UNIT(atom, n_takes_part_of_a_text)
{
	const char *part = atom_n("shop/db", 4), *whole = atom("shop");

	cr_assert_eq(part, whole);
	atom_put(part);
	atom_put(whole);
}

UNIT(atom, fmt_makes_the_same_atom)
{
	const char *made = atom_fmt("%s/%d", "shop", 7), *plain = atom("shop/7");

	cr_assert_eq(made, plain);
	atom_put(made);
	atom_put(plain);
}

UNIT(atom, peek_finds_only_what_is_held)
{
	const char *a;

	cr_assert_null(atom_peek("web"));
	a = atom("web");
	cr_assert_eq(atom_peek("web"), a);
	cr_assert_eq(atom_count(), 1);
	atom_put(a);
	cr_assert_null(atom_peek("web"));
}

UNIT(atom, lives_until_the_last_reference_is_put)
{
	const char *a = atom("web"), *b = atom_ref(a);

	atom_put(a);
	cr_assert_eq(atom_peek("web"), b);
	atom_put(b);
	cr_assert_null(atom_peek("web"));
}

UNIT(atom, null_is_allowed_in_ref_and_put)
{
	cr_assert_null(atom_ref(NULL));
	atom_put(NULL);
}

UNIT(atom, thousands_come_and_go)
{
	enum { N = 20000 };
	static const char *held[N];

	for (int i = 0; i < N; i++)
		held[i] = atom_fmt("label-%d", i);
	cr_assert_eq(atom_count(), N);
	for (int i = 0; i < N; i += 2)
		atom_put(held[i]);
	cr_assert_eq(atom_count(), N / 2);
	for (int i = 1; i < N; i += 2) {
		const char *again = atom_fmt("label-%d", i);

		cr_assert_eq(again, held[i]);
		atom_put(again);
		atom_put(held[i]);
	}
	cr_assert_eq(atom_count(), 0);
}
