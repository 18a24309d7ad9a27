/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a key stand twice in an object that is passed over?  The keys of the objects that are open, innermost last. */
#ifndef SELVAGE_INPUT_KEYS_H
#define SELVAGE_INPUT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <selvage/vec.h>

struct keys {
	struct {
		VEC(char);
	} text; /* length and bytes of each */
};

/* One of the objects. */
struct keys_of {
	size_t start;  /* of its keys in the text */
	uint64_t seen; /* a bit for each, by hash: most keys are new at a glance */
};

struct keys_of keys_begin(const struct keys *keys);

/* False if the object has that key already. */
bool keys_add(struct keys *keys, struct keys_of *of, const char *key, size_t n);

/* Calls `each` for every key of the object. */
void keys_each(const struct keys *keys, const struct keys_of *of, void (*each)(void *ctx, const char *key, size_t n),
	       void *ctx);

void keys_end(struct keys *keys, const struct keys_of *of);

void keys_fini(struct keys *keys);

#endif
