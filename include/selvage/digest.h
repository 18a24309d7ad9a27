/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for kernel objects: a prefix and 128 bits of BLAKE2b over length-prefixed fields, so that different inputs never
 * give equal names and no byte of user text gets into one.
 */
#ifndef SELVAGE_DIGEST_H
#define SELVAGE_DIGEST_H

#include <sodium/crypto_generichash.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
	crypto_generichash_state state;
};

void digest_init(struct digest *d);
void digest_bytes(struct digest *d, const void *p, size_t n); /* length-prefixed */
void digest_text(struct digest *d, const char *s);            /* length-prefixed; NULL differs from "" */
void digest_u32(struct digest *d, uint32_t x);                /* length-prefixed too */

/* The atom PREFIX followed by 32 hexadecimal digits; yours to put.  Ends the digest. */
const char *digest_name(struct digest *d, const char *prefix);

#endif
