/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements 0 to n - 1 in parts, which are refined until no set tells two elements of a part apart. */
#ifndef SELVAGE_PARTITION_H
#define SELVAGE_PARTITION_H

#include <stddef.h>
#include <stdint.h>

struct partition {
	uint32_t *part; /* of each element */
	size_t n;
	size_t parts;
	uint32_t *size;                   /* of each part, up to n of them */
	uint32_t *hits, *fresh, *touched; /* scratch, the hits all 0 */
};

/* Elements in the parts that are given, numbers below n; NULL: all in one.  Yours to partition_fini(). */
void partition_init(struct partition *partition, const uint32_t *parts, size_t n);

/* Splits each part into what is in the set and what is not.  The members are distinct. */
void partition_split(struct partition *partition, const uint32_t *members, size_t n);

/* Numbers the parts in the order of their first elements. */
void partition_sort(struct partition *partition);

void partition_fini(struct partition *partition);

#endif
