/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a plain YAML scalar mean to Kubernetes? */
#ifndef SELVAGE_INPUT_SCALAR_H
#define SELVAGE_INPUT_SCALAR_H

#include <jansson.h>
#include <stddef.h>

/* The value of an unquoted scalar of n bytes and a NUL, as sigs.k8s.io/yaml resolves it: booleans of YAML 1.1, null,
 * integers, floats, else a string.  A new reference; NULL for what JSON cannot say (.inf, .nan). */
json_t *scalar_resolve(const char *text, size_t n);

#endif
