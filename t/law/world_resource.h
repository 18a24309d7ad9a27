/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random objects that decide no packet, and random details of those that do. */
#ifndef SELVAGE_LAW_WORLD_RESOURCE_H
#define SELVAGE_LAW_WORLD_RESOURCE_H

#include <selvage/resource.h>

#include "rng.h"

/* A random object of any kind that no agent watches. */
struct object *world_resource(struct rng *rng);

/* Gives a pod, namespace or policy what a wide sink gets of it. */
void world_widen(struct rng *rng, struct object *object);

#endif
