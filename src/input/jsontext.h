/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON text to documents. */
#ifndef SELVAGE_INPUT_JSONTEXT_H
#define SELVAGE_INPUT_JSONTEXT_H

#include <stdbool.h>

#include "fault.h"

/* Is the first thing in this text a JSON object or array? */
bool jsontext_guess(const char *text, size_t size);

/* Calls `each` for every JSON document of the text, with its root and filled marks, and for every item of a list, as a
 * list of one; -1 at the first that is broken. */
int jsontext_read(const char *text, size_t size, struct marks *marks, void (*each)(void *ctx, json_t *root), void *ctx,
		  struct fault *fault);

#endif
