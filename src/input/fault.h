/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why could a text not be read as documents? */
#ifndef SELVAGE_INPUT_FAULT_H
#define SELVAGE_INPUT_FAULT_H

#include "marks.h"

#define LEVELS_MAX 100 /* of objects and arrays within each other; a pod takes about 12 */

struct fault {
	enum problem_kind kind;
	struct spot spot; /* line 0: unknown */
	char message[256];
};

/* Says what is wrong and where; returns -1. */
int fault_set(struct fault *fault, struct spot spot, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "more than 100 levels of nesting"; returns -1. */
int fault_levels(struct fault *fault, struct spot spot);

#endif
