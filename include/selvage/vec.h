/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growable arrays of any type.
 *
 *	VEC(int) v = VEC_EMPTY;
 *	*vec_add(&v) = 7;
 *	for (size_t i = 0; i < v.n; i++) use(v.at[i]);
 *	vec_free(&v);
 */
#ifndef SELVAGE_VEC_H
#define SELVAGE_VEC_H

#include <stdlib.h>

#include <selvage/mem.h>

#define VEC(type)              \
	struct {               \
		type *at;      \
		size_t n, cap; \
	}
/* clang-format off */
#define VEC_EMPTY {NULL, 0, 0}
/* clang-format on */

/* Makes room for `more` further items. */
#define vec_reserve(v, more)                                                      \
	do {                                                                      \
		if ((v)->n + (more) > (v)->cap) {                                 \
			(v)->cap = ((v)->n + (more)) * 2;                         \
			(v)->at = mem_resize((v)->at, (v)->cap, sizeof *(v)->at); \
		}                                                                 \
	} while (0)

/* A pointer to a new last item, uninitialised, valid until the next vec_add(). */
#define vec_add(v)                        \
	({                                \
		__typeof__(v) vec_ = (v); \
		vec_reserve(vec_, 1);     \
		&vec_->at[vec_->n++];     \
	})

/* Removes item i by moving the last one into its place. */
#define vec_drop(v, i) ((v)->at[i] = (v)->at[--(v)->n])

#define vec_clear(v) ((void)((v)->n = 0))

#define vec_free(v)                    \
	do {                           \
		free((v)->at);         \
		(v)->at = NULL;        \
		(v)->n = (v)->cap = 0; \
	} while (0)

#define vec_sort(v, cmp)                                              \
	do {                                                          \
		if ((v)->at && (v)->n > 1)                            \
			qsort((v)->at, (v)->n, sizeof *(v)->at, cmp); \
	} while (0)

#endif
