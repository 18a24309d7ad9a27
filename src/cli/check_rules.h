/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of `selvage check`. */
#ifndef SELVAGE_CHECK_RULES_H
#define SELVAGE_CHECK_RULES_H

#include <selvage/finding.h>
#include <selvage/problem.h>

/* By kind of problem. */
extern const struct rule_text check_rules[PROBLEM_KIND_COUNT];

#endif
