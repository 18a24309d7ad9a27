/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do different fields always give different names, and the same ones the same name in every release? */
#include <selvage/atom.h>
#include <selvage/digest.h>

#include "unit.h"

static const char *const fields[] = {NULL, "", "a", "b", "aa", "ab", "a\xff", "\x01"};

enum { N_FIELDS = sizeof fields / sizeof *fields };

static const char *pair_name(const char *a, const char *b)
{
	struct digest d;

	digest_init(&d);
	digest_text(&d, a);
	digest_text(&d, b);
	return digest_name(&d, "x-");
}

/* The name of a sequence of fields; the digits of `number` say which. */
static const char *sequence_name(size_t length, size_t number)
{
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < length; i++, number /= N_FIELDS)
		digest_text(&d, fields[number % N_FIELDS]);
	return digest_name(&d, "");
}

static void assert_differ(const char *one, const char *other)
{
	cr_assert_neq(one, other, "both are %s", one);
	atom_put(one);
	atom_put(other);
}

UNIT(digest, all_short_sequences_of_fields_have_different_names)
{
	static const char *names[1 + 8 + 64 + 512];
	size_t n = 0, count = 1;

	for (size_t length = 0; length <= 3; length++, count *= N_FIELDS) {
		for (size_t i = 0; i < count; i++)
			names[n++] = sequence_name(length, i);
	}
	cr_assert_eq(n, sizeof names / sizeof *names);
	cr_assert_eq(atom_count(), n, "%zu sequences, %zu names", n, atom_count());
	for (size_t i = 0; i < n; i++)
		atom_put(names[i]);
}

UNIT(digest, text_cannot_move_across_a_field_boundary)
{
	assert_differ(pair_name("shop", "db"), pair_name("shopd", "b"));
	assert_differ(pair_name("", "ab"), pair_name("ab", ""));
	assert_differ(pair_name(NULL, "a"), pair_name("", "a"));
}

UNIT(digest, bytes_with_nul_are_taken_whole)
{
	struct digest a, b;

	digest_init(&a);
	digest_bytes(&a, "x\0y", 3);
	digest_init(&b);
	digest_bytes(&b, "x\0z", 3);
	assert_differ(digest_name(&a, ""), digest_name(&b, ""));
}

UNIT(digest, numbers_are_fields_of_their_own)
{
	struct digest a, b;

	digest_init(&a);
	digest_u32(&a, 1);
	digest_u32(&a, 0);
	digest_init(&b);
	digest_u32(&b, 1);
	assert_differ(digest_name(&a, ""), digest_name(&b, ""));
	digest_init(&a);
	digest_u32(&a, 0x01020304);
	digest_init(&b);
	digest_u32(&b, 0x04030201);
	assert_differ(digest_name(&a, ""), digest_name(&b, ""));
}

/* BLAKE2b-128 of "02000000" "ab" "ffffffff" "04000000" "07000000", by Python's hashlib: a node adopts what an older
 * release left in the kernel by name. */
UNIT(digest, names_are_the_same_in_every_release)
{
	struct digest d;
	const char *name;

	digest_init(&d);
	digest_text(&d, "ab");
	digest_text(&d, NULL);
	digest_u32(&d, 7);
	name = digest_name(&d, "in-");
	cr_assert_str_eq(name, "in-3110183c4b95e9b0003182ee153ed37e");
	atom_put(name);
}
