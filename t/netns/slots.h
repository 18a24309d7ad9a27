/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects of a cluster that changes all the time: each is made of a seed, so that it can be made again. */
#ifndef NETNS_SLOTS_H
#define NETNS_SLOTS_H

#include <selvage/packet.h>

#include "people.h"

/* A packet whose fate must stay what it is. */
struct guard {
	struct packet packet;
	bool allowed;
	const char *from_ns, *to_ns; /* atoms; NULL if the end is no pod */
};

struct guards {
	VEC(struct guard);
};

enum slot_kind {
	SLOT_NAMESPACE,
	SLOT_POD,    /* of the lab: other labels and ports */
	SLOT_PIN,    /* a policy that isolates a namespace of the guards and allows what they say is allowed */
	SLOT_POLICY, /* any policy */
	SLOT_REMOTE, /* a made-up pod of another node */
	SLOT_LOCAL,  /* a made-up pod of this node */
	SLOT_KIND_COUNT
};

struct slot {
	enum slot_kind kind;
	uint64_t number;
	uint64_t seed; /* 0: there is no such object at the moment */
};

struct slots {
	VEC(struct slot);
	const struct people *people;
	const struct guards *guards;
	const char *node;
};

/* All slots for a node, those of the lab's pods, the namespaces and the pins with a seed. */
void slots_init(struct slots *slots, const struct people *people, const struct guards *guards, const char *node);

/* The object of a slot; its seed is not 0. */
struct object *slot_object(const struct slots *slots, const struct slot *slot);

/* "policy" */
const char *slot_kind_name(enum slot_kind kind);

#endif
