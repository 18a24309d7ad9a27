/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where does memory come from, and what happens when there is none? */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <selvage/mem.h>

static void *mem_check(void *p)
{
	if (p)
		return p;
	fputs("selvage: out of memory\n", stderr);
	abort();
}

void *mem_new(size_t n, size_t size)
{
	return mem_check(calloc(n ? n : 1, size ? size : 1));
}

void *mem_resize(void *p, size_t n, size_t size)
{
	return mem_check(reallocarray(p, n ? n : 1, size ? size : 1));
}

void *mem_copy(const void *p, size_t n)
{
	void *copy = mem_resize(NULL, n, 1);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

void mem_trim(void)
{
	malloc_trim(0);
}
