/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program and takes what it writes to standard output. */
#ifndef SELVAGE_INPUT_PLUGIN_H
#define SELVAGE_INPUT_PLUGIN_H

#include <stddef.h>

#include <selvage/err.h>

/* argv[0] is looked up in $PATH; argv and env end with NULL.  Waits for its end, at most `seconds`; then it is killed.
 * *out is yours to free, and ends with a NUL that *size does not count. */
int plugin_run(char *const *argv, char *const *env, int seconds, char **out, size_t *size, struct err *err)
	__attribute__((warn_unused_result));

#endif
