/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel demands of an order of operations, as a model: things come after what they refer to, and go after
 * what refers to them.
 */
#ifndef KERNEL_MODEL_H
#define KERNEL_MODEL_H

#include <selvage/fact.h>

#include "../../src/dataplane/nl_plan.h"

struct kernel_model {
	struct facts facts; /* in no order */
};

/* Holds these facts; yours to kernel_model_fini(). */
void kernel_model_init(struct kernel_model *model, const struct facts *facts);
void kernel_model_fini(struct kernel_model *model);

/* Does an operation; NULL, or what the kernel has against it. */
const char *kernel_model_op(struct kernel_model *model, const struct op *op);

/* Do packets meet what they would meet if the kernel held these facts?  Compares all that base chains lead to. */
bool kernel_model_in_force(const struct kernel_model *model, const struct facts *facts);

#endif
