/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does a file hold? */
#ifndef SELVAGE_INPUT_SLURP_H
#define SELVAGE_INPUT_SLURP_H

#include <stddef.h>

#include <selvage/err.h>

#define SLURP_MAX ((size_t)1 << 30) /* bytes; more is no manifest */

/* Reads all of a file ("-": standard input).  *text is yours to free.  -1 with ERR_IO, ERR_PERM or ERR_ABSENT. */
int slurp(const char *path, char **text, size_t *size, struct err *err) __attribute__((warn_unused_result));

#endif
