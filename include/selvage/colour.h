/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colour, where it is wanted: never the only bearer of a meaning. */
#ifndef SELVAGE_COLOUR_H
#define SELVAGE_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

#include <selvage/err.h>

enum tint { TINT_NONE, TINT_GOOD, TINT_BAD, TINT_WARN, TINT_DIM, TINT_BOLD, TINT_COUNT };

/*
 * Is what goes to `out` to be coloured?  `when` is the argument of --color: "auto" (or NULL) means if `out` is a terminal
 * that is not dumb and NO_COLOR is not set ("when present and not an empty string (regardless of its value), prevents the
 * addition of ANSI color", no-color.org); "always" and "never" mean that.  -1 with ERR_USAGE.
 */
int colour_parse(const char *when, FILE *out, bool *coloured, struct err *err) __attribute__((warn_unused_result));

/* The sequence that begins a tint ("" for TINT_NONE), and that which ends any. */
const char *colour_begin(enum tint tint);
const char *colour_end(enum tint tint);

#endif
