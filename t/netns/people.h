/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is in the lab, and pods and manifests made of them. */
#ifndef NETNS_PEOPLE_H
#define NETNS_PEOPLE_H

#include <stdbool.h>

#include <selvage/object.h>
#include <selvage/vec.h>

#include "../law/rng.h"

/* Somebody who can send and receive. */
struct person {
	char who[256];                    /* a pod's is NAMESPACE/NAME */
	char netns[256], node[64];        /* the node is "-" of nobody's node */
	char ip[FAMILY_COUNT][IP_TEXT];   /* its own addresses */
	char seen[FAMILY_COUNT][IP_TEXT]; /* what other nodes see as the sender */
};

struct people {
	VEC(struct person);
};

/* Reads "WHO NETNS IPV4 IPV6 NODE IPV4-SEEN IPV6-SEEN" lines from standard input, or exits. */
void people_read(struct people *people);

bool person_is_pod(const struct person *person);

/* A pod where the person is, with random labels and ports, created at CREATED; what it is called, too, is random. */
struct pod *person_pod(const struct people *people, const struct person *person, struct rng *rng);

#define CREATED 100

/* As person_pod(), with the person's name. */
struct object *person_named_pod(const struct people *people, const struct person *person, struct rng *rng);

/* Or exits. */
struct ip ip_of(const char *text);

/* Replaces an atom. */
void text_set(const char **at, const char *text);

/* Writes an object into a file of its own in DIR, which appears complete or not at all; or exits.  The file's name, without
 * the directory, is yours to free(). */
char *manifest_put(const char *dir, const struct object *object);

/* Removes the file that manifest_put() would write. */
void manifest_del(const char *dir, const struct object *object);

#endif
