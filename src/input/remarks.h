/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does an object say that the API server refuses though it decides no traffic, or that it takes though it is hardly
 * meant?  Looked for only when the sink wants remarks. */
#ifndef SELVAGE_INPUT_REMARKS_H
#define SELVAGE_INPUT_REMARKS_H

#include "place.h"

/* The fields around the spec: unknown ones, labels and annotations with impossible names. */
void remarks_object(const struct place *root, enum object_kind kind);

/* A policy that was decoded. */
void remarks_policy(const struct place *spec, const struct policy *policy);

#endif
