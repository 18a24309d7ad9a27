/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random clusters, small enough that everything in them meets everything else. */
#ifndef SELVAGE_LAW_WORLD_H
#define SELVAGE_LAW_WORLD_H

#include <selvage/store.h>
#include <selvage/verdict.h>

#include "rng.h"

#define WORLD_NODES 2

/* "n0", "n1" */
extern const char *const world_nodes[WORLD_NODES];

/* A random object: one of a few namespaces, pods or policies, which collide in names and addresses on purpose. */
struct object *world_object(struct rng *rng);

/* One of the three kinds. */
struct object *world_namespace(struct rng *rng);
struct object *world_pod(struct rng *rng);
struct object *world_policy(struct rng *rng);

/* Puts a few random objects into the store, or deletes one. */
void world_step(struct rng *rng, struct store *store);

/* A packet between addresses and ports that the world's objects speak about, and their neighbours. */
struct packet world_packet(struct rng *rng);

#endif
