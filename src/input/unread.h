/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which parts of an object does nobody read, so that no tree has to be made of them? */
#ifndef SELVAGE_INPUT_UNREAD_H
#define SELVAGE_INPUT_UNREAD_H

#include <stdbool.h>
#include <stddef.h>

/* Is this the kind (n bytes) of an object that has a pod's spec in it, or of a list of such? */
bool unread_kind(const char *kind, size_t n);

/* In such an object: does nobody read what `key` holds, in an object that stands, itself or in a list, under the key
 * `under`?  n_under and n_key are their bytes. */
bool unread(const char *under, size_t n_under, const char *key, size_t n_key);

#endif
