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

UNIT(numbering, no_bytes_are_bytes)
{
	struct numbering numbering = {0};
	struct bytes none = {0}, zero = {0};

	bytes_add(&zero, "", 1);
	cr_assert_eq(numbering_of(&numbering, &none), 0);
	cr_assert_eq(numbering_of(&numbering, &zero), 1);
	cr_assert_eq(numbering_of(&numbering, &none), 0);
	vec_free(&none);
	vec_free(&zero);
	numbering_fini(&numbering);
}
