/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles: what one combination of policies allows in one direction, as the map from (protocol, port) to lists of peers
 * that all pods under the same policies share.
 */
#ifndef SELVAGE_PROFILE_H
#define SELVAGE_PROFILE_H

#include <selvage/compile.h>
#include <selvage/store.h>

#include "blocks.h"
#include "exposed.h"
#include "peers.h"

#define PROFILE_PROTOS 3

/* TCP, UDP, SCTP */
extern const uint8_t profile_protos[PROFILE_PROTOS];

/* What a profile asks of the kernel, and of whom it holds references. */
struct content {
	const char *ports;                 /* atom: the port map, or NULL */
	const char *range[PROFILE_PROTOS]; /* atoms: interval maps of the cells that are too wide for it, or NULL */
	struct action any;                 /* for what no cell covers; CONTINUE if nothing is allowed there */
	struct facts facts;                /* maps, their elements, lists */
	VEC(struct peers *) peers;
	VEC(struct blocks *) blocks;
};

struct profile {
	const char *key; /* atom: a digest of direction, policies and named ports, which tells profiles apart */
	enum direction direction;
	const char *ns;               /* atom: of the policies */
	VEC(const char *) policies;   /* atoms: their names, sorted */
	VEC(struct named_port) named; /* ingress: the pod's ports whose names the policies use, sorted, each once */
	struct content content;
	bool stale;   /* to be built anew in this update */
	bool rebuilt; /* was built anew in this update */
	unsigned refs;
	struct hnode node;
};

struct profiles {
	struct hmap by_key;
	const struct store *store; /* borrowed, as are the rest */
	const struct compile_config *config;
	const struct exposed *exposed;
	struct unions *unions;
	struct blockset *blocks;
	struct factset *wanted;
};

/* Builds what a profile asks for and adds it to the wanted facts; yours to content_release(). */
void content_build(const struct profiles *profiles, const struct profile *profile, struct content *out);

/* Takes it out of the wanted facts again and gives its references back. */
void content_release(const struct profiles *profiles, struct content *content);

/* The profile of the policies that isolate a pod in a direction; NULL if none does.  One reference is yours. */
struct profile *profile_get(struct profiles *profiles, const struct pod *pod, enum direction direction);

void profile_put(struct profiles *profiles, struct profile *profile);

/* Marks the profiles that a policy is part of as stale. */
void profiles_touch(struct profiles *profiles, const struct policy *policy);

/* Marks those whose named egress ports gained or lost a number. */
void profiles_touch_named(struct profiles *profiles);

/* Builds the stale ones anew; says whether there was any. */
bool profiles_rebuild(struct profiles *profiles);

/* Ends an update. */
void profiles_settle(struct profiles *profiles);

void profiles_fini(struct profiles *profiles);

#endif
