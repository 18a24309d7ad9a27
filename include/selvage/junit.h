/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test results as JUnit XML, as Jenkins, GitLab and GitHub's reporters read it.
 *
 *	struct junit *junit = junit_new("selvage explain");
 *	junit_suite(junit, "assert.yaml");
 *	junit_case(junit, "shop", "shop/web -> shop/db TCP 5432 is allowed", "assert.yaml", 3);
 *	junit_outcome(junit, JUNIT_FAILURE, NULL, "is denied", "isolated by ...\n");
 *	junit_print(junit, stdout);
 *	junit_free(junit);
 */
#ifndef SELVAGE_JUNIT_H
#define SELVAGE_JUNIT_H

#include <stdio.h>

enum junit_outcome { JUNIT_PASSED, JUNIT_FAILURE, JUNIT_ERROR, JUNIT_SKIPPED, JUNIT_OUTCOME_COUNT };

struct junit;

/* All texts may be any bytes: what XML 1.0 does not allow is written as text_safe() does.  Copies. */
struct junit *junit_new(const char *name);
void junit_free(struct junit *junit);

/* Begins a suite. */
void junit_suite(struct junit *junit, const char *name);

/* Adds a case, which passed, to the last suite.  file NULL: it stands in none; line 0: unknown. */
void junit_case(struct junit *junit, const char *classname, const char *name, const char *file, unsigned line);

/* What became of the last case: its type (NULL: the outcome's name), one line, and text of any number of lines or NULL. */
void junit_outcome(struct junit *junit, enum junit_outcome outcome, const char *type, const char *message,
		   const char *text);

void junit_print(const struct junit *junit, FILE *out);

#endif
