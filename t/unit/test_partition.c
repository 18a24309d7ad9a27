/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are two elements in one part exactly if no set tells them apart? */
#include "../../src/compile/partition.h"
#include "../law/rng.h"
#include "unit.h"

#define ELEMENTS 24
#define SETS 5

UNIT(partition, elements_are_together_that_no_set_tells_apart)
{
	struct rng rng = {1};

	for (unsigned round = 0; round < 2000; round++) {
		uint32_t signature[ELEMENTS], first[ELEMENTS], next = 0;
		struct partition partition;

		for (uint32_t e = 0; e < ELEMENTS; e++)
			signature[e] = first[e] = rng_below(&rng, 3);
		partition_init(&partition, first, ELEMENTS);
		for (unsigned s = 0; s < SETS; s++) {
			uint32_t members[ELEMENTS];
			size_t n = 0;

			for (uint32_t e = 0; e < ELEMENTS; e++) {
				if (rng_one_in(&rng, 1 + rng_below(&rng, 6)))
					continue;
				signature[e] |= 8U << s;
				members[n++] = e;
			}
			partition_split(&partition, members, n);
		}
		partition_sort(&partition);
		for (size_t a = 0; a < ELEMENTS; a++) {
			cr_assert_leq(partition.part[a], next, "parts are numbered as they come");
			next += partition.part[a] == next;
			for (size_t b = 0; b < ELEMENTS; b++)
				cr_assert_eq(partition.part[a] == partition.part[b], signature[a] == signature[b]);
		}
		partition_fini(&partition);
	}
}

UNIT(partition, of_nothing_has_no_parts)
{
	struct partition partition;

	partition_init(&partition, NULL, 0);
	cr_assert_eq(partition.parts, 0);
	partition_sort(&partition);
	partition_fini(&partition);
}
