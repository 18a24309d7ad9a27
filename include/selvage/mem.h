/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is there or the process is not: running out aborts, the kernel keeps the last good ruleset. */
#ifndef SELVAGE_MEM_H
#define SELVAGE_MEM_H

#include <stddef.h>

/* `n` zeroed objects of `size` bytes; yours to free().  Never NULL. */
void *mem_new(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* realloc() to n * size bytes, checked for overflow.  Never NULL. */
void *mem_resize(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

/* A copy of n bytes; yours to free(). */
void *mem_copy(const void *p, size_t n) __attribute__((returns_nonnull));

/* Gives what was freed back to the system: for after something large that does not come again soon. */
void mem_trim(void);

#endif
