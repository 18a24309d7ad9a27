/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is memory always there, zeroed where promised, and overflow never a short buffer? */
#include <signal.h>
#include <stdint.h>

#include <selvage/mem.h>
#include <selvage/vec.h>

#include "unit.h"

/* Lets the allocator of AddressSanitizer return NULL, as that of glibc does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

UNIT(mem, new_objects_are_zero)
{
	unsigned char *p = mem_new(100, 3);

	for (size_t i = 0; i < 300; i++)
		cr_assert_eq(p[i], 0);
	free(p);
}

UNIT(mem, nothing_is_not_null)
{
	void *a = mem_new(0, 8), *b = mem_resize(NULL, 0, 8), *c = mem_copy(NULL, 0);

	cr_assert(a && b && c);
	free(a);
	free(b);
	free(c);
}

UNIT(mem, resize_keeps_what_was_there)
{
	char *p = mem_copy("abc", 4);

	p = mem_resize(p, 5000, 2);
	cr_assert_str_eq(p, "abc");
	p = mem_resize(p, 0, 2);
	free(p);
}

UNIT(mem, overflow_in_resize_aborts, .signal = SIGABRT)
{
	volatile size_t half = SIZE_MAX / 2 + 2;

	free(mem_resize(NULL, half, 2));
}

UNIT(mem, overflow_in_new_aborts, .signal = SIGABRT)
{
	volatile size_t half = SIZE_MAX / 2 + 2;

	free(mem_new(half, 2));
}

UNIT(mem, vectors_grow_and_drop)
{
	VEC(size_t) v = VEC_EMPTY;

	for (size_t i = 0; i < 1000; i++)
		*vec_add(&v) = i;
	cr_assert_eq(v.n, 1000);
	for (size_t i = 0; i < v.n; i++)
		cr_assert_eq(v.at[i], i);
	vec_drop(&v, 10);
	cr_assert_eq(v.n, 999);
	cr_assert_eq(v.at[10], 999);
	vec_free(&v);
	cr_assert(!v.at && !v.n && !v.cap);
}
