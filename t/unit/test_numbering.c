/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do equal bytes have one number, the next when they are new? */
#include "../../src/compile/numbering.h"
#include "unit.h"

UNIT(numbering, equal_bytes_have_one_number)
{
	struct numbering numbering = {0};

	for (int again = 0; again < 2; again++) {
		for (uint32_t i = 0; i < 1000; i++) {
			struct bytes bytes = {0};

			BYTES_ADD(&bytes, i);
			bytes_add(&bytes, "tail", i % 3);
			cr_assert_eq(numbering_of(&numbering, &bytes), i);
			vec_free(&bytes);
		}
	}
	cr_assert_eq(numbering.n, 1000);
	numbering_fini(&numbering);
}

UNIT(numbering, what_begins_alike_is_not_the_same)
{
	struct numbering numbering = {0};
	struct bytes one = {0}, two = {0};

	bytes_add(&one, "", 1);
	bytes_add(&two, "", 1);
	bytes_add(&two, NULL, 0);
	cr_assert_eq(numbering_of(&numbering, &one), 0);
	cr_assert_eq(numbering_of(&numbering, &two), 0);
	bytes_add(&two, "", 1);
	cr_assert_eq(numbering_of(&numbering, &two), 1);
	vec_free(&one);
	vec_free(&two);
	numbering_fini(&numbering);
}
