/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A compile for tests that ask nothing special of it. */
#ifndef COMPILE_USUAL_H
#define COMPILE_USUAL_H

#include <selvage/compile.h>

static inline struct compile *compile_new_usual(const struct store *store, const char *node)
{
	struct compile_config config = compile_usual(node);

	return compile_new(store, &config);
}

#endif
