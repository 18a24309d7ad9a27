/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why could a text not be read as documents? */
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

int fault_set(struct fault *fault, struct spot spot, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fault->message, sizeof fault->message, fmt, ap);
	va_end(ap);
	fault->kind = PROBLEM_SYNTAX;
	fault->spot = spot;
	return -1;
}

int fault_levels(struct fault *fault, struct spot spot)
{
	return fault_set(fault, spot, "more than %d levels of nesting", LEVELS_MAX);
}
