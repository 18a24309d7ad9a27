/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for things that are the same if their bytes are: 0, 1, ... in the order in which they are met. */
#ifndef SELVAGE_NUMBERING_H
#define SELVAGE_NUMBERING_H

#include <selvage/hmap.h>
#include <selvage/vec.h>

struct bytes {
	VEC(uint8_t);
};

struct numbering {
	struct hmap seen;
	uint32_t n;
};

/* Appends n bytes. */
void bytes_add(struct bytes *bytes, const void *p, size_t n);

#define BYTES_ADD(bytes, value) bytes_add(bytes, &(value), sizeof(value))

/* The number of these bytes, of which there is at least one: numbering->n before the call if they are new. */
uint32_t numbering_of(struct numbering *numbering, const struct bytes *bytes);

void numbering_fini(struct numbering *numbering);

#endif
