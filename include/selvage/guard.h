/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the bridge hand what it forwards to the hooks?  Traffic between pods of one node stays on their bridge; it passes
 * the ruleset only while br_netfilter's switches are on, one per family, in the agent's network namespace.
 */
#ifndef SELVAGE_GUARD_H
#define SELVAGE_GUARD_H

#include <stdbool.h>

#include <selvage/err.h>

/* Looks at both switches and turns on what is off; *repaired tells whether something was.  -1 if one is off all the same:
 * ERR_KERNEL when br_netfilter is not there, ERR_PERM or ERR_IO when its switch cannot be turned on. */
int guard_turn(bool *repaired, struct err *err) __attribute__((warn_unused_result));

#endif
