/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a key stand twice in an object that is passed over? */
#include <string.h>

#include "keys.h"

struct keys_of keys_begin(const struct keys *keys)
{
	return (struct keys_of){.start = keys->text.n};
}

static uint64_t bit_of(const char *key, size_t n)
{
	size_t hash = n;

	if (n)
		hash += (unsigned char)key[0] * 7u + (unsigned char)key[n / 2] * 31u + (unsigned char)key[n - 1] * 5u;
	return (uint64_t)1 << hash % 64;
}

/* The key at `p`; steps over it. */
static const char *key_at(const char **p, size_t *n)
{
	const char *key = *p + sizeof *n;

	memcpy(n, *p, sizeof *n);
	*p = key + *n;
	return key;
}

static bool has(const struct keys *keys, const struct keys_of *of, const char *key, size_t n)
{
	const char *p = keys->text.at + of->start, *end = keys->text.at + keys->text.n;

	while (p < end) {
		size_t length;
		const char *other = key_at(&p, &length);

		if (length == n && !memcmp(other, key, n))
			return true;
	}
	return false;
}

bool keys_add(struct keys *keys, struct keys_of *of, const char *key, size_t n)
{
	uint64_t bit = bit_of(key, n);
	char *to;

	if (of->seen & bit && has(keys, of, key, n))
		return false;
	of->seen |= bit;
	vec_reserve(&keys->text, sizeof n + n);
	to = keys->text.at + keys->text.n;
	memcpy(to, &n, sizeof n);
	memcpy(to + sizeof n, key, n);
	keys->text.n += sizeof n + n;
	return true;
}

void keys_each(const struct keys *keys, const struct keys_of *of, void (*each)(void *ctx, const char *key, size_t n),
	       void *ctx)
{
	const char *p, *end;

	if (!of->seen)
		return;
	p = keys->text.at + of->start;
	end = keys->text.at + keys->text.n;
	while (p < end) {
		size_t n;
		const char *key = key_at(&p, &n);

		each(ctx, key, n);
	}
}

void keys_end(struct keys *keys, const struct keys_of *of)
{
	keys->text.n = of->start;
}

void keys_fini(struct keys *keys)
{
	vec_free(&keys->text);
}
