/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which name stands for these fields, and for no others? */
#include <stdlib.h>
#include <string.h>

#include <sodium/utils.h>

#include <selvage/atom.h>
#include <selvage/digest.h>

#define DIGEST_SIZE 16
#define DIGEST_NULL UINT32_MAX /* the length that no field has */

static void digest_length(struct digest *d, uint32_t n)
{
	const uint8_t le[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};

	crypto_generichash_update(&d->state, le, sizeof le);
}

void digest_init(struct digest *d)
{
	crypto_generichash_init(&d->state, NULL, 0, DIGEST_SIZE);
}

void digest_bytes(struct digest *d, const void *p, size_t n)
{
	if (n >= DIGEST_NULL)
		abort();
	digest_length(d, (uint32_t)n);
	crypto_generichash_update(&d->state, p, n);
}

void digest_text(struct digest *d, const char *s)
{
	if (s)
		digest_bytes(d, s, strlen(s));
	else
		digest_length(d, DIGEST_NULL);
}

/* With its length too: a sequence of fields can then be read back whatever their types are. */
void digest_u32(struct digest *d, uint32_t x)
{
	const uint8_t le[4] = {(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16), (uint8_t)(x >> 24)};

	digest_bytes(d, le, sizeof le);
}

const char *digest_name(struct digest *d, const char *prefix)
{
	uint8_t hash[DIGEST_SIZE];
	char hex[2 * DIGEST_SIZE + 1];

	crypto_generichash_final(&d->state, hash, sizeof hash);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	return atom_fmt("%s%s", prefix, hex);
}
