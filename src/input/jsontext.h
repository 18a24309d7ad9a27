/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON text to documents. */
#ifndef SELVAGE_INPUT_JSONTEXT_H
#define SELVAGE_INPUT_JSONTEXT_H

#include <stdbool.h>

#include "fault.h"

/* Is the first thing in this text a JSON object or array? */
bool jsontext_guess(struct pane *pane);

/* Calls `each` for every JSON document of the marks' text, with its root and its marks, and for every item of a list, as a
 * list of one; -1 at the first that is broken.  Unless the `whole` is wanted, what nobody reads (unread.h) is empty. */
int jsontext_read(struct marks *marks, bool whole, void (*each)(void *ctx, json_t *root), void *ctx,
		  struct fault *fault);

#endif
