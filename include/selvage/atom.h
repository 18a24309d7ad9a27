/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interned strings: equal text is the same pointer, so that labels and names compare in one instruction and are stored
 * once however many pods carry them.  Reference-counted; one thread.  Text may hold any byte but NUL.
 */
#ifndef SELVAGE_ATOM_H
#define SELVAGE_ATOM_H

#include <stddef.h>
#include <stdint.h>

/* The atom of a NUL-terminated string; holds a reference, give it back with atom_put(). */
const char *atom(const char *s);

/* As atom(), for n bytes. */
const char *atom_n(const char *s, size_t n);

/* The atom of printf output. */
const char *atom_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The atom of this text if one exists, without taking a reference; NULL if nobody holds one. */
const char *atom_peek(const char *s);

/* One more reference to an atom; NULL gives NULL. */
const char *atom_ref(const char *a);

/* Gives a reference back; NULL is allowed. */
void atom_put(const char *a);

size_t atom_len(const char *a);

/* The table hash of an atom, computed once when it was made. */
uint64_t atom_hash(const char *a);

/* How many atoms anyone holds: 0 at the end of a test that gave everything back. */
size_t atom_count(void);

#endif
