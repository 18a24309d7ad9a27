/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a compile that saw no history makes of a store, and whether another came to the same. */
#ifndef SELVAGE_LAW_FRESH_H
#define SELVAGE_LAW_FRESH_H

#include <selvage/compile.h>

/* AddressSanitizer makes everything ten times slower: of long series it runs a twentieth. */
#if defined(__SANITIZE_ADDRESS__)
#define LAW_SCALE 20
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LAW_SCALE 20
#endif
#endif
#ifndef LAW_SCALE
#define LAW_SCALE 1
#endif

/* Yours to facts_free(). */
void fresh_facts(const struct store *store, const char *node, struct facts *out);

/* Says the first difference if `say`. */
bool facts_same(const struct facts *a, const struct facts *b, bool say);

#endif
