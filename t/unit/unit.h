/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Criterion test that also fails when it leaks: UNIT(suite, name) { ... } instead of Test(suite, name) { ... }.
 *
 * Criterion 2.4.1 ends its test processes before LeakSanitizer looks, so a leaking test reports ok.  Here the check runs
 * as the last statement of the test, after the dead part of the stack, which may still point to what leaked, has been
 * overwritten.  Atoms are reachable from their table and therefore counted instead, wherever atom.c is linked in.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNIT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNIT_ASAN 1
#endif
#endif
#ifndef UNIT_ASAN
#define UNIT_ASAN 0
#endif

#if UNIT_ASAN
#include <sanitizer/lsan_interface.h>
#endif

size_t atom_count(void) __attribute__((weak));

__attribute__((noinline, unused)) static void unit_overwrite_stack(void)
{
	volatile char dead[64 * 1024];

	for (size_t i = 0; i < sizeof dead; i++)
		dead[i] = 0;
}

__attribute__((noinline, unused)) static void unit_end(void)
{
	if (atom_count)
		cr_assert_eq(atom_count(), 0, "%zu atoms were not given back", atom_count());
#if UNIT_ASAN
	unit_overwrite_stack();
	cr_assert_eq(__lsan_do_recoverable_leak_check(), 0, "memory was leaked");
#endif
}

/* What follows the name goes to Criterion: .signal = SIGABRT */
#define UNIT(suite, name, ...)                                             \
	__attribute__((noinline)) static void unit_##suite##_##name(void); \
	Test(suite, name, ##__VA_ARGS__)                                   \
	{                                                                  \
		unit_##suite##_##name();                                   \
		unit_end();                                                \
	}                                                                  \
	static void unit_##suite##_##name(void)

/* Asserts what a call prints: UNIT_PRINTS("a=b", selector_print(&sel, out)). */
#define UNIT_PRINTS(expected, call)                                    \
	do {                                                           \
		char *text_ = NULL;                                    \
		size_t n_ = 0;                                         \
		FILE *out = open_memstream(&text_, &n_);               \
                                                                       \
		cr_assert_not_null(out);                               \
		call;                                                  \
		fclose(out);                                           \
		cr_assert_str_eq(text_, expected, "prints %s", text_); \
		free(text_);                                           \
	} while (0)

#endif
